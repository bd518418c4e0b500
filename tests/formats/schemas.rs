//! The committed schemas are those of the types, they are strict, and every kind of output is as its schema has it.
//!
//! `UPDATE_SCHEMAS=1` writes the committed files. What other tests read of the program's JSON is checked where they read it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use baseline::report::schemas;
use serde_json::Value;

use crate::support::folder::{Folder, entries};
use crate::support::program::{Ended, Program};
use crate::support::schemas::faults;

/// Where the schema of a kind is kept. Two have names of their own, because programs know them by these.
fn path(kind: &str) -> PathBuf {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    match kind {
        "report" | "gate" => docs.join(format!("{kind}.schema.json")),
        kind => docs.join("schemas").join(format!("{kind}.schema.json")),
    }
}

#[test]
fn committed_schemas_are_those_of_the_types() {
    let is_update = std::env::var_os("UPDATE_SCHEMAS").is_some_and(|value| value == "1");
    for (kind, generated) in schemas::all() {
        let path = path(kind);
        if is_update {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &generated).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == generated, "{} is old: run this test with UPDATE_SCHEMAS=1", path.display());
    }
    let known: BTreeSet<PathBuf> = schemas::all().iter().map(|(kind, _)| path(kind)).collect();
    let stray: Vec<PathBuf> = entries(path("test").parent().unwrap());
    assert!(stray.iter().all(|path| known.contains(path)), "{stray:?}");
}

#[test]
fn the_schemas_that_are_printed_are_the_committed_ones() {
    for verb in ["report", "gate", "check"] {
        let printed = Program::new(Folder::new().path(), &[verb, "--schema"]).run().expect_success();
        assert_eq!(printed, std::fs::read_to_string(path(verb)).unwrap());
    }
}

/// Keys that only some outputs of a kind have: stages and thresholds were asked for, or not; a run has notes, or none.
const OPTIONAL: [&str; 3] = ["notes", "stages", "thresholds"];

/// Every object within a schema that names its keys.
fn objects<'s>(schema: &'s Value, found: &mut Vec<&'s Value>) {
    if schema["properties"].is_object() {
        found.push(schema);
    }
    match schema {
        Value::Object(map) => map.values().for_each(|inner| objects(inner, found)),
        Value::Array(list) => list.iter().for_each(|inner| objects(inner, found)),
        _ => (),
    }
}

#[test]
fn schemas_allow_no_strange_key_and_miss_none() {
    for (kind, text) in schemas::all() {
        let schema: Value = serde_json::from_str(&text).unwrap();
        let mut found = Vec::new();
        objects(&schema, &mut found);
        assert!(!found.is_empty(), "{kind}");
        for object in found {
            assert_eq!(object["additionalProperties"], false, "{kind}: {object:#}");
            let required = object["required"].as_array().unwrap();
            let lacking: Vec<&String> = object["properties"]
                .as_object()
                .unwrap()
                .keys()
                .filter(|key| !required.contains(&Value::from(key.as_str())))
                .filter(|key| !OPTIONAL.contains(&key.as_str()))
                .collect();
            assert!(lacking.is_empty(), "{kind}: {lacking:?} may be missing in {object:#}");
        }
    }
}

fn run(folder: &Folder, arguments: &[&str]) -> Ended {
    Program::new(folder.path(), arguments).run()
}

/// Requires a kind with `schema` and `kind` in front, and that its schema misses neither more keys nor fewer nor others.
fn check(folder: &Folder, kind: &str, arguments: &[&str]) {
    let ended = run(folder, arguments);
    // Reading it checks it against the schema.
    let output = ended.json();
    let head = format!("{{\n  \"schema\": 1,\n  \"kind\": \"{kind}\",\n");
    assert!(ended.stdout.starts_with(&head), "{arguments:?}: {}", ended.stdout);
    assert!(ended.stdout.ends_with("}\n"), "{arguments:?}");
    let mut more = output.clone();
    more["more"] = Value::Null;
    assert_ne!(faults(&more), Vec::<String>::new(), "{kind} allows a strange key");
    for key in output.as_object().unwrap().keys().filter(|key| !OPTIONAL.contains(&key.as_str())) {
        let mut fewer = output.clone();
        fewer.as_object_mut().unwrap().remove(key);
        assert_ne!(faults(&fewer), Vec::<String>::new(), "{kind} may lack {key}");
    }
}

