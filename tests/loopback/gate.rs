//! `gate --ab`: two targets measured in turn, with servers that start, stop and die.

use baseline::demo::{DemoConfig, DemoServer};
use serde_json::Value;

use crate::support::folder::{Folder, entries};
use crate::support::ports::unused;
use crate::support::program::{Ended, Program};
use crate::support::tries::within_three_tries;

/// Two endpoints at two levels, in windows as short as they can be.
const SCENARIO: &str = r#"
schema = 1
name = "pair"
[target]
base_url = "http://127.0.0.1:1"
allow_hosts = ["127.0.0.1"]
timeout = "1s"
[plan]
window = "80ms"
warm_up = "5ms"
[levels]
light_load = 1
heavy_load = 4
[[endpoint]]
name = "health"
path = "/api/health"
[[endpoint]]
name = "browse"
path = "/api/pitches/browse/enhanced"
"#;

fn target(faults: &[&str]) -> DemoServer {
    let faults = faults.iter().map(|text| text.parse().unwrap()).collect();
    DemoServer::start(DemoConfig { faults, ..DemoConfig::default() }).unwrap()
}

fn url(target: &DemoServer) -> String {
    format!("http://{}", target.address())
}

/// Windows per cell, side and round: two where nothing may hide, one where what changed is large.
fn gate(folder: &Folder, first: &str, second: &str, windows: &str, more: &[&str]) -> Ended {
    folder.write("pair.toml", SCENARIO);
    let usual =
        ["gate", "--ab", first, second, "--scenario", "pair.toml", "--format", "json", "--windows", windows];
    Program::new(folder.path(), &[&usual, more].concat())
        .env("PATH", &std::env::var("PATH").unwrap_or_default())
        .run()
}

