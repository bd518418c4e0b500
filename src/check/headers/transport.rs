//! Strict-Transport-Security, and whether the plain-HTTP address leads to HTTPS.
//!
//! Which hosts browsers know beforehand (the preload list) is not known here; `preload` in the header is only a wish.

use url::Url;

use crate::domain::fields::Fields;

use super::super::facts::HeaderTest;
use super::outcome::outcome;
use super::page::Page;

/// The shortest `max-age` of HSTS that counts: half a year. Units: seconds.
///
/// The Observatory's table says 15,768,000, and its code counts half a year of 30-day months, 15,552,000.
const LONG_HSTS_S: u64 = 15_768_000;

/// What Strict-Transport-Security says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hsts {
    /// For half a year or longer.
    Long,
    /// For a shorter time, in seconds.
    Short(u64),
    Missing,
    Invalid,
    /// Browsers ignore it over plain HTTP.
    NoHttps,
    /// Browsers ignore it where the certificate is not trusted.
    Untrusted,
}

/// What Strict-Transport-Security says.
pub(super) fn hsts(page: &Page<'_>) -> Hsts {
    if !page.is_https() {
        return Hsts::NoHttps;
    }
    if !page.is_trusted {
        return Hsts::Untrusted;
    }
    of_fields(page.fields)
}

/// Whether headers tell browsers to use HTTPS only, for half a year or longer.
pub(in super::super) fn has_long_hsts(fields: &Fields) -> bool {
    of_fields(fields) == Hsts::Long
}

fn of_fields(fields: &Fields) -> Hsts {
    let value = fields.all("strict-transport-security").map(str::trim).collect::<Vec<_>>().join(", ");
    if value.is_empty() {
        return Hsts::Missing;
    }
    // A list has no meaning in this header.
    if value.contains(',') {
        return Hsts::Invalid;
    }
    let ages: Vec<&str> = value
        .split(';')
        .filter_map(|part| part.split_once('='))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("max-age"))
        .map(|(_, age)| age.trim().trim_matches('"'))
        .collect();
    let [age] = ages[..] else { return Hsts::Invalid };
    if age.is_empty() || !age.bytes().all(|byte| byte.is_ascii_digit()) {
        return Hsts::Invalid;
    }
    match age.parse().unwrap_or(u64::MAX) {
        age if age >= LONG_HSTS_S => Hsts::Long,
        age => Hsts::Short(age),
    }
}

/// The test of the score about Strict-Transport-Security.
pub(super) fn test_hsts(page: &Page<'_>) -> HeaderTest {
    let (result, modifier) = match hsts(page) {
        Hsts::Long => ("half a year or longer", 0),
        Hsts::Short(_) => ("shorter than half a year", -10),
        Hsts::Missing => ("missing", -20),
        Hsts::Invalid => ("invalid", -20),
        Hsts::NoHttps => ("no HTTPS", -20),
        Hsts::Untrusted => ("the certificate is not trusted", -20),
    };
    outcome("hsts", result, modifier)
}

/// The test of the score about redirects.
pub(super) fn test_redirects(page: &Page<'_>) -> HeaderTest {
    let (result, modifier) = redirects(page);
    outcome("redirects", result, modifier)
}

fn redirects(page: &Page<'_>) -> (&'static str, i32) {
    let chain: &[String] = match page.redirects {
        Some(redirects) if page.is_https() => &redirects.from_http,
        Some(redirects) => &redirects.from_first,
        None => &[],
    };
    let chain: Vec<Url> = chain.iter().filter_map(|url| Url::parse(url).ok()).collect();
    let is_secure = |url: &Url| url.scheme() == "https";
    let (first, second, last) = (chain.first(), chain.get(1), chain.last());
    match (first, second, last) {
        (None, ..) if page.is_https() && page.redirects.is_none() => ("not asked", 0),
        (None, ..) if page.is_https() && page.origin.port != 443 => {
            ("not asked: the plain-HTTP address of another port is not known", 0)
        }
        (None, ..) if page.is_https() => ("no plain HTTP", 0),
        (_, None, _) => ("plain HTTP is not redirected to HTTPS", -20),
        (_, _, Some(last)) if !is_secure(last) => ("plain HTTP is not redirected to HTTPS", -20),
        (_, Some(_), Some(last)) if page.is_https() && !page.is_trusted && is_host(last, page) => {
            ("redirected to a certificate that is not trusted", -20)
        }
        (_, Some(second), _) if !is_secure(second) => ("redirected to HTTPS, but not first", -10),
        (Some(first), Some(second), _) if first.host_str() != second.host_str() => {
            ("redirected to another host first", -5)
        }
        _ => ("plain HTTP is redirected to HTTPS", 0),
    }
}

fn is_host(url: &Url, page: &Page<'_>) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host.eq_ignore_ascii_case(&page.origin.host)
}

#[cfg(test)]
mod tests {
    use crate::domain::endpoint::{Origin, Scheme};

    use super::super::super::facts::RedirectFacts;
    use super::*;

    #[test]
    fn the_age_of_hsts_is_compared_with_half_a_year() {
        let check = |value: &str, expected: bool| {
            let mut fields = Fields::default();
            fields.push("Strict-Transport-Security", value.as_bytes());
            assert_eq!(has_long_hsts(&fields), expected, "{value}");
        };
        check("max-age=15768000", true);
        check("includeSubDomains; Max-Age=\"31536000\"", true);
        // Longer than any number.
        check("max-age=99999999999999999999999", true);
        check("max-age=15767999", false);
        check("max-age=31536000, max-age=31536000", false);
        check("includeSubDomains", false);
        assert!(!has_long_hsts(&Fields::default()));
    }

    #[test]
    fn what_was_not_asked_is_not_said_to_be_missing() {
        let (fields, facts) = (Fields::default(), RedirectFacts::default());
        let check = |port: u16, redirects: Option<&RedirectFacts>, expected: &str| {
            let origin = Origin { scheme: Scheme::Https, host: "a.example".to_owned(), port };
            let page = Page {
                endpoint: "page",
                origin: &origin,
                status: 200,
                fields: &fields,
                body: &[],
                redirects,
                cors: &[],
                is_trusted: true,
            };
            let test = test_redirects(&page);
            assert_eq!((test.result.as_str(), test.modifier), (expected, 0));
        };
        check(443, Some(&facts), "no plain HTTP");
        check(8443, Some(&facts), "not asked: the plain-HTTP address of another port is not known");
        check(443, None, "not asked");
    }
}
