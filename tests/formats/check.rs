//! A health check in its formats: golden texts, JSON by its schema, what was not checked and what failed.

use std::sync::Arc;

use baseline::check::facts::{Assessed, NotChecked, SocketStep};
use baseline::domain::columns::columns;
use baseline::domain::error_reason::ErrorReason;
use baseline::domain::finding::ServiceState;
use baseline::report::check::{Change, CheckFormat, Earlier, render, schema};
use serde_json::Value;

use crate::support::made_check::{made_check, ms};
use crate::support::schemas;

pub(super) fn whole(assessed: &Assessed, format: CheckFormat) -> String {
    render(assessed, None, format).unwrap()
}

pub(super) fn json(assessed: &Assessed, change: Option<&Change>) -> Value {
    let value = serde_json::from_str(&render(assessed, change, CheckFormat::Json).unwrap()).unwrap();
    schemas::check(&value);
    value
}

#[test]
fn the_texts_are_as_they_were() {
    let check =
        |name: &str, format| insta::assert_snapshot!(format!("check_{name}"), whole(&made_check(), format));
    check("text", CheckFormat::Text);
    check("markdown", CheckFormat::Markdown);
    check("junit", CheckFormat::Junit);
    check("prometheus", CheckFormat::Prometheus);
}

#[test]
fn documented_times_have_their_grades_in_the_json() {
    let output = json(&made_check(), None);
    let check = |service: usize, expected: [(&str, f64, &str); 4]| {
        for (phase, median, grade) in expected {
            let times = &output["services"][service]["endpoints"][0]["phases"][phase];
            assert_eq!(
                (times["median_ms"].as_f64(), times["grade"].as_str()),
                (Some(median), Some(grade)),
                "{phase}"
            );
        }
    };
    let excellent = "excellent";
    check(
        0,
        [
            ("total", 172.0, excellent),
            ("resolve", 0.76, excellent),
            ("tls", 115.0, "good"),
            ("first_byte", 171.0, "good"),
        ],
    );
    check(
        1,
        [
            ("total", 170.0, excellent),
            ("resolve", 1.95, "very_fast"),
            ("tls", 115.9, "good"),
            ("first_byte", 170.0, excellent),
        ],
    );
    check(
        2,
        [
            ("total", 314.0, "good"),
            ("resolve", 24.0, "good"),
            ("tls", 293.0, "good"),
            ("first_byte", 314.0, "acceptable"),
        ],
    );
    assert_eq!(output["overall"]["state"], "degraded");
    assert_eq!(output["services"][2]["endpoints"][0]["curl"]["time_appconnect"], 0.335);
    assert_eq!(schema(), std::fs::read_to_string("docs/schemas/check.schema.json").unwrap());
}

#[test]
fn parts_that_were_not_checked_are_skipped_once() {
    let mut made = made_check();
    made.services[2].body_rules[1].holds = None;
    made.services[2].logins[0].status = Some(429);
    made.services[1].sockets[0].step = SocketStep::Connect;
    for (service, what) in [
        ("backend", "rule telemetry of /health/detailed"),
        ("backend", "login /api/auth/login"),
        ("worker", "WebSocket /ws"),
    ] {
        let (service, what, why) = (service.to_owned(), what.to_owned(), "it took too long".to_owned());
        made.not_checked.push(NotChecked { service, what, why });
    }
    let xml = whole(&made, CheckFormat::Junit);
    let cases: Vec<&str> = xml.split("<testcase ").skip(1).collect();
    for name in
        ["body rule: telemetry", "wrong credentials: /api/auth/login", "WebSocket: /ws", "security headers"]
    {
        let about: Vec<&&str> =
            cases.iter().filter(|case| case.starts_with(&format!("name=\"{name}\""))).collect();
        assert!(about.iter().any(|case| case.contains("<skipped")), "{name}: {about:?}");
    }
    for twin in ["rule telemetry of", "login /api", "WebSocket /ws"] {
        assert!(!xml.contains(&format!("name=\"{twin}")), "{twin}: {xml}");
    }
    let html = whole(&made, CheckFormat::Html);
    assert_eq!(html.matches(">not checked<").count(), 3);
}

#[test]
fn an_endpoint_without_a_success_has_no_grade() {
    let mut made = made_check();
    let endpoint = &mut made.services[1].endpoints[0];
    (endpoint.succeeded, endpoint.status) = (0, Some(503));
    endpoint.failures = vec![(ErrorReason::UnexpectedStatus, 10)];
    let output = json(&made, None);
    let total = &output["services"][1]["endpoints"][0]["phases"]["total"];
    assert_eq!((total["median_ms"].as_f64(), &total["grade"]), (Some(170.0), &Value::Null));
    let text = whole(&made, CheckFormat::Text);
    assert!(text.contains("failed: status 503"), "{text}");
    assert!(text.lines().all(|line| !line.contains("170 ms, excellent")), "{text}");
    let markdown = whole(&made, CheckFormat::Markdown);
    let rows = || markdown.lines().filter(|line| line.contains("170 ms"));
    assert!(rows().count() > 2 && rows().all(|line| line.matches("excellent").count() < 2), "{markdown}");
}

