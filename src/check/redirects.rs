//! Where the plain-HTTP address of a service and its first endpoint redirect to.
//!
//! Redirects are followed within the allow-list only. Headers of the scenario are sent to the service's own origin alone,
//! cookies to nobody.

use std::collections::BTreeSet;

use url::Url;

use crate::domain::endpoint::{Endpoint, Expectation, Method, Origin, Scheme};
use crate::domain::finding::Priority;
use crate::domain::referenced::Referenced;
use crate::domain::service::Service;

use super::asker::Asker;
use super::facts::RedirectFacts;
use super::noted::{Noted, Texts};
use super::seen::Trouble;
use super::shortened::shortened;

/// More redirects than this are taken for endless.
const MOST_HOPS: usize = 20;

/// A chain of redirects, and how it ended.
struct Chain {
    /// Every URL without its query, from the first one to where it ended.
    urls: Vec<Origins>,
    end: End,
}

/// A URL of a chain: its origin, and how it is shown.
struct Origins {
    origin: Origin,
    shown: String,
}

enum End {
    /// A response that does not redirect, with its status.
    Response(u16),
    /// It comes back to where it was.
    Loop,
    TooMany,
    /// The next host is not on the allow-list, so it was not asked.
    NotAllowed(String),
    /// A `Location` that is no URL of HTTP.
    NoUrl,
    Trouble(Trouble),
}

impl Chain {
    fn shown(&self) -> Vec<String> {
        self.urls.iter().map(|url| url.shown.clone()).collect()
    }

    fn evidence(&self) -> String {
        let mut urls: Vec<String> = self.shown().iter().map(|url| shortened(url)).collect();
        if urls.len() > 5 {
            urls.splice(3..urls.len() - 1, ["\u{2026}".to_owned()]);
        }
        urls.join(" \u{2192} ")
    }

    /// What ended it, as a phrase; empty where it ended in a response.
    fn problem(&self) -> String {
        match &self.end {
            End::Response(_) => String::new(),
            End::Loop => "redirect loop".to_owned(),
            End::TooMany => format!("more than {MOST_HOPS} redirects"),
            End::NotAllowed(host) => format!("{} is not an allowed host", shortened(host)),
            End::NoUrl => "redirected to what is no URL of HTTP".to_owned(),
            End::Trouble(trouble) => trouble.words(),
        }
    }
}

/// Follows the redirects of the plain-HTTP address (port 80, of a service at port 443) and of the first endpoint.
pub(super) async fn follow(asker: &Asker, service: &Service, noted: &mut Noted) -> RedirectFacts {
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
        let chain = chain(asker, bare).await;
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
    let chain = chain(asker, first.clone()).await;
    facts.from_first = chain.shown();
    let expects_redirect = first.expectation.statuses.iter().any(|status| (300..400).contains(status));
    let is_chain = chain.urls.len() > 1;
    if is_chain && !expects_redirect {
        judge_ends(&chain, &first.name, noted);
    }
    judge_downgrade(&chain, &first.name, noted);
    if facts.problem.is_empty() && is_chain {
        facts.problem = chain.problem();
    }
    facts
}

/// Asks, and follows the redirects.
async fn chain(asker: &Asker, first: Endpoint) -> Chain {
    let is_secret = first.path.has_references();
    let shown = format!("{}{}", first.origin, without_query(first.path.written()));
    let mut urls = vec![Origins { origin: first.origin.clone(), shown }];
    let mut visited = BTreeSet::from([(first.origin.clone(), first.path.reveal().to_owned())]);
    let mut endpoint = first.clone();
    loop {
        let seen = match asker.ask(&endpoint).await {
            Ok(seen) => seen,
            Err(trouble) => return Chain { urls, end: End::Trouble(trouble) },
        };
        let location = seen.fields.get("location").filter(|_| matches!(seen.status, 301..=303 | 307 | 308));
        let Some(location) = location else { return Chain { urls, end: End::Response(seen.status) } };
        let Some((origin, path)) = destination(&endpoint.origin, endpoint.path.reveal(), location) else {
            return Chain { urls, end: End::NoUrl };
        };
        // The path of a request that holds a secret may come back in the next.
        let path_shown = if is_secret { "/\u{2026}" } else { without_query(&path) };
        urls.push(Origins { origin: origin.clone(), shown: format!("{origin}{path_shown}") });
        if !asker.allows(&origin.host) {
            return Chain { urls, end: End::NotAllowed(origin.host) };
        }
        if !visited.insert((origin.clone(), path.clone())) {
            return Chain { urls, end: End::Loop };
        }
        if urls.len() > MOST_HOPS {
            return Chain { urls, end: End::TooMany };
        }
        let is_own = origin == first.origin;
        endpoint = Endpoint {
            origin,
            path: Referenced::plain(path),
            headers: if is_own { first.headers.clone() } else { Vec::new() },
            body: None,
            method: if first.method.as_str() == "HEAD" { first.method.clone() } else { Method::get() },
            ..endpoint
        };
    }
}

