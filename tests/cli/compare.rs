//! `compare`: two runs or baselines side by side, in every format.

use std::sync::LazyLock;

use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::program::{Ended, Program};
use crate::support::redact;

/// Two runs of two hours at five-minute cycles; in the second one endpoint is a quarter slower.
fn two_runs() -> Folder {
    static RUNS: LazyLock<Folder> = LazyLock::new(|| {
        let folder = Folder::new();
        super::rehearse(&folder, &["--seed", "1", "--fault", "none"]);
        super::rehearse(&folder, &["--seed", "2", "--fault", "slow:browse:+25%:0s..2h"]);
        folder
    });
    Folder::copy_of(&RUNS)
}

fn run(folder: &Folder, arguments: &[&str]) -> Ended {
    Program::new(folder.path(), arguments).run()
}

fn compared(folder: &Folder, before: &str, after: &str) -> Value {
    run(folder, &["compare", before, after, "--format", "json"]).json()
}

fn rows<'j>(json: &'j Value, verdict: &str) -> Vec<&'j Value> {
    json["rows"].as_array().unwrap().iter().filter(|row| row["verdict"] == verdict).collect()
}

#[test]
fn what_got_slower_is_named_with_its_interval() {
    let folder = two_runs();
    let json = compared(&folder, "demo-rehearsal-seed1", "demo-rehearsal-seed2");
    let regressed = rows(&json, "regressed");
    assert!(regressed.len() >= 9, "{json:#}");
    for row in regressed {
        assert_eq!(row["endpoint"], "browse", "{row}");
        let of = |key: &str| row[key].as_f64().unwrap();
        assert!(of("improvement") < 0.0 && of("effect") < 0.0, "{row}");
        let interval = &row["improvement_interval_95"];
        let inside = interval[0].as_f64().unwrap()..=interval[1].as_f64().unwrap();
        assert!(inside.contains(&of("improvement")), "{row}");
        let is_throughput = row["metric"] == "throughput_per_s";
        let expected = if is_throughput { 1.0 / 1.25 } else { 1.25 };
        assert!((of("after") / of("before") / expected - 1.0).abs() < 0.15, "{row}");
    }
    assert!(rows(&json, "improved").is_empty(), "{json:#}");
    let back = compared(&folder, "demo-rehearsal-seed2", "demo-rehearsal-seed1");
    assert_eq!(rows(&back, "improved").len(), rows(&json, "regressed").len());
}

#[test]
fn a_run_beside_itself_is_unchanged() {
    let folder = two_runs();
    let json = compared(&folder, "demo-rehearsal-seed1", "demo-rehearsal-seed1");
    assert!(rows(&json, "regressed").is_empty() && rows(&json, "improved").is_empty(), "{json:#}");
    assert!(rows(&json, "unchanged").len() > 30, "{json:#}");
    for row in json["rows"].as_array().unwrap() {
        assert_eq!(row["before"], row["after"]);
    }
}

#[test]
fn a_baseline_is_a_side_by_name_and_by_file() {
    let folder = two_runs();
    run(&folder, &["promote", "demo-rehearsal-seed1", "--as", "main"]).expect_success();
    let by_name = compared(&folder, "main", "demo-rehearsal-seed2");
    assert_eq!((&by_name["before"]["is_baseline"], &by_name["before"]["runs"]), (&true.into(), &1.into()));
    assert_eq!(compared(&folder, "baselines/demo/main.json", "demo-rehearsal-seed2"), by_name);
    // Promoting a run changes nothing of what it says.
    let of_runs = compared(&folder, "demo-rehearsal-seed1", "demo-rehearsal-seed2");
    assert_eq!(of_runs["rows"], by_name["rows"]);
    let between = compared(&folder, "main", "main");
    assert!(rows(&between, "regressed").is_empty());
}

#[test]
fn either_side_may_have_several_runs() {
    let folder = two_runs();
    super::rehearse(&folder, &["--seed", "3", "--fault", "none"]);
    run(&folder, &["promote", "demo-rehearsal-seed1", "demo-rehearsal-seed3", "--as", "main"])
        .expect_success();
    let (there, back) = (
        compared(&folder, "main", "demo-rehearsal-seed2"),
        compared(&folder, "demo-rehearsal-seed2", "main"),
    );
    let both = there["rows"].as_array().unwrap().iter().zip(back["rows"].as_array().unwrap());
    let is_ratio = |row: &Value| row["metric"] == "error_ratio" || row["metric"] == "cache_hit_ratio";
    for (there, back) in both.filter(|(there, _)| !is_ratio(there)) {
        let of = |row: &Value, end: usize| row["interval_95"][end].as_f64().unwrap();
        assert!((of(there, 0) * of(back, 1) - 1.0).abs() < 1e-9, "{there} {back}");
        assert!((of(there, 1) * of(back, 0) - 1.0).abs() < 1e-9, "{there} {back}");
    }
    assert_eq!((&there["knows_runs"], &back["knows_runs"]), (&true.into(), &true.into()));
}

#[test]
fn what_changed_comes_first_and_every_format_has_every_row() {
    let folder = two_runs();
    let sides = ["demo-rehearsal-seed1", "demo-rehearsal-seed2"];
    let json = compared(&folder, sides[0], sides[1]);
    let count = json["rows"].as_array().unwrap().len();
    let said =
        |more: &[&str]| run(&folder, &[&["compare", sides[0], sides[1]], more].concat()).expect_success();
    let verdicts = |text: &str| {
        ["improved", "unchanged", "regressed", "inconclusive"]
            .iter()
            .map(|word| text.matches(&format!("{word}\n")).count())
            .sum::<usize>()
    };
    // One row for the one endpoint that got slower, in all its levels and metrics.
    let short = said(&[]);
    assert_eq!(verdicts(&short), 1, "{short}");
    assert!(short.contains("Regressed: browse at all levels: service time up about 2"), "{short}");
    assert!(short.contains(&format!("{count} values: ")) && short.contains("--all lists them."), "{short}");
    assert_eq!(verdicts(&said(&["--all"])), 1 + count);
    let markdown = said(&["--format", "markdown"]);
    let (first, folded) = markdown.split_once("<details>").unwrap();
    let plain = |text: &str| text.replace("**", "").replace(" |\n", "\n");
    assert_eq!((verdicts(&plain(first)), verdicts(&plain(folded))), (1, count), "{markdown}");
    let html = said(&["--format", "html"]);
    assert_eq!(html.matches("<tr>").count(), 2 + 1 + count + 3);
    insta::assert_snapshot!("two_runs_side_by_side", redact::without_hash(&short));
}

#[test]
fn what_cannot_be_found_is_told() {
    let folder = two_runs();
    let ended = run(&folder, &["compare", "demo-rehearsal-seed1", "nothing"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("nothing"), "{}", ended.stderr);
    let misfit = run(&folder, &["status", "--format", "html"]);
    assert_eq!(misfit.code, Some(2));
    assert!(misfit.stderr.contains("possible values: text, json"), "{}", misfit.stderr);
}