#[test]
fn texts_name_places_and_code() {
    let mut made = made_check();
    made.findings[1].recommendation = "Correct `expect` in the scenario.".to_owned();
    made.services[0].tls.as_mut().unwrap().grade = "M".to_owned();
    made.services[0].endpoints[0].name = Arc::from("url");
    made.findings[3].subject = "url".to_owned();
    let html = whole(&made, CheckFormat::Html);
    assert!(html.contains("Correct <code>expect</code> in the scenario."), "{html}");
    assert!(html.contains("<code>search</code>, <code>/api/search?q=${word}</code>"), "{html}");
    assert!(html.contains("M: for another name"));
    assert!(!html.contains("<th></th>") || !html.contains("<th>certificate</th><th></th>"));
    let text = whole(&made, CheckFormat::Text);
    assert!(text.contains("Where: /\n"), "{text}");
    assert!(text.contains("Where: `search`, `/api/search?q=${word}`"), "{text}");
    assert!(text.contains("What to do: Correct `expect` in the scenario."), "{text}");
    let markdown = whole(&made, CheckFormat::Markdown);
    assert!(markdown.contains("Correct `expect` in") && markdown.contains("up to 1 s"), "{markdown}");
}

#[test]
fn texts_of_servers_stay_text() {
    let mut hostile = made_check();
    let text = "<script>alert(1)</script>\u{1b}[2J\u{202e}\"'|]]>&\0\u{fffe}".repeat(20);
    for finding in &mut hostile.findings {
        finding.evidence.clone_from(&text);
        finding.subject.clone_from(&text);
    }
    hostile.scenario.clone_from(&text);
    hostile.services[0].name = Arc::from(text.as_str());
    hostile.services[0].endpoints[0].name = Arc::from(text.as_str());
    hostile.services[0].tls.as_mut().unwrap().names = vec![text.clone(); 50];
    hostile.services[0].headers.as_mut().unwrap().values[1] = Some(text.clone());
    hostile.services[2].body_rules[0].found = Some(text);
    let text = whole(&hostile, CheckFormat::Text);
    assert!(text.lines().all(|line| columns(line) <= 100), "{text}");
    assert!(!whole(&hostile, CheckFormat::Html).contains("<script>alert"));
    assert!(!whole(&hostile, CheckFormat::Markdown).contains("<script>alert"));
    for format in [
        CheckFormat::Text,
        CheckFormat::Markdown,
        CheckFormat::Html,
        CheckFormat::Junit,
        CheckFormat::Prometheus,
    ] {
        let text = whole(&hostile, format);
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\0', '\u{fffe}']), "{format:?}");
    }
    let earlier = Earlier::read(&whole(&made_check(), CheckFormat::Json)).unwrap();
    json(&hostile, Some(&Change::between(&earlier, &hostile, false)));
}

#[test]
fn nothing_at_all_is_a_report_too() {
    let mut empty = made_check();
    empty.services.clear();
    empty.findings.clear();
    empty.not_checked.clear();
    empty.rate_limits.clear();
    assert_eq!(json(&empty, None)["overall"]["state"], "not_measured");
    for format in [CheckFormat::Markdown, CheckFormat::Html, CheckFormat::Junit, CheckFormat::Prometheus] {
        assert!(!whole(&empty, format).contains("Action items"), "{format:?}");
    }
    // A service that never responded has no times.
    let mut down = made_check();
    down.services[0].state = ServiceState::Down;
    let endpoint = &mut down.services[0].endpoints[0];
    endpoint.phases.clear();
    (endpoint.status, endpoint.bytes, endpoint.version, endpoint.kept_alive) = (None, None, "", None);
    down.took = ms(0.0);
    assert_eq!(json(&down, None)["services"][0]["endpoints"][0]["curl"]["time_total"], Value::Null);
    assert!(whole(&down, CheckFormat::Text).contains("frontend is down"));
}

#[test]
fn the_state_is_one_sentence() {
    let check = |edit: &dyn Fn(&mut Assessed), state: &str, expected: &str| {
        let mut made = made_check();
        edit(&mut made);
        let overall = &json(&made, None)["overall"];
        assert_eq!((overall["state"].as_str(), overall["summary"].as_str()), (Some(state), Some(expected)));
    };
    let backend = "backend is degraded: Every origin may read responses with credentials (and 1 more finding of critical or \
                   high priority)";
    check(&|_| (), "degraded", &format!("2 of 3 services are healthy; {backend}."));
    check(&|made| drop(made.services.pop()), "healthy", "All 2 services are healthy.");
    check(&|made| made.services.truncate(1), "healthy", "frontend is healthy.");
    check(&|made| drop(made.services.drain(..2)), "degraded", &format!("{backend}."));
    let not_measured = |made: &mut Assessed| {
        made.services.truncate(2);
        made.services[1].state = ServiceState::NotMeasured;
    };
    check(
        &not_measured,
        "not_measured",
        "1 of 2 services is healthy; worker is not measured: no response is a page.",
    );
    let none = |made: &mut Assessed| {
        made.services.truncate(2);
        made.services[0].state = ServiceState::Down;
        made.services[1].state = ServiceState::NotMeasured;
    };
    check(
        &none,
        "down",
        "None of the 2 services is healthy; worker is not measured: no response is a page; frontend is down.",
    );
}
