//! Journeys and mixes: what is planned, and what the report, the status and the incidents say of them.

use serde_json::{Value, json};

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::redact;

const SCENARIO: &str = r#"
schema = 1
name = "pitches"
[target]
base_url = "http://127.0.0.1:1"
allow_hosts = ["127.0.0.1"]
[plan]
duration = "4h"
cycle = "5m"
window = "1s"
warm_up = "500ms"
[levels]
light_load = 1
normal_load = 5
[[endpoint]]
name = "browse"
path = "/api/pitches/browse/enhanced"
[[data]]
name = "account"
rows = [
  { email = "demo-1@example.invalid", password = "obviously-fake" },
  { email = "demo-2@example.invalid", password = "obviously-fake" },
]
per = "user"
[[journey]]
name = "create_pitch"
slo = { p95 = "3s", error_rate = 0.01 }
[[journey.setup]]
name = "login"
method = "POST"
path = "/api/auth/creator/login"
json = { email = "{{account.email}}", password = "{{account.password}}" }
capture = { token = "jsonpath $.token" }
refresh = "10m"
[[journey.step]]
name = "create"
method = "POST"
path = "/api/pitches"
headers = { authorization = "Bearer {{token}}" }
json = { title = "Pitch {{uuid}}" }
expect = { status = [201] }
capture = { id = "pointer /data/id" }
pause = { uniform = ["10ms", "30ms"] }
[[journey.step]]
name = "read"
path = "/api/pitches/{{id}}"
[[journey.step]]
name = "delete"
method = "DELETE"
path = "/api/pitches/{{id}}"
headers = { authorization = "Bearer {{token}}" }
always = true
[[mix]]
name = "traffic"
weights = { browse = 70, create_pitch = 30 }
"#;

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("pitches.toml", SCENARIO);
    folder
}

fn rehearsed(scenario: &str, faults: &[&str]) -> Folder {
    let folder = Folder::new();
    folder.write("pitches.toml", scenario);
    let faults = faults.iter().flat_map(|fault| ["--fault", fault]);
    let arguments: Vec<&str> =
        ["start", "pitches.toml", "--rehearse", "--seed", "3"].into_iter().chain(faults).collect();
    Program::new(folder.path(), &arguments).run().expect_run();
    folder
}

