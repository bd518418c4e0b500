//! `histograms.hlog`: a standard interval log, read back value for value.

use baseline::domain::percentile::Percentile;
use baseline::domain::time_summary::TimeKind;
use baseline::store::histogram_log;
use baseline::store::histogram_log::{header, read_each};
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

use crate::support::fixtures::{measured, run_with, started_at};
use crate::support::folder::Folder;

#[test]
fn histograms_are_read_back_with_their_counts_and_quantiles() {
    let folder = Folder::new();
    let run = run_with(folder.path(), 3);
    let windows: Vec<_> = (1..=3).map(|n| measured(n, &[100 * n, 200, 300, 400, 500, 600, 700])).collect();
    let committed: Vec<_> = windows.iter().map(|measured| measured.window.clone()).collect();
    let mut seen = Vec::new();
    read_each(&run.join(histogram_log::FILE), &committed, |window, kind, histogram| {
        let written = windows[usize::try_from(window.number).unwrap() - 1].histograms.get(kind);
        assert_eq!(histogram.count(), written.count());
        for percentile in Percentile::ALL {
            assert_eq!(
                histogram.quantile_ns(percentile.quantile()),
                written.quantile_ns(percentile.quantile())
            );
        }
        seen.push((window.number, kind));
        Ok(())
    })
    .unwrap();
    let kinds = [TimeKind::Service, TimeKind::FirstByte];
    let expected: Vec<_> = (1..=3).flat_map(|number| kinds.map(|kind| (number, kind))).collect();
    assert_eq!(seen, expected, "a closed loop writes no response time");
}

#[test]
fn an_open_loop_writes_its_response_time_too() {
    let mut open = measured(1, &[100, 200]);
    open.histograms.response_time = Some(measured(1, &[900, 1_000]).histograms.service_time);
    let folder = Folder::new();
    let path = folder.path().join(histogram_log::FILE);
    let mut bytes = header(started_at()).into_bytes();
    bytes.extend(histogram_log::lines(&open, &path).unwrap());
    std::fs::write(&path, bytes).unwrap();
    let mut counts = Vec::new();
    read_each(&path, &[open.window.clone()], |_, kind, histogram| {
        counts.push((kind, histogram.quantile_ns(1.0).map(|time| time / 100_000)));
        Ok(())
    })
    .unwrap();
    assert_eq!(counts.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), TimeKind::ALL);
    assert_eq!(counts[1].1, Some(10), "{counts:?}");
}

#[test]
fn any_reader_of_interval_logs_reads_it() {
    let folder = Folder::new();
    let bytes = std::fs::read(run_with(folder.path(), 2).join(histogram_log::FILE)).unwrap();
    let mut tags = Vec::new();
    for entry in IntervalLogIterator::new(&bytes) {
        if let LogEntry::Interval(interval) = entry.unwrap() {
            tags.push(interval.tag().unwrap().as_str().to_owned());
            assert_eq!(interval.duration().as_millis(), 100);
        }
    }
    let of_a_window = ["health/light_load/service_time", "health/light_load/first_byte"];
    assert_eq!(tags, [of_a_window, of_a_window].concat());
}

#[test]
fn lines_without_a_row_are_passed_over() {
    let folder = Folder::new();
    let run = run_with(folder.path(), 3);
    let committed = [measured(2, &[1]).window];
    let mut seen = Vec::new();
    read_each(&run.join(histogram_log::FILE), &committed, |window, _, _| {
        seen.push(window.number);
        Ok(())
    })
    .unwrap();
    assert_eq!(seen, [2, 2]);
}
