//! Asks what other origins may do with a path, as browsers ask: with an `Origin`, and with preflights.

use crate::domain::endpoint::{Endpoint, Method};
use crate::domain::service::{CorsRule, Service};

use super::super::asker::Asker;
use super::super::facts::{CorsFacts, CorsQuestion};
use super::super::noted::Noted;
use super::super::opened::Speaking;
use super::super::seen::{Seen, Trouble};
use super::answers::{Answer, Answers};
use super::judge::judge;

/// An origin that nobody allows: its name cannot exist (RFC 6761).
const HOSTILE: &str = "https://baseline-check.invalid";
/// Allowed origins that are asked for; further ones are not.
const MOST_ORIGINS: usize = 5;
/// With no more requests than this left of a documented limit, nothing is asked that no rule is about.
const LEAST_ROOM: u64 = 2;
/// Hosts of allowed origins that others are made to look like.
const MOST_IMITATED: usize = 5;

/// Asks what the rule says, and what origins may do that it does not allow.
pub(in crate::check) async fn ask(
    asker: &Asker,
    _: &Service,
    rule: &CorsRule,
    noted: &mut Noted,
) -> CorsFacts {
    let path = rule.request.path.written().to_owned();
    let mut questions = Questions::new(asker, &rule.request);
    let mut answers = Answers::default();
    let is_safe = matches!(rule.method.as_str(), "GET" | "HEAD");
    for origin in rule.allowed_origins.iter().take(MOST_ORIGINS) {
        if is_safe {
            answers.add(questions.plain(CorsQuestion::Allowed, origin).await);
        }
        answers.add(questions.preflight(CorsQuestion::Preflight, rule, origin).await);
    }
    for origin in rule.allowed_origins.iter().skip(MOST_ORIGINS) {
        noted.not_checked(
            format!("CORS of {path} for {origin}"),
            format!("only {MOST_ORIGINS} origins are asked for"),
        );
    }
    answers.add(questions.stranger(CorsQuestion::Hostile, rule, HOSTILE).await);
    answers.add(questions.stranger(CorsQuestion::Null, rule, "null").await);
    // Where every origin is reflected, those that look like an allowed one show nothing more.
    if !answers.reflects(HOSTILE) {
        for origin in imitations(&rule.allowed_origins) {
            answers.add(questions.stranger(CorsQuestion::Hostile, rule, &origin).await);
        }
    }
    let cases = judge(noted, &path, Some(rule), answers);
    CorsFacts { path, cases }
}

/// Asks what an origin that nobody allows may do with the first endpoint; `None` without endpoints or response.
pub(in crate::check) async fn probe_hostile(
    asker: &Asker,
    service: &Service,
    noted: &mut Noted,
) -> Option<CorsFacts> {
    let first = service.endpoints.first()?;
    let path = first.path.written().to_owned();
    let mut answers = Answers::default();
    let mut questions = Questions::new(asker, first);
    answers.add(questions.plain(CorsQuestion::Hostile, HOSTILE).await);
    // What a documented limit still allows is left for what the scenario asks for.
    if asker.room(first.path.reveal()).is_none_or(|room| room > LEAST_ROOM) {
        answers.add(questions.plain(CorsQuestion::Null, "null").await);
    } else {
        noted.not_checked(
            format!("CORS of {path} for null"),
            "a documented rate limit leaves too little room",
        );
    }
    let cases = judge(noted, &path, None, answers);
    (!cases.is_empty()).then_some(CorsFacts { path, cases })
}

/// Origins that look like allowed ones: what compares only the beginning or only the end of an origin lets them pass.
///
/// Each host is imitated once, that of developers (`localhost`) last.
fn imitations(allowed: &[String]) -> Vec<String> {
    let mut hosts: Vec<(&str, &str, &str)> = Vec::new();
    for (scheme, host) in allowed.iter().filter_map(|origin| origin.split_once("://")) {
        let name = host.split(':').next().unwrap_or_default();
        // An address of IPv6 has nothing to be longer than.
        if !host.starts_with('[') && hosts.iter().all(|(_, _, known)| *known != name) {
            hosts.push((scheme, host, name));
        }
    }
    hosts.sort_by_key(|(_, _, name)| *name == "localhost" || name.starts_with("127."));
    let hosts = hosts.into_iter().take(MOST_IMITATED);
    hosts
        .flat_map(|(scheme, host, name)| {
            [
                format!("{scheme}://{name}.baseline-check.invalid"),
                format!("{scheme}://baseline-check-invalid{host}"),
            ]
        })
        .collect()
}

/// Asks about one path, over a connection that is kept while the server lets it.
struct Questions<'a> {
    asker: &'a Asker,
    request: Endpoint,
    connection: Option<Speaking>,
}

impl<'a> Questions<'a> {
    fn new(asker: &'a Asker, request: &Endpoint) -> Self {
        let mut request = request.clone();
        request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("origin"));
        Self { asker, request, connection: None }
    }

    /// A request as a page of that origin sends it.
    async fn plain(&mut self, question: CorsQuestion, origin: &str) -> Answer {
        let request = self.request.clone();
        let seen = self.send(&request, &[("origin", origin)]).await;
        Answer::new(question, origin, seen)
    }

    /// The same for an origin that nobody allowed; its preflight where the path does not know the method of a page.
    async fn stranger(&mut self, question: CorsQuestion, rule: &CorsRule, origin: &str) -> Answer {
        let answer = self.plain(question, origin).await;
        let is_unknown = matches!(answer.case.status, Some(404 | 405 | 501)) && !answer.is_reflected();
        if is_unknown { self.preflight(question, rule, origin).await } else { answer }
    }

    /// The preflight of the rule's request. Browsers send no credentials with it.
    async fn preflight(&mut self, question: CorsQuestion, rule: &CorsRule, origin: &str) -> Answer {
        let method = Method::from_name("OPTIONS").unwrap_or_else(Method::get);
        let request = Endpoint { method, headers: Vec::new(), body: None, ..self.request.clone() };
        let headers = rule.headers.join(",");
        let mut extra = vec![("origin", origin), ("access-control-request-method", rule.method.as_str())];
        if !headers.is_empty() {
            extra.push(("access-control-request-headers", &headers));
        }
        let seen = self.send(&request, &extra).await;
        Answer { is_preflight: true, ..Answer::new(question, origin, seen) }
    }

    async fn send(&mut self, request: &Endpoint, extra: &[(&str, &str)]) -> Result<Seen, Trouble> {
        if let Some(mut kept) = self.connection.take().filter(Speaking::is_reusable) {
            match Box::pin(self.asker.ask_on(&mut kept, request, extra)).await {
                Ok(seen) => {
                    self.connection = Some(kept);
                    return Ok(seen);
                }
                // The server may have closed it meanwhile.
                Err(Trouble::Failed { .. }) => {}
                Err(trouble) => return Err(trouble),
            }
        }
        let mut fresh = Box::pin(self.asker.connect(request)).await?;
        let seen = Box::pin(self.asker.ask_on(&mut fresh, request, extra)).await?;
        self.connection = Some(fresh);
        Ok(seen)
    }
}
