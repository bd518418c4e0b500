//! Windows that the generator itself spoilt are marked, with the reason; those that it did not are judged.
#![cfg(target_os = "linux")]

use std::process::{Child, Command};
use std::time::Duration;

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::truth::{Service, TruthServer};

/// Loops on one processor; they end when dropped, whatever becomes of who waits for them.
struct BusyLoops(Vec<Child>);

impl BusyLoops {
    /// Four of them: a fifth task there gets its turn long after it wants it.
    fn on(processor: &str) -> Self {
        let spin = || {
            let mut command = Command::new("taskset");
            command.args(["--cpu-list", processor, "sh", "-c", "while :; do :; done"]).spawn().unwrap()
        };
        Self((0..4).map(|_| spin()).collect())
    }
}

impl Drop for BusyLoops {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A processor that this process may use. The others are left to the tests beside this one.
fn processor() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap();
    allowed.trim().rsplit([',', '-']).next().unwrap().to_owned()
}

#[test]
fn a_generator_that_waits_for_a_processor_spoils_its_window() {
    let server = TruthServer::start(Service::Constant(Duration::ZERO));
    let folder = Folder::new();
    let url = server.url();
    let arguments =
        ["test", &url, "heavy_load:20", "--duration", "400ms", "--warm-up", "0s", "--format", "json"];
    let processor = processor();
    let loops = BusyLoops::on(&processor);
    let ended = Program::on_processor(&processor, folder.path(), &arguments).run();
    drop(loops);
    let said = ended.json();
    assert_eq!((ended.code, &said["validity"]), (Some(3), &"invalid".into()), "{said:#}");
    let reason = said["invalid_reason"].as_str().unwrap();
    assert!(["generator_starved", "generator_saturated", "scheduling_lag"].contains(&reason), "{said:#}");
    assert!(said["generator"]["wait_share"].as_f64().unwrap() > 0.0, "{said:#}");
}

#[test]
fn users_take_turns_and_their_time_is_accounted_for() {
    let server = TruthServer::start(Service::Constant(Duration::ZERO));
    let folder = Folder::new();
    let url = server.url();
    let arguments =
        ["test", &url, "heavy_load:20", "--duration", "300ms", "--warm-up", "0s", "--format", "json"];
    let said = Program::new(folder.path(), &arguments).run().json();
    // Answers that come together are read before anybody sends; that is no reason to refuse the window.
    let ratio = said["generator"]["littles_law_ratio"].as_f64().unwrap();
    assert!((ratio - 1.0).abs() < 0.05, "{said:#}");
}