fn regressed(json: &Value) -> Vec<String> {
    let rows = json["metrics"].as_array().unwrap().iter().filter(|row| row["verdict"] == "regressed");
    let mut names: Vec<String> = rows.map(|row| row["endpoint"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn a_slow_side_is_found_named_and_confirmed() {
    let (first, second) = (target(&[]), target(&["slow:browse:+200%:0s..10m"]));
    let folder = Folder::new();
    let ended = gate(&folder, &url(&first), &url(&second), "1", &[]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let json = ended.json();
    assert_eq!(regressed(&json), ["browse"], "{json:#}");
    assert_eq!((&json["design"], &json["confirmation"]), (&"interleaved".into(), &"done".into()));
    // Sides take turns: each cell's two windows of a cycle follow each other, and the first side changes.
    let windows = std::fs::read_to_string(folder.only_run().join("windows.csv")).unwrap();
    let cells: Vec<(&str, &str)> = windows
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect::<Vec<_>>())
        .map(|fields| (fields[3], fields[4]))
        .collect();
    assert_eq!(cells.len(), 2 * 5 * 8, "both sets of five cycles");
    let mut firsts = std::collections::BTreeMap::new();
    for pair in cells.chunks(2) {
        let (left, right) = (pair[0].0.split_once('@').unwrap(), pair[1].0.split_once('@').unwrap());
        assert_eq!((left.0, pair[0].1), (right.0, pair[1].1), "{pair:?}");
        assert_ne!(left.1, right.1, "{pair:?}");
        *firsts.entry((left.0, pair[0].1, left.1)).or_insert(0) += 1;
    }
    let counts: std::collections::BTreeSet<i32> = firsts.values().copied().collect();
    assert_eq!((firsts.len(), counts.len()), (8, 1), "both sides begin as often: {firsts:?}");
}

#[test]
fn the_same_target_on_both_sides_is_accepted_and_counted_as_such() {
    let target = target(&[]);
    // Short windows are noisy, and a noisy gate may refuse; what it must never do is fail, and on a good try it accepts.
    within_three_tries(|| {
        let folder = Folder::new();
        let ended = gate(&folder, &url(&target), &url(&target), "2", &["--aa"]);
        let json = ended.json();
        assert!(matches!(ended.code, Some(0 | 3)), "{json:#}");
        let accepted = ended.code == Some(0);
        assert_eq!(json["verdict"], if accepted { "accepted" } else { "inconclusive" }, "{json:#}");
        let noise = entries(&folder.path().join("baselines/pair/noise"));
        assert_eq!(noise.len(), 1);
        let kept: Value = serde_json::from_slice(&std::fs::read(&noise[0]).unwrap()).unwrap();
        assert_eq!((&kept["interleaved"]["gates"], &kept["interleaved"]["failed"]), (&1.into(), &0.into()));
        // One that could not tell is no gate that did not fail.
        let measured = &json["false_fail_rate"]["measured"];
        assert_eq!(measured.is_null(), !accepted, "{json:#}");
        if accepted { Ok(()) } else { Err(json["reason"].to_string()) }
    });
}

#[test]
fn servers_are_started_waited_for_and_stopped() {
    let folder = Folder::new();
    let ports = [unused(), unused()];
    let program = env!("CARGO_BIN_EXE_baseline");
    let serve = |port: u16, more: &str| {
        format!("sleep 0.3; echo hello; {program} target --listen 127.0.0.1:{port} {more}")
    };
    let urls: Vec<String> = ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect();
    let ended = gate(
        &folder,
        &urls[0],
        &urls[1],
        "1",
        &[
            "--start-a",
            &serve(ports[0], ""),
            "--start-b",
            &serve(ports[1], "--fault errors:health:40%:0s..10m"),
        ],
    );
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let json = ended.json();
    assert_eq!(regressed(&json), ["health"], "{json:#}");
    let run = folder.only_run();
    for side in ["a", "b"] {
        let log = std::fs::read_to_string(run.join(format!("server-{side}.log"))).unwrap();
        assert!(log.starts_with("hello\n"), "{log}");
    }
    // Nobody listens any more.
    for port in ports {
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    }
}

#[test]
fn a_server_that_dies_halfway_regressed_and_its_end_is_told() {
    let (folder, first) = (Folder::new(), target(&[]));
    let port = unused();
    let program = env!("CARGO_BIN_EXE_baseline");
    let serve = format!("{program} target --listen 127.0.0.1:{port} & sleep 2; kill $!; exit 7");
    let ended = gate(&folder, &url(&first), &format!("http://127.0.0.1:{port}"), "1", &["--start-b", &serve]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let json = ended.json();
    let remarks = json["remarks"].to_string();
    assert!(remarks.contains("the server of --start-b ended by itself (exit status: 7)"), "{remarks}");
    assert!(json["reason"].as_str().unwrap().contains("error ratio rose from 0 %"), "{json:#}");
}

#[test]
fn what_listens_already_is_not_measured_in_place_of_a_server() {
    let (folder, first, stale) = (Folder::new(), target(&[]), target(&[]));
    let said = gate(&folder, &url(&first), &url(&stale), "1", &["--start-b", "sleep 60"]).expect_refusal();
    assert!(
        said.contains("another process already listens at") && said.contains("before --start-b"),
        "{said}"
    );
}

#[test]
fn a_server_that_never_answers_is_an_error_with_its_output() {
    let (folder, first) = (Folder::new(), target(&[]));
    let port = unused();
    let url_b = format!("http://127.0.0.1:{port}");
    let more = ["--start-b", "echo cannot bind; exit 1", "--ready", "400ms"];
    let said = gate(&folder, &url(&first), &url_b, "1", &more).expect_refusal();
    assert!(
        said.contains("the server of --start-b does not give the expected response to /api/health"),
        "{said}"
    );
    let log = folder.only_run().join("server-b.log");
    assert_eq!(std::fs::read_to_string(log).unwrap(), "cannot bind\n");
}

#[test]
fn servers_end_with_a_gate_that_is_killed() {
    let (folder, first) = (Folder::new(), target(&[]));
    let port = unused();
    let program = env!("CARGO_BIN_EXE_baseline");
    let serve = format!("{program} target --listen 127.0.0.1:{port}; echo over");
    folder.write("pair.toml", SCENARIO);
    let url_b = format!("http://127.0.0.1:{port}");
    let arguments = [
        "gate",
        "--scenario",
        "pair.toml",
        "--ab",
        &url(&first),
        &url_b,
        "--start-b",
        &serve,
        "--rounds",
        "40",
    ];
    let mut gate = Program::new(folder.path(), &arguments).env("PATH", "/usr/bin:/bin").start();
    let listens = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
    let within = |wanted: bool| {
        let mut tries = (0..300).map(|_| std::thread::sleep(std::time::Duration::from_millis(50)));
        listens() == wanted || tries.any(|()| listens() == wanted)
    };
    assert!(within(true), "the server was not started");
    gate.kill();
    assert!(within(false), "the server outlives the gate");
}
