//! Rules of a scenario about what responses say, such as `jsonpath $.redis.enabled == true`.

use serde_json::Value;

use crate::domain::endpoint::Endpoint;
use crate::domain::finding::Priority;
use crate::domain::service::{BodyRule, Service};
use crate::extract::{self, Check, Found, Missing};

use super::asker::Asker;
use super::facts::BodyFacts;
use super::leaks;
use super::noted::{Noted, Texts};
use super::seen::{Seen, Trouble};
use super::short::shortened;

/// Longest value in a finding. Units: characters.
const LONGEST: usize = 80;

/// Whether each rule holds. A response that is known already is looked into; other requests are sent once.
pub(super) async fn look(
    asker: &Asker,
    service: &Service,
    known: &[(&Endpoint, &Seen)],
    noted: &mut Noted,
) -> Vec<BodyFacts> {
    let mut asked: Vec<(&Endpoint, Result<Seen, Trouble>)> = Vec::new();
    let mut all = Vec::new();
    for rule in &service.body_rules {
        let request = &rule.request;
        let known = known.iter().find(|(endpoint, _)| is_same(endpoint, request)).map(|(_, seen)| *seen);
        if known.is_none() && !asked.iter().any(|(endpoint, _)| is_same(endpoint, request)) {
            let response = asker.ask(request).await;
            unanswered(service, request, response.as_ref(), check_of_body(service, request), noted);
            asked.push((request, response));
        }
        let response = match known {
            Some(seen) => Ok(seen),
            None => match asked.iter().find(|(endpoint, _)| is_same(endpoint, request)) {
                Some((_, response)) => response.as_ref(),
                None => Err(&Trouble::OutOfTime),
            },
        };
        all.push(judged(service, rule, response, noted));
    }
    all
}

/// Whether a rule looks into the body of the response to a request.
fn check_of_body(service: &Service, request: &Endpoint) -> bool {
    let rules = service.body_rules.iter().filter(|rule| is_same(&rule.request, request));
    rules.filter_map(|rule| Check::parse(&rule.check).ok()).any(|check| check.needs_body())
}

/// Notes what is wrong with a response that only rules ask for: there is none, it is an error, or it leaks something.
fn unanswered(
    service: &Service,
    request: &Endpoint,
    response: Result<&Seen, &Trouble>,
    needs_body: bool,
    noted: &mut Noted,
) {
    let path = request.path.written();
    let (seen, priority) = match response {
        Err(trouble) if trouble.is_ours() => return,
        Err(trouble) => (format!("no response: {}", trouble.words()), Priority::High),
        Ok(seen) => {
            leaks::findings(noted, path, seen.status, &seen.body);
            if !needs_body || seen.status == 429 || request.expectation.accepts_status(seen.status) {
                return;
            }
            let priority = if seen.status >= 500 { Priority::High } else { Priority::Medium };
            (format!("status {}", seen.status), priority)
        }
    };
    let method = request.method.as_str();
    let texts = Texts {
        issue: "A path that rules look into does not answer as expected.".to_owned(),
        evidence: format!("{method} {}{path}: {seen}.", service.origin),
        impact: "Whether the rules of this path hold is unknown, and whoever relies on it gets an error.".to_owned(),
        recommendation:
            "Look for this request in the log of the service, and check the path of the rule, and whether it needs a login."
                .to_owned(),
    };
    noted.finding("body.status", priority, path, texts);
}

/// Whether two requests are the same, and so have the same response.
fn is_same(a: &Endpoint, b: &Endpoint) -> bool {
    a.origin == b.origin
        && a.path == b.path
        && a.method == b.method
        && a.headers == b.headers
        && a.without == b.without
        && a.body == b.body
}

