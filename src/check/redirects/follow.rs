//! Asks the plain-HTTP address and the first endpoint of a service.

use crate::domain::endpoint::{Endpoint, Expectation, Method, Origin, Scheme};
use crate::domain::referenced::Referenced;
use crate::domain::service::Service;

use super::super::asker::Asker;
use super::super::facts::RedirectFacts;
use super::super::noted::Noted;
use super::chain::{End, follow_chain};
use super::judge::{judge_downgrade, judge_ends, judge_no_https, judge_plain};

/// Follows the redirects of the plain-HTTP address (port 80, of a service at port 443) and of the first endpoint.
pub(in crate::check) async fn follow(asker: &Asker, service: &Service, noted: &mut Noted) -> RedirectFacts {
    let origin = &service.origin;
    // Beside another port, port 80 may be another service.
    let has_plain = origin.scheme == Scheme::Https && origin.port == 443;
    let plain = has_plain.then(|| Origin { scheme: Scheme::Http, port: 80, ..origin.clone() });
    follow_from(asker, service, plain, noted).await
}

async fn follow_from(
    asker: &Asker,
    service: &Service,
    plain: Option<Origin>,
    noted: &mut Noted,
) -> RedirectFacts {
    let mut facts = RedirectFacts::default();
    let Some(first) = service.endpoints.first() else { return facts };
    if let Some(plain) = plain.filter(|plain| asker.allows(&plain.host)) {
        // Nothing that may be secret is sent without encryption: no header, and no path of the scenario.
        let bare = Endpoint {
            method: Method::get(),
            origin: plain,
            path: Referenced::plain("/"),
            headers: Vec::new(),
            body: None,
            expectation: Expectation::default(),
            ..first.clone()
        };
        let chain = follow_chain(asker, bare).await;
        let is_answered = chain.urls.len() > 1 || !matches!(chain.end, End::Trouble(_));
        if is_answered {
            facts.from_http = chain.shown();
            facts.problem = chain.problem();
            judge_plain(&chain, noted);
        } else if let End::Trouble(trouble) = &chain.end
            && trouble.is_ours()
        {
            noted.not_checked("whether plain HTTP is redirected to HTTPS", trouble.words());
        }
    }
    let chain = follow_chain(asker, first.clone()).await;
    facts.from_first = chain.shown();
    // Where pages are accepted as well, a chain should end in one.
    let statuses = &first.expectation.statuses;
    let expects_redirect = !statuses.is_empty() && statuses.iter().all(|status| (300..400).contains(status));
    let is_chain = chain.urls.len() > 1 || matches!(chain.end, End::NoUrl);
    if is_chain && !expects_redirect {
        judge_ends(&chain, &first.name, noted);
    }
    judge_downgrade(&chain, &first.name, noted);
    judge_no_https(&chain, noted);
    if facts.problem.is_empty() && is_chain {
        facts.problem = chain.problem();
    }
    facts
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::super::asker::Shared;
    use super::super::super::served::{Answer, Asked, plan, serving};
    use super::*;

    fn to(location: &str) -> Answer {
        (302, vec![format!("Location: {location}")])
    }

    fn answer(asked: &Asked) -> Answer {
        // Headers of the scenario go to the service only, where redirects come back to it as well.
        assert_eq!(asked.header("x-key").is_empty(), asked.path.starts_with("/plain") || asked.path == "/");
        match asked.path.as_str() {
            "/" => to("/plain"),
            "/a" => to("b?token=obviously-fake"),
            "/loop" => to("/loop2"),
            "/loop2" => to("/loop"),
            "/other" => to("https://user:fake@other.example/x?y"),
            "/closed" => to("http://127.0.0.1:1/"),
            "/mail" => to("mailto:a@b.example"),
            path if path.starts_with("/long") => to(&format!("{path}g")),
            _ => (200, Vec::new()),
        }
    }

    /// Findings, the chain of the first endpoint without its origin, and the problem.
    fn check(path: &str, expected: &[&str], chain: &str, problem: &str) {
        serving(answer, async |port| {
            let first = format!(
                "[[service.path]]\nname = \"first\"\npath = \"{path}\"\nheaders = {{ x-key = \"obviously-fake\" }}\n"
            );
            let plan = plan(port, &first);
            let service = &plan.assessment.services[0];
            let asker = Asker::new(&Shared::new(&plan), Duration::from_secs(10));
            let mut noted = Noted::new(&service.name);
            let facts = follow(&asker, service, &mut noted).await;
            let found = noted.findings.iter();
            let found: Vec<String> =
                found.map(|finding| format!("{} {}", finding.priority.name(), finding.rule)).collect();
            assert_eq!(found, expected, "{path}");
            assert!(noted.findings.iter().all(|finding| !finding.evidence.contains("fake")));
            let shown = facts.from_first.join(" ").replace(&service.origin.to_string(), "");
            assert!(shown.starts_with(chain), "{path}: {shown}");
            assert_eq!((facts.problem.as_str(), facts.from_http.len()), (problem, 0), "{path}");
            assert_eq!(noted.not_checked.len(), usize::from(problem.contains("not an allowed")));
        });
    }

    #[test]
    fn chains_are_followed_to_their_end() {
        check("/x", &[], "/x", "");
        check("/a", &[], "/a /b", "");
        check("/loop", &["high redirects.loop"], "/loop /loop2 /loop", "redirect loop");
        check("/long", &["high redirects.loop"], "/long /longg", "more than 20 redirects");
        check("/mail", &["medium redirects.broken"], "/mail", "redirected to an invalid URL");
        check("/closed", &["high redirects.broken"], "/closed http://127.0.0.1:1/", "connection refused");
        check("/other", &[], "/other https://other.example/x", "other.example is not an allowed host");
    }

    #[test]
    fn an_expected_redirect_is_no_fault() {
        check("/loop\"\nexpect = { status = [302] }\n#", &[], "/loop /loop2 /loop", "redirect loop");
    }

    #[test]
    fn plain_http_is_asked_without_anything_of_the_scenario() {
        serving(answer, async |port| {
            let plan = plan(
                port,
                "[[service.path]]\nname = \"first\"\npath = \"/x\"\nheaders = { x-key = \"k\" }\n",
            );
            let service = &plan.assessment.services[0];
            let asker = Asker::new(&Shared::new(&plan), Duration::from_secs(10));
            let mut noted = Noted::new(&service.name);
            let facts = follow_from(&asker, service, Some(service.origin.clone()), &mut noted).await;
            let rules: Vec<&str> = noted.findings.iter().map(|finding| &*finding.rule).collect();
            assert_eq!((facts.from_http.len(), rules), (2, vec!["redirects.not_https"]));
            // A port that nobody listens at has no plain HTTP.
            let closed = Origin { port: 1, ..service.origin.clone() };
            let mut noted = Noted::new(&service.name);
            let facts = follow_from(&asker, service, Some(closed), &mut noted).await;
            assert!(facts.from_http.is_empty() && noted.findings.is_empty() && noted.not_checked.is_empty());
        });
    }
}
