//! Follows one chain of redirects to its end.

use std::collections::BTreeSet;

use url::Url;

use crate::domain::endpoint::{Endpoint, Method, Origin, Scheme};
use crate::domain::referenced::Referenced;

use super::super::asker::Asker;
use super::super::seen::Trouble;
use super::super::short::in_line;

/// More redirects than this are taken for endless.
const MOST_HOPS: usize = 20;

/// A chain of redirects, and how it ended.
pub(super) struct Chain {
    /// Every URL without its query, from the first one to where it ended.
    pub(super) urls: Vec<Hop>,
    pub(super) end: End,
}

/// A URL of a chain: its origin, and how it is shown.
pub(super) struct Hop {
    pub(super) origin: Origin,
    pub(super) shown: String,
}

pub(super) enum End {
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
    pub(super) fn shown(&self) -> Vec<String> {
        self.urls.iter().map(|url| url.shown.clone()).collect()
    }

    pub(super) fn evidence(&self) -> String {
        let mut urls: Vec<String> = self.shown().iter().map(|url| in_line(url)).collect();
        if urls.len() > 5 {
            urls.splice(3..urls.len() - 1, ["\u{2026}".to_owned()]);
        }
        urls.join(" \u{2192} ")
    }

    /// What ended it, as a phrase; empty where it ended in a response.
    pub(super) fn problem(&self) -> String {
        match &self.end {
            End::Response(_) => String::new(),
            End::Loop => "redirect loop".to_owned(),
            End::TooMany => format!("more than {MOST_HOPS} redirects"),
            End::NotAllowed(host) => format!("{} is not an allowed host", in_line(host)),
            End::NoUrl => "redirected to an invalid URL".to_owned(),
            End::Trouble(trouble) => trouble.words(),
        }
    }
}

/// Asks, and follows the redirects.
pub(super) async fn follow_chain(asker: &Asker, first: Endpoint) -> Chain {
    let is_secret = first.path.has_references();
    let shown = format!("{}{}", first.origin, without_query(first.path.written()));
    let mut urls = vec![Hop { origin: first.origin.clone(), shown }];
    let mut visited = BTreeSet::from([(first.origin.clone(), first.path.reveal().to_owned())]);
    let mut endpoint = first.clone();
    loop {
        let seen = match Box::pin(asker.ask(&endpoint)).await {
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
        urls.push(Hop { origin: origin.clone(), shown: format!("{origin}{path_shown}") });
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
pub(super) fn destination(from: &Origin, path: &str, location: &str) -> Option<(Origin, String)> {
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
