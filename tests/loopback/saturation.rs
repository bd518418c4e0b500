//! Windows that the generator itself spoilt are marked, with the reason; those that it did not are judged.
#![cfg(target_os = "linux")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::truth::{Service, TruthServer};

/// Ends the busy loops, whatever becomes of who waits for them.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs something while twice as many threads as there are processors do nothing but spin.
fn beside_busy_loops<T>(run: impl FnOnce() -> T) -> T {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _over = Over(&is_over);
        for _ in 0..2 * std::thread::available_parallelism().unwrap().get() {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        run()
    })
}

#[test]
fn a_generator_that_waits_for_a_processor_spoils_its_window() {
    let server = TruthServer::start(Service::Constant(Duration::ZERO));
    let folder = Folder::new();
    let url = server.url();
    let arguments =
        ["test", &url, "heavy_load:20", "--duration", "400ms", "--warm-up", "0s", "--format", "json"];
    let ended = beside_busy_loops(|| Program::new(folder.path(), &arguments).run());
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
