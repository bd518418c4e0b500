//! Odd paths: `scenario check`, the dry run and the start of a run agree on each of them.

use std::fmt::Write as _;

use baseline::domain::plan::Plan;
use baseline::domain::workload::Workload;
use baseline::http::RequestTemplate;
use baseline::scenario::environment::Environment;
use baseline::scenario::{Source, check};

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::redact;
use crate::support::scenario::{MINIMAL, changed};

/// The scenario with this path, written as a TOML string.
fn with_path(path: &str) -> String {
    let written = path.chars().fold(String::new(), |mut written, letter| {
        let _ = write!(written, "\\U{:08X}", u32::from(letter));
        written
    });
    changed("/api/health", &written)
}

fn planned(path: &str) -> Result<Plan, String> {
    let source = Source { label: "small.toml".into(), text: with_path(path) };
    check(&source, &Environment::default()).map_err(|error| error.to_string())
}

/// Every ASCII character in a path and in a query, and further oddities.
fn odd_paths() -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    for byte in 0..128_u8 {
        // A dollar sign before a brace is a reference.
        let letter = char::from(byte);
        paths.push(format!("/a{letter}b"));
        paths.push(format!("/a?b{letter}c"));
    }
    let fixed = [
        "/",
        "",
        "a",
        "?a",
        "//",
        "/../..",
        "/%",
        "/%2",
        "/%zz",
        "/%20",
        "/%00",
        "/%C3",
        "/a;b=c",
        "/a:b@c",
        "/é",
        "/日本?語=話",
        "/\u{1f600}",
        "/\u{85}",
        "/\u{a0}",
        "/\u{feff}",
        "/\u{202e}",
        "/a b/c d?e f=g h",
        "/[::1]",
        "/?",
        "/??",
        "/?a?b",
        "/'",
        "/?'",
        "/*",
        "/$x",
        "/$$",
        "/{a}/{b}",
        "/\\..\\a",
        "/a\r\nx: y",
        "/~user/",
    ];
    paths.extend(fixed.map(str::to_owned));
    for length in [1_000, 63_998, 63_999, 64_000, 65_500, 65_535, 65_536, 100_000] {
        paths.push(format!("/{}", "a".repeat(length)));
        paths.push(format!("/?{}", "a".repeat(length)));
        paths.push(format!("/{}", "é".repeat(length / 6)));
    }
    paths
}

#[test]
fn what_is_planned_can_be_sent() {
    let paths = odd_paths();
    assert!(paths.len() > 300);
    let (mut accepted, mut refused) = (0, 0);
    for path in paths {
        let Ok(plan) = planned(&path) else {
            refused += 1;
            continue;
        };
        accepted += 1;
        for endpoint in plan.workloads.iter().flat_map(Workload::requests) {
            let sent = endpoint.path.reveal();
            assert!(sent.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#'), "{path:?}: {sent}");
            assert!(RequestTemplate::new(endpoint, &plan.access).is_ok(), "{path:?}: {sent:.200}");
        }
    }
    assert!(accepted > 200 && refused > 60, "{accepted} {refused}");
}

#[test]
fn the_check_the_dry_run_and_the_start_say_the_same() {
    let long = format!("/{}", "a".repeat(65_000));
    for path in
        ["/a\"b", "/<a>", "/`", "/é", "/a b?c d", "/\t", "/a#b", "a", long.as_str(), "/|", "/\\", "/%zz"]
    {
        let folder = Folder::new();
        folder.write("small.toml", &with_path(path));
        let run = |arguments: &[&str]| Program::new(folder.path(), arguments).run();
        let checked = run(&["scenario", "check", "small.toml"]);
        let dry = run(&["start", "small.toml", "--dry-run"]);
        // It ends by itself: nothing listens, so no endpoint can be asked before a run of two hours.
        let started = run(&["start", "small.toml", "--duration", "2h"]);
        if checked.code == Some(0) {
            let note = |text: &str| {
                let note = text.lines().find(|line| line.contains("is sent as"))?;
                Some(note.trim().to_owned())
            };
            assert_eq!(note(&checked.stdout), note(&dry.stdout), "{path:?}");
            assert_eq!(note(&checked.stdout), note(&started.stderr), "{path:?}: {started:?}");
            assert!(started.stderr.contains("connection refused"), "{path:?}: {started:?}");
        } else {
            let said = checked.expect_refusal();
            assert_eq!(said, dry.expect_refusal(), "{path:?}");
            assert_eq!(said, started.expect_refusal(), "{path:?}");
        }
    }
}

#[test]
fn what_is_encoded_is_said() {
    let folder = Folder::new();
    folder.write("small.toml", &with_path("/müller/<id>?q=a b&r=${TERM:-x y}"));
    let text = Program::new(folder.path(), &["scenario", "check", "small.toml"]).run().expect_success();
    insta::assert_snapshot!(text, @r"
    small.toml: 1 endpoint, 1 cell, 10 windows in 10 s
      note: health: the path is sent as /m%C3%BCller/%3Cid%3E?q=a%20b&r=${TERM:-x y}
      note: with 1 endpoint and 1 cell, `gate --against` cannot tell a change from drift of the machine below --drift (10 %): it needs 3 endpoints and 5 cells; `gate --ab` does not
      warning: this plan cannot be promoted to a baseline: 10 windows per cell, 20 needed; use --duration 20s or --cycle 500ms, or promote 2 runs of it together
      warning: without --baseline, no window of this plan is checked for changes: the first 20 of each cell are its baseline
    ");
}

#[test]
fn a_path_that_cannot_be_sent_is_refused() {
    let folder = Folder::new();
    folder.write("small.toml", &format!("{MINIMAL}\n[[endpoint]]\nname = \"b\"\npath = \"/a#b\"\n"));
    let text = Program::new(folder.path(), &["scenario", "check", "small.toml"]).run().expect_refusal();
    insta::assert_snapshot!(redact::without_folder(&text, folder.path()));
}
