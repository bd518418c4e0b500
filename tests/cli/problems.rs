//! All problems of a scenario in one round, whichever command reads it; and files that are no scenarios at all.

use std::fmt::Write as _;

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::scenario::{MINIMAL, changed};

/// Sixteen mistakes, each of another kind.
const MANY: &str = r#"schema = 1
nmae = "my-service"

[target]
base_url = "127.0.0.1:8787"
allow_hosts = ["127.0.0.1"]
timeout = "10x"
headers = { "bad header" = "x", x-token = "${TOKEN_THAT_IS_NOT_SET}" }

[plan]
duration = "1h"
cycle = "1m"
window = "2m"
warm_up = 5
ordr = "shuffled"
rate_limits = "fitt"

[levels]
light_load = -3
normal_load = 5

[[endpoint]]
name = "health"
path = "/api/health"
slo = { p99 = "100ms", error_rate = 5 }
levels = ["norml_load"]

[[endpoint]]
name = "health"
path = "api"
base_url = "http://elsewhere.example"
"#;

fn refusal(folder: &Folder, arguments: &[&str]) -> String {
    Program::new(folder.path(), arguments).run().expect_refusal()
}

#[test]
fn all_problems_are_reported_at_once() {
    let folder = Folder::new();
    folder.write("many.toml", MANY);
    insta::assert_snapshot!(refusal(&folder, &["scenario", "check", "many.toml"]));
}

#[test]
fn every_command_that_reads_a_scenario_reports_them() {
    let folder = Folder::new();
    folder.write("many.toml", MANY);
    let checked = refusal(&folder, &["scenario", "check", "many.toml"]);
    let commands: [&[&str]; 5] = [
        &["start", "many.toml"],
        &["start", "many.toml", "--dry-run"],
        &["test", "health", "normal_load", "--scenario", "many.toml"],
        &["test", "helth", "normal_load:3", "--scenario", "many.toml"],
        &["gate", "--aa", "--scenario", "many.toml"],
    ];
    for command in commands {
        assert_eq!(refusal(&folder, command), checked, "{command:?}");
    }
    // Two servers take the place of the target, so what is wrong with its address does not matter.
    let both = ["gate", "--ab", "http://127.0.0.1:1", "http://127.0.0.1:2", "--scenario", "many.toml"];
    let said = refusal(&folder, &both);
    assert!(said.starts_with("error: 14 problems in many.toml\n"), "{said}");
    assert!(!said.contains("@a") && !said.contains("base_url"), "{said}");
}

#[test]
fn problems_for_programs_have_their_places() {
    let folder = Folder::new();
    folder.write("many.toml", MANY);
    let ended = Program::new(folder.path(), &["scenario", "check", "many.toml", "--format", "json"]).run();
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let json: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(json["kind"], "problems");
    let problems = json["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 16);
    let timeout = problems.iter().find(|problem| problem["key"] == "target.timeout").unwrap();
    assert_eq!((&timeout["line"], &timeout["column"]), (&7.into(), &1.into()));
    assert_eq!(timeout["hint"], "did you mean \"10s\"?");
    assert!(ended.stderr.starts_with("error: 16 problems in many.toml\n"), "{}", ended.stderr);
}

#[test]
fn what_a_variable_holds_is_never_shown() {
    let references = [
        ("base_url = \"http://127.0.0.1:9\"", "base_url = \"${SECRET}\""),
        ("base_url = \"http://127.0.0.1:9\"", "base_url = \"http://${SECRET}:80\""),
        ("base_url = \"http://127.0.0.1:9\"", "base_url = \"http://127.0.0.1:${SECRET}\""),
        ("timeout = \"200ms\"", "server_name = \"a ${SECRET}\""),
        ("timeout = \"200ms\"", "resolve = [\"a:1:${SECRET}\"]"),
        ("timeout = \"200ms\"", "connect_to = [\"a:1:${SECRET}:2\"]"),
        ("timeout = \"200ms\"", "connect_to = [\"a:1:b:${SECRET}\"]"),
        ("timeout = \"200ms\"", "proxy = \"http://${SECRET}:1\""),
        ("timeout = \"200ms\"", "ca_file = \"${SECRET}\""),
        ("timeout = \"200ms\"", "client_cert = \"${SECRET}\""),
        ("timeout = \"200ms\"", "headers = { host = \"${SECRET} x\" }"),
        ("path = \"/api/health\"", "path = \"${SECRET}\""),
        ("path = \"/api/health\"", "path = \"/a\"\nbody_file = \"${SECRET}\""),
    ];
    for (from, to) in references {
        let folder = Folder::new();
        folder.write("small.toml", &changed(from, to));
        for format in ["text", "json"] {
            let check = ["scenario", "check", "small.toml", "--format", format];
            let ended = Program::new(folder.path(), &check).env("SECRET", "obviously-fake").run();
            assert_eq!(ended.code, Some(2), "{to}: {ended:?}");
            assert!(!format!("{ended:?}").contains("obviously-fake"), "{to}: {ended:?}");
            assert!(ended.stderr.contains("small.toml:"), "{to}: {ended:?}");
        }
    }
}

#[test]
fn a_variable_of_a_similar_name_is_suggested() {
    let folder = Folder::new();
    folder.write("small.toml", &changed("http://127.0.0.1:9", "${BASLINE_URL}"));
    let check = Program::new(folder.path(), &["scenario", "check", "small.toml"]);
    let said = check.env("BASELINE_URL", "http://127.0.0.1:9").run().expect_refusal();
    assert!(said.contains("did you mean ${BASELINE_URL}?"), "{said}");
}

#[test]
fn files_of_editors_and_of_other_systems_are_read() {
    let folder = Folder::new();
    for text in [
        format!("\u{feff}{MINIMAL}"),
        MINIMAL.replace('\n', "\r\n"),
        format!("\u{feff}#:schema x.json\r\n{}", MINIMAL.replace('\n', "\r\n")),
        MINIMAL.replace(" = ", "\t=\t"),
    ] {
        folder.write("small.toml", &text);
        Program::new(folder.path(), &["scenario", "check", "small.toml"]).run().expect_success();
    }
    // The columns do not count the mark, and lines end where they do in an editor.
    folder.write(
        "small.toml",
        &format!("\u{feff}{}", MINIMAL.replace("schema", "shema").replace('\n', "\r\n")),
    );
    let said = refusal(&folder, &["scenario", "check", "small.toml"]);
    assert!(said.starts_with("error: small.toml:1:1: shema: unknown key\n"), "{said}");
}

#[test]
fn what_is_no_scenario_ends_in_one_clear_error() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("folder.toml")).unwrap();
    let check = |name: &str, expected: &str| {
        let said = refusal(&folder, &["scenario", "check", name]);
        assert!(said.contains(expected), "{name}: {said}");
        assert!(said.len() < 8_000, "{name}: {} bytes", said.len());
    };
    check("folder.toml", "Is a directory");
    folder.write("large.toml", &"\u{1}x = [[\n".repeat(1_500_000));
    check("large.toml", "larger than 4 MiB");
    folder.write("garbage.toml", &"a = { b\n".repeat(3_000));
    check("garbage.toml", "not valid TOML");
    folder.write("lines.toml", &"no value\n".repeat(3_000));
    check("lines.toml", "and 950 more");
    folder.write("empty.toml", "");
    check("empty.toml", "add [target], with base_url and allow_hosts");
    folder.write("json.toml", "{\"schema\": 1}");
    check("json.toml", "not valid TOML");
    std::fs::write(folder.path().join("latin.toml"), b"schema = 1\nname = \"caf\xe9\"\n").unwrap();
    check("latin.toml", "line 2 is not UTF-8 text");
    std::fs::write(folder.path().join("wide.toml"), b"\xff\xfes\0c\0").unwrap();
    check("wide.toml", "UTF-16");
}

