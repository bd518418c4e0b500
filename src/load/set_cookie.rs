//! One `set-cookie` field, read as RFC 6265 and its successor (6265bis) say, and refused as browsers and curl refuse it.

use jiff::{SignedDuration, Timestamp};

use crate::domain::endpoint::{Origin, Scheme};

use super::cookie_date;

/// Longest name and value together. Units: bytes.
const LONGEST: usize = 4_096;
/// Longest field, so that attributes without meaning have an end. Units: bytes.
const LONGEST_FIELD: usize = 8_192;

/// A cookie as a jar keeps it. It may be a secret, so it has no `Debug`.
#[derive(Clone)]
pub(super) struct Cookie {
    pub(super) name: Box<str>,
    pub(super) value: Box<str>,
    /// The host that set it, or the domain that it named.
    pub(super) domain: Box<str>,
    /// Whether only this host gets it, and no host below.
    pub(super) is_host_only: bool,
    pub(super) path: Box<str>,
    pub(super) is_secure: bool,
    /// From when on it is no more; `None` where it lasts as long as the jar.
    pub(super) expires: Option<Timestamp>,
}

impl Cookie {
    /// Reads a field that came from an origin, in answer to a request for a path; `None` where it sets no cookie.
    pub(super) fn read(field: &str, origin: &Origin, path: &str, now: Timestamp) -> Option<Self> {
        if field.len() > LONGEST_FIELD {
            return None;
        }
        let (pair, rest) = field.split_once(';').unwrap_or((field, ""));
        let (name, value) = pair.split_once('=')?;
        let (name, value) = (blank_free(name), blank_free(value));
        let is_sendable = |text: &str| !text.bytes().any(|byte| byte < b' ' || byte == 0x7f);
        if name.is_empty() || name.len() + value.len() > LONGEST || !is_sendable(name) || !is_sendable(value)
        {
            return None;
        }
        let attributes = Attributes::read(rest, now);
        let (domain, is_host_only) = owner(attributes.domain, origin)?;
        let cookie = Self {
            name: name.into(),
            value: value.into(),
            domain,
            is_host_only,
            path: attributes.path.unwrap_or_else(|| folder(path)).into(),
            is_secure: attributes.is_secure,
            expires: attributes.max_age.or(attributes.expires),
        };
        (cookie.keeps_its_prefix() && (!cookie.is_secure || is_trusted(origin))).then_some(cookie)
    }

    /// Whether it is over.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|at| at <= now)
    }

    /// Whether both are one cookie, of which the later takes the place of the other.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.name == other.name
            && self.path == other.path
            && self.is_host_only == other.is_host_only
            && self.domain == other.domain
    }

    /// Whether a request for this path gets it.
    pub(super) fn is_for_path(&self, path: &str) -> bool {
        let rest = without_query(path).strip_prefix(&*self.path);
        rest.is_some_and(|rest| rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/'))
    }

    /// Names that begin so promise how the cookie was set.
    fn keeps_its_prefix(&self) -> bool {
        let begins =
            |prefix: &str| self.name.get(..prefix.len()).is_some_and(|own| own.eq_ignore_ascii_case(prefix));
        if begins("__Host-") {
            return self.is_secure && self.is_host_only && &*self.path == "/";
        }
        self.is_secure || !begins("__Secure-")
    }
}

/// The attributes that mean something to this client; of each the last counts.
#[derive(Default)]
struct Attributes<'f> {
    domain: Option<&'f str>,
    path: Option<&'f str>,
    is_secure: bool,
    max_age: Option<Timestamp>,
    expires: Option<Timestamp>,
}

impl<'f> Attributes<'f> {
    fn read(text: &'f str, now: Timestamp) -> Self {
        let mut all = Self::default();
        for attribute in text.split(';') {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let (name, value) = (blank_free(name), blank_free(value));
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            if is("domain") {
                all.domain =
                    Some(value.strip_prefix('.').unwrap_or(value)).filter(|domain| !domain.is_empty());
            } else if is("path") {
                all.path = Some(value).filter(|path| path.starts_with('/'));
            } else if is("secure") {
                all.is_secure = true;
            } else if is("max-age") {
                all.max_age = ends_after(value, now).or(all.max_age);
            } else if is("expires") {
                all.expires = cookie_date::parse(value).or(all.expires);
            }
        }
        all
    }
}

/// When a cookie ends whose `Max-Age` is this; `None` where that is no number.
fn ends_after(seconds: &str, now: Timestamp) -> Option<Timestamp> {
    let digits = seconds.strip_prefix('-').unwrap_or(seconds);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // What has too many digits lasts for ever.
    let seconds = if seconds.starts_with('-') { 0 } else { digits.parse().unwrap_or(i64::MAX) };
    if seconds == 0 {
        return Some(Timestamp::MIN);
    }
    Some(now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX))
}

/// To whom a cookie of this domain belongs, and whether to that host only; `None` where the origin may not set it.
fn owner(domain: Option<&str>, origin: &Origin) -> Option<(Box<str>, bool)> {
    let host = origin.host.as_str();
    let Some(domain) = domain.map(str::to_ascii_lowercase).filter(|domain| domain != host) else {
        // Below an address, or below a suffix that many share, there is no host of the same owner.
        let is_host_only = domain.is_none() || origin.literal().is_some() || is_shared(host);
        return Some((host.into(), is_host_only));
    };
    let is_below = host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'));
    (is_below && origin.literal().is_none() && !is_shared(&domain)).then(|| (domain.into(), false))
}

/// Whether a domain is a suffix below which anybody may have a name, such as `co.uk`.
fn is_shared(domain: &str) -> bool {
    psl::suffix(domain.as_bytes()).is_some_and(|suffix| suffix.as_bytes() == domain.as_bytes())
}

/// Whether what is sent to an origin, and what comes from it, nobody on the way can read: HTTPS, or this machine itself.
pub(super) fn is_trusted(origin: &Origin) -> bool {
    origin.scheme == Scheme::Https
        || origin.host == "localhost"
        || origin.literal().is_some_and(|address| address.is_loopback())
}

/// The path of a cookie that names none: that of the request up to its last slash.
fn folder(path: &str) -> &str {
    match without_query(path).rfind('/') {
        None | Some(0) => "/",
        Some(end) => &path[..end],
    }
}

fn without_query(path: &str) -> &str {
    path.split('?').next().unwrap_or_default()
}

fn blank_free(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}