/// Origin and path that a `location` leads to; `None` where it is no URL of HTTP.
fn destination(from: &Origin, path: &str, location: &str) -> Option<(Origin, String)> {
    let url = Url::parse(&from.url()).ok()?.join(path).ok()?.join(location.trim()).ok()?;
    let scheme = match url.scheme() {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        _ => return None,
    };
    let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']').to_owned();
    let origin = Origin { scheme, host, port: url.port_or_known_default()? };
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some((origin, format!("{}{query}", url.path())))
}

fn without_query(path: &str) -> &str {
    path.split(['?', '#']).next().unwrap_or_default()
}

fn note(
    noted: &mut Noted,
    (rule, priority): (&'static str, Priority),
    subject: &str,
    [issue, impact, recommendation]: [&str; 3],
    evidence: String,
) {
    let [issue, impact, recommendation] = [issue, impact, recommendation].map(str::to_owned);
    noted.finding(rule, priority, subject, Texts { issue, evidence, impact, recommendation });
}

/// Notes what is wrong about the plain-HTTP address of a service with HTTPS.
fn judge_plain(chain: &Chain, noted: &mut Noted) {
    let subject = chain.urls.first().map(|url| url.origin.to_string()).unwrap_or_default();
    let Origin { host, .. } = chain.urls[0].origin.clone();
    let is_secure =
        |place: usize| chain.urls.get(place).is_some_and(|url| url.origin.scheme == Scheme::Https);
    let ends_secure = is_secure(chain.urls.len() - 1);
    judge_ends(chain, &subject, noted);
    judge_downgrade(chain, &subject, noted);
    match chain.end {
        // A refusal is as good as a redirect.
        End::Response(status) if !ends_secure && status < 400 => {
            let texts = [
                "Plain HTTP is not redirected to HTTPS.",
                "Users who type the address without https:// send and get everything readable on the way.",
                "Redirect every request at port 80 with 301 to the same address with https://, or close the port.",
            ];
            let evidence = format!("{}, status {status}", chain.evidence());
            note(noted, ("redirects.not_https", Priority::Medium), &subject, texts, evidence);
        }
        End::Response(_) | End::NotAllowed(_) if chain.urls.len() > 1 && ends_secure && !is_secure(1) => {
            let texts = [
                "Plain HTTP is redirected to HTTPS, but to another plain-HTTP address first.",
                "One more request can be read and changed on the way.",
                "Redirect to the https:// address of the same host first.",
            ];
            note(noted, ("redirects.not_first", Priority::Low), &subject, texts, chain.evidence());
        }
        End::Response(_) | End::NotAllowed(_) if is_secure(1) && chain.urls[1].origin.host != host => {
            let texts = [
                "Plain HTTP is redirected to another host before HTTPS of the same one.",
                "Browsers never learn that this host wants HTTPS (HSTS), so the next visit begins with plain HTTP again.",
                "Redirect to https:// of the same host first, and from there to the other one.",
            ];
            note(noted, ("redirects.off_host", Priority::Low), &subject, texts, chain.evidence());
        }
        _ => {}
    }
}

/// Notes where a chain ends in nothing.
fn judge_ends(chain: &Chain, subject: &str, noted: &mut Noted) {
    let impact = "Nobody who comes this way gets a page.";
    match &chain.end {
        End::Loop | End::TooMany => {
            let texts = [
                "Redirects go in a circle, or do not end.",
                impact,
                "Compare the redirect rules of the proxy with those of the application: often one adds what the other \
                 removes (https, www, a final slash).",
            ];
            let evidence = format!("{}: {}, without cookies", chain.evidence(), chain.problem());
            note(noted, ("redirects.loop", Priority::High), subject, texts, evidence);
        }
        End::NoUrl => {
            let texts = [
                "A redirect leads to what is no URL of HTTP.",
                impact,
                "Send a `Location` with a path, or with an https:// URL.",
            ];
            note(noted, ("redirects.broken", Priority::Medium), subject, texts, chain.evidence());
        }
        End::Trouble(trouble) if chain.urls.len() > 1 && !trouble.is_ours() => {
            let texts = [
                "A redirect leads to an address that does not respond.",
                impact,
                "Correct the `Location`, or bring up what it leads to.",
            ];
            let evidence = format!("{}: {}", chain.evidence(), trouble.words());
            note(noted, ("redirects.broken", Priority::High), subject, texts, evidence);
        }
        End::NotAllowed(_) | End::Trouble(_) if chain.urls.len() > 1 => {
            noted.not_checked(
                format!("where {} redirects to", shortened(&chain.urls[0].shown)),
                chain.problem(),
            );
        }
        End::Response(_) | End::NotAllowed(_) | End::Trouble(_) => {}
    }
}

/// Notes where a chain leaves HTTPS.
fn judge_downgrade(chain: &Chain, subject: &str, noted: &mut Noted) {
    let is_downgrade =
        |pair: &[Origins]| pair[0].origin.scheme == Scheme::Https && pair[1].origin.scheme == Scheme::Http;
    if chain.urls.windows(2).any(is_downgrade) {
        let texts = [
            "HTTPS is redirected to plain HTTP.",
            "The request that follows can be read and changed on the way, and the browser warns the user.",
            "Send a `Location` with https://, or without scheme and host; behind a proxy, let the application trust \
             `X-Forwarded-Proto`.",
        ];
        note(noted, ("redirects.downgrade", Priority::High), subject, texts, chain.evidence());
    }
}
