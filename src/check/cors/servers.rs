//! Servers with one mistake each, and some without any.

use std::time::Duration;

use super::super::asker::{Asker, Shared};
use super::super::facts::{CorsFacts, CorsQuestion};
use super::super::noted::Noted;
use super::super::served::{Answer, Asked, plan, serving};
use super::{ask, probe_hostile};

const APP: &str = "https://app.example";
const PATHS: &str = "[[service.path]]\nname = \"first\"\npath = \"/\"\n";
const RULE: &str = "[[service.cors]]\npath = \"/api\"\nallowed_origins = [\"https://app.example\"]\n";

/// An answer that allows this origin.
fn allowing(origin: &str, more: &[&str]) -> Answer {
    let mut lines = vec![format!("Access-Control-Allow-Origin: {origin}")];
    lines.extend(more.iter().map(|line| (*line).to_owned()));
    (200, lines)
}

const CREDENTIALS: &str = "Access-Control-Allow-Credentials: true";
const LISTS: &str =
    "Access-Control-Allow-Methods: GET, PUT\r\nAccess-Control-Allow-Headers: Authorization, X-Trace";
const VARY: &str = "Vary: Accept-Encoding, Origin";

/// A server that allows the application, as it should be, and nobody else.
fn exact(asked: &Asked) -> Answer {
    if asked.header("origin") == APP {
        allowing(APP, &[CREDENTIALS, LISTS, VARY])
    } else {
        (200, vec![VARY.to_owned()])
    }
}

/// The findings about a server, most urgent or not, in order: priority and rule.
fn check(name: &str, rule: &str, answer: fn(&Asked) -> Answer, expected: &[&str]) -> CorsFacts {
    serving(answer, async |port| {
        let plan = plan(port, &format!("{PATHS}{RULE}{rule}"));
        let service = &plan.assessment.services[0];
        let asker = Asker::new(&Shared::new(&plan), Duration::from_secs(10));
        let mut noted = Noted::new(&service.name);
        let facts = ask(&asker, service, &service.cors[0], &mut noted).await;
        let found = noted.findings.iter();
        let found: Vec<String> =
            found.map(|finding| format!("{} {}", finding.priority.name(), finding.rule)).collect();
        assert_eq!(found, expected, "{name}: {:?}", noted.findings);
        assert_eq!(noted.not_checked, [], "{name}");
        // Of other methods only the preflight is sent.
        let is_unsent = rule.contains("PUT") || rule.contains("POST") || rule.contains("DELETE");
        let is_asked = facts.cases.iter().any(|case| case.question == CorsQuestion::Allowed);
        assert_eq!(is_asked, !is_unsent, "{name}: {:?}", facts.cases);
        assert_eq!(
            facts.cases.iter().all(|case| case.is_right),
            expected.is_empty() || expected == ["low cors.vary"]
        );
        facts
    })
}

const STRICT: &str = "credentials = true\nmethod = \"PUT\"\nheaders = [\"authorization\", \"x-trace\"]\n";

#[test]
fn servers_without_a_mistake_have_no_findings() {
    let facts = check("exact", STRICT, exact, &[]);
    let asked: Vec<CorsQuestion> = facts.cases.iter().map(|case| case.question).collect();
    let [allowed, preflight] = [CorsQuestion::Allowed, CorsQuestion::Preflight];
    let [hostile, null] = [CorsQuestion::Hostile, CorsQuestion::Null];
    assert_eq!(asked, [preflight, hostile, null, hostile, hostile]);
    let facts = check("exact", "credentials = true\n", exact, &[]);
    let asked: Vec<CorsQuestion> = facts.cases.iter().map(|case| case.question).collect();
    assert_eq!(asked, [allowed, preflight, hostile, null, hostile, hostile]);
    // A path that knows POST only answers its preflights.
    let post = |asked: &Asked| match &*asked.method {
        "OPTIONS" => exact(asked),
        _ => (405, Vec::new()),
    };
    check("POST only", "credentials = true\nmethod = \"POST\"\n", post, &[]);
    check("public", "", |_| allowing("*", &[]), &[]);
    check(
        "public with lists",
        "method = \"DELETE\"\nheaders = [\"x-trace\"]\n",
        |_| allowing("*", &["Access-Control-Allow-Methods: *", "Access-Control-Allow-Headers: *"]),
        &[],
    );
    check("one origin for all", "", |_| allowing(APP, &[]), &[]);
}

