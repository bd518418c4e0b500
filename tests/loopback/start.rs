//! `start` against live, dead and hostile targets: the run goes on, and what it saw is on disk.

use std::path::Path;

use baseline::domain::sample::ErrorClass;
use baseline::domain::verdict::Validity;
use baseline::domain::window::Window;
use baseline::store::window_log;

use crate::support::answers::Mode;
use crate::support::folder::Folder;
use crate::support::hostile::Hostile;
use crate::support::ports::refusing_url;
use crate::support::program::{Ended, Program};
use crate::support::scenario::{SHORT_CELLS, short_run};
use crate::support::tries::within_three_tries;

/// The committed windows of a run.
pub(super) fn windows(run: &Path) -> Vec<Window> {
    window_log::read(&run.join(window_log::FILE)).unwrap().windows
}

/// The exit code of a run that came to its end: it is inconclusive exactly where most of its windows cannot be judged, as a
/// busy machine may have it.
pub(super) fn code_of(windows: &[Window]) -> i32 {
    let valid = windows.iter().filter(|window| window.validity == Validity::Valid).count();
    if valid > 0 && 2 * valid >= windows.len() { 0 } else { 3 }
}

fn start(folder: &Folder, url: &str, cycles: u32) -> Ended {
    folder.write("short.toml", &short_run(url, cycles));
    Program::new(folder.path(), &["start", "short.toml"]).run()
}

/// Runs two cycles against a server; returns the windows. One that does not work fails the run, however busy the machine.
fn run_against(url: &str, works: bool) -> Vec<Window> {
    let folder = Folder::new();
    let ended = start(&folder, url, 2);
    let run = folder.only_run();
    let expected = if works { code_of(&windows(&run)) } else { 1 };
    assert_eq!(ended.code, Some(expected), "{ended:?}");
    assert_eq!(
        ended.stdout.trim(),
        Path::new("reports").join(run.file_name().unwrap()).join("report.md").to_str().unwrap()
    );
    assert!(run.join("report.md").is_file() && run.join("report.json").is_file());
    windows(&run)
}

#[test]
fn every_cell_is_measured_in_every_cycle() {
    // A busy machine may miss a slot of 50 ms.
    within_three_tries(|| {
        let server = Hostile::start(Mode::Well);
        let windows = run_against(&server.url(), true);
        let mut cells: Vec<_> = windows
            .iter()
            .map(|w| (w.cycle, w.cell.workload.to_string(), w.cell.level.to_string()))
            .collect();
        cells.sort();
        cells.dedup();
        assert_eq!(cells.len(), windows.len());
        assert!(windows.iter().map(|window| window.number).eq(1..=windows.len() as u64));
        let counted: u64 = windows.iter().map(|window| window.counts.requests()).sum();
        assert!(counted > 0 && counted <= server.requests());
        let planned = 2 * SHORT_CELLS as usize;
        if windows.len() == planned { Ok(()) } else { Err(format!("{} of {planned} windows", windows.len())) }
    });
}

#[test]
fn a_target_that_is_not_there_is_data() {
    let url = refusing_url();
    let windows = run_against(&url, false);
    // A busy machine may miss a slot of 50 ms; those that ran are whole.
    assert!(windows.len() > SHORT_CELLS as usize, "{windows:?}");
    assert!(windows.iter().map(|window| window.number).eq(1..=windows.len() as u64));
    for window in windows {
        assert!(window.counts.failed > 0, "{window:?}");
        assert_eq!(window.errors.get(ErrorClass::Connect), window.counts.requests(), "{window:?}");
        assert_eq!(window.time(baseline::domain::time_summary::TimeKind::Service).mean, None, "{window:?}");
    }
}

#[test]
fn a_hostile_target_does_not_end_the_run() {
    for (mode, class) in [
        (Mode::ResetMidBody, ErrorClass::Reset),
        (Mode::Garbage, ErrorClass::Protocol),
        (Mode::Hang, ErrorClass::Timeout),
        (Mode::EchoAsError, ErrorClass::Status),
    ] {
        let server = Hostile::start(mode.clone());
        let windows = run_against(&server.url(), false);
        // A timeout is longer than a window, so cycles may overrun and be left out; those that ran are whole.
        assert!(!windows.is_empty(), "{mode:?}");
        assert!(windows.iter().map(|window| window.number).eq(1..=windows.len() as u64), "{mode:?}");
        for window in windows {
            assert_eq!(window.counts.succeeded, 0, "{mode:?} {window:?}");
            assert_eq!(window.errors.get(class), window.counts.failed, "{mode:?} {window:?}");
        }
    }
}

#[test]
fn a_second_run_within_a_second_has_a_folder_of_its_own() {
    let server = Hostile::start(Mode::Well);
    let folder = Folder::new();
    folder.write("short.toml", &short_run(&server.url(), 1));
    let both = [(); 2].map(|()| Program::new(folder.path(), &["start", "short.toml"]).start());
    let paths = both.map(|run| run.end().stdout);
    assert!(paths.iter().all(|path| path.trim().ends_with("report.md")), "{paths:?}");
    assert_ne!(paths[0], paths[1]);
}
