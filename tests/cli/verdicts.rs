//! What a run comes to: one verdict, told alike by `start`, `report`, `status`, `promote` and `gate`.

use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::program::{Ended, Program};

fn run(folder: &Folder, arguments: &[&str]) -> Ended {
    Program::new(folder.path(), arguments).run()
}

/// One endpoint of the demo at one user, with this SLO.
fn scenario(plan: &str, slo: &str) -> String {
    format!(
        "schema = 1\nname = \"one\"\n[target]\nbase_url = \"http://127.0.0.1:9\"\nallow_hosts = [\"127.0.0.1\"]\n\
         [plan]\n{plan}\n[levels]\nlight_load = 1\n\
         [[endpoint]]\nname = \"health\"\npath = \"/api/health\"\nslo = {slo}\n"
    )
}

/// Rehearses the scenario `one.toml`.
fn rehearse(folder: &Folder, more: &[&str]) -> Ended {
    run(folder, &[&["start", "one.toml", "--rehearse"], more].concat()).expect_run()
}

fn report(folder: &Folder, run: &str) -> Value {
    let path = folder.run_like(run).join("report.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The beginning of the ID of a seed's run.
fn of_seed(seed: u32) -> String {
    format!("one-rehearsal-seed{seed}-")
}

#[test]
fn three_bad_hours_of_48_violate_an_slo_for_an_hour_wherever_one_asks() {
    let folder = Folder::new();
    let plan = "duration = \"48h\"\ncycle = \"5m\"\nwindow = \"500ms\"\nwarm_up = \"10ms\"";
    folder.write("one.toml", &scenario(plan, "{ mean = \"4ms\", for = \"1h\" }"));
    assert_eq!(rehearse(&folder, &["--seed", "1"]).code, Some(0));
    assert_eq!(run(&folder, &["promote", &of_seed(1), "--as", "main"]).code, Some(0));
    let started = rehearse(&folder, &["--seed", "2", "--fault", "slow:health:+200%:20h..23h"]);
    assert_eq!(started.code, Some(1), "{started:?}");
    let said = started.stderr.lines().find(|line| line.contains("violated")).unwrap();
    assert!(said.contains("mean service time") && said.contains("from 1 Jan 2"), "{said}");

    let json = report(&folder, &of_seed(2));
    assert_eq!(json["verdict"]["outcome"], "failed", "{}", json["verdict"]);
    let cell = &json["levels"][0]["cells"][0];
    let slo = &cell["objectives"][0];
    assert_eq!((&slo["state"], &slo["basis"]), (&"broken".into(), &"stretch".into()), "{slo}");
    // The whole run keeps the limit.
    assert!(cell["service_time_mean_us"].as_f64().unwrap() < 4_000.0, "{cell}");
    assert!(slo["value"].as_f64().unwrap() > 5_000.0, "{slo}");
    let status = run(&folder, &["status", &of_seed(2), "--format", "json"]).json();
    assert_eq!(status["reasons"], json["verdict"]["reasons"]);
    assert_eq!(status["outcome"], "failed");
    let gate = run(&folder, &["gate", "--against", "main", &of_seed(2), "--format", "json"]);
    assert_eq!(gate.code, Some(1), "{gate:?}");
    assert_eq!(gate.json()["broken_objectives"][0]["objective"], "mean");
    let promoted = run(&folder, &["promote", &of_seed(2), "--as", "next"]);
    assert_eq!(promoted.code, Some(3), "{promoted:?}");
    assert!(promoted.stderr.lines().next().unwrap().contains("The SLO of health at light_load is violated"));
}

#[test]
fn an_outage_is_told_and_judged_by_time() {
    let folder = Folder::new();
    let plan = "duration = \"90s\"\ncycle = \"3s\"\nwindow = \"1s\"\nwarm_up = \"10ms\"";
    folder.write("one.toml", &scenario(plan, "{ error_rate = 0.01 }"));
    let json = rehearse(&folder, &["--fault", "down:*:30s..48s", "--format", "text"]);
    assert_eq!(json.code, Some(1), "{json:?}");
    let json = report(&folder, &of_seed(1));
    let cell = &json["levels"][0]["cells"][0];
    for availability in [&json["availability"], &cell["availability"]] {
        let ratio = availability["ratio"].as_f64().unwrap();
        assert!((ratio - 0.8).abs() <= 1.0 / 30.0, "{availability}");
    }
    // A refused user asks once a second and a served one hundreds of times, so requests hide it.
    assert!(cell["error_ratio"].as_f64().unwrap() < 0.01, "{cell}");
    let slo = &cell["objectives"][0];
    assert_eq!((&slo["state"], &slo["basis"]), (&"broken".into(), &"time".into()), "{slo}");
    let status = run(&folder, &["status"]).expect_success();
    assert!(
        status.contains("verdict         failed: The SLO of health at light_load is violated: down for "),
        "{status}"
    );
    assert!(status.contains("availability    80"), "{status}");
    let csv = std::fs::read_to_string(folder.only_run().join("report/summary.csv")).unwrap();
    assert!(csv.lines().next().unwrap().ends_with(",availability"), "{csv}");
    let markdown = std::fs::read_to_string(folder.only_run().join("report.md")).unwrap();
    assert!(markdown.contains("availability") && markdown.contains("80"), "{markdown}");
}

#[test]
fn too_few_requests_are_told_with_the_number_that_is_needed() {
    let folder = Folder::new();
    // One window of some tens of requests.
    let plan = "duration = \"1s\"\ncycle = \"1s\"\nwindow = \"100ms\"\nwarm_up = \"10ms\"";
    for slo in ["{ p95 = \"1us\" }", "{ p95 = \"1s\" }"] {
        let folder = Folder::new();
        folder.write("one.toml", &scenario(plan, slo));
        let started = rehearse(&folder, &[]);
        assert_eq!(started.code, Some(3), "{started:?}");
        assert!(started.stderr.contains("needs 72 requests, has "), "{started:?}");
        let slo = report(&folder, &of_seed(1))["levels"][0]["cells"][0]["objectives"][0].clone();
        assert_eq!((&slo["state"], &slo["needs_requests"]), (&"unclear".into(), &72.into()), "{slo}");
    }
    folder.write("one.toml", &scenario(plan, "{ error_rate = 0.0001 }"));
    let started = rehearse(&folder, &["--format", "text"]);
    assert_eq!(started.code, Some(3), "{started:?}");
    assert!(started.stderr.contains("needs 5,000 requests"), "{started:?}");
}

#[test]
fn what_was_planned_and_is_missing_is_inconclusive() {
    let folder = Folder::new();
    let plan = "duration = \"1h\"\ncycle = \"1m\"\nwindow = \"1s\"\nwarm_up = \"10ms\"";
    folder.write("one.toml", &scenario(plan, "{ mean = \"1s\" }"));
    assert_eq!(rehearse(&folder, &[]).code, Some(0));
    let path = folder.only_run().join("windows.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    let check = |windows: usize, outcome: &str, promoted: i32| {
        let lines: Vec<&str> = text.lines().take(windows + 1).collect();
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
        let status = run(&folder, &["status", "--format", "json"]).json();
        assert_eq!(status["outcome"], outcome, "{windows}: {status:#}");
        let ended = run(&folder, &["promote", "latest", "--as", "main"]);
        assert_eq!(ended.code, Some(promoted), "{windows}: {ended:?}");
        if promoted == 3 {
            let first = ended.stderr.lines().next().unwrap().to_owned();
            assert!(first.contains("only 9 of 60 planned windows were measured"), "{first}");
        }
        run(&folder, &["report"]).expect_success();
        assert_eq!(report(&folder, &of_seed(1))["verdict"]["outcome"], outcome);
    };
    check(30, "accepted", 0);
    check(9, "inconclusive", 3);
}

#[test]
fn a_format_that_a_verb_does_not_have_is_refused() {
    let folder = Folder::new();
    for arguments in [
        &["list", "--format", "csv"][..],
        &["status", "--format", "html"],
        &["start", "--demo", "--rehearse", "--format", "markdown"],
        &["gate", "--aa", "--rehearse", "--format", "html"],
        &["stop", "--format", "json"],
        &["start", "--demo", "--detach", "--format", "json"],
    ] {
        let said = run(&folder, arguments).expect_refusal();
        assert!(said.contains("--format"), "{said}");
    }
}

#[test]
fn json_is_printed_where_it_is_asked_for() {
    let folder = Folder::new();
    let plan = "duration = \"10s\"\ncycle = \"1s\"\nwindow = \"100ms\"\nwarm_up = \"10ms\"";
    folder.write("one.toml", &scenario(plan, "{ mean = \"1us\" }"));
    let started = run(&folder, &["start", "one.toml", "--rehearse", "--format", "json"]);
    let json = started.json();
    assert_eq!((started.code, &json["outcome"]), (Some(1), &"failed".into()), "{json:#}");
    assert_eq!(
        (&json["state"], json["run"].as_str().unwrap().starts_with(&of_seed(1))),
        (&"completed".into(), true),
        "{json:#}"
    );
    assert!(folder.path().join(json["report"].as_str().unwrap()).is_file(), "{json:#}");
    let printed = run(&folder, &["report", "--format", "json"]).json();
    assert_eq!(printed, report(&folder, &of_seed(1)));
    let checked = run(&folder, &["scenario", "check", "one.toml", "--format", "json"]).json();
    assert_eq!(
        (&checked["endpoints"][0], &checked["windows"]),
        (&"health".into(), &10.into()),
        "{checked:#}"
    );
    let known = run(&folder, &["scenario", "list", "--format", "json"]).json();
    assert_eq!(known["scenarios"][0]["name"], "demo", "{known:#}");
}

#[test]
fn a_collapse_of_a_cache_is_an_incident_and_violates_its_slo() {
    let folder = Folder::new();
    let plan = "duration = \"12h\"\ncycle = \"5m\"\nwindow = \"500ms\"\nwarm_up = \"10ms\"";
    let cached = |slo: &str| {
        let text = scenario(plan, slo);
        text.replace("\"health\"", "\"browse\"").replace("/api/health", "/api/pitches/browse/enhanced")
    };
    folder.write("one.toml", &cached("{ cache_hit_ratio = 0.6, for = \"1h\" }"));
    let fault = ["--fault", "cache:browse:50%:6h..8h"];
    let ended = rehearse(&folder, &[&["--seed", "3"], &fault[..]].concat());
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let json = report(&folder, &of_seed(3));
    let incidents = json["incidents"].as_array().unwrap();
    let of_cache: Vec<&Value> = incidents.iter().filter(|incident| incident["cause"] == "cache").collect();
    assert_eq!(of_cache.len(), 1, "{incidents:#?}");
    let what = of_cache[0]["what"].as_str().unwrap();
    assert!(what.starts_with("cache hit ratio of browse at light_load fell from "), "{what}");
    let cell = &of_cache[0]["cells"][0];
    let value = |name: &str| cell[name].as_f64().unwrap();
    assert!((value("expected") - 0.8).abs() < 0.03 && (value("measured") - 0.4).abs() < 0.03, "{cell:#}");
    // Without the fault: the same plan keeps its SLO, and the gate tells the two apart.
    let calm = rehearse(&folder, &["--seed", "4"]);
    assert_eq!(calm.code, Some(0), "{calm:?}");
    run(&folder, &["promote", &of_seed(4), "--as", "main"]).expect_success();
    let gate = run(&folder, &["gate", &of_seed(3), "--against", "main"]);
    assert!(
        gate.stdout.contains("cache hit ratio 3") || gate.stdout.contains("cache hit ratio 4"),
        "{gate:?}"
    );
    assert!(gate.stdout.contains("limit at least 60"), "{gate:?}");
    assert_eq!(gate.code, Some(1), "{gate:?}");
}

#[test]
fn a_limit_for_a_ratio_or_for_days_out_of_range_is_refused() {
    let folder = Folder::new();
    let plan = "duration = \"1m\"\ncycle = \"5s\"\nwindow = \"500ms\"";
    for (slo, said) in [
        ("cache_hit_ratio = 70", "must be a ratio from 0 to 1"),
        ("cache_hit_ratio = -0.1", "must be a ratio from 0 to 1"),
        ("certificate_days = -1", "must be from 0 to 3650 days"),
        ("certificate_days = nan", "the number is not finite"),
    ] {
        folder.write("one.toml", &scenario(plan, &format!("{{ {slo} }}")));
        let ended = run(&folder, &["scenario", "check", "one.toml"]);
        assert!(ended.code == Some(2) && ended.stderr.contains(said), "{slo}: {ended:?}");
    }
}
