//! `start --detach`: the run goes on without whoever started it, and is found, watched and ended by name.

use crate::support::answers::Mode;
use crate::support::folder::{Folder, entries};
use crate::support::hostile::Hostile;
use crate::support::program::Program;
use crate::support::scenario::short_run;

#[test]
fn a_detached_run_goes_on_and_is_ended_by_name() {
    let (server, folder) = (Hostile::start(Mode::Well), Folder::new());
    folder.write("short.toml", &short_run(&server.url(), 100));
    let told = Program::new(folder.path(), &["start", "short.toml", "--detach"]).run().expect_success();
    let run = folder.path().join(told.trim());
    assert!(run.join("run.json").is_file(), "{told:?} in {:?}", entries(&folder.path().join("reports")));
    let status = |folder: &Folder| Program::new(folder.path(), &["status", "--format", "json"]).run().json();
    assert_eq!(status(&folder)["state"], "running");
    Program::new(folder.path(), &["stop", run.file_name().unwrap().to_str().unwrap()]).run().expect_success();
    assert_eq!(status(&folder)["state"], "stopped");
    assert!(run.join("report.md").is_file());
}

#[test]
fn a_detached_run_that_cannot_start_says_why() {
    let folder = Folder::new();
    folder.write("short.toml", &short_run("http://a.example", 20));
    let error = Program::new(folder.path(), &["start", "short.toml", "--detach"]).run().expect_refusal();
    assert!(error.contains("allow_hosts"), "{error}");
}