fn judged(
    service: &Service,
    rule: &BodyRule,
    response: Result<&Seen, &Trouble>,
    noted: &mut Noted,
) -> BodyFacts {
    let path = rule.request.path.written().to_owned();
    let mut facts = BodyFacts { name: rule.name.to_string(), path: path.clone(), holds: None, found: None };
    let what = format!("rule {} of {path}", rule.name);
    let seen = match response {
        Ok(seen) => seen,
        Err(trouble) => {
            noted.not_checked(what, trouble.words());
            return facts;
        }
    };
    // The scenario was validated, so this is no error of its author.
    let Ok(check) = Check::parse(&rule.check) else {
        noted.not_checked(what, "the check cannot be read");
        return facts;
    };
    if check.needs_body() && !rule.request.expectation.accepts_status(seen.status) {
        noted.not_checked(what, format!("the response has status {}", seen.status));
        return facts;
    }
    if check.needs_body() && seen.body_is_cut {
        noted.not_checked(what, "the body is larger than 1 MiB");
        return facts;
    }
    let looked_at = extract::Seen::new(seen.status, &seen.fields, &seen.body);
    let holds = check.holds(&looked_at);
    let found = check.found(&looked_at);
    // Quotes tell the text "5" from the number 5.
    let shown = found.as_ref().map_or_else(|_| String::new(), |found| in_quotes(found.clone()));
    let found = found.map(|found| shortened(&Found::into_text(found), LONGEST));
    facts.holds = Some(holds);
    facts.found = found.as_ref().ok().cloned();
    if !holds {
        let found = match found {
            Ok(text) if text.is_empty() => "found an empty value".to_owned(),
            Ok(_) => format!("found {shown}"),
            Err(Missing::Nothing) => "found nothing".to_owned(),
            Err(Missing::NotJson) => "the body is not JSON".to_owned(),
            Err(Missing::TooLarge) => "the body is too large for this check".to_owned(),
        };
        let method = rule.request.method.as_str();
        let evidence = format!("{method} {}{path}: expected `{}`, {found}.", service.origin, rule.check);
        let texts = Texts {
            issue: rule.issue.clone(),
            evidence,
            impact: rule.impact.clone(),
            recommendation: rule.recommendation.clone(),
        };
        noted.finding(format!("body.{}", rule.name), rule.priority, path, texts);
    }
    facts
}

/// A value as JSON: a text has quotes around it. Texts are shortened before, so that both quotes are there.
fn in_quotes(found: Found) -> String {
    let short = |text: String| Found::Text(shortened(&text, LONGEST)).into_json_text();
    match found {
        Found::Text(text) | Found::Json(Value::String(text)) => short(text),
        other => shortened(&other.into_json_text(), LONGEST),
    }
}

#[cfg(test)]
mod tests {
    use super::super::asker::Shared;
    use super::super::fake::{self, LONG};
    use super::*;

    fn rule(name: &str, path: &str, check: &str) -> String {
        format!(
            "[[service.body]]\nname = \"{name}\"\npath = \"{path}\"\ncheck = '{check}'\npriority = \"high\"\n\
             issue = \"The cache is off.\"\nimpact = \"Slow.\"\nrecommendation = \"Turn it on.\"\n"
        )
    }

    const SERVICE: &str =
        "[[service]]\nname = \"api\"\n[[service.path]]\nname = \"health\"\npath = \"/health\"\n";

