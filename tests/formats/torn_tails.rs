//! What a crash may leave: logs cut anywhere in their last line, lines without a row, a run that is held.

use std::path::Path;
use std::time::Duration;

use baseline::domain::trace::{SlowRequest, SpanId, TraceId};
use baseline::domain::window::{MeasuredGroup, Window};
use baseline::store::run_directory::{Commit, RunDirectory};
use baseline::store::{StoreError, histogram_log, slowest_log, window_log};

use crate::support::fixtures::{group, run_with};
use crate::support::folder::{Folder, copy};

/// Where the last line of a text begins.
fn last_line(text: &[u8]) -> usize {
    text[..text.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1
}

fn read(run: &Path, name: &str) -> Vec<u8> {
    std::fs::read(run.join(name)).unwrap()
}

/// Takes up a run that nobody holds any more.
///
/// Other tests start programs, and a child holds what its parent has open until it becomes another program: so a lock
/// that was just let go may be held for a moment.
fn take_up(run: &Path, commit: Commit) -> Result<(RunDirectory, Vec<Window>), StoreError> {
    for _ in 0..1_000 {
        match RunDirectory::resume(run, commit) {
            Err(StoreError::Locked { .. }) => std::thread::sleep(Duration::from_millis(1)),
            result => return result,
        }
    }
    RunDirectory::resume(run, commit)
}

/// Takes up the run with one file cut to each length of its last line; hands over what became of both logs.
fn for_every_cut(name: &str, check: impl Fn(usize, usize, &[u8], &[u8])) {
    let folder = Folder::new();
    let run = run_with(folder.path(), 3);
    let whole = read(&run, name);
    for length in last_line(&whole)..whole.len() {
        let torn = folder.path().join("torn");
        copy(&run, &torn);
        std::fs::write(torn.join(name), &whole[..length]).unwrap();
        let (directory, committed) = take_up(&torn, Commit::AtEnd).unwrap();
        drop(directory);
        check(length, committed.len(), &read(&torn, window_log::FILE), &read(&torn, histogram_log::FILE));
        std::fs::remove_dir_all(&torn).unwrap();
    }
}

#[test]
fn a_row_that_is_cut_anywhere_is_cut_whole_and_its_histograms_with_it() {
    let folder = Folder::new();
    let run = run_with(folder.path(), 2);
    let (two_rows, two_logs) = (read(&run, window_log::FILE), read(&run, histogram_log::FILE));
    for_every_cut(window_log::FILE, |length, windows, rows, logs| {
        assert_eq!(windows, 2, "cut to {length}");
        assert!(rows == two_rows && logs == two_logs, "cut to {length}");
    });
}

#[test]
fn a_histogram_that_is_cut_anywhere_is_cut_whole_and_its_row_stays() {
    let folder = Folder::new();
    let whole = read(&run_with(folder.path(), 3), histogram_log::FILE);
    let without_last = &whole[..last_line(&whole)];
    for_every_cut(histogram_log::FILE, |length, windows, _, logs| {
        assert_eq!(windows, 3, "cut to {length}");
        assert!(logs == without_last, "cut to {length}");
    });
}

#[test]
fn a_header_that_is_cut_is_written_again() {
    let folder = Folder::new();
    let run = run_with(folder.path(), 0);
    let header = read(&run, window_log::FILE);
    for length in 0..header.len() {
        std::fs::write(run.join(window_log::FILE), &header[..length]).unwrap();
        let (_, committed) = take_up(&run, Commit::AtEnd).unwrap();
        assert_eq!(committed, []);
        assert!(read(&run, window_log::FILE) == header, "cut to {length}");
    }
}

#[test]
fn histograms_without_a_row_are_cut_and_the_window_is_committed_anew() {
    let folder = Folder::new();
    let run = run_with(folder.path(), 3);
    let whole = (read(&run, window_log::FILE), read(&run, histogram_log::FILE));
    std::fs::write(run.join(window_log::FILE), &whole.0[..last_line(&whole.0)]).unwrap();
    let (mut directory, committed) = take_up(&run, Commit::EachGroup).unwrap();
    assert_eq!(committed.len(), 2);
    directory.commit(&group(3, &[300, 200, 300, 400, 500, 600, 700])).unwrap();
    assert!((read(&run, window_log::FILE), read(&run, histogram_log::FILE)) == whole);
}

/// A group with slow requests, as a run that names traces commits it.
fn with_traces(number: u64) -> MeasuredGroup {
    let mut group = group(number, &[100, 200, 300]);
    let window = &group.whole.window;
    let slow = |micros: u64| SlowRequest {
        window: number,
        cell: window.cell.clone(),
        sent_at: window.started_at,
        service_time: Duration::from_nanos(micros * 1_000 + 7),
        trace_id: TraceId([1; 16]),
        span_id: SpanId([2; 8]),
        status: Some(200),
        failure: None,
    };
    group.whole.slowest = vec![slow(300), slow(200)];
    group
}

#[test]
fn slow_requests_are_cut_back_to_the_last_row_and_committed_anew() {
    let folder = Folder::new();
    let run = run_with(folder.path(), 1);
    // A run that named no traces so far has no such file, and gets one when it does.
    assert!(!run.join(slowest_log::FILE).exists());
    let (mut directory, _) = take_up(&run, Commit::EachGroup).unwrap();
    (2..=4).for_each(|number| directory.commit(&with_traces(number)).unwrap());
    drop(directory);
    let whole = [window_log::FILE, histogram_log::FILE, slowest_log::FILE].map(|name| read(&run, name));
    let rows = &whole[0][..last_line(&whole[0])];
    // The last group has no row; its lines are there to each of their bytes.
    for length in whole[2].len() / 3 * 2..=whole[2].len() {
        std::fs::write(run.join(window_log::FILE), rows).unwrap();
        std::fs::write(run.join(histogram_log::FILE), &whole[1]).unwrap();
        std::fs::write(run.join(slowest_log::FILE), &whole[2][..length]).unwrap();
        let (directory, committed) = take_up(&run, Commit::AtEnd).unwrap();
        assert_eq!(committed.len(), 3, "cut to {length}");
        assert!(read(&run, slowest_log::FILE) == whole[2][..whole[2].len() / 3 * 2], "cut to {length}");
        assert_eq!(slowest_log::read(&run, &committed).unwrap().len(), 4, "cut to {length}");
        drop(directory);
    }
    let (mut directory, _) = take_up(&run, Commit::EachGroup).unwrap();
    directory.commit(&with_traces(4)).unwrap();
    for (name, bytes) in [window_log::FILE, histogram_log::FILE, slowest_log::FILE].into_iter().zip(&whole) {
        assert!(read(&run, name) == *bytes, "{name}");
    }
}

#[test]
fn a_run_that_is_held_is_not_taken_up() {
    let folder = Folder::new();
    let run = run_with(folder.path(), 1);
    let held = take_up(&run, Commit::EachGroup).unwrap();
    assert!(matches!(RunDirectory::resume(&run, Commit::EachGroup), Err(StoreError::Locked { .. })));
    assert!(matches!(RunDirectory::remove(&run), Err(StoreError::Locked { .. })));
    drop(held);
    assert!(take_up(&run, Commit::EachGroup).is_ok());
}

#[test]
fn a_log_that_was_deleted_under_a_run_is_an_error() {
    let folder = Folder::new();
    let run = run_with(folder.path(), 1);
    let (mut directory, _) = take_up(&run, Commit::EachGroup).unwrap();
    std::fs::remove_dir_all(&run).unwrap();
    let error = directory.commit(&group(2, &[100])).unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error}");
}
