//! SLOs that a sample cannot decide: exit code 3, and the number of requests that would decide them.

use crate::support::answers::Mode;
use crate::support::folder::Folder;
use crate::support::hostile::Hostile;
use crate::support::program::{Ended, Program};
use crate::support::scenario;

/// Tests the endpoint of a scenario with this SLO.
fn test(server: &Hostile, slo: &str, requests: &str, format: &str) -> Ended {
    let folder = Folder::new();
    folder.write("small.toml", &(scenario::at(&server.url()) + &format!("slo = {slo}\n")));
    let arguments = ["test", "health", "light_load", "--scenario", "small.toml", "--requests", requests];
    Program::new(folder.path(), &[&arguments[..], &["--format", format]].concat()).run()
}

#[test]
fn a_percentile_is_judged_from_72_requests_on() {
    let server = Hostile::start(Mode::Well);
    for (requests, limit, code, state) in [
        ("71", "1us", 3, "unclear"),
        ("71", "1s", 3, "unclear"),
        ("72", "1us", 1, "broken"),
        ("72", "1s", 0, "held"),
    ] {
        let ended = test(&server, &format!("{{ p95 = \"{limit}\" }}"), requests, "json");
        let json = ended.json();
        // A busy machine may spoil the window, and then nothing is decided.
        let code = if json["validity"] == "valid" { code } else { 3 };
        assert_eq!(ended.code, Some(code), "{requests} {limit}: {json:#}");
        let slo = &json["objectives"][0];
        assert_eq!((&slo["metric"], &slo["state"]), (&"service_time_p95_us".into(), &state.into()), "{slo}");
        let needs = if state == "unclear" { 72.into() } else { serde_json::Value::Null };
        assert_eq!(slo["needs_requests"], needs, "{slo}");
    }
    let ended = test(&server, "{ p95 = \"1us\" }", "71", "text");
    let said = "undecided: p95 service time unknown from 71 requests, limit 1 us; needs 72 requests, has 71";
    assert!(ended.code == Some(3) && ended.stdout.contains(said), "{ended:?}");
}

#[test]
fn an_error_rate_is_judged_where_one_failure_could_be_seen() {
    let server = Hostile::start(Mode::Well);
    let ended = test(&server, "{ error_rate = 0.01 }", "49", "json");
    assert_eq!(
        (ended.code, &ended.json()["objectives"][0]["needs_requests"]),
        (Some(3), &50.into()),
        "{ended:?}"
    );
    let ended = test(&server, "{ error_rate = 0.01 }", "50", "json");
    let json = ended.json();
    assert_eq!(json["objectives"][0]["state"], "held", "{json:#}");
}
