//! What a run keeps in memory does not grow with what it has measured. `cargo bench --bench soak` watches for hours.
#![cfg(target_os = "linux")]

use std::time::Duration;

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::truth::{Service, TruthServer};

/// What the product promises for five endpoints at three levels, in kilobytes.
const MOST_KB: u64 = 64 * 1024;
/// What pages may come and go meanwhile.
const NOISE_KB: u64 = 2 * 1024;

fn resident_kb(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// How many windows the run in the folder has committed.
fn windows(folder: &Folder) -> usize {
    let Ok(mut runs) = std::fs::read_dir(folder.path().join("reports")) else { return 0 };
    let Some(Ok(run)) = runs.next() else { return 0 };
    std::fs::read_to_string(run.path().join("windows.csv"))
        .map_or(0, |text| text.lines().count().saturating_sub(1))
}

#[test]
fn three_times_the_windows_take_no_more_memory() {
    let server = TruthServer::start(Service::Constant(Duration::from_micros(200)));
    let folder = Folder::new();
    let endpoints =
        ["a", "b", "c", "d", "e"].map(|name| format!("[[endpoint]]\nname = \"{name}\"\npath = \"/\"\n"));
    folder.write(
        "flat.toml",
        &format!(
            "schema = 1\nname = \"flat\"\n[target]\nbase_url = \"http://{}\"\nallow_hosts = [\"127.0.0.1\"]\n[plan]\n\
             duration = \"6s\"\ncycle = \"1500ms\"\nwindow = \"60ms\"\nwarm_up = \"0s\"\n{}",
            server.address(),
            endpoints.concat()
        ),
    );
    let mut run = Program::new(folder.path(), &["start", "flat.toml"]).start();
    let (mut early, mut late) = (None, 0);
    while !run.has_ended() {
        let (committed, resident) = (windows(&folder), resident_kb(run.id()));
        if let Some(resident) = resident {
            // The first cycle has seen every cell; the last one ends before reports are drawn.
            if committed >= 15 {
                early.get_or_insert(resident);
            }
            if committed < 60 {
                late = resident;
            }
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let early = early.expect("a first cycle");
    assert!(late <= MOST_KB, "{late} kB");
    assert!(late <= early + NOISE_KB, "{early} kB after a cycle, {late} kB after four");
    drop(run.end());
}
