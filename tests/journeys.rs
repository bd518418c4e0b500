//! The examples of docs/journeys.md and the shipped journeys run as they are, and the demo server counts what was reported.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use baseline::demo::{DemoConfig, DemoServer};
use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::program::{Ended, Program};

/// The blocks of a page that are marked with a language, in their order.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = std::fs::read_to_string(path).unwrap();
    let start = format!("```{language}\n");
    text.split(&start).skip(1).map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

/// The complete scenarios of the page about journeys, by name.
fn example(name: &str) -> String {
    let wanted = format!("name = \"{name}\"");
    let is_it =
        |block: &String| block.starts_with("schema = 1") && block.lines().nth(1) == Some(wanted.as_str());
    blocks("docs/journeys.md", "toml").into_iter().find(is_it).unwrap()
}

/// A demo server, and a folder to run commands in.
struct Scene {
    target: DemoServer,
    folder: Folder,
}

impl Scene {
    fn new() -> Self {
        Self { target: DemoServer::start(DemoConfig::default()).unwrap(), folder: Folder::new() }
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let url = format!("http://{}", self.target.address());
        let program = Program::new(self.folder.path(), arguments).env("BASELINE_URL", &url);
        program.env("BASELINE_FRONTEND_URL", &url).run()
    }

    /// Plays a number of iterations, all of which have to succeed. Whether the machine was too busy does not matter here.
    fn plays(&self, iterations: u64, arguments: &[&str]) {
        let count = iterations.to_string();
        let ended = self.run(&[&["test"], arguments, &["--requests", &count]].concat());
        let all = format!("{iterations} succeeded, 0 failed");
        assert!(matches!(ended.code, Some(0 | 3)) && ended.stdout.contains(&all), "{ended:?}");
    }

    /// What the server counted. A request in the wrong order, or with a value of somebody else, is a misuse.
    fn audit(&self) -> Value {
        let audit = audit(self.target.address());
        let misuse = audit["misuse"].as_object().unwrap();
        assert!(misuse.len() > 10 && misuse.values().all(|count| *count == 0), "{misuse:?}");
        audit
    }
}

fn audit(address: SocketAddr) -> Value {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /audit HTTP/1.1\r\nhost: demo\r\nconnection: close\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    serde_json::from_str(response.split_once("\r\n\r\n").unwrap().1).unwrap()
}

fn check_counts(audit: &Value, expected: &[(&str, u64)]) {
    for (name, count) in expected {
        assert_eq!(audit[name], *count, "{name}: {audit:#}");
    }
}

#[test]
fn example_of_login_create_read_and_delete() {
    let scene = Scene::new();
    scene.folder.write("pitches.toml", &example("pitches"));
    scene.plays(60, &["pitch", "5", "--scenario", "pitches.toml"]);
    check_counts(
        &scene.audit(),
        &[("logins", 5), ("pitches_created", 60), ("pitches_deleted", 60), ("pitches_alive", 0)],
    );
    let once = scene.run(&["test", "pitch", "--once", "--scenario", "pitches.toml"]);
    assert_eq!(once.code, Some(0), "{once:?}");
    assert!(once.stdout.contains("  token = ***"), "{once:?}");
    assert!(!once.stdout.contains("obviously-fake"), "{once:?}");
    check_counts(&scene.audit(), &[("logins", 6), ("pitches_created", 61), ("pitches_alive", 0)]);
}

#[test]
fn example_of_a_form_with_a_redirect() {
    let scene = Scene::new();
    scene.folder.write("messages.toml", &example("messages"));
    scene.plays(40, &["message", "5", "--scenario", "messages.toml"]);
    let audit = scene.audit();
    check_counts(&audit, &[("forms_issued", 40), ("forms_accepted", 40)]);
    assert_eq!(audit["requests"]["GET /form/done"]["requests"], 40, "{audit:#}");
}

#[test]
fn example_of_data_and_a_mix() {
    let scene = Scene::new();
    scene.folder.write("traffic.toml", &example("traffic"));
    scene.folder.write("titles.csv", &blocks("docs/journeys.md", "csv")[0]);
    let refused = scene.run(&["test", "traffic", "5", "--scenario", "traffic.toml"]);
    assert!(refused.code == Some(2) && refused.stderr.contains("--writes"), "{refused:?}");
    let traffic = ["traffic", "5", "--scenario", "traffic.toml", "--writes"];
    scene.plays(60, &traffic);
    let audit = scene.audit();
    check_counts(&audit, &[("signups", 12), ("logins", 12 + 5), ("pitches_created", 6)]);
    assert_eq!(audit["requests"]["GET /api/pitches/browse/enhanced"]["requests"], 42, "{audit:#}");
    // Addresses are new in each run, and a run ends when a queue is empty.
    scene.run(&[&["test"], &traffic[..], &["--requests", "1000"]].concat());
    check_counts(&scene.audit(), &[("pitches_created", 6 + 8)]);
}

#[test]
fn the_shipped_journeys_run_on_the_demo_server() {
    let scene = Scene::new();
    for name in ["pitch", "signup", "message", "traffic"] {
        scene.plays(20, &[name, "normal_load", "--scenario", "journeys"]);
    }
    // Of 20 iterations of the mix, 4 create a pitch, 1 signs up and 1 sends a message.
    check_counts(
        &scene.audit(),
        &[("pitches_created", 24), ("pitches_alive", 0), ("signups", 21), ("forms_accepted", 21)],
    );
    for name in ["signup", "login", "create_pitch"] {
        let options = ["light_load", "--scenario", "pitchey", "--writes", "--ignore-rate-limits"];
        scene.plays(3, &[&[name], &options[..]].concat());
    }
    check_counts(&scene.audit(), &[("pitches_created", 27), ("pitches_alive", 0), ("signups", 24)]);
}

#[test]
fn the_journeys_of_pitchey_fit_its_rate_limits() {
    let scene = Scene::new();
    let plan = |options: &[&str]| {
        let ended = scene.run(&[&["start", "pitchey", "--dry-run", "--format", "json"], options].concat());
        assert_eq!(ended.code, Some(0), "{ended:?}");
        serde_json::from_str::<Value>(&ended.stdout).unwrap()
    };
    let without = plan(&[]);
    // Five endpoints at three levels, without auth_check at two of them; the journeys are named as left out.
    assert_eq!(without["cells"], 5 * 3 - 2, "{without:#}");
    assert!(without["endpoints"].as_array().unwrap().iter().all(|one| one["name"] != "create_pitch"));
    let with = plan(&["--writes", "--cycle", "20m"]);
    assert!(with["rate_limits"].as_array().unwrap().iter().all(|limit| limit["fits"] == true), "{with:#}");
    // Three endpoints and the landing page at three levels, auth_check and each journey at one; a window per 20 minutes.
    assert_eq!(with["windows"], (4 * 3 + 4) * 144, "{with:#}");
}

#[test]
fn the_readme_shows_a_shipped_journey() {
    let shown =
        blocks("README.md", "toml").into_iter().find(|block| block.starts_with("[[journey]]")).unwrap();
    let shipped = include_str!("../scenarios/journeys.toml");
    assert!(shipped.contains(shown.trim()), "{shown}");
}
