//! `export rules`: the files, labels and annotations of every alert, limits of the scenario, and what is refused.

use std::collections::BTreeSet;
use std::fs;

use baseline::observe::prometheus::catalogue;
use baseline::observe::rules::RuleName;
use regex::Regex;

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::scenario::MINIMAL;

fn export(folder: &Folder, arguments: &[&str]) -> Program {
    Program::new(folder.path(), &[&["export", "rules", "rules"], arguments].concat())
}

fn rules(folder: &Folder, name: &str) -> String {
    fs::read_to_string(folder.path().join("rules").join(name)).unwrap()
}

/// The alerts of a file: name and text of each.
fn alerts(text: &str) -> Vec<(&str, &str)> {
    let parts = text.split("\n      - ").filter_map(|part| part.strip_prefix("alert: "));
    parts.map(|part| part.split_once('\n').unwrap()).collect()
}

#[test]
fn every_rule_has_labels_annotations_and_tests() {
    let folder = Folder::new();
    let paths = export(&folder, &["services", "--runbooks", "https://git.example/runbooks/"]).run();
    assert_eq!(
        paths.expect_success(),
        "rules/services.rules.yml\nrules/services.test.yml\nrules/README.md\n"
    );
    let (text, tests) = (rules(&folder, "services.rules.yml"), rules(&folder, "services.test.yml"));
    let alerts = alerts(&text);
    let names: Vec<&str> = alerts.iter().map(|(name, _)| *name).collect();
    let wanted: BTreeSet<&str> = RuleName::ALL.into_iter().map(RuleName::name).collect();
    assert_eq!(names.iter().copied().collect::<BTreeSet<_>>(), wanted);
    assert_eq!(names.len(), wanted.len(), "promtool takes rules of one name for duplicates");
    for rule in RuleName::ALL {
        let (_, alert) = alerts.iter().find(|(name, _)| *name == rule.name()).unwrap();
        let priority = rule.priority();
        for line in [
            format!("severity: {}", priority.severity()),
            format!("priority: {}", priority.code()),
            "scenario: services".to_owned(),
            format!("runbook_url: 'https://git.example/runbooks/{}.md'", rule.runbook()),
            "summary: ".to_owned(),
            "description: ".to_owned(),
        ] {
            assert!(alert.contains(&line), "{}: no {line} in {alert}", rule.name());
        }
        // One that fires and one that does not.
        let cases: Vec<&str> = tests
            .split("\n  - name: ")
            .filter(|case| case.contains(&format!("alertname: {}\n", rule.name())))
            .collect();
        let quiet = cases.iter().filter(|case| case.contains("exp_alerts: []")).count();
        assert!(quiet >= 1 && cases.len() > quiet, "{}: {} cases", rule.name(), cases.len());
    }
}

#[test]
fn rules_are_of_metrics_that_exist() {
    let folder = Folder::new();
    export(&folder, &["demo"]).run().expect_success();
    let known: BTreeSet<&str> = catalogue::ALL.iter().map(|of| of.name).collect();
    let name = Regex::new(r"[a-z_:]*\b(?:baseline|probe)_[a-z0-9_]+(?::[a-z]+)?").unwrap();
    let text = rules(&folder, "demo.rules.yml");
    let mut used = BTreeSet::new();
    for found in name.find_iter(&text).map(|found| found.as_str()).filter(|name| !name.contains(':')) {
        let metric = found.strip_suffix("_bucket").unwrap_or(found);
        assert!(known.contains(metric), "there is no {found}");
        used.insert(metric);
    }
    assert!(used.len() >= 14, "{used:?}");
    // A series that is read was recorded.
    let recorded: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- record: "))
        .map(|of| of.trim_matches('\''))
        .collect();
    let read = Regex::new(r"[a-z_]+(?::[a-z0-9_]+)+\{").unwrap();
    for found in read.find_iter(&text) {
        assert!(recorded.contains(found.as_str().trim_end_matches('{')), "{}", found.as_str());
    }
}

#[test]
fn limits_and_intervals_of_the_scenario_replace_the_defaults() {
    let folder = Folder::new();
    let slo = "slo = { p95 = \"250ms\", error_rate = 0.04, for = \"15m\" }\n";
    let other = "\n[[endpoint]]\nname = \"v1.items\"\npath = \"/items\"\n";
    let monitor = "\n[monitor]\nevery = \"5m\"\n\n[check]\navailability = 0.99\n";
    folder.write("shop.toml", &format!("{MINIMAL}{slo}{other}{monitor}"));
    export(&folder, &["shop.toml"]).run().expect_success();
    let text = rules(&folder, "small.rules.yml");
    let of = |wanted: &str| alerts(&text).into_iter().find(|(name, _)| *name == wanted).unwrap().1;
    let p95 = of("BaselineP95High");
    // Two windows at least, so 10 minutes; the SLO holds for 15.
    assert!(p95.contains("endpoint!~\"health\"} > 3)") && p95.contains("for: '10m'"), "{p95}");
    assert!(p95.contains("min_over_time(") && p95.contains("endpoint=~\"health\"}[5m]) > 0.25)"), "{p95}");
    let errors = of("BaselineErrorRateCritical");
    assert!(errors.contains("> 0.05)") && errors.contains("> 0.1)"), "{errors}");
    assert!(of("BaselineErrorRateHigh").contains("> 0.04"));
    // A dot in a name makes no step of it.
    assert!(text.contains("endpoint=~\"health|v1\\\\.items\""), "{text}");
    // Ranges contain three intervals.
    let burn = of("BaselineErrorBudgetBurnFast");
    assert!(
        burn.contains("ratio_rate15m{") && burn.contains("(14.4 * 0.01)") && !text.contains("rate5m"),
        "{burn}"
    );
    let readme = rules(&folder, "README.md");
    assert!(readme.contains("allows 432.0 minutes") && readme.contains("shorter than 5m"), "{readme}");
}

#[test]
fn a_promise_that_probes_cannot_see_is_named() {
    let folder = Folder::new();
    let section = "\n[monitor]\nevery = \"5m\"\n\n[check]\navailability = 0.9999\n";
    folder.write("shop.toml", &format!("{MINIMAL}{section}"));
    export(&folder, &["shop.toml"]).run().expect_success();
    let readme = rules(&folder, "README.md");
    assert!(readme.contains("4.3 minutes") && readme.contains("cannot be measured"), "{readme}");
}

#[test]
fn what_makes_no_rules_is_refused_and_nothing_is_replaced() {
    let folder = Folder::new();
    for (arguments, words) in [
        (&["nonexistent"][..], "nonexistent"),
        (&["demo", "--baseline", "none"], "none"),
        (&["demo", "--runbooks", " "], "not a URL"),
    ] {
        let error = export(&folder, arguments).run().expect_refusal();
        assert!(error.contains(words), "{error}");
        assert!(!folder.path().join("rules").exists());
    }
    export(&folder, &["demo"]).run().expect_success();
    fs::write(folder.path().join("rules/README.md"), "mine").unwrap();
    let error = export(&folder, &["demo"]).run().expect_refusal();
    assert!(error.contains("README.md") && error.contains("--force"), "{error}");
    assert_eq!(rules(&folder, "README.md"), "mine");
    export(&folder, &["demo", "--force"]).run().expect_success();
    assert_ne!(rules(&folder, "README.md"), "mine");
}
