//! Runbooks: one for every alert, none for nothing, and all with the same sections.

use std::collections::BTreeSet;
use std::fs;

use baseline::domain::alert::AlertKind;
use baseline::observe::rules::RuleName;

const FOLDER: &str = "docs/runbooks";
/// Pages that are no runbook of an alert.
const OTHERS: [&str; 2] = ["README", "incident-response"];
const SECTIONS: [&str; 5] = ["What it means", "Look at", "Likely causes", "What to do", "When to escalate"];

fn page(name: &str) -> String {
    fs::read_to_string(format!("{FOLDER}/{name}.md")).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every alert, its runbook and its priority.
fn alerts() -> Vec<(&'static str, &'static str)> {
    let of_program = AlertKind::ALL.into_iter().map(|kind| (kind.name(), kind.runbook()));
    of_program.chain(RuleName::ALL.into_iter().map(|rule| (rule.name(), rule.runbook()))).collect()
}

#[test]
fn every_alert_has_a_page_and_every_page_an_alert() {
    let files: BTreeSet<String> = fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| name.strip_suffix(".md").unwrap().to_owned())
        .collect();
    let wanted: BTreeSet<String> =
        alerts().into_iter().map(|(_, page)| page).chain(OTHERS).map(str::to_owned).collect();
    assert_eq!(files, wanted);
    let index = page("README");
    for (alert, name) in alerts() {
        assert!(page(name).contains(&format!("`{alert}`")), "{name}.md does not name {alert}");
        let line = index.lines().find(|line| line.contains(&format!("`{alert}`")));
        assert!(line.is_some_and(|line| line.contains(&format!("({name}.md)"))), "README.md: {alert}");
    }
}

#[test]
fn every_page_has_its_sections_in_order() {
    let pages: BTreeSet<&str> = alerts().into_iter().map(|(_, page)| page).collect();
    for name in pages {
        let text = page(name);
        let sections: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(sections, SECTIONS, "{name}");
        for section in text.split("\n## ").skip(1) {
            let (title, body) = section.split_once('\n').unwrap();
            assert!(body.trim().len() > 40, "{name}: {title}: empty");
        }
    }
}

#[test]
fn names_priorities_and_severities_agree() {
    let names: BTreeSet<&str> = RuleName::ALL.into_iter().map(RuleName::name).collect();
    assert_eq!(names.len(), RuleName::ALL.len());
    for rule in RuleName::ALL {
        let is_known = AlertKind::named(rule.name()).is_some();
        assert_eq!(is_known, matches!(rule, RuleName::Known(_)), "{}", rule.name());
    }
    assert!(RuleName::ALL.is_sorted_by(|a, b| a.priority() >= b.priority()), "the most urgent first");
    let table = fs::read_to_string("docs/alerts.md").unwrap();
    for rule in RuleName::ALL {
        let row = format!("| `{}` | {} |", rule.name(), rule.priority().code());
        let line = table.lines().find(|line| line.starts_with(&row));
        let page = format!("(runbooks/{}.md)", rule.runbook());
        assert!(line.is_some_and(|line| line.contains(&page)), "docs/alerts.md: {row} {page}");
    }
}
