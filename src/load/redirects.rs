//! Where a redirect leads: a URL of an allowed host, or nowhere.

use std::sync::{Arc, PoisonError};

use url::Url;

use crate::domain::endpoint::{Origin, Scheme};
use crate::http::Connector;

use super::shared::Shared;

/// A chain of more redirects than this has no end.
pub(super) const MOST_REDIRECTS: usize = 10;

/// Where a redirect leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Destination {
    pub(super) origin: Origin,
    /// Path and query.
    pub(super) path: String,
}

/// Where a `location` leads from a request to this path; `None` where it is no URL of HTTP.
pub(super) fn destination(from: &Origin, path: &str, location: &str) -> Option<Destination> {
    let base = Url::parse(&from.url()).ok()?.join(path).ok()?;
    let url = base.join(location.trim()).ok()?;
    let scheme = match url.scheme() {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        _ => return None,
    };
    let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let origin = Origin { scheme, host, port: url.port_or_known_default()? };
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    Some(Destination { origin, path })
}

/// A connector to an origin that is no part of the plan; `None` where its host is not allowed.
pub(super) fn connector_to(shared: &Shared, origin: &Origin) -> Option<Arc<Connector>> {
    let mut others = shared.others.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, known)) = others.iter().find(|(known, _)| known == origin) {
        return Some(Arc::clone(known));
    }
    let connector = Arc::new(Connector::new(origin, &shared.plan.access).ok()?);
    others.push((origin.clone(), Arc::clone(&connector)));
    Some(connector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_read_as_browsers_read_them() {
        let from = Origin { scheme: Scheme::Http, host: "a.example".to_owned(), port: 8080 };
        let check = |location: &str, expected: Option<&str>| {
            let found =
                destination(&from, "/x/y?q=1", location).map(|to| format!("{}{}", to.origin.url(), to.path));
            assert_eq!(found.as_deref(), expected, "{location:?}");
        };
        check("/login", Some("http://a.example:8080/login"));
        check("z?a=b#c", Some("http://a.example:8080/x/z?a=b"));
        check("?only=query", Some("http://a.example:8080/x/y?only=query"));
        check("../up", Some("http://a.example:8080/up"));
        check("//b.example/p", Some("http://b.example/p"));
        check("HTTPS://B.example:444", Some("https://b.example:444/"));
        check("http://[::1]:9/p", Some("http://[::1]:9/p"));
        check("http://user:obviously-fake@a.example:8080/", Some("http://a.example:8080/"));
        check("ftp://a.example/", None);
        check("http://", None);
        check("javascript:alert(1)", None);
    }
}
