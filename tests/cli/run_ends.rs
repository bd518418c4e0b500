//! What is said at the end of a run, and what `status` and `list` say about it afterwards.

use std::path::Path;

use crate::support::folder::{Folder, contents};
use crate::support::program::{Ended, Program};

use super::rehearse;

const PLAN: &str = "duration = \"90s\"\ncycle = \"3s\"\nwindow = \"1s\"\nwarm_up = \"10ms\"";

fn scenario(slo: &str) -> String {
    format!(
        "schema = 1\nname = \"one\"\n[target]\nbase_url = \"http://127.0.0.1:9\"\nallow_hosts = [\"127.0.0.1\"]\n\
         [plan]\n{PLAN}\n[levels]\nlight_load = 1\n[[endpoint]]\nname = \"health\"\npath = \"/api/health\"\n{slo}"
    )
}

fn run(folder: &Folder, arguments: &[&str]) -> Ended {
    Program::new(folder.path(), arguments).run()
}

fn rehearsed(folder: &Folder, slo: &str, more: &[&str]) -> Ended {
    folder.write("one.toml", &scenario(slo));
    run(folder, &[&["start", "one.toml", "--rehearse"], more].concat())
}

/// The place of the first line that contains a text.
fn place(text: &str, of: &str) -> usize {
    text.lines().position(|line| line.contains(of)).unwrap_or_else(|| panic!("no {of:?} in {text}"))
}

#[test]
fn the_end_has_the_verdict_the_incidents_the_reason_of_the_code_and_the_report_in_this_order() {
    let folder = Folder::new();
    let fault = ["--fault", "down:health:30s..48s"];
    let ended = rehearsed(&folder, "slo = { error_rate = 0.01 }", &fault);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let said = &ended.stderr;
    let order = [
        "measuring a simulated run on a virtual clock: 30 windows in 1 min 30 s; writing to reports/one-",
        "completed: 30 of 30 windows, ",
        "failed: The SLO of health at light_load is violated: down for ",
        "1 incident:",
        "  all requests to health at light_load failed, from 1 Jan 00:00:30 to 00:00:48 UTC",
        "exit code 1: an SLO was violated",
        "report: reports/one-",
    ];
    let places = order.map(|line| place(said, line));
    assert!(places.is_sorted() && said.trim().ends_with("/report.html"), "{said}");
    assert_eq!(ended.stdout.lines().count(), 1, "{ended:?}");

    let status = run(&folder, &["status"]).expect_success();
    let order = [
        "verdict         failed: ",
        "worst endpoint  health at light_load: ",
        "incidents       1",
        "report ",
    ];
    assert!(order.map(|line| place(&status, line)).is_sorted(), "{status}");
    assert!(
        status.contains("    health: 100 % of the requests failed, from 1 Jan 00:00:30 to 00:00:48 UTC"),
        "{status}"
    );
    assert!(status.contains("connection") && !status.contains("class"), "{status}");
    let json = run(&folder, &["status", "--format", "json"]).json();
    assert_eq!(json["worst"]["endpoint"], "health", "{json:#}");
    assert_eq!(json["worst"]["slo"]["state"], "broken", "{json:#}");
    assert_eq!(
        json["failed"],
        json["error_reasons"]
            .as_object()
            .unwrap()
            .values()
            .filter_map(serde_json::Value::as_u64)
            .sum::<u64>()
    );
    assert!(folder.path().join(json["report"].as_str().unwrap()).is_file(), "{json:#}");

    let again =
        rehearsed(&folder, "slo = { error_rate = 0.01 }", &[&fault[..], &["--format", "json"]].concat())
            .json();
    assert_eq!((&again["exit_code"], &again["outcome"]), (&1.into(), &"failed".into()), "{again:#}");
    assert_eq!(again["incidents"], json["incidents"]);
    assert!(folder.path().join(again["report_html"].as_str().unwrap()).is_file());
}

#[test]
fn an_accepted_run_has_no_exit_code_to_explain() {
    let folder = Folder::new();
    let ended = rehearsed(&folder, "slo = { p95 = \"1s\" }", &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended.stderr.contains("\naccepted: The SLO is met.\nno incidents\nEvery window is valid."),
        "{ended:?}"
    );
    assert!(!ended.stderr.contains("exit code"), "{ended:?}");
    // What a report lists below its headline is not below this.
    assert!(!ended.stderr.contains("below"), "{ended:?}");
}