#[test]
fn open_servers_are_told_apart() {
    check(
        "reflects",
        "",
        |asked| allowing(asked.header("origin"), &[VARY]),
        &["medium cors.reflects_origin"],
    );
    check(
        "reflects with credentials",
        STRICT,
        |asked| allowing(asked.header("origin"), &[CREDENTIALS, LISTS, VARY]),
        &["critical cors.reflects_origin"],
    );
    let null = |asked: &Asked| match asked.header("origin") {
        "null" => allowing("null", &[CREDENTIALS, VARY]),
        _ => exact(asked),
    };
    check("null", STRICT, null, &["critical cors.null"]);
    let prefix = |asked: &Asked| match asked.header("origin") {
        origin if origin.starts_with(APP) => allowing(origin, &[CREDENTIALS, LISTS, VARY]),
        _ => exact(asked),
    };
    check("prefix", STRICT, prefix, &["critical cors.similar_origin"]);
    let suffix = |asked: &Asked| match asked.header("origin") {
        origin if origin.ends_with("app.example") => allowing(origin, &[VARY]),
        _ => (200, Vec::new()),
    };
    check("suffix", "", suffix, &["medium cors.similar_origin"]);
    let wildcard = |_: &Asked| allowing("*", &[CREDENTIALS]);
    check("wildcard with credentials", "", wildcard, &["medium cors.wildcard_credentials"]);
}

#[test]
fn strangers_are_found_where_only_preflights_are_answered() {
    let reflecting = |asked: &Asked| match &*asked.method {
        "OPTIONS" => allowing(asked.header("origin"), &[CREDENTIALS, LISTS]),
        _ => (405, Vec::new()),
    };
    check("POST only", "method = \"POST\"\n", reflecting, &["critical cors.reflects_origin"]);
}

#[test]
fn every_allowed_host_is_imitated() {
    let rule = "[[service.cors]]\npath = \"/api\"\nallowed_origins = [\"http://localhost:3000\", \"https://app.example\"]\n";
    let answer = |asked: &Asked| match asked.header("origin") {
        "http://localhost:3000" => allowing("http://localhost:3000", &[VARY]),
        origin if origin.ends_with("app.example") => allowing(origin, &[VARY]),
        _ => (200, vec![VARY.to_owned()]),
    };
    serving(answer, async |port| {
        let plan = plan(port, &format!("{PATHS}{rule}"));
        let service = &plan.assessment.services[0];
        let asker = Asker::new(&Shared::new(&plan), Duration::from_secs(10));
        let mut noted = Noted::new(&service.name);
        let facts = ask(&asker, service, &service.cors[0], &mut noted).await;
        let rules: Vec<&str> = noted.findings.iter().map(|finding| &*finding.rule).collect();
        assert_eq!(rules, ["cors.similar_origin"]);
        let hostile = facts.cases.iter().filter(|case| case.question == CorsQuestion::Hostile);
        let hostile: Vec<&str> = hostile.map(|case| case.origin.as_str()).collect();
        let expected = [
            "https://baseline-check.invalid",
            "https://app.example.baseline-check.invalid",
            "https://baseline-check-invalidapp.example",
            "http://localhost.baseline-check.invalid",
            "http://baseline-check-invalidlocalhost:3000",
        ];
        assert_eq!(hostile, expected);
    });
}

