//! The response whose headers are scored, and what else counts for the score.

use crate::domain::endpoint::{Origin, Scheme};
use crate::domain::fields::Fields;

use super::super::facts::{CorsFacts, RedirectFacts};
use super::html;

/// The response whose headers are scored.
pub(in crate::check) struct Page<'a> {
    /// Name of the endpoint.
    pub(in crate::check) endpoint: &'a str,
    /// Where it is.
    pub(in crate::check) origin: &'a Origin,
    /// Status of the response.
    pub(in crate::check) status: u16,
    /// Headers of the response.
    pub(in crate::check) fields: &'a Fields,
    /// Its body, as far as it is kept.
    pub(in crate::check) body: &'a [u8],
    /// Where the service redirects to; `None` where that was not asked.
    pub(in crate::check) redirects: Option<&'a RedirectFacts>,
    /// What other origins may do, as far as that was asked.
    pub(in crate::check) cors: &'a [CorsFacts],
    /// Whether the certificate is trusted for its name. Has no meaning for plain HTTP.
    pub(in crate::check) is_trusted: bool,
}

impl Page<'_> {
    /// Whether the response can be scored: pages, redirects, and what asks for a login.
    pub(super) fn is_scored(&self) -> bool {
        matches!(self.status, 200..=399 | 401 | 403)
    }

    pub(super) fn is_https(&self) -> bool {
        self.origin.scheme == Scheme::Https
    }

    /// The values of a header, joined as one list; `None` where it is missing.
    pub(super) fn joined(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self.fields.all(name).map(str::trim).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// The media type in lowercase, without parameters; empty where there is none.
    pub(super) fn media_type(&self) -> String {
        let value = self.fields.get("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// Whether a browser shows it as a page. A type that is missing is guessed, and may become HTML.
    pub(super) fn is_html(&self) -> bool {
        let media_type = self.media_type();
        matches!(media_type.as_str(), "text/html" | "application/xhtml+xml")
            || media_type.is_empty() && html::looks_like_html(self.body)
    }

    /// The values that the page itself gives for a header, in `<meta http-equiv>`.
    pub(super) fn equivalents(&self, name: &str) -> Vec<String> {
        self.metas("http-equiv", name)
    }

    /// The contents of the `<meta>` tags with this value of an attribute.
    pub(super) fn metas(&self, attribute: &str, value: &str) -> Vec<String> {
        if !self.is_html() {
            return Vec::new();
        }
        let metas = html::tags(self.body).into_iter().filter(|tag| tag.name == "meta");
        let named = metas.filter(|tag| {
            tag.attribute(attribute).is_some_and(|known| known.trim().eq_ignore_ascii_case(value))
        });
        named.filter_map(|tag| tag.attribute("content").map(str::to_owned)).collect()
    }
}
