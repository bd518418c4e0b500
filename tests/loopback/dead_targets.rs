//! Targets that do not work: a run of one fails, is no baseline, and two of them are no gate.

use std::time::Duration;

use serde_json::Value;

use crate::support::answers::Mode;
use crate::support::folder::Folder;
use crate::support::hostile::Hostile;
use crate::support::ports::refusing_url;
use crate::support::program::{Ended, Program};
use crate::support::tries::within_three_tries;

/// One endpoint with two users that expect this body, in four windows.
fn scenario(url: &str, expect: &str) -> String {
    format!(
        "schema = 1\nname = \"dead\"\n[target]\nbase_url = \"{url}\"\nallow_hosts = [\"127.0.0.1\"]\ntimeout = \"80ms\"\n\
         [plan]\nduration = \"1600ms\"\ncycle = \"400ms\"\nwindow = \"200ms\"\nwarm_up = \"10ms\"\n\
         [levels]\nlight_load = 2\n\
         [[endpoint]]\nname = \"health\"\npath = \"/api/health\"\n{expect}\n"
    )
}

fn run(folder: &Folder, arguments: &[&str]) -> Ended {
    Program::new(folder.path(), arguments).run()
}

/// Both the run of such a target and what is made of that run, by what the first line of each says.
fn check(url: &str, expect: &str, said: &str) {
    let folder = Folder::new();
    folder.write("dead.toml", &scenario(url, expect));
    let started = run(&folder, &["start", "dead.toml"]);
    assert_eq!(started.code, Some(1), "{started:?}");
    let verdict = started.stderr.lines().find(|line| line.starts_with("failed: ")).unwrap();
    assert!(verdict.contains(said), "{said}: {started:?}");
    let text = std::fs::read_to_string(folder.only_run().join("report.md")).unwrap();
    let first = text.lines().find(|line| !line.is_empty() && !line.starts_with('#')).unwrap();
    assert!(first.contains(said), "{said}: {text}");
    let json: Value =
        serde_json::from_slice(&std::fs::read(folder.only_run().join("report.json")).unwrap()).unwrap();
    assert_eq!(json["verdict"]["outcome"], "failed", "{}", json["verdict"]);
    assert_eq!(json["verdict"]["state"], "broken", "{}", json["verdict"]);
    let status = run(&folder, &["status", "--format", "json"]).json();
    assert_eq!(status["reasons"], json["verdict"]["reasons"], "{status:#}");

    let promoted = run(&folder, &["promote", "latest", "--as", "main"]);
    assert_eq!((promoted.code, promoted.stdout.as_str()), (Some(3), ""), "{promoted:?}");
    assert!(promoted.stderr.lines().next().unwrap().contains(said), "{said}: {promoted:?}");
    assert!(!folder.path().join("baselines").exists());
}

/// A gate of the same dead target on both sides.
fn check_gate(url: &str, expect: &str, said: &str) {
    let folder = Folder::new();
    folder.write("dead.toml", &scenario(url, expect));
    let gate = run(
        &folder,
        &["gate", "--ab", url, url, "--scenario", "dead.toml", "--windows", "1", "--format", "json"],
    );
    assert_eq!(gate.code, Some(3), "{gate:?}");
    let json = gate.json();
    assert_eq!(json["verdict"], "inconclusive", "{json:#}");
    assert!(json["reason"].as_str().unwrap().contains("mostly fail"), "{json:#}");
    assert!(json["reason"].as_str().unwrap().contains(said), "{said}: {json:#}");
}

#[test]
fn a_target_that_answers_with_the_wrong_status_fails() {
    for status in [404, 500, 301] {
        let server = Hostile::start(Mode::Status(status));
        check(&server.url(), "", &format!("responses were {status}"));
        check_gate(&server.url(), "slo = { error_rate = 0.01 }", &format!("responses were {status}"));
    }
}