#[test]
fn every_kind_is_as_its_schema_has_it() {
    let folder = Folder::new();
    let plan = ["--rehearse", "--demo", "--duration", "1h", "--cycle", "2m"];
    let mut runs = Vec::new();
    for seed in ["1", "2", "3", "4", "5", "6", "7", "8"] {
        let printed = run(&folder, &[&["start", "--seed", seed][..], &plan].concat()).expect_run().stdout;
        runs.push(printed.trim().trim_end_matches("/report.md").to_owned());
    }
    let names: Vec<&str> = runs.iter().map(String::as_str).collect();
    folder.write("a.csv", "users,throughput\n1,20\n2,39\n4,74\n8,130\n16,190\n32,208\n");
    folder.write("b.csv", &stepped());
    // Nobody listens on port 1: a cell of failures.
    let nobody = ["test", "http://127.0.0.1:1/", "light_load:1", "--requests", "8", "--warm-up", "0s"];
    let again = ["start", "--demo", "--rehearse", "--duration", "1h", "--cycle", "2m"];
    folder.write("wrong.toml", "schema = 1\nnmae = 'x'\n");
    let outputs: &[(&str, &[&str], &[&str])] = &[
        ("start", &again, &[]),
        ("report", &["report"], &[]),
        ("scenario", &["scenario", "check", "pitchey"], &[]),
        ("problems", &["scenario", "check", "wrong.toml"], &[]),
        ("scenarios", &["scenario", "list"], &[]),
        ("list", &["list"], &[]),
        ("alerts", &["alert", "list"], &[]),
        ("gc", &["gc", "--dry-run"], &[]),
        ("period", &["report", "--last", "1d"], &[]),
        ("status", &["status"], &[]),
        ("status", &["status", "--rolling"], &[]),
        ("promotion", &["promote", "--as", "main"], &names[..5]),
        ("promotion", &["promote", "--as", "main", "--suggest-thresholds"], &names[..5]),
        ("thresholds", &["promote", "--suggest-thresholds"], &names[..5]),
        ("compare", &["compare"], &names[..2]),
        ("compare", &["compare", "main"], &names[7..]),
        ("gate", &["gate", "--against", "main"], &names[5..]),
        ("gate_noise", &["gate", "--aa"], &names),
        ("plan", &["start", "--demo", "--dry-run"], &[]),
        ("plan", &["start", "pitchey", "--dry-run"], &[]),
        ("test", &nobody, &[]),
        ("iteration", &["test", "http://127.0.0.1:1/", "light_load:1", "--once"], &[]),
        ("capacity", &["capacity", "a.csv"], &[]),
        ("detect", &["detect", "b.csv"], &[]),
        ("notes", &["annotate", "deploy 1.2.3", "--for", "5m"], &[]),
        ("notes", &["annotate", "--list"], &[]),
        ("check", &["check", "http://127.0.0.1:1/", "--samples", "2"], &[]),
        ("monitor", &["monitor", "--demo", "--rehearse", "--duration", "10m"], &[]),
        ("stack", &["stack", "verify", "--node", "http://127.0.0.1:1"], &[]),
    ];
    // Reports are files, and have tests of their own.
    let mut seen = BTreeSet::from(["report"]);
    for (kind, verb, runs) in outputs {
        check(&folder, kind, &[verb, *runs, &["--format", "json"]].concat());
        seen.insert(kind);
    }
    let all: BTreeSet<&str> = schemas::all().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(seen, all);
}

/// A table whose values jump at row 75.
fn stepped() -> String {
    let mut text = String::from("timestamp,value\n");
    for n in 0..90 {
        let _ = writeln!(text, "{n},{}", if n < 75 { 10 + n % 3 } else { 40 + n % 3 });
    }
    text
}
