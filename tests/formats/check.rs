//! A health check in its formats: golden texts, JSON by its schema, and what changed since an earlier check.

use std::sync::Arc;

use baseline::check::facts::Assessed;
use baseline::domain::columns::columns;
use baseline::domain::finding::{Priority, ServiceState};
use baseline::report::check::{Change, CheckFormat, Earlier, render, schema};
use serde_json::Value;

use crate::support::made_check::{finding, made_check, ms, spread};
use crate::support::schemas;

fn whole(assessed: &Assessed, format: CheckFormat) -> String {
    render(assessed, None, format).unwrap()
}

fn json(assessed: &Assessed, change: Option<&Change>) -> Value {
    let value = serde_json::from_str(&render(assessed, change, CheckFormat::Json).unwrap()).unwrap();
    schemas::check(&value);
    value
}

/// The made check, as it is read back later.
fn earlier() -> Earlier {
    Earlier::read(&whole(&made_check(), CheckFormat::Json)).unwrap()
}

/// What changed from the made check to an edited one: rules and differences, each in a line.
fn changes(edit: impl Fn(&mut Assessed)) -> Vec<String> {
    let mut now = made_check();
    edit(&mut now);
    let output = json(&now, Some(&Change::between(&earlier(), &now)));
    let of = |key: &str| output["changes"][key].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    let mut lines = Vec::new();
    for (word, key) in
        [("new", "new_findings"), ("resolved", "resolved_findings"), ("open", "findings_not_checked_again")]
    {
        lines.extend(
            of(key).iter().map(|one| format!("{word}: {} {}", text(&one["service"]), text(&one["rule"]))),
        );
    }
    lines.extend(of("differences").iter().map(|one| {
        let [service, what, subject, before, after] =
            ["service", "what", "subject", "before", "after"].map(|key| text(&one[key]));
        format!("{service}, {what} {subject}: {before} -> {after}")
    }));
    assert_eq!(output["changes"]["has_changed"], !lines.is_empty());
    lines
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
fn the_same_check_twice_has_no_changes() {
    assert_eq!(changes(|_| ()), Vec::<String>::new());
    // Times that scatter, a new nonce and another day are none.
    let scattered = changes(|now| {
        now.at = "2026-11-29T08:00:00Z".parse().unwrap();
        now.services[0].tls.as_mut().unwrap().days_left = Some(57);
        for (_, times) in &mut now.services[0].endpoints[0].phases {
            *times = spread(times.median.as_secs_f64() * 1e3 * 1.15);
        }
        now.services[0].endpoints[0].phases[0].1 = spread(3.0);
    });
    assert_eq!(scattered, Vec::<String>::new());
    let now = made_check();
    let change = Change::between(&earlier(), &now);
    for format in [CheckFormat::Text, CheckFormat::Markdown, CheckFormat::Html] {
        let text = render(&now, Some(&change), format).unwrap().replace('\u{a0}', " ");
        assert!(text.contains("Nothing changed since 2026-11-27 13:05 UTC."), "{text}");
        assert!(!text.contains("The cache is disabled"), "{text}");
    }
}

#[test]
fn only_what_changed_is_reported() {
    let check = |edit: &dyn Fn(&mut Assessed), expected: &[&str]| assert_eq!(changes(edit), expected);
    check(&|now| drop(now.findings.remove(2)), &["resolved: backend body.redis"]);
    check(
        &|now| {
            now.findings.push(finding(
                "tls.expired",
                Priority::Critical,
                "worker",
                "",
                "The certificate has expired",
            ))
        },
        &["new: worker tls.expired"],
    );
    check(
        &|now| now.findings[5].priority = Priority::High,
        &["worker, priority of a finding tls.expires_soon: low -> high"],
    );
    check(
        &|now| now.services[0].headers.as_mut().unwrap().values[2] = None,
        &["frontend, header X-Frame-Options: DENY -> none"],
    );
    check(
        &|now| now.services[1].tls.as_mut().unwrap().certificates[0].fingerprint = "ef".repeat(32),
        &[
            "worker, certificate : valid until 2027-01-26, issued by CN=WE1, O=Example Trust Services, C=US, SHA-256 \
           ab12ab12ab12ab12… -> valid until 2027-01-26, issued by CN=WE1, O=Example Trust Services, C=US, SHA-256 \
           efefefefefefefef…",
        ],
    );
    check(&|now| now.services[1].tls = None, &["worker, TLS : TLS 1.3 -> none"]);
    check(
        &|now| {
            let total = now.services[0].endpoints[0].phases.last_mut().unwrap();
            total.1 = spread(530.0);
        },
        &["frontend, time home, response: 172 ms, excellent -> 530 ms, acceptable"],
    );
    check(
        &|now| now.services[0].endpoints[0].kept_alive = Some(spread(60.0)),
        &["frontend, time home, response, kept-alive: 37.5 ms -> 60 ms"],
    );
    check(&|now| now.services[2].endpoints[1].status = Some(500), &["backend, status search: 200 -> 500"]);
    check(
        &|now| drop(now.services[2].endpoints.remove(1)),
        &["backend, endpoint removed search: 200 -> none"],
    );
    check(
        &|now| now.services[1].name = Arc::from("jobs"),
        &[
            "open: worker tls.expires_soon",
            "jobs, new service : none -> healthy",
            "worker, service removed : healthy -> none",
        ],
    );
}

#[test]
fn findings_of_a_service_that_is_down_are_not_resolved() {
    let lines = changes(|now| {
        now.services[2].state = ServiceState::Down;
        now.services[2].tls = None;
        now.services[2].headers = None;
        now.findings.retain(|finding| &*finding.service != "backend");
    });
    let open = ["cors.reflected", "availability.failed", "body.redis", "headers.csp"];
    let mut expected = open.map(|rule| format!("open: backend {rule}")).to_vec();
    expected.push("backend, state : degraded -> down".to_owned());
    assert_eq!(lines, expected);
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
    json(&hostile, Some(&Change::between(&earlier(), &hostile)));
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
