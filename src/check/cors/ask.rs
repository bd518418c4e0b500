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
    for origin in rule.allowed_origins.iter().take(MOST_ORIGINS) {
        answers.add(questions.plain(CorsQuestion::Allowed, origin).await);
        answers.add(questions.preflight(rule, origin).await);
    }
    for origin in rule.allowed_origins.iter().skip(MOST_ORIGINS) {
        noted.not_checked(
            format!("CORS of {path} for {origin}"),
            format!("only {MOST_ORIGINS} origins are asked for"),
        );
    }
    answers.add(questions.plain(CorsQuestion::Hostile, HOSTILE).await);
    answers.add(questions.plain(CorsQuestion::Null, "null").await);
    // Where every origin is reflected, those that look like an allowed one show nothing more.
    if !answers.reflects(HOSTILE)
        && let Some((scheme, host)) = rule.allowed_origins.first().and_then(|origin| origin.split_once("://"))
    {
        // What compares only the beginning or only the end of an origin lets these pass.
        let name = host.split(':').next().unwrap_or_default();
        let longer = format!("{scheme}://{name}.baseline-check.invalid");
        let ending = format!("{scheme}://baseline-check-invalid{host}");
        answers.add(questions.plain(CorsQuestion::Hostile, &longer).await);
        answers.add(questions.plain(CorsQuestion::Hostile, &ending).await);
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
    answers.add(Questions::new(asker, first).plain(CorsQuestion::Hostile, HOSTILE).await);
    let cases = judge(noted, &path, None, answers);
    (!cases.is_empty()).then_some(CorsFacts { path, cases })
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

    /// The preflight of the rule's request. Browsers send no credentials with it.
    async fn preflight(&mut self, rule: &CorsRule, origin: &str) -> Answer {
        let method = Method::from_name("OPTIONS").unwrap_or_else(Method::get);
        let request = Endpoint { method, headers: Vec::new(), body: None, ..self.request.clone() };
        let headers = rule.headers.join(",");
        let mut extra = vec![("origin", origin), ("access-control-request-method", rule.method.as_str())];
        if !headers.is_empty() {
            extra.push(("access-control-request-headers", &headers));
        }
        let seen = self.send(&request, &extra).await;
        Answer::new(CorsQuestion::Preflight, origin, seen)
    }

    async fn send(&mut self, request: &Endpoint, extra: &[(&str, &str)]) -> Result<Seen, Trouble> {
        if let Some(mut kept) = self.connection.take().filter(Speaking::is_reusable) {
            match self.asker.ask_on(&mut kept, request, extra).await {
                Ok(seen) => {
                    self.connection = Some(kept);
                    return Ok(seen);
                }
                // The server may have closed it meanwhile.
                Err(Trouble::Failed { .. }) => {}
                Err(trouble) => return Err(trouble),
            }
        }
        let mut fresh = self.asker.connect(request).await?;
        let seen = self.asker.ask_on(&mut fresh, request, extra).await?;
        self.connection = Some(fresh);
        Ok(seen)
    }
}
