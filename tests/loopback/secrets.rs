//! The value of a secret header is sent, and is found nowhere else.

use crate::support::answers::Mode;
use crate::support::folder::{Folder, contents};
use crate::support::hostile::Hostile;
use crate::support::program::Program;
use crate::support::scenario::short_run;

const OBVIOUSLY_FAKE: &str = "obviously-fake-0123456789";

fn holds(bytes: &[u8]) -> bool {
    bytes.windows(OBVIOUSLY_FAKE.len()).any(|piece| piece == OBVIOUSLY_FAKE.as_bytes())
}

/// Runs a command with the secret in its environment, and looks for it in everything that comes out.
fn check(folder: &Folder, arguments: &[&str]) {
    let ended = Program::new(folder.path(), arguments).env("FAKE_TOKEN", OBVIOUSLY_FAKE).run();
    assert!(
        !holds(ended.stdout.as_bytes()) && !holds(ended.stderr.as_bytes()),
        "{arguments:?}: it is in the output"
    );
    for (path, bytes) in contents(folder.path()) {
        assert!(!holds(&bytes), "{arguments:?}: it is in {}", path.display());
    }
}

#[test]
fn a_secret_is_in_no_file_and_in_no_output() {
    for mode in [Mode::EchoAsError, Mode::Garbage, Mode::ResetMidBody] {
        let server = Hostile::start(mode);
        let folder = Folder::new();
        folder.write("short.toml", &short_run(&server.url(), 2));
        check(&folder, &["start", "short.toml"]);
        assert!(server.requests() > 0);
        check(&folder, &["report"]);
        check(&folder, &["status"]);
        check(&folder, &["start", "short.toml", "--dry-run"]);
        check(&folder, &["scenario", "check", "short.toml"]);
        check(&folder, &["test", "health", "light_load", "--scenario", "short.toml", "--requests", "2"]);
    }
}

#[test]
fn the_secret_is_what_the_target_gets() {
    // The server answers with what it was asked; its length tells whether the secret was in it.
    let server = Hostile::start(Mode::EchoAsError);
    let folder = Folder::new();
    folder.write("short.toml", &short_run(&server.url(), 2));
    let bytes = |token: &str| {
        let arguments = [
            "test",
            "health",
            "light_load",
            "--scenario",
            "short.toml",
            "--requests",
            "1",
            "--format",
            "json",
        ];
        Program::new(folder.path(), &arguments).env("FAKE_TOKEN", token).run().json()["bytes"]
            .as_u64()
            .unwrap()
    };
    assert_eq!(bytes(OBVIOUSLY_FAKE) - bytes("x"), OBVIOUSLY_FAKE.len() as u64 - 1);
}

#[test]
fn a_secret_that_cannot_be_sent_is_not_in_the_error() {
    let folder = Folder::new();
    folder.write("short.toml", &short_run("http://127.0.0.1:9", 2));
    let secret = format!("{OBVIOUSLY_FAKE}\nx: y");
    let ended = Program::new(folder.path(), &["start", "short.toml"])
        .env("FAKE_TOKEN", &secret)
        .run()
        .expect_refusal();
    assert!(!holds(ended.as_bytes()) && ended.contains("authorization"), "{ended}");
}
