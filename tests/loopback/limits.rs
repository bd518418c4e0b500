//! A target that says "too many": counted apart, believed, and never asked again before its time.

use crate::support::answers::Mode;
use crate::support::hostile::Hostile;

use super::{measure, number};

#[test]
fn throttled_requests_are_no_errors_and_mark_the_window() {
    let server = Hostile::start(Mode::TooMany { retry_after: 3_600 });
    let ended = measure(&server.url(), &["--duration", "300ms", "--warm-up", "0ms"]);
    let result = ended.json();
    assert_eq!(result["validity"], "throttled", "{result:#}");
    assert_eq!(number(&result, "failed"), 0, "{result:#}");
    assert_eq!(number(&result, "throttled"), number(&result, "requests"), "{result:#}");
    assert_eq!(number(&result["status"], "429"), server.requests(), "{result:#}");
    assert_eq!(ended.code, Some(3), "{result:#}");
    assert!(result["service_time_us"]["mean"].is_null(), "a refusal is not timed: {result:#}");
}

#[test]
fn nobody_asks_again_before_the_time_that_the_target_named() {
    let server = Hostile::start(Mode::TooMany { retry_after: 3_600 });
    measure(&server.url(), &["--duration", "300ms", "--warm-up", "100ms"]);
    // Both users may have been on their way when the first refusal came; nobody after that.
    assert!((1..=2).contains(&server.requests()), "{}", server.requests());
}

#[test]
fn asked_again_after_that_time_the_target_gets_its_requests() {
    let server = Hostile::start(Mode::TooMany { retry_after: 1 });
    let ended = measure(&server.url(), &["--requests", "4", "--warm-up", "0ms"]);
    assert_eq!(number(&ended.json(), "throttled"), 4, "{ended:?}");
    assert_eq!(server.requests(), 4);
}

#[test]
fn an_open_loop_has_exactly_the_arrivals_that_were_asked_for() {
    let server = Hostile::start(Mode::Well);
    let ended = measure(&server.url(), &["--rate", "200", "--duration", "300ms", "--warm-up", "50ms"]);
    let result = ended.json();
    assert_eq!(number(&result, "requests"), 60, "200 a second for 300 ms: {result:#}");
    assert_eq!(server.requests(), 70, "and those of the warm-up");
}

#[test]
fn a_few_arrivals_come_at_their_rate() {
    let server = Hostile::start(Mode::Well);
    for (rate, requests) in
        [("40", "1"), ("40", "2"), ("40", "7"), ("2000", "1"), ("2000", "50"), ("0.9", "1")]
    {
        let ended = measure(&server.url(), &["--rate", rate, "--requests", requests, "--warm-up", "0ms"]);
        let result = ended.json();
        let told = result["throughput_per_s"].as_f64().unwrap();
        assert_eq!(result["requests"], requests.parse::<u64>().unwrap(), "{result:#}");
        assert!(told <= 1.01 * rate.parse::<f64>().unwrap(), "{requests} at {rate}: {told}");
        // N arrivals take N intervals, whatever the target takes for one.
        let seconds = requests.parse::<f64>().unwrap() / rate.parse::<f64>().unwrap();
        assert!(result["duration_s"].as_f64().unwrap() >= seconds - 1e-6, "{result:#}");
    }
}

#[test]
fn an_open_loop_that_outruns_its_users_drops_no_arrival() {
    // A server that never answers holds both users until their timeout.
    let server = Hostile::start(Mode::Hang);
    let folder = crate::support::folder::Folder::new();
    folder.write("small.toml", &crate::support::scenario::at(&server.url()));
    let arguments = [
        "test",
        "health",
        "light_load",
        "--scenario",
        "small.toml",
        "--rate",
        "50",
        "--duration",
        "400ms",
        "--warm-up",
        "0ms",
        "--format",
        "json",
    ];
    let result = crate::support::program::Program::new(folder.path(), &arguments).run().json();
    assert_eq!(number(&result, "requests"), 20, "{result:#}");
    let errors = |class: &str| number(&result["errors"], class);
    // The target answers nothing, so that most arrivals cannot be answered in time any more, and are not sent.
    assert_eq!(errors("timeout") + errors("deadline"), 20, "{result:#}");
    assert!(errors("timeout") > 0, "{result:#}");
    assert!(number(&result, "late_starts") > 0, "{result:#}");
}

#[test]
fn an_open_loop_keeps_its_silence_beyond_its_window() {
    let server = Hostile::start(Mode::TooMany { retry_after: 60 });
    let ended = measure(&server.url(), &["--rate", "100", "--duration", "300ms", "--warm-up", "0ms"]);
    assert_eq!(ended.json()["validity"], "throttled", "{ended:?}");
    // Both users may have been on their way when the first refusal came; the rest of the thirty stays unsent.
    assert!((1..=2).contains(&server.requests()), "{}", server.requests());
}

#[test]
fn a_number_of_requests_is_sent_whole_and_divided_by_the_time_it_took() {
    for arguments in [&["--requests", "1"][..], &["--requests", "10", "--rate", "50"]] {
        let server = Hostile::start(Mode::Well);
        let result = measure(&server.url(), &[arguments, &["--warm-up", "100ms"]].concat()).json();
        let asked: u64 = arguments[1].parse().unwrap();
        assert_eq!((number(&result, "requests"), server.requests()), (asked, asked), "{result:#}");
        // The bound of such a window is an hour; a user that found no request left must not be counted with it.
        assert!(result["duration_s"].as_f64().unwrap() < 600.0, "{result:#}");
    }
}
