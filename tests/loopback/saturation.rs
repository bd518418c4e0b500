//! Windows that the generator itself spoilt are marked, with the reason.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::truth::{Service, TruthServer};

/// Runs something while twice as many threads as there are processors do nothing but spin.
fn beside_busy_loops<T>(run: impl FnOnce() -> T) -> T {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 * std::thread::available_parallelism().unwrap().get() {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let result = run();
        is_over.store(true, Ordering::Relaxed);
        result
    })
}

#[test]
#[cfg(target_os = "linux")]
fn a_generator_that_waits_for_a_processor_spoils_its_window() {
    let server = TruthServer::start(Service::Constant(Duration::ZERO));
    let folder = Folder::new();
    let url = server.url();
    let arguments =
        ["test", &url, "heavy_load:20", "--duration", "1s", "--warm-up", "0s", "--format", "json"];
    let ended = beside_busy_loops(|| Program::new(folder.path(), &arguments).run());
    let said = ended.json();
    assert_eq!((ended.code, &said["validity"]), (Some(3), &"invalid".into()), "{said:#}");
    let reason = said["invalid_reason"].as_str().unwrap();
    assert!(["generator_starved", "generator_saturated", "scheduling_lag"].contains(&reason), "{said:#}");
    assert!(said["generator"]["wait_share"].as_f64().unwrap() > 0.0, "{said:#}");
}