#[test]
fn responses_that_fail_are_named_by_status() {
    let folder = Folder::new();
    rehearsed(&folder, "", &["--fault", "errors:health:60%:0s.."]);
    let status = run(&folder, &["status"]).expect_success();
    let requests = status.lines().find(|line| line.starts_with("  requests")).unwrap();
    assert!(requests.contains(" failed: status 500 ("), "{requests}");
    assert!(!requests.contains("status 200"), "{requests}");
}

#[test]
fn a_baseline_that_is_not_there_comes_with_the_way_to_one() {
    let folder = Folder::new();
    let error = rehearsed(&folder, "", &["--baseline", "main"]).expect_refusal();
    assert!(
        error
            .starts_with("error: scenario one has no baseline `main`: there is no baselines/one/main.json\n"),
        "{error}"
    );
    assert!(
        error.contains("hint: to make one, measure a run with `baseline start one.toml --rehearse`"),
        "{error}"
    );
    assert!(error.contains("`baseline promote latest --as main`"), "{error}");
    let ended = rehearsed(&folder, "", &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    run(&folder, &["promote", "latest", "--as", "other"]).expect_success();
    let error = rehearsed(&folder, "", &["--baseline", "main"]).expect_refusal();
    assert!(error.contains("hint: there is `other`; to make one, "), "{error}");
    assert_eq!(rehearsed(&folder, "", &["--baseline", "other"]).code, Some(0));
}

#[cfg(unix)]
#[test]
fn the_report_is_opened_and_a_desktop_without_a_browser_is_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let open = |script: Option<&str>| {
        if let Some(script) = script {
            let path = folder.path().join(opener);
            std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        folder.write("one.toml", &scenario(""));
        let arguments = ["start", "one.toml", "--rehearse", "--open"];
        Program::new(folder.path(), &arguments).env("PATH", folder.path().to_str().unwrap()).run()
    };
    let ended = open(None);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("warning: cannot open the report: "), "{ended:?}");
    let ended = open(Some("exit 3"));
    assert!(ended.stderr.contains(" failed with exit status: 3"), "{ended:?}");
    let opened = folder.path().join("opened");
    let ended = open(Some(&format!("echo \"$1\" > {}", opened.display())));
    assert!(!ended.stderr.contains("warning"), "{ended:?}");
    let opened = std::fs::read_to_string(opened).unwrap();
    assert!(Path::new(opened.trim()).is_absolute() && opened.trim().ends_with("/report.html"), "{opened}");
    let both =
        run(&folder, &["start", "one.toml", "--rehearse", "--open", "--format", "json"]).expect_refusal();
    assert!(both.contains("--open"), "{both}");
    run(&folder, &["start", "one.toml", "--open", "--detach"]).expect_refusal();
}

#[test]
fn a_list_fits_a_hundred_columns_and_survives_broken_runs() {
    let folder = Folder::new();
    rehearse(&folder, &["--seed", "1", "--fault", "slow:browse:+80%:60m..90m"]);
    let whole = folder.only_run();
    let copy = |name: &str| {
        let to = folder.path().join("reports").join(name);
        for (file, bytes) in contents(&whole) {
            let path = to.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        to
    };
    std::fs::write(copy("broken").join("run.json"), "{").unwrap();
    let undrawn = copy("undrawn");
    std::fs::remove_file(undrawn.join("report.html")).unwrap();
    std::fs::remove_file(undrawn.join("report.json")).unwrap();
    std::fs::write(copy("odd").join("report.json"), "[1, 2").unwrap();
    std::fs::write(copy("mute").join("status.json"), "{}").unwrap();
    let ended = run(&folder, &["list"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert!(lines[0].starts_with("run ") && lines[0].contains("worst endpoint"), "{}", ended.stdout);
    let rows: Vec<&&str> = lines.iter().filter(|line| line.starts_with("demo-rehearsal-")).collect();
    assert_eq!(rows.len(), 4, "{}", ended.stdout);
    // Without a current report, the windows themselves say the same.
    assert!(
        rows.iter()
            .all(|row| row.contains(" accepted ") && row.contains("p95 ") && row.ends_with(" ms/100 ms")),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.contains("\nwarning: "), "{}", ended.stdout);
    assert!(ended.stdout.contains("\nno report yet, `baseline report RUN` writes it: "), "{}", ended.stdout);
    let json = run(&folder, &["list", "--format", "json"]).json();
    let runs = json["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 4, "{json:#}");
    assert!(
        runs.iter().all(|run| run["worst"] == runs[0]["worst"] && run["outcome"] == "accepted"),
        "{json:#}"
    );
    assert_eq!(runs.iter().filter(|run| run["report"].is_null()).count(), 1, "{json:#}");
}
