//! Help, version, completions and the man page.

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::redact;

fn say(arguments: &[&str]) -> String {
    Program::new(Folder::new().path(), arguments).run().expect_success()
}

#[test]
fn help() {
    insta::assert_snapshot!(say(&["--help"]));
}

#[test]
fn help_of_start() {
    insta::assert_snapshot!(say(&["start", "--help"]));
}

#[test]
fn help_of_test() {
    insta::assert_snapshot!(say(&["test", "--help"]));
}

#[test]
fn version_is_the_name_and_a_number() {
    redact::settings().bind(|| insta::assert_snapshot!(say(&["--version"]), @"baseline x.y.z"));
}

#[test]
fn completions_know_every_verb() {
    for shell in ["bash", "zsh", "fish"] {
        let text = say(&["completions", shell]);
        for verb in ["start", "test", "status", "stop", "list", "report", "target", "scenario", "completions"]
        {
            assert!(text.contains(verb), "{shell}: {verb}");
        }
    }
}

#[test]
fn the_man_page_is_one() {
    let text = say(&["man"]);
    assert!(text.contains(".TH baseline") && text.contains("Exit codes"), "{text}");
}
