//! What the responses of a service tell browsers and caches: headers, redirects, other origins.

use crate::domain::endpoint::Endpoint;
use crate::domain::service::Service;

use super::asker::Asker;
use super::facts::{CorsFacts, HeaderFacts, RedirectFacts};
use super::headers::{self, Page};
use super::noted::Noted;
use super::seen::Seen;
use super::{caching, cors, redirects};

/// What was found out.
#[derive(Default)]
pub(super) struct Web {
    pub(super) headers: Option<HeaderFacts>,
    pub(super) redirects: Option<RedirectFacts>,
    pub(super) cors: Vec<CorsFacts>,
}

/// Looks at these responses, and asks what else browsers would. Without any response, nothing is asked.
///
/// What is light leaves out the rules about other origins.
pub(super) async fn look(
    asker: &Asker,
    service: &Service,
    known: &[(&Endpoint, &Seen)],
    is_light: bool,
    noted: &mut Noted,
) -> Web {
    if known.is_empty() {
        return Web::default();
    }
    for (endpoint, seen) in known {
        caching::findings(noted, endpoint, seen);
    }
    let redirects = redirects::follow(asker, service, noted).await;
    let mut cors = Vec::new();
    if is_light || service.cors.is_empty() {
        cors.extend(cors::probe_hostile(asker, service, noted).await);
    } else {
        for rule in &service.cors {
            cors.push(cors::ask(asker, service, rule, noted).await);
        }
    }
    // The first endpoint stands for the service, unless its response is an error.
    let scored = known.iter().find_map(|(endpoint, seen)| {
        let page = Page {
            endpoint: &endpoint.name,
            origin: &endpoint.origin,
            status: seen.status,
            fields: &seen.fields,
            body: &seen.body,
            redirects: Some(&redirects),
            cors: &cors,
            is_trusted: seen.session.as_ref().is_some_and(|session| session.verdict.is_ok()),
        };
        headers::score(&page).map(|facts| {
            headers::findings(noted, &page, &facts);
            facts
        })
    });
    Web { headers: scored, redirects: Some(redirects), cors }
}
