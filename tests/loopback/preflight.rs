//! Before a long run its target is asked once: one that does not work stops the run before it has a folder.

use std::time::Duration;

use baseline::demo::{DemoConfig, DemoServer};

use crate::support::answers::Mode;
use crate::support::folder::{Folder, entries};
use crate::support::hostile::Hostile;
use crate::support::ports::refusing_url;
use crate::support::program::{Ended, Program};
use crate::support::scenario;

/// A run of two minutes, with this endpoint beside `/api/health`.
fn long_run(folder: &Folder, url: &str, more: &str) {
    let text = scenario::at(url).replace("duration = \"10s\"", "duration = \"2m\"");
    folder.write("long.toml", &(text + more));
}

fn start(folder: &Folder, more: &[&str]) -> Ended {
    Program::new(folder.path(), &[&["start", "long.toml"], more].concat()).run()
}

/// Starts a run and kills it as soon as it has a folder; what it said until then is lost.
fn begins(folder: &Folder, more: &[&str]) -> bool {
    let mut running = Program::new(folder.path(), &[&["start", "long.toml"], more].concat()).start();
    for _ in 0..400 {
        std::thread::sleep(Duration::from_millis(25));
        if !entries(&folder.path().join("reports")).is_empty() {
            running.kill();
            return true;
        }
        if running.has_ended() {
            return false;
        }
    }
    false
}

#[test]
fn a_target_that_does_not_work_stops_a_long_run_before_it_begins() {
    let closed = refusing_url();
    let (missing, hanging) = (Hostile::start(Mode::Status(404)), Hostile::start(Mode::Hang));
    for (url, said) in [
        (closed, "connection refused"),
        (missing.url(), "unexpected status 404"),
        (hanging.url(), "timeout waiting for the response"),
    ] {
        let folder = Folder::new();
        long_run(&folder, &url, "");
        let ended = start(&folder, &[]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
        let first = ended.stderr.lines().next().unwrap();
        assert!(first.starts_with("error: the target does not work: health (GET http://"), "{ended:?}");
        assert!(first.contains(said) && ended.stderr.contains("--no-preflight"), "{ended:?}");
        assert!(!folder.path().join("reports").exists());
    }
    assert_eq!((missing.requests(), hanging.requests()), (1, 1));
}

#[test]
fn a_short_run_shows_by_itself_what_its_target_does_and_a_long_one_on_request() {
    let server = Hostile::start(Mode::Status(404));
    let folder = Folder::new();
    long_run(&folder, &server.url(), "");
    assert!(begins(&folder, &["--no-preflight"]));
    let folder = Folder::new();
    long_run(&folder, &server.url(), "");
    assert!(begins(&folder, &["--duration", "1m"]));
}

#[test]
fn a_target_that_works_in_part_is_measured() {
    let target = DemoServer::start(DemoConfig::default()).unwrap();
    let folder = Folder::new();
    let more = "[[endpoint]]\nname = \"gone\"\npath = \"/gone\"\n";
    long_run(&folder, &format!("http://{}", target.address()), more);
    assert!(begins(&folder, &[]));
    // One that changes something is never asked; that it can be connected to is enough.
    let folder = Folder::new();
    let server = Hostile::start(Mode::Status(404));
    let text = scenario::at(&server.url()).replace("duration = \"10s\"", "duration = \"2m\"");
    folder.write("long.toml", &(text + "method = \"POST\"\n"));
    assert!(begins(&folder, &[]));
}
