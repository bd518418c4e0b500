//! Help and version: every verb has examples, codes and variables, and every line fits a terminal.

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::redact;

/// Every verb, and the verbs below `scenario`.
pub(super) const VERBS: [&str; 25] = [
    "start",
    "test",
    "check",
    "status",
    "watch",
    "stop",
    "list",
    "report",
    "serve",
    "annotate",
    "promote",
    "compare",
    "gate",
    "detect",
    "capacity",
    "target",
    "export",
    "export grafana",
    "export systemd",
    "scenario",
    "scenario check",
    "scenario list",
    "scenario schema",
    "completions",
    "man",
];

/// A terminal of the usual size.
const LINES: usize = 40;
const COLUMNS: usize = 100;

fn stdout_of(arguments: &[&str]) -> String {
    Program::new(Folder::new().path(), arguments).run().expect_success()
}

fn words(verb: &str) -> Vec<&str> {
    verb.split_whitespace().collect()
}

/// The help of the program and of every verb in a terminal of this width.
fn all_help(form: &str, columns: usize) -> Vec<(&'static str, String)> {
    let folder = Folder::new();
    let of = |verb: &'static str| {
        let program = Program::new(folder.path(), &[words(verb), vec![form]].concat());
        (verb, program.env("COLUMNS", &columns.to_string()).run().expect_success())
    };
    std::iter::once("").chain(VERBS).map(of).collect()
}

fn widest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

#[test]
fn help() {
    insta::assert_snapshot!(stdout_of(&["--help"]));
}

#[test]
fn help_of_every_verb() {
    for verb in VERBS {
        let text = stdout_of(&[words(verb), vec!["--help"]].concat());
        insta::assert_snapshot!(format!("help_of_{}", verb.replace(' ', "_")), text);
    }
}

#[test]
fn short_help_of_the_gate() {
    insta::assert_snapshot!(stdout_of(&["gate", "-h"]));
}

#[test]
fn every_verb_is_in_the_list() {
    let text = stdout_of(&["-h"]);
    let listed: Vec<&str> = text
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let known: Vec<&str> = VERBS.into_iter().filter(|verb| !verb.contains(' ')).chain(["help"]).collect();
    assert_eq!(listed, known);
}

#[test]
fn short_help_fits_a_screen() {
    for (verb, text) in all_help("-h", COLUMNS) {
        assert!(text.lines().count() <= LINES, "{verb} has {} lines\n{text}", text.lines().count());
        assert!(widest(&text) <= COLUMNS, "{verb} is {} wide\n{text}", widest(&text));
    }
}

#[test]
fn help_fits_wide_and_narrow_terminals() {
    for form in ["-h", "--help"] {
        for columns in [80, 100, 200] {
            for (verb, text) in all_help(form, columns) {
                let limit = columns.min(COLUMNS);
                assert!(widest(&text) <= limit, "{verb} {form} is {} wide\n{text}", widest(&text));
            }
        }
    }
}

#[test]
fn long_help_ends_with_examples_codes_and_variables() {
    for (verb, text) in all_help("--help", 80) {
        for heading in ["Examples:", "Exit codes:"] {
            assert!(text.contains(&format!("\n{heading}\n")), "{verb}: {heading}\n{text}");
        }
    }
    for verb in ["start", "test", "gate"] {
        let text = stdout_of(&[verb, "--help"]);
        for word in ["SSL_CERT_FILE", "http_proxy", "Not used", "${NAME}", "BASELINE_URL"] {
            assert!(text.contains(word), "{verb}: {word}");
        }
    }
    assert!(stdout_of(&["--help"]).contains("NO_COLOR"));
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
fn version_is_the_name_a_number_and_the_commit() {
    let text = stdout_of(&["--version"]);
    redact::settings().bind(|| {
        insta::assert_snapshot!(text.split(" (").next().unwrap(), @"baseline x.y.z");
    });
    // Sources without git have no commit.
    if let Some(commit) = text.trim().split(" (").nth(1) {
        let commit = commit.strip_suffix(')').unwrap();
        let hash = commit.strip_suffix("-modified").unwrap_or(commit);
        assert!(hash.len() == 12 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{text}");
    }
    assert_eq!(stdout_of(&["-V"]), text);
}
