//! What a run keeps in memory does not grow with what it has measured. `cargo bench --bench soak` watches for hours.
#![cfg(target_os = "linux")]

use std::time::Duration;

use serde_json::Value;

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

/// What the run in the folder says of itself: whether it measures, and how many windows it has.
fn progress(folder: &Folder) -> Option<(bool, u64)> {
    let run = std::fs::read_dir(folder.path().join("reports")).ok()?.next()?.ok()?;
    let status: Value = serde_json::from_slice(&std::fs::read(run.path().join("status.json")).ok()?).ok()?;
    Some((status["state"] == "running", status["windows"].as_u64()?))
}

#[test]
fn more_windows_take_no_more_memory() {
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
        let (resident, said) = (resident_kb(run.id()), progress(&folder));
        // Told after the reading: so the reading is not of the reports being drawn.
        if let (Some(resident), Some((true, windows))) = (resident, said) {
            // The first cycle has seen every cell.
            if windows >= 15 {
                early.get_or_insert(resident);
            }
            late = resident;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let early = early.expect("a first cycle");
    assert!(late <= MOST_KB, "{late} kB");
    assert!(late <= early + NOISE_KB, "{early} kB after a cycle, {late} kB at the end");
    drop(run.end());
}