#[test]
fn keys_that_only_look_right_are_explained() {
    let folder = Folder::new();
    let check = |from: &str, to: &str, expected: &[&str]| {
        folder.write("small.toml", &changed(from, to));
        let said = refusal(&folder, &["scenario", "check", "small.toml"]);
        assert!(expected.iter().all(|part| said.contains(part)), "{to}: {said}");
    };
    // The first letter is Cyrillic.
    check("cycle =", "\"\u{441}ycle\" =", &["did you mean `cycle`?", "U+0441"]);
    check(
        "\"1s\"",
        "\u{201c}1s\u{201d}",
        &["small.toml:11:9", "the quotes are typographic", "did you mean \"1s\"?"],
    );
    check("[plan]", "[plan]\nplan.window = \"1s\"", &["plan.plan", "unknown key"]);
    check("[levels]", "[plan]\n[levels]", &["`plan` is defined twice"]);
    check(
        "window = \"100ms\"",
        "window = \"100ms\"\nwindow = \"1s\"",
        &["13:1", "`window` is defined twice"],
    );
    check("[[endpoint]]", "[endpoint]", &["endpoint: expected a list, found a table", "write [[endpoint]]"]);
    check("[plan]", "[[plan]]", &["plan: expected a table, found a list", "write [plan] once"]);
    check("name = \"small\"", "name = \"small\"\nwindow = \"1s\"", &["`window` belongs under [plan]"]);
    check("[levels]", "[[endpoints]]\n[levels]", &["did you mean `endpoint`?"]);
    check("schema = 1", "schema = 1\nname = \"twice\"", &["`name` is defined twice"]);
}

#[test]
fn many_endpoints_are_checked_and_their_problems_are_counted() {
    let folder = Folder::new();
    let with_endpoints = |path: &str| {
        let mut text = changed("cycle = \"1s\"", "cycle = \"5m\"").replace("\"10s\"", "\"48h\"");
        text = text.replace("light_load = 2", "light_load = 1\nnormal_load = 5\nheavy_load = 10");
        for number in 1..500 {
            let _ = write!(text, "\n[[endpoint]]\nname = \"e{number}\"\npath = \"{path}{number}\"\n");
        }
        text
    };
    folder.write("large.toml", &with_endpoints("/"));
    let text = Program::new(folder.path(), &["scenario", "check", "large.toml"]).run().expect_success();
    assert!(text.starts_with("large.toml: 500 endpoints, 1,500 cells, 864,000 windows in 48 h\n"), "{text}");
    folder.write("wrong.toml", &with_endpoints(""));
    let said = refusal(&folder, &["scenario", "check", "wrong.toml"]);
    assert!(
        said.starts_with("error: 499 problems in wrong.toml\n") && said.contains("and 449 more"),
        "{said}"
    );
}
