//! What changed since an earlier health check: what is new, what is resolved, and what was not looked at again.

use std::sync::Arc;

use baseline::check::facts::{Assessed, LimitOutcome, NotChecked, SocketStep};
use baseline::domain::finding::{Priority, ServiceState};
use baseline::report::check::{Change, CheckFormat, Earlier, render};
use serde_json::Value;

use super::check::{json, whole};
use crate::support::made_check::{finding, made_check, spread};

/// The made check, as it is read back later.
fn earlier() -> Earlier {
    Earlier::read(&whole(&made_check(), CheckFormat::Json)).unwrap()
}

/// What changed from the made check to an edited one: rules and differences, each in a line.
fn changes(edit: impl Fn(&mut Assessed)) -> Vec<String> {
    changes_between(|_| (), edit)
}

/// What changed between two edited checks.
fn changes_between(before: impl Fn(&mut Assessed), after: impl Fn(&mut Assessed)) -> Vec<String> {
    let (mut earlier, mut now) = (made_check(), made_check());
    before(&mut earlier);
    after(&mut now);
    let earlier = Earlier::read(&whole(&earlier, CheckFormat::Json)).unwrap();
    lines_of(&now, &Change::between(&earlier, &now, false))
}

fn lines_of(now: &Assessed, change: &Change) -> Vec<String> {
    let output = json(now, Some(change));
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
fn the_same_check_twice_has_no_changes() {
    assert_eq!(changes(|_| ()), Vec::<String>::new());
    // Times that scatter, a new nonce and another day are none.
    let policy = |nonce: &str| Some(format!("script-src 'nonce-{nonce}' 'strict-dynamic'"));
    let with_policy = |now: &mut Assessed, nonce: &str| {
        now.services[0].headers.as_mut().unwrap().values[1] = policy(nonce);
    };
    let scattered = changes_between(
        |before| with_policy(before, "dGhlIGZpcnN0"),
        |now| {
            with_policy(now, "dGhlIHNlY29uZA");
            now.at = "2026-11-29T08:00:00Z".parse().unwrap();
            now.services[0].tls.as_mut().unwrap().days_left = Some(57);
            for (_, times) in &mut now.services[0].endpoints[0].phases {
                *times = spread(times.median.as_secs_f64() * 1e3 * 1.15);
            }
            now.services[0].endpoints[0].phases[0].1 = spread(3.0);
        },
    );
    assert_eq!(scattered, Vec::<String>::new());
    let now = made_check();
    let change = Change::between(&earlier(), &now, false);
    for format in [CheckFormat::Text, CheckFormat::Markdown, CheckFormat::Html] {
        let text = render(&now, Some(&change), format).unwrap().replace('\u{a0}', " ");
        assert!(text.contains("Nothing changed since 2026-11-27 13:05 UTC."), "{text}");
        // What is kept is the whole report; a terminal shows what changed.
        assert_eq!(text.contains("The cache is disabled"), format != CheckFormat::Text, "{text}");
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
            ));
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
        &|now| {
            now.services[1].name = Arc::from("jobs");
            now.findings.remove(5);
        },
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
fn only_what_was_looked_at_again_is_resolved() {
    let check =
        |rule: &'static str, service: usize, subject: &str, edit: &dyn Fn(&mut Assessed), expected: &str| {
            let name = made_check().services[service].name.clone();
            let lines = changes_between(
                |before| before.findings.push(finding(rule, Priority::Medium, &name, subject, "Wrong")),
                edit,
            );
            let line = format!("{expected}: {name} {rule}");
            assert!(lines.contains(&line), "{rule} {subject}: {line:?} is not among {lines:?}");
        };
    let not = |now: &mut Assessed, what: &str| {
        now.not_checked.push(NotChecked {
            service: "backend".to_owned(),
            what: what.to_owned(),
            why: "it took too long".to_owned(),
        });
    };
    let (open, resolved) = ("open", "resolved");
    // A body that nobody could read.
    check("body.telemetry", 2, "/health/detailed", &|_| (), resolved);
    check("body.telemetry", 2, "/health/detailed", &|now| now.services[2].body_rules[1].holds = None, open);
    // Logins: refused for their rate, without a response, or answered by a proxy.
    let login = "/api/auth/login";
    check("login.leaks", 2, login, &|_| (), resolved);
    check("login.leaks", 2, login, &|now| not(now, "login /api/auth/login"), open);
    check("login.leaks", 2, login, &|now| now.services[2].logins[0].status = None, open);
    check("login.leaks", 2, login, &|now| now.services[2].logins[0].status = Some(503), open);
    check("login.status", 2, login, &|now| now.services[2].logins[0].status = Some(503), resolved);
    check("login.leaks", 2, login, &|now| now.services[2].logins.clear(), open);
    // Headers: none, or those of another endpoint.
    check("headers.framing", 0, "home", &|_| (), resolved);
    check("headers.framing", 0, "home", &|now| now.services[0].headers = None, open);
    let moved = |now: &mut Assessed| now.services[0].headers.as_mut().unwrap().endpoint = "about".to_owned();
    check("headers.framing", 0, "home", &moved, open);
    check("cookies.secure", 0, "home", &moved, open);
    // Limits that were not verified.
    let limit = "100 per 1m for /api/*";
    check("rate_limit.early", 2, limit, &|_| (), resolved);
    check("rate_limit.early", 2, limit, &|now| now.rate_limits.clear(), open);
    check("rate_limit.early", 2, limit, &|now| now.rate_limits[0].outcome = LimitOutcome::NotVerified, open);
    check("rate_limit.retry", 2, limit, &|now| now.rate_limits[0].retry_succeeded = None, open);
    // Endpoints that failed or are gone.
    check("times.slow", 0, "home", &|_| (), resolved);
    check("times.slow", 0, "home", &|now| now.services[0].endpoints[0].succeeded = 0, open);
    check("availability.failed", 0, "home", &|now| now.services[0].endpoints[0].limited = 10, open);
    check("caching.login", 0, "gone", &|_| (), open);
    // A connection that does not come as far as before.
    check("websocket.ping", 1, "/ws", &|_| (), resolved);
    check("websocket.ping", 1, "/ws", &|now| now.services[1].sockets[0].step = SocketStep::Connect, open);
    check("cors.null", 2, "/api", &|now| not(now, "CORS of /api"), open);
    check("redirects.loop", 0, "home", &|now| now.services[0].redirects = None, open);
    check("tls.no_scts", 0, "", &|now| now.services[0].tls = None, open);
}

