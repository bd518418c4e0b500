//! An interrupted `test` prints what it has measured so far.

use std::process::Command;
use std::time::Duration;

use crate::support::answers::Mode;
use crate::support::folder::Folder;
use crate::support::hostile::Hostile;
use crate::support::program::{Ended, Program, Running};

fn signal(running: &Running, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), running.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Waits until the server was asked so often. Bounded by looks, not by a clock.
fn wait_for_requests(server: &Hostile, at_least: u64) {
    for _ in 0..4_000 {
        if server.requests() >= at_least {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("the server was asked {} times", server.requests());
}

/// Starts a test of a minute, and interrupts it when the server was asked that often.
fn interrupted(name: &str, arguments: &[&str]) -> Ended {
    let server = Hostile::start(Mode::Well);
    let folder = Folder::new();
    let url = format!("{}/", server.url());
    let usual = ["test", &url, "light_load:2", "--warm-up", "0s"];
    let running = Program::new(folder.path(), &[&usual[..], arguments].concat()).start();
    wait_for_requests(&server, 50);
    signal(&running, name);
    running.end()
}

#[test]
fn the_figures_so_far_are_printed() {
    for name in ["INT", "TERM"] {
        let ended = interrupted(name, &["--duration", "60s"]);
        assert_eq!(ended.code, Some(3), "{ended:?}");
        assert!(ended.stdout.contains("of 1 min: these are the figures so far"), "{ended:?}");
        assert!(ended.stdout.contains("status: 200 ("), "{ended:?}");
    }
}

#[test]
fn programs_are_informed() {
    let ended = interrupted("INT", &["--requests", "1000000000", "--format", "json"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let result = ended.json();
    assert_eq!(result["interrupted"], true, "{result:#}");
    assert!(result["requests"].as_u64() >= Some(49), "{result:#}");
    assert_eq!(result["requests"], result["status"]["200"], "{result:#}");
    assert_eq!(result["outcome"], "inconclusive", "{result:#}");
    assert!(result["service_time_us"]["mean"].is_number(), "{result:#}");
}

#[test]
fn a_second_interrupt_ends_at_once() {
    // It never answers, so the requests under way last until their timeout.
    let server = Hostile::start(Mode::Hang);
    let folder = Folder::new();
    let url = format!("{}/", server.url());
    let arguments =
        ["test", &url, "light_load:2", "--warm-up", "0s", "--duration", "50s", "--timeout", "50s"];
    let running = Program::new(folder.path(), &arguments).start();
    wait_for_requests(&server, 2);
    signal(&running, "INT");
    std::thread::sleep(Duration::from_millis(50));
    signal(&running, "INT");
    let ended = running.end();
    assert!(matches!(ended.code, Some(130 | 3)), "{ended:?}");
}

#[test]
fn an_interrupt_at_any_moment_of_the_start_ends_it() {
    let server = Hostile::start(Mode::Well);
    for millis in [5, 20, 40, 60, 80, 120] {
        let folder = Folder::new();
        let url = format!("{}/", server.url());
        let arguments = ["test", &url, "heavy_load:100", "--warm-up", "0s", "--duration", "50s"];
        let running = Program::new(folder.path(), &arguments).start();
        std::thread::sleep(Duration::from_millis(millis));
        signal(&running, "INT");
        let ended = running.end();
        // Before it listens to interrupts, one ends it as it ends every program.
        assert!(matches!(ended.code, Some(3) | None), "after {millis} ms: {ended:?}");
    }
}