fn report(folder: &Folder) -> Value {
    let text = std::fs::read_to_string(folder.only_run().join("report.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_dry_run_counts_steps_and_writes() {
    let folder = folder();
    let run = |more: &[&str]| {
        let arguments = [&["start", "pitches.toml", "--rehearse", "--dry-run"], more].concat();
        Program::new(folder.path(), &arguments).run().expect_success()
    };
    redact::settings().bind(|| insta::assert_snapshot!(run(&[])));
    let plan: Value = serde_json::from_str(&run(&["--format", "json"])).unwrap();
    let (journey, mix) = (&plan["journeys"][0], &plan["journeys"][1]);
    // With 20 ms of pauses and 100 ms a response, one user comes to 5 iterations in 1.5 s and five to 25; two of the three
    // steps write, in 12 cycles an hour.
    assert_eq!(
        (&journey["iterations_per_cycle"], &journey["requests_per_cycle"]),
        (&json!(30.0), &json!(90.0))
    );
    assert_eq!(journey["writes_per_hour"], json!(30.0 * 2.0 * 12.0));
    assert_eq!(
        (&journey["setup_writes_per_user"], &journey["setup_repeated_after_s"]),
        (&json!(1), &json!(600.0))
    );
    assert_eq!(mix["members"][1], json!({ "name": "create_pitch", "share": 0.3 }));
    let sum = journey["writes_per_hour"].as_f64().unwrap() + mix["writes_per_hour"].as_f64().unwrap();
    assert_eq!(plan["writes_per_hour"].as_f64(), Some(sum));
    assert_eq!(plan["data"], json!([{ "name": "account", "rows": 2, "order": "circular", "per": "user" }]));
}

#[test]
fn journeys_are_named_by_the_check() {
    let folder = folder();
    let run = |more: &[&str]| {
        Program::new(folder.path(), &[&["scenario", "check", "pitches.toml"], more].concat())
            .run()
            .expect_success()
    };
    let text = run(&[]);
    assert!(text.starts_with("pitches.toml: 1 endpoint, 1 journey, 1 mix, 6 cells"), "{text}");
    let found: Value = serde_json::from_str(&run(&["--format", "json"])).unwrap();
    assert_eq!(
        (&found["endpoints"], &found["journeys"], &found["mixes"]),
        (&json!(["browse"]), &json!(["create_pitch"]), &json!(["traffic"]))
    );
}

#[test]
fn a_step_that_fails_is_one_incident_and_a_dent_in_the_funnel() {
    let folder = rehearsed(SCENARIO, &["errors:pitch_create:20%:3h..3h30m"]);
    let report = report(&folder);
    let incidents = report["incidents"].as_array().unwrap();
    assert_eq!(incidents.len(), 1, "{incidents:#?}");
    assert_eq!(incidents[0]["endpoints"], json!(["create_pitch.create", "traffic.create_pitch.create"]));
    for journey in report["journeys"].as_array().unwrap() {
        for level in journey["levels"].as_array().unwrap() {
            let number = |of: &Value, key: &str| of[key].as_u64().unwrap();
            let parts = level["parts"].as_array().unwrap();
            let sum = |key: &str| parts.iter().map(|part| number(part, key)).sum::<u64>();
            assert_eq!(number(level, "started"), number(level, "completed") + number(level, "failed"));
            assert_eq!(sum("failed"), number(level, "failed"), "{level:#}");
            let time: f64 = parts.iter().map(|part| part["active_time_share"].as_f64().unwrap()).sum();
            assert!((time - 1.0).abs() < 1e-9, "{level:#}");
            if journey["is_mix"] == true {
                assert_eq!(sum("reached"), number(level, "started"));
                continue;
            }
            // A pitch that was not created cannot be read; the last step is always sent.
            assert_eq!(number(&parts[1], "reached"), number(level, "started") - number(&parts[0], "failed"));
            assert_eq!(number(&parts[2], "reached"), number(level, "started"));
        }
    }
    steps_are_counted_with_their_journey(&folder, &report);
    let markdown = std::fs::read_to_string(folder.only_run().join("report.md")).unwrap();
    let (_, rest) = markdown.split_once("## Journeys").unwrap();
    let (journeys, _) = rest.split_once("<a id=\"levels\">").unwrap();
    redact::settings().bind(|| insta::assert_snapshot!(journeys));
}

#[test]
fn a_slow_step_is_one_incident_that_names_it() {
    let (without_mix, _) = SCENARIO.split_once("[[mix]]").unwrap();
    let report = report(&rehearsed(without_mix, &["slow:pitch_read:+80%:2h..3h"]));
    let incidents = report["incidents"].as_array().unwrap();
    assert_eq!(incidents.len(), 1, "{incidents:#?}");
    assert_eq!(incidents[0]["endpoints"], json!(["create_pitch.read"]));
    let change = incidents[0]["change"].as_f64().unwrap_or_default();
    assert!((change - 0.8).abs() < 0.1, "{:#}", incidents[0]);
}

fn steps_are_counted_with_their_journey(folder: &Folder, report: &Value) {
    let wholes =
        report["levels"].as_array().unwrap().iter().flat_map(|level| level["cells"].as_array().unwrap());
    let wholes = wholes.filter(|cell| !cell["endpoint"].as_str().unwrap().contains('.'));
    let failed: u64 = wholes.map(|cell| cell["failed"].as_u64().unwrap()).sum();
    let run = folder.only_run();
    let run = run.to_str().unwrap();
    let status = Program::new(folder.path(), &["status", run, "--format", "json"]).run().expect_success();
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["error_reasons"], json!({ "unexpected_status": failed }));
    let capacities = report["capacity"].as_array().unwrap();
    assert_eq!(capacities.len(), 3, "{capacities:#?}");
}
