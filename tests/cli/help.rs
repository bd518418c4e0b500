//! Help, version, completions and the man page.

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::redact;

/// Every verb that has options of its own.
pub(super) const VERBS: [&str; 14] = [
    "start",
    "test",
    "status",
    "stop",
    "list",
    "report",
    "promote",
    "compare",
    "gate",
    "detect",
    "capacity",
    "target",
    "scenario",
    "completions",
];

/// A terminal of the usual size.
const LINES: usize = 40;
const COLUMNS: usize = 100;

fn stdout_of(arguments: &[&str]) -> String {
    Program::new(Folder::new().path(), arguments).run().expect_success()
}

#[test]
fn help() {
    insta::assert_snapshot!(stdout_of(&["--help"]));
}

#[test]
fn help_of_every_verb() {
    for verb in VERBS {
        insta::assert_snapshot!(format!("help_of_{verb}"), stdout_of(&[verb, "--help"]));
    }
}

#[test]
fn short_help_of_the_gate() {
    insta::assert_snapshot!(stdout_of(&["gate", "-h"]));
}

#[test]
fn short_help_fits_a_screen() {
    let check = |arguments: &[&str]| {
        let text = stdout_of(arguments);
        assert!(text.lines().count() <= LINES, "{arguments:?} has {} lines\n{text}", text.lines().count());
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(COLUMNS), "{arguments:?} is {widest:?} wide\n{text}");
    };
    check(&["-h"]);
    for verb in VERBS {
        check(&[verb, "-h"]);
    }
    for verb in ["check", "list", "schema"] {
        check(&["scenario", verb, "-h"]);
    }
}

#[test]
fn the_former_name_of_load_percent_still_works() {
    let text = stdout_of(&["start", "demo", "--share", "50", "--dry-run"]);
    // Without the line that contains the time.
    let plan =
        |text: &str| text.lines().filter(|line| !line.contains("ends at")).collect::<Vec<_>>().join("\n");
    let renamed = stdout_of(&["start", "demo", "--load-percent", "50", "--dry-run"]);
    assert_eq!(plan(&text), plan(&renamed));
    assert_ne!(plan(&text), plan(&stdout_of(&["start", "demo", "--dry-run"])));
    assert!(!stdout_of(&["start", "--help"]).contains("--share"));
}

#[test]
fn version_is_the_name_and_a_number() {
    redact::settings().bind(|| insta::assert_snapshot!(stdout_of(&["--version"]), @"baseline x.y.z"));
}

#[test]
fn completions_contain_every_verb() {
    for shell in ["bash", "zsh", "fish"] {
        let text = stdout_of(&["completions", shell]);
        for verb in VERBS {
            assert!(text.contains(verb), "{shell}: {verb}");
        }
    }
}

#[test]
fn the_man_page_has_a_title_and_the_exit_codes() {
    let text = stdout_of(&["man"]);
    assert!(text.contains(".TH baseline") && text.contains("Exit codes"), "{text}");
}