#[test]
fn headers_of_different_endpoints_are_not_compared() {
    let lines = changes(|now| {
        let headers = now.services[2].headers.as_mut().unwrap();
        headers.endpoint = "search".to_owned();
        (headers.score, headers.grade, headers.values[2]) = (0, "F", None);
        now.findings.retain(|finding| finding.rule != "headers.csp" || &*finding.service != "backend");
    });
    assert_eq!(
        lines,
        ["open: backend headers.csp", "backend, endpoint whose headers are scored : home -> search"]
    );
}

#[test]
fn services_that_were_not_asked_for_are_not_missing() {
    let mut now = made_check();
    now.services.retain(|service| &*service.name == "frontend");
    now.findings.retain(|finding| &*finding.service == "frontend");
    assert_eq!(lines_of(&now, &Change::between(&earlier(), &now, true)), Vec::<String>::new());
    let lines = lines_of(&now, &Change::between(&earlier(), &now, false));
    assert!(lines.contains(&"worker, service removed : healthy -> none".to_owned()), "{lines:?}");
}

#[test]
fn two_of_one_path_are_told_apart() {
    let two = |made: &mut Assessed| {
        let mut second = made.services[2].logins[0].clone();
        second.status = Some(422);
        made.services[2].logins.push(second);
        for _ in 0..2 {
            made.findings.push(finding("login.status", Priority::Low, "backend", "/api/auth/login", "Wrong"));
        }
    };
    assert_eq!(changes_between(two, two), Vec::<String>::new());
    let one_mended = |now: &mut Assessed| {
        two(now);
        now.services[2].logins[1].status = Some(401);
        now.findings.pop();
    };
    assert_eq!(
        changes_between(two, one_mended),
        ["resolved: backend login.status", "backend, wrong credentials /api/auth/login: 422 -> 401"]
    );
}

#[test]
fn kept_reports_are_whole_and_their_links_lead_somewhere() {
    let mut now = made_check();
    now.findings.push(finding(
        "tls.expired",
        Priority::Critical,
        "worker",
        "",
        "The certificate has expired",
    ));
    let change = Change::between(&earlier(), &now, false);
    for format in [CheckFormat::Html, CheckFormat::Markdown] {
        let text = render(&now, Some(&change), format).unwrap();
        let ids: Vec<&str> = text.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let unique: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{format:?}: {ids:?}");
        let links = if format == CheckFormat::Html { ("href=\"#", '"') } else { ("](#", ')') };
        let mut leads = text.split(links.0).skip(1).filter_map(|rest| rest.split(links.1).next()).peekable();
        assert!(leads.peek().is_some());
        assert!(leads.all(|to| unique.contains(to)), "{format:?}: {ids:?}");
        let changes = text.find("New findings").unwrap();
        assert!(changes < text.rfind("Action items").unwrap(), "{format:?}");
        assert!(text.contains("Thresholds and grades"), "{format:?}");
    }
}
