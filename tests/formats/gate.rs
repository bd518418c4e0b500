//! A gate's verdict as CI reads it: JSON by its schema, JUnit XML, Markdown, GitHub's commands, GitLab's metrics.

use std::sync::Arc;

use baseline::domain::window::Window;
use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::made_runs::{Made, slow_down};
use crate::support::program::{Ended, Program};
use crate::support::schemas;

/// Runs of both sides, edited alike but for the candidate's slowness; promoted as `main`.
fn runs(edit: &dyn Fn(&mut Window), change: &dyn Fn(&mut Window)) -> Folder {
    let folder = Folder::new();
    let both = |window: &mut Window| {
        edit(window);
        change(window);
    };
    let old: Vec<String> = (1..=5).map(|number| format!("old-{number}")).collect();
    for (name, number) in old.iter().zip(1..) {
        Made { edit, ..Made::new(name, number) }.write(folder.path());
    }
    for number in 11..=13 {
        Made { edit: &both, ..Made::new(&format!("new-{number}"), number) }.write(folder.path());
    }
    let names: Vec<&str> = old.iter().map(String::as_str).collect();
    Program::new(folder.path(), &[&["promote", "--as", "main"], names.as_slice()].concat())
        .run()
        .expect_success();
    folder
}

fn gate(folder: &Folder, more: &[&str]) -> Ended {
    let usual = ["gate", "--against", "main", "new-11", "new-12", "new-13"];
    let summary = folder.path().join("summary.md");
    Program::new(folder.path(), &[&usual, more].concat())
        .env("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())
        .run()
}

fn slow_browse(window: &mut Window) {
    if &*window.cell.workload == "browse" {
        slow_down(window, 1.3);
    }
    if &*window.cell.workload == "auth" {
        (window.counts.failed, window.counts.succeeded) = (1, 999);
    }
}

fn read(folder: &Folder, name: &str) -> String {
    std::fs::read_to_string(folder.path().join(name)).unwrap()
}

#[test]
fn one_verdict_in_every_format() {
    let folder = runs(&|_| (), &slow_browse);
    let files = ["--json", "v.json", "--markdown", "v.md", "--junit", "v.xml", "--gitlab-metrics", "v.txt"];
    let ended = gate(&folder, &[&files[..], &["--github"]].concat());
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let json: Value = serde_json::from_str(&read(&folder, "v.json")).unwrap();
    schemas::check(&json);
    let rows = json["metrics"].as_array().unwrap();
    let regressed = rows.iter().filter(|row| row["verdict"] == "regressed").count();
    assert_eq!((rows.len(), regressed), (15 * 7, 15));

    // JUnit: a case a value and one for the whole; what regressed fails.
    let report = quick_junit::Report::deserialize_from_str(&read(&folder, "v.xml")).unwrap();
    assert_eq!((report.tests, report.failures, report.errors), (15 * 7 + 1, 15 + 1, 0));
    assert_eq!(report.test_suites.len(), 15 + 1);
    let failed =
        report.test_suites.iter().flat_map(|suite| suite.test_cases.iter().map(move |case| (suite, case)));
    for (suite, case) in failed {
        let is_failure = matches!(case.status, quick_junit::TestCaseStatus::NonSuccess { .. });
        let is_whole = case.name.as_str() == "verdict";
        assert!(!is_failure || is_whole || suite.name.as_str().starts_with("browse at "), "{suite:?}");
    }

    let markdown = read(&folder, "v.md");
    assert!(markdown.contains("❌ **Regressed: browse at"), "{markdown}");
    assert_eq!(read(&folder, "summary.md"), markdown);
    // One row for what regressed, and one for the new errors.
    let told = markdown.split("False alarms").next().unwrap();
    assert_eq!(told.lines().filter(|line| line.starts_with("| browse")).count(), 1, "{told}");
    assert_eq!(told.lines().filter(|line| line.starts_with("| auth")).count(), 1, "{told}");
    for tag in ["details", "summary"] {
        assert_eq!(
            markdown.matches(&format!("<{tag}>")).count(),
            markdown.matches(&format!("</{tag}>")).count()
        );
    }

    let commands =
        |kind: &str| ended.stdout.lines().filter(|line| line.starts_with(&format!("::{kind} "))).count();
    assert_eq!((commands("error"), commands("warning"), commands("notice")), (1, 3, 0), "{}", ended.stdout);
    for line in ended.stdout.lines().filter(|line| line.starts_with("::")) {
        assert!(!line.replace("%25", "").replace("%3A", "").replace("%2C", "").contains('%'), "{line}");
    }

    let metrics = read(&folder, "v.txt");
    assert!(metrics.ends_with("# EOF\n"), "{metrics}");
    assert_eq!(metrics.lines().filter(|line| line.starts_with("# TYPE ")).count(), 7, "{metrics}");
    for row in rows {
        let (endpoint, level) = (row["endpoint"].as_str().unwrap(), row["level"].as_str().unwrap());
        let name = row["metric"].as_str().unwrap();
        let line = format!("baseline_{name}{{endpoint=\"{endpoint}\",level=\"{level}\"}} ");
        let value = metrics.lines().find_map(|text| text.strip_prefix(&line)).unwrap();
        let value: Value = value.parse().unwrap();
        assert_eq!(value.as_f64(), row["candidate"].as_f64(), "{line}");
    }
    insta::assert_snapshot!(gate(&folder, &[]).stdout);
}

#[test]
fn json_stays_data_where_annotations_are_wanted_too() {
    let folder = runs(&|_| (), &slow_browse);
    let ended = gate(&folder, &["--format", "json", "--github"]);
    assert_eq!(ended.json()["verdict"], "regressed");
    assert!(ended.stderr.contains("::error title="), "{}", ended.stderr);
}

#[test]
fn hostile_names_are_names_everywhere() {
    let evil = "<b>&\"'|`_*[x](y)%0A::error::";
    let rename = |window: &mut Window| {
        if &*window.cell.workload == "browse" {
            window.cell.workload = Arc::from(evil);
        }
    };
    let slow = |window: &mut Window| {
        if &*window.cell.workload == evil {
            slow_down(window, 1.5);
        }
    };
    let folder = runs(&rename, &slow);
    let ended = gate(&folder, &["--github", "--junit", "v.xml", "--markdown", "v.md"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let report = quick_junit::Report::deserialize_from_str(&read(&folder, "v.xml")).unwrap();
    assert!(report.test_suites.iter().any(|suite| suite.name.as_str() == format!("{evil} at heavy_load")));
    assert!(!read(&folder, "v.md").contains("<b>"));
    assert!(ended.stdout.lines().all(|line| !line.starts_with("::error::")), "{}", ended.stdout);
    assert!(ended.stdout.contains("%250A"), "{}", ended.stdout);
}

#[test]
fn a_pull_request_comment_fits_however_many_cells_there_are() {
    // A thousand cells: the five endpoints become many by their cycle and level.
    let spread = |window: &mut Window| {
        window.cell.workload =
            Arc::from(format!("{}-{}-with-a-rather-long-name", window.cell.workload, window.number % 60));
    };
    let folder = runs(&spread, &|_| ());
    let ended = gate(&folder, &["--markdown", "v.md", "--format", "json"]);
    let rows = ended.json()["metrics"].as_array().unwrap().len();
    let size = std::fs::metadata(folder.path().join("v.md")).unwrap().len();
    assert!(rows > 400 && size <= 65_536, "{rows} rows, {size} bytes");
    assert!(read(&folder, "v.md").contains("</details>"));
}