#[test]
fn a_status_stands_in_the_evidence() {
    serving(
        |_| (404, Vec::new()),
        async |port| {
            let plan = plan(port, &format!("{PATHS}{RULE}"));
            let service = &plan.assessment.services[0];
            let asker = Asker::new(&Shared::new(&plan), Duration::from_secs(10));
            let mut noted = Noted::new(&service.name);
            let _ = ask(&asker, service, &service.cors[0], &mut noted).await;
            let evidence = &noted.findings[0].evidence;
            let expected = "Origin: https://app.example \u{2192} status 404, no Access-Control-Allow-Origin (not allowed)";
            assert_eq!(evidence, expected);
        },
    );
}

#[test]
fn closed_servers_are_told_apart() {
    check("none", "", |_| (200, Vec::new()), &["high cors.allowed"]);
    check("other", "", |_| allowing("https://other.example", &[]), &["high cors.allowed"]);
    check("wildcard for credentials", STRICT, |_| allowing("*", &[LISTS]), &["high cors.allowed"]);
    let twice = |_: &Asked| allowing(APP, &["Access-Control-Allow-Origin: https://other.example"]);
    check("two origins", "", twice, &["high cors.allowed"]);
    let broken = |asked: &Asked| match &*asked.method {
        "OPTIONS" => (405, Vec::new()),
        _ => exact(asked),
    };
    check("no OPTIONS", STRICT, broken, &["high cors.preflight"]);
    let lists = |asked: &Asked| match &*asked.method {
        "OPTIONS" => allowing(APP, &[CREDENTIALS, "Access-Control-Allow-Methods: PUT", VARY]),
        _ => exact(asked),
    };
    check("no headers listed", STRICT, lists, &["high cors.preflight"]);
    let untold = |asked: &Asked| match asked.header("origin") {
        APP => allowing(APP, &[]),
        _ => (200, Vec::new()),
    };
    check("no Vary", "", untold, &["low cors.vary"]);
    let kept_private = |asked: &Asked| match asked.header("origin") {
        APP => allowing(APP, &["Cache-Control: no-store"]),
        _ => (200, Vec::new()),
    };
    check("no Vary, not cached", "", kept_private, &[]);
}

#[test]
fn what_was_not_answered_is_said() {
    serving(
        |_| (429, Vec::new()),
        async |port| {
            let plan = plan(port, &format!("{PATHS}{RULE}"));
            let service = &plan.assessment.services[0];
            let asker = Asker::new(&Shared::new(&plan), Duration::from_secs(10));
            let mut noted = Noted::new(&service.name);
            let facts = ask(&asker, service, &service.cors[0], &mut noted).await;
            assert!(noted.findings.is_empty() && facts.cases.is_empty());
            assert_eq!(noted.not_checked.len(), 1);
            assert_eq!(noted.not_checked[0].why, "rate-limited (429)");
        },
    );
}

#[test]
fn without_a_rule_only_strangers_are_asked_for() {
    let check = |answer: fn(&Asked) -> Answer, expected: &[&str]| {
        serving(answer, async |port| {
            let plan = plan(port, PATHS);
            let service = &plan.assessment.services[0];
            let asker = Asker::new(&Shared::new(&plan), Duration::from_secs(10));
            let mut noted = Noted::new(&service.name);
            let facts = probe_hostile(&asker, service, &mut noted).await.unwrap();
            assert_eq!(facts.cases.len(), 2);
            let found = noted.findings.iter();
            let found: Vec<String> =
                found.map(|finding| format!("{} {}", finding.priority.name(), finding.rule)).collect();
            assert_eq!(found, expected);
        });
    };
    check(exact, &[]);
    check(|_| allowing("*", &[]), &[]);
    check(|asked| allowing(asked.header("origin"), &[]), &["low cors.reflects_origin"]);
    check(|asked| allowing(asked.header("origin"), &[CREDENTIALS]), &["critical cors.reflects_origin"]);
    check(|_| allowing("*", &[CREDENTIALS]), &["medium cors.wildcard_credentials"]);
    let null = |asked: &Asked| match asked.header("origin") {
        "null" => allowing("null", &[CREDENTIALS]),
        _ => (200, Vec::new()),
    };
    check(null, &["critical cors.null"]);
}
