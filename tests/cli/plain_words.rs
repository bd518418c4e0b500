//! Plain words: help, documentation, reports and messages contain none of the phrases that were replaced by the terms of
//! load testing.
//!
//! A phrase is here because it was once in a text that people read. Identifiers in files, such as `flag`, are not.

use std::path::Path;
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

use crate::support::folder::Folder;
use crate::support::program::Program;

use super::help::VERBS;
use super::rehearse;

/// Banned phrases as regular expressions: case does not matter, and each begins and ends at the edge of a word.
const BANNED: [&str; 45] = [
    // Quantifiers as nouns.
    r"so (many|much)",
    r"(a|one) (row|line|file|folder|sentence|panel|suite|case|point|job) an? [a-z]+",
    r"(requests|windows|arrivals|users|exchanges) a (second|minute|cycle|day|month|window)",
    r"an? (second|minute|cycle|month) (is|are) (sent|planned)",
    // Verbs of telling for facts.
    r"(is|are|was|were) (not )?told",
    r"told (from|apart|where)",
    r"(cannot|could not) (be told|tell)",
    r"says? (why|little|nothing|so|what)",
    r"speaks? (of|for|against)",
    // "Hold" for "compare", "sustain" and "meet".
    r"(held|hold|holds) against",
    r"held (from|to)",
    r"(throughput|level|load) that holds",
    r"(what|endpoint that) holds",
    r"holds? least",
    r"objectives? (is |are )?(held|hold|holds|broken)",
    r"(breaks?|broke) (its|an|the) objective",
    r"promised?",
    // Terms with another name.
    r"by noise",
    r"share of",
    r"(its|their|the) knee",
    r"changes? of level",
    r"usual (band|mean|value)|what is usual|is usual",
    r"(is|are) unclear",
    r"(embedded|demo) target",
    r"last sign",
    r"smallest visible",
    r"(would|could) (not )?(probably )?have been seen",
    r"with all others",
    r"not so the second time",
    r"there were none before",
    r"take turns",
    r"a hundred did",
    // Riddles.
    r"hurt",
    r"unique beginning",
    r"(gets?|got) no packet|no packet",
    r"for (their|its) number",
    r"cr(y|ies) wolf",
    r"in place of the scenario",
    r"for good",
    r"(go|goes|went) on (with|to)|run on without|while the run went on",
    r"asks? for anything",
    r"worse for a while",
    r"never paged",
    r"truth strays",
    r"most of all",
];

static EXPRESSIONS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let build =
        |phrase: &&str| RegexBuilder::new(&format!(r"\b(?:{phrase})\b")).case_insensitive(true).build();
    BANNED.iter().map(|phrase| build(phrase).unwrap()).collect()
});

/// The banned phrases in a text, each with the words around it.
fn banned(text: &str) -> Vec<String> {
    // A line break must not hide a phrase.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let around = |place: regex::Match<'_>| {
        let before = text[..place.start()].char_indices().rev().nth(40).map_or(0, |(at, _)| at);
        let after = text[place.end()..].char_indices().nth(40).map_or(text.len(), |(at, _)| place.end() + at);
        format!("`{}` in: {}", place.as_str(), &text[before..after])
    };
    EXPRESSIONS.iter().flat_map(|expression| expression.find_iter(&text).map(around)).collect()
}

fn check(name: &str, text: &str) {
    let found = banned(text);
    assert!(!text.trim().is_empty(), "{name} is empty");
    assert!(found.is_empty(), "{name}:\n{}", found.join("\n"));
}

fn stdout_of(folder: &Folder, arguments: &[&str]) -> String {
    Program::new(folder.path(), arguments).run().stdout
}

#[test]
fn a_planted_phrase_is_found() {
    let planted = [
        "it sends so\n  many requests",
        "One row a window.",
        "120 requests a second",
        "No peak is told",
        "10 of 39 cannot be told",
        "This run is held against itself",
        "All objectives hold.",
        "the objective is broken",
        "flags (by noise)",
        "at most this share of requests",
        "the built-in demo target",
        "Hurt the server",
        "any unique beginning",
        "refused for their number",
        "how often it cries wolf",
        "in place of the scenario's window",
        "lost for good",
    ];
    for text in planted {
        assert_eq!(banned(text).len(), 1, "{text}: {:?}", banned(text));
    }
    assert_eq!(
        banned("All 45 SLOs are met; 2 requests per second, 10 outliers expected by chance."),
        [""; 0]
    );
}

#[test]
fn help_is_plain() {
    let folder = Folder::new();
    check("--help", &stdout_of(&folder, &["--help"]));
    for verb in VERBS {
        let words: Vec<&str> = verb.split(' ').collect();
        check(verb, &stdout_of(&folder, &[words, vec!["--help"]].concat()));
    }
    check("the schema of scenarios", &stdout_of(&folder, &["scenario", "schema"]));
}

#[test]
fn documentation_is_plain() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> = ["", "baselines", "ci", "reports", "scenarios"]
        .into_iter()
        .map(|folder| root.join(folder).join("README.md"))
        .collect();
    let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    files.extend(docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    assert!(files.len() > 7, "{files:?}");
    for file in files {
        check(&file.display().to_string(), &std::fs::read_to_string(&file).unwrap());
    }
}

#[test]
fn reports_and_messages_are_plain() {
    let folder = Folder::new();
    for seed in ["1", "2", "3"] {
        rehearse(&folder, &["--seed", seed, "--fault", "none"]);
    }
    let clean = ["demo-rehearsal-seed1", "demo-rehearsal-seed2", "demo-rehearsal-seed3"];
    check("promote", &stdout_of(&folder, &[&["promote", "--as", "main"], &clean[..]].concat()));
    check("suggestions", &stdout_of(&folder, &["promote", clean[0], "--suggest-thresholds"]));
    let faults = ["--fault", "slow:browse:+80%:1h18m..", "--fault", "errors:landing:20%:1h30m.."];
    rehearse(&folder, &[&["--seed", "7", "--baseline", "main"], &faults[..]].concat());
    let run = "demo-rehearsal-seed7";
    check("status", &stdout_of(&folder, &["status", run, "--rolling"]));
    check("list", &stdout_of(&folder, &["list"]));
    check("compare", &stdout_of(&folder, &["compare", "main", run]));
    check("gate", &stdout_of(&folder, &["gate", "--against", "main", run]));
    check(
        "gate in Markdown",
        &stdout_of(&folder, &["gate", "--against", "main", run, "--format", "markdown"]),
    );
    check("gate of the same code", &stdout_of(&folder, &["gate", "--against", "main", run]));
    check("the plan", &stdout_of(&folder, &["start", "pitchey", "--dry-run"]));
    let reports = std::fs::read_dir(folder.path().join("reports")).unwrap();
    for report in reports.map(|entry| entry.unwrap().path().join("report.md")) {
        check(&report.display().to_string(), &std::fs::read_to_string(&report).unwrap());
    }
}