#[test]
fn a_target_that_answers_with_the_wrong_body_fails() {
    let server = Hostile::start(Mode::Well);
    let expect = "expect = { body_contains = \"healthy\" }";
    check(&server.url(), expect, "did not have the expected body");
    check_gate(&server.url(), expect, "did not have the expected body");
}

#[test]
fn a_target_that_fails_every_second_request_fails() {
    let server = Hostile::start(Mode::EverySecondFails);
    check(&server.url(), "", "responses were 500");
    check_gate(&server.url(), "", "responses were 500");
}

#[test]
fn a_target_that_never_answers_fails() {
    let server = Hostile::start(Mode::Hang);
    check(&server.url(), "", "No request succeeded");
    check_gate(&server.url(), "", "timed out");
}

#[test]
fn a_target_that_is_not_there_fails() {
    let url = refusing_url();
    check(&url, "", "could not connect: connection refused");
    let folder = Folder::new();
    folder.write("dead.toml", &scenario(&url, ""));
    let gate = run(&folder, &["gate", "--ab", &url, &url, "--scenario", "dead.toml", "--windows", "1"]);
    assert_eq!(gate.code, Some(3), "{gate:?}");
    assert!(gate.stderr.starts_with("error: cannot connect to "), "{gate:?}");
}

#[test]
fn a_target_that_stops_and_comes_back_was_down_for_that_time() {
    within_three_tries(|| {
        let folder = Folder::new();
        let server = Hostile::start(Mode::Well);
        let (url, address) = (server.url(), server.address().to_string());
        let text = scenario(&url, "slo = { error_rate = 0.01 }").replace("1600ms", "8s");
        folder.write("dead.toml", &text);
        let running = Program::new(folder.path(), &["start", "dead.toml"]).start();
        std::thread::sleep(Duration::from_secs(3));
        drop(server);
        std::thread::sleep(Duration::from_millis(1_600));
        let server = Hostile::on(&address, Mode::Well);
        let ended = running.end();
        drop(server);
        let json = std::fs::read(folder.only_run().join("report.json")).unwrap();
        let json: Value = serde_json::from_slice(&json).unwrap();
        let cell = &json["levels"][0]["cells"][0];
        let (ratio, windows) = (cell["availability"]["ratio"].as_f64(), cell["windows"].as_u64().unwrap());
        let told = format!("{ratio:?} of {windows}: {ended:?}");
        // A fifth of the run, give or take a cycle of 20.
        let is_a_fifth = ratio.is_some_and(|ratio| (ratio - 0.8).abs() <= 2.0 / windows as f64);
        let slo = &cell["objectives"][0];
        if !is_a_fifth || slo["state"] != "broken" || ended.code != Some(1) {
            return Err(format!("{slo} {told}"));
        }
        Ok(())
    });
}

#[test]
fn a_gate_of_one_dead_side_fails_only_the_candidate() {
    let (good, dead) = (Hostile::start(Mode::Well), Hostile::start(Mode::Status(500)));
    let gate = |before: &str, after: &str| {
        let folder = Folder::new();
        folder.write("dead.toml", &scenario(before, ""));
        run(
            &folder,
            &["gate", "--ab", before, after, "--scenario", "dead.toml", "--windows", "1", "--format", "json"],
        )
    };
    // What failed before the change as well proves nothing about it.
    let ended = gate(&dead.url(), &good.url());
    let reason = ended.json()["reason"].to_string();
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(reason.contains("The baseline side mostly fails (health at light_load: "), "{reason}");
    within_three_tries(|| {
        let ended = gate(&good.url(), &dead.url());
        let json = ended.json();
        // A busy machine may spoil too many windows, and then the candidate is at least not accepted.
        assert!(matches!(ended.code, Some(1 | 3)), "{json:#}");
        let reason = json["reason"].to_string();
        let is_spoilt =
            reason.contains("Too few valid windows") && reason.contains("The candidate side mostly fails");
        if ended.code == Some(1) || is_spoilt { Ok(()) } else { Err(reason) }
    });
}
