//! Journeys that are interrupted: whoever was in the middle of one cleans up.

use std::process::Command;
use std::time::Duration;

use super::number;
use crate::support::platform::{ACCOUNTS, FIVE, Platform};
use crate::support::program::Running;

fn signal(running: &Running, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), running.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Waits until so many pitches were made. Bounded by looks, not by a clock.
fn wait_for_pitches(platform: &Platform, at_least: u64) {
    for _ in 0..3_000 {
        if number(&platform.audit(), "pitches_created") >= at_least {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("{:#}", platform.audit());
}

fn check(running: Running, name: &str, platform: &Platform) {
    wait_for_pitches(platform, 10);
    signal(&running, name);
    let ended = running.end();
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let audit = platform.audit();
    assert_eq!(number(&audit, "pitches_alive"), 0, "{name}: {audit:#}");
    platform.expect_no_misuse();
}

#[test]
fn an_interrupted_test_cleans_up() {
    // In the middle of exchanges, and in the middle of pauses.
    let paused = FIVE.replace("name = \"read\"", "name = \"read\"\npause = { constant = \"300ms\" }");
    for (journey, name) in [(FIVE, "INT"), (FIVE, "TERM"), (&paused, "INT")] {
        let platform = Platform::with(&format!("{ACCOUNTS}{journey}"));
        let test = ["test", "five", "light_load:3", "--warm-up", "0s", "--duration", "60s"];
        check(platform.program(&test).start(), name, &platform);
    }
}

#[test]
fn an_interrupted_run_cleans_up() {
    for name in ["INT", "TERM"] {
        let platform = Platform::with(&format!("{ACCOUNTS}{FIVE}"));
        check(platform.start(), name, &platform);
    }
}

#[test]
fn a_run_writes_no_secret() {
    let platform = Platform::with(&format!("{ACCOUNTS}{FIVE}"));
    let running = platform.start();
    wait_for_pitches(&platform, 30);
    signal(&running, "INT");
    let ended = running.end();
    let written = platform.written();
    assert!(written.contains("five"), "nothing was written");
    for secret in ["demo-1@example.invalid", "obviously-fake"] {
        assert!(!written.contains(secret) && !format!("{ended:?}").contains(secret), "{secret}");
    }
}
