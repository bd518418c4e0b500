//! The live page of runs: one that is measured, one that has ended, a folder of them, and folders of anything else.

use baseline::dashboard::LiveServer;
use baseline::store::window_log;

use crate::support::answers::Mode;
use crate::support::folder::Folder;
use crate::support::hostile::Hostile;
use crate::support::live::{Events, address, config, encoded, get, json, rehearsed, until};
use crate::support::ports::unused;
use crate::support::program::Program;
use crate::support::scenario::short_run;

const OBVIOUSLY_FAKE: &str = "obviously-fake-0123456789";

#[test]
fn a_run_is_shown_while_it_is_measured_and_its_end_is_announced() {
    let (target, folder) = (Hostile::start(Mode::Well), Folder::new());
    folder.write("short.toml", &short_run(&target.url(), 20));
    let listen = format!("127.0.0.1:{}", unused());
    let started = Program::new(folder.path(), &["start", "short.toml", "--live", &listen]).start();
    let to = listen.parse().unwrap();
    let is_up = || std::net::TcpStream::connect(to).is_ok() && get(to, "/api/v1/snapshot").status == 200;
    assert!(until(is_up), "{:?}", started.end());
    let mut client = Events::listen(to, "/api/v1/events?after=0", "");
    let (mut numbers, mut state) = (Vec::new(), String::new());
    while let Some(event) = client.next() {
        if event.name == "state" {
            state = event.data["run"]["state"].as_str().unwrap().to_owned();
        } else if event.name == "window" && !event.data["rows"].as_array().unwrap().is_empty() {
            numbers.extend(event.id);
        }
    }
    assert_eq!(state, "completed");
    let committed = window_log::read(&folder.only_run().join(window_log::FILE)).unwrap().windows;
    assert!(!numbers.is_empty());
    assert_eq!(numbers, committed.iter().map(|window| window.number).collect::<Vec<_>>());
    let ended = started.end().expect_run();
    assert!(ended.stderr.contains(&format!("live page: http://{listen}/\n")), "{}", ended.stderr);
}

#[test]
fn a_server_ends_at_a_signal_with_success_although_a_page_is_open() {
    let folder = Folder::new();
    rehearsed(&folder);
    let listen = format!("127.0.0.1:{}", unused());
    let started = Program::new(folder.path(), &["serve", ".", "--listen", &listen]).start();
    let to = listen.parse().unwrap();
    assert!(until(|| std::net::TcpStream::connect(to).is_ok()));
    let mut client = Events::listen(to, "/api/v1/events", "");
    assert_eq!(client.next().unwrap().name, "state");
    let pid = rustix::process::Pid::from_raw(i32::try_from(started.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(started.end().expect_success(), format!("serving on http://{listen}/\n"));
}

#[test]
fn all_runs_of_a_folder_are_listed_and_chosen_by_their_id() {
    let folder = Folder::new();
    let run = rehearsed(&folder);
    let id = run.file_name().unwrap().to_str().unwrap().to_owned();
    folder.write("stray.txt", "no run");
    std::fs::create_dir_all(folder.path().join("empty")).unwrap();
    std::fs::create_dir_all(folder.path().join("broken")).unwrap();
    folder.write("broken/run.json", "{ not JSON");
    let server = LiveServer::of_folder(&config(), folder.path()).unwrap();
    let to = address(&server);
    let runs = json(to, "/api/v1/runs", "runs");
    assert_eq!(runs["runs"].as_array().unwrap().len(), 1, "{runs}");
    let of_run = &runs["runs"][0];
    assert_eq!((&of_run["run_id"], &of_run["state"]), (&id.as_str().into(), &"completed".into()));
    for target in ["/api/v1/snapshot".to_owned(), format!("/api/v1/snapshot?run={}", encoded(&id))] {
        assert_eq!(json(to, &target, "snapshot")["run"]["run_id"], id.as_str());
    }
    for other in ["broken", "empty", "stray.txt", "..", "", "%00"] {
        assert_eq!(get(to, &format!("/api/v1/snapshot?run={other}")).status, 404, "{other}");
    }
}

#[test]
fn a_folder_without_runs_is_served_and_what_is_no_run_is_refused() {
    let folder = Folder::new();
    let server = LiveServer::of_folder(&config(), folder.path()).unwrap();
    let to = address(&server);
    assert_eq!(json(to, "/api/v1/runs", "runs")["runs"].as_array().unwrap().len(), 0);
    for target in ["/api/v1/snapshot", "/api/v1/events", "/metrics"] {
        assert_eq!(get(to, target).status, 404, "{target}");
    }
    let refused = |arguments: &[&str]| Program::new(folder.path(), arguments).run().expect_refusal();
    assert!(refused(&["serve", "nothing"]).contains("hint:"));
    assert!(refused(&["serve"]).contains("reports is not a folder"));
    folder.write("run.json", "{}");
    assert!(refused(&["serve", "."]).contains("run.json"));
    let taken = to.to_string();
    assert!(refused(&["serve", "--out", ".", "--listen", &taken]).contains("cannot listen on"));
    assert!(refused(&["start", "--demo", "--live", &taken]).contains("cannot listen on"));
    folder.write("token", "short");
    assert!(refused(&["serve", "--out", ".", "--live-token", "token"]).contains("does not contain a token"));
}

#[test]
fn damaged_windows_are_said_and_end_nothing() {
    let folder = Folder::new();
    let run = rehearsed(&folder);
    let path = run.join("windows.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen(",valid,", ",bogus,", 5)).unwrap();
    let server = LiveServer::of_run(&config(), &run).unwrap();
    let to = address(&server);
    let is_said = || {
        let snapshot = json(to, "/api/v1/snapshot", "snapshot");
        snapshot["notes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|note| note["sentence"].to_string().contains("windows.csv"))
    };
    assert!(until(is_said));
    assert_eq!(get(to, "/health/live").status, 200);
}

#[test]
fn secrets_of_a_scenario_are_in_no_response() {
    let (target, folder) = (Hostile::start(Mode::EchoAsError), Folder::new());
    folder.write("short.toml", &short_run(&target.url(), 3));
    let started = Program::new(folder.path(), &["start", "short.toml"]).env("FAKE_TOKEN", OBVIOUSLY_FAKE);
    started.run().expect_run();
    let server = LiveServer::of_run(&config(), &folder.only_run()).unwrap();
    let to = address(&server);
    let snapshot = json(to, "/api/v1/snapshot", "snapshot");
    let id = encoded(snapshot["series"][0]["id"].as_str().unwrap());
    let mut targets = vec!["/api/v1/snapshot".to_owned(), "/api/v1/runs".to_owned(), "/metrics".to_owned()];
    targets.extend([format!("/api/v1/series?id={id}"), format!("/api/v1/heat?id={id}")]);
    targets.extend((1..=12).map(|number| format!("/api/v1/windows/{number}")));
    for target in targets {
        let answer = get(to, &target);
        let text = format!("{}{}", answer.head, String::from_utf8_lossy(&answer.body));
        assert!(!text.contains(OBVIOUSLY_FAKE), "{target}: {text}");
    }
}
