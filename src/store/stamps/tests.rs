//! Every notation of times, read and refused.

use super::*;

fn read(texts: &[&str]) -> Vec<Stamp> {
    let mut stamps = Stamps::default();
    texts.iter().map(|text| stamps.read(text)).collect()
}

fn at(text: &str) -> Stamp {
    Stamp::At(epoch_seconds(text.parse().unwrap()))
}

#[test]
fn times_are_read_as_programs_write_them() {
    for stamp in [
        "2014-02-14T14:30:00Z",
        "2014-02-14 14:30:00",
        "2014-02-14 14:30:00.000",
        "2014-02-14 14:30:00,000",
        "2014-02-14 14:30",
        "2014-02-14T15:30:00+01:00",
        "2014-02-14 14:30:00 UTC",
        "2014-02-14 14:30:00 +0000",
        "2014-02-14 15:30:00 +0100",
        "2014-02-14 09:00:00 -05:30",
        "20140214T143000Z",
        "2014/02/14 14:30:00",
        "2014/02/14 2:30 PM",
        "[14/Feb/2014:14:30:00 +0000]",
        "14/Feb/2014:16:30:00 +0200",
        "Fri Feb 14 14:30:00 2014",
        "Fri Feb 14 14:30:00 UTC 2014",
        "Fri, 14 Feb 2014 14:30:00 GMT",
        "Fri, 14 Feb 2014 14:30:00 +0000",
        "14-Feb-2014 14:30:00",
        "14 Feb 2014 14:30",
        "14.02.2014 14:30",
        "14.2.2014 14:30:00",
        "02/14/2014 2:30 PM",
        "2/14/2014, 2:30:00 PM",
        "14/02/2014 14:30",
        "1392388200",
        "1392388200000",
        "1392388200000000",
        "1392388200000000000",
        "1392388200.0",
        "20140214143000",
        "201402141430",
        "20140214143000000",
    ] {
        assert_eq!(read(&[stamp]), [at("2014-02-14T14:30:00Z")], "{stamp}");
    }
    for day in ["2014-02-14", "20140214", "2014/02/14", "14.02.2014", "02/14/2014", "14 Feb 2014", "41684"] {
        assert_eq!(read(&[day]), [at("2014-02-14T00:00:00Z")], "{day}");
    }
    for none in ["yesterday", "inf", "NaN", "", "13/13/2026", "31.02.2026", "1/2/26", "12:61", "2026-13-01"] {
        assert_eq!(read(&[none]), [Stamp::Unknown], "{none}");
    }
}

#[test]
fn day_and_month_are_told_apart_by_a_row_or_not_at_all() {
    assert_eq!(
        read(&["01/02/2026", "01/31/2026", "01/02/2026"])[1..],
        [at("2026-01-31T00:00:00Z"), at("2026-01-02T00:00:00Z")]
    );
    assert_eq!(
        read(&["01/02/2026", "31/01/2026", "01/02/2026"])[1..],
        [at("2026-01-31T00:00:00Z"), at("2026-02-01T00:00:00Z")]
    );
    assert_eq!(read(&["01/02/2026 13:05", "02/02/2026"]), [Stamp::DayOrMonth, at("2026-02-02T00:00:00Z")]);
    assert_eq!(read(&["31/01/2026", "01/31/2026"])[1], Stamp::Unknown);
}

#[test]
fn numbers_are_what_the_first_of_them_is() {
    let notation = |column: &str, unit: Option<TimeUnit>, text: &str| {
        let mut stamps = Stamps::new(column, unit);
        (stamps.read(text), stamps.notation().unwrap())
    };
    let seconds = Notation::Elapsed(TimeUnit::Seconds);
    assert_eq!(notation("time", None, "0"), (Stamp::At(0.0), seconds));
    assert_eq!(notation("time", None, "1500.5"), (Stamp::At(1_500.5), seconds));
    let millis = Notation::Elapsed(TimeUnit::Milliseconds);
    assert_eq!(notation("elapsed_ms", None, "1500"), (Stamp::At(1.5), millis));
    assert_eq!(notation("Time (ms)", None, "1500"), (Stamp::At(1.5), millis));
    assert_eq!(notation("time", Some(TimeUnit::Milliseconds), "45244"), (Stamp::At(45.244), millis));
    let unix = Notation::Unix(TimeUnit::Milliseconds);
    assert_eq!(notation("ts_ms", None, "1392388200000"), (at("2014-02-14T14:30:00Z"), unix));
    assert_eq!(notation("time", None, "45244.93"), (at("2023-11-14T22:19:12Z"), Notation::Serial));
    // What does not fit to the first row is not read as something else.
    for (first, other) in [
        ("1392388200", "1392388200000"),
        ("1392388200000", "1392388200"),
        ("1392388200", "20140214"),
        ("20140214", "20140231"),
        ("20140214", "201402141430"),
        ("45244.93", "1392388200"),
        ("2026-01-31", "1392388200"),
        ("1392388200", "2026-01-31"),
        ("13:05:00", "2026-01-31"),
    ] {
        assert_eq!(read(&[first, other])[1], Stamp::Unknown, "{first} {other}");
    }
}

#[test]
fn times_of_day_go_on_after_midnight() {
    let found = read(&["23:59:59.5", "00:00:00", "00:00:01", "12:30 PM"]);
    assert_eq!(found, [86_399.5, 86_400.0, 86_401.0, 86_400.0 + 45_000.0].map(Stamp::At));
}
