//! The parts that a request is written from, as they are given or as a redirect leaves them.

use std::sync::Arc;

use crate::domain::endpoint::{Method, Origin, Scheme};
use crate::domain::template::Template;

use super::multipart::Form;
use super::payload::Segment;
use super::request::Fixed;
use super::request_head::{Head, Unsendable};

/// Where a redirect leads to.
#[derive(Debug, Clone, Copy)]
pub struct Redirect<'a> {
    /// The origin to which the request is sent now.
    pub origin: &'a Origin,
    /// Path and query there, without a fragment.
    pub path: &'a str,
    /// Whether method and body stay as they were; see `RequestTemplate::method_stays`.
    pub method_stays: bool,
}

/// The parts that a request is written from.
pub(super) struct Shape {
    pub(super) endpoint: String,
    pub(super) origin: Origin,
    pub(super) path: Template,
    pub(super) headers: Vec<(String, Template)>,
    pub(super) body: Option<Body>,
    /// Names of headers that it does not have, although others do.
    pub(super) without: Vec<String>,
}

/// How a request is sent: as it is given, or redirected.
pub(super) struct Sending<'a> {
    pub(super) head: &'a Head,
    pub(super) fixed: &'a Arc<Fixed>,
    pub(super) scheme: Scheme,
    pub(super) has_body: bool,
}

/// A scheme as URLs have it.
pub(super) fn scheme(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Http => "http",
        Scheme::Https => "https",
    }
}

/// The body of a shape.
pub(super) enum Body {
    Text(Template),
    File(Segment),
    Form(Form),
}

/// The given headers after those that every request has.
pub(super) fn with_usual_headers(
    given: Vec<(String, Template)>,
    without: &[String],
) -> Vec<(String, Template)> {
    let usual = [("user-agent", concat!("baseline/", env!("CARGO_PKG_VERSION"))), ("accept", "*/*")];
    let is_given = |name: &str| given.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let is_left_out = |name: &str| without.iter().any(|known| known.eq_ignore_ascii_case(name));
    let added = usual.into_iter().filter(|(name, _)| !is_given(name) && !is_left_out(name));
    let mut headers: Vec<_> =
        added.map(|(name, value)| (name.to_owned(), Template::literal(value))).collect();
    headers.extend(given);
    headers
}

impl Shape {
    /// Whether it has no slots.
    pub(super) fn is_literal(&self) -> bool {
        let of_headers = self.headers.iter().map(|(_, value)| value);
        let is_literal_body = match &self.body {
            Some(Body::Text(text)) => text.is_literal(),
            Some(Body::Form(form)) => form.is_literal(),
            Some(Body::File(_)) | None => true,
        };
        is_literal_body && of_headers.chain([&self.path]).all(Template::is_literal)
    }

    /// Whether a header is neither given nor left out on purpose.
    pub(super) fn takes(&self, name: &str) -> bool {
        let mut known = self.headers.iter().map(|(known, _)| known).chain(&self.without);
        !known.any(|known| known.eq_ignore_ascii_case(name))
    }

    /// The head of the request as it is given.
    pub(super) fn head(&self, method: &Method) -> Result<Head, Unsendable> {
        let host = self.host();
        Head::compile(
            method.as_str(),
            &self.path,
            &host,
            self.headers_where(|name| name != "host" && self.is_given(name)),
        )
    }

    /// Its head where a response redirected it.
    pub(super) fn redirected_head(&self, method: &Method, to: Redirect<'_>) -> Result<Head, Unsendable> {
        let is_same = *to.origin == self.origin;
        let host = if is_same { self.host() } else { Template::literal(to.origin.authority()) };
        let headers = self.headers_where(|name| {
            let is_for_origin = name == "authorization" || name == "cookie";
            let is_for_body = name.starts_with("content-") || name == "expect";
            name != "host"
                && self.is_given(name)
                && (is_same || !is_for_origin)
                && (to.method_stays || !is_for_body)
        });
        Head::compile(method.as_str(), &Template::literal(to.path), &host, headers)
    }

    /// Whether a header is sent as it is given: the type of a form names its boundary.
    fn is_given(&self, name: &str) -> bool {
        name != "content-type" || !matches!(self.body, Some(Body::Form(_)))
    }

    /// Who is asked for: what a `host` header says, whatever address is connected to.
    fn host(&self) -> Template {
        let given = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
        given.map_or_else(|| Template::literal(self.origin.authority()), |(_, host)| host.clone())
    }

    /// The headers with certain names, which are compared in lowercase.
    fn headers_where(&self, goes: impl Fn(&str) -> bool) -> impl Iterator<Item = (&str, &Template)> {
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value));
        headers.filter(move |(name, _)| goes(&name.to_ascii_lowercase()))
    }
}