    async fn looked(rules: &[String]) -> (Vec<BodyFacts>, Noted, u64) {
        let port = fake::http(|request| {
            let (status, body) = match request.split(' ').nth(1).unwrap() {
                "/health" => {
                    ("200 OK", r#"{"redis":{"enabled":false,"nodes":[1,2,3]},"environment":"development"}"#)
                }
                "/forbidden" => ("403 Forbidden", "{}"),
                "/limited" => ("429 Too Many Requests", "{}"),
                "/leak" => ("200 OK", r#"{"a":"5","debug":"ORA-00933: no"}"#),
                "/page" => ("200 OK", "<html>"),
                _ => ("503 Unavailable", "{}"),
            };
            (status.to_owned(), body.to_owned())
        })
        .await;
        let plan = fake::plan(port, &format!("{SERVICE}{}", rules.concat()));
        let (shared, service) = (Shared::new(&plan), &plan.assessment.services[0]);
        let (asker, mut noted) = (Asker::new(&shared, LONG), Noted::new(&service.name));
        let seen = asker.ask(&service.endpoints[0]).await.unwrap_or_else(|trouble| panic!("{trouble:?}"));
        let facts = look(&asker, service, &[(&service.endpoints[0], &seen)], &mut noted).await;
        (facts, noted, shared.sent() - 1)
    }

    #[tokio::test]
    async fn rules_hold_or_are_findings_with_what_was_found() {
        let rules = [
            rule("cache", "/health", "jsonpath $.redis.enabled == true"),
            rule("nodes", "/health", "jsonpath $.redis.nodes count >= 3"),
            rule("telemetry", "/health", "jsonpath $.telemetry exists"),
            rule("page", "/page", "jsonpath $.a exists"),
            rule("page-again", "/page", "status == 200"),
        ];
        let (facts, noted, sent) = looked(&rules).await;
        let holds: Vec<(Option<bool>, Option<&str>)> =
            facts.iter().map(|facts| (facts.holds, facts.found.as_deref())).collect();
        assert_eq!(
            holds,
            [
                (Some(false), Some("false")),
                (Some(true), Some("3")),
                (Some(false), None),
                (Some(false), None),
                (Some(true), Some("200")),
            ]
        );
        let rules: Vec<&str> = noted.findings.iter().map(|finding| &*finding.rule).collect();
        assert_eq!(rules, ["body.cache", "body.telemetry", "body.page"]);
        let cache = &noted.findings[0];
        assert_eq!((cache.priority, cache.subject.as_str()), (Priority::High, "/health"));
        assert!(cache.evidence.ends_with("expected `jsonpath $.redis.enabled == true`, found false."));
        assert_eq!((cache.issue.as_str(), cache.impact.as_str()), ("The cache is off.", "Slow."));
        assert!(noted.findings[2].evidence.ends_with("the body is not JSON."));
        assert_eq!(sent, 1, "the response of /health was known, and /page is asked once");
    }

    #[tokio::test]
    async fn an_error_page_is_not_looked_into() {
        let rules = [rule("cache", "/down", "jsonpath $.a exists"), rule("up", "/down", "status == 200")];
        let (facts, noted, sent) = looked(&rules).await;
        assert_eq!((facts[0].holds, facts[1].holds, sent), (None, Some(false), 1));
        assert_eq!(noted.not_checked[0].why, "the response has status 503");
    }

    #[tokio::test]
    async fn a_path_that_answers_with_an_error_is_a_finding() {
        let check = async |path: &str, check: &str, expected: &[(&str, Priority)]| {
            let (_, noted, _) = looked(&[rule("a", path, check), rule("b", path, check)]).await;
            let found: Vec<(&str, Priority)> =
                noted.findings.iter().map(|finding| (&*finding.rule, finding.priority)).collect();
            assert_eq!(found, expected, "{path} {check}");
            noted
        };
        let exists = "jsonpath $.a exists";
        let noted = check("/down", exists, &[("body.status", Priority::High)]).await;
        assert_eq!(noted.findings[0].subject, "/down");
        assert!(noted.findings[0].evidence.ends_with("/down: status 503."), "{:?}", noted.findings);
        check("/forbidden", exists, &[("body.status", Priority::Medium)]).await;
        check("/forbidden", "status == 403", &[]).await;
        check("/limited", exists, &[]).await;
        check("/leak", exists, &[("leaks.internals", Priority::High)]).await;
    }

    #[tokio::test]
    async fn a_text_is_told_from_a_number() {
        let (facts, noted, _) = looked(&[rule("a", "/leak", "jsonpath $.a == 5")]).await;
        assert_eq!(facts[0].found.as_deref(), Some("5"));
        assert!(noted.findings[1].evidence.ends_with("found \"5\"."), "{:?}", noted.findings);
    }

    #[tokio::test]
    async fn without_a_response_nothing_is_checked() {
        let mut plan = fake::plan(9, &format!("{SERVICE}{}", rule("cache", "/x", "status == 200")));
        plan.access.allowed.hosts.clear();
        let (shared, service) = (Shared::new(&plan), &plan.assessment.services[0]);
        let mut noted = Noted::new(&service.name);
        let facts = look(&Asker::new(&shared, LONG), service, &[], &mut noted).await;
        assert_eq!((facts[0].holds, noted.not_checked.len(), noted.findings.len()), (None, 1, 0));
    }
}
