//! The cookies of one user: which are kept (RFC 6265), for how long, and which a request sends, in the order of curl.
//!
//! It stands on no crate for cookies: `cookie_store` reads its own clock and keeps what is over, has no order, no limits,
//! neither prefixes nor rules for `Secure`, and reads four forms of dates. Only the list of shared suffixes comes from outside.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use jiff::Timestamp;

use crate::domain::endpoint::Origin;

use super::set_cookie::{Cookie, is_trusted};

/// Most cookies of a domain, as in browsers. The oldest go first.
const MOST_OF_A_DOMAIN: usize = 180;
/// Most cookies of a jar, as in browsers.
const MOST: usize = 3_000;
/// Most cookies of a request, as in curl.
const MOST_SENT: usize = 150;
/// Longest `cookie` field with its name, as in curl: servers refuse longer ones. Units: bytes.
const LONGEST_SENT: usize = 8_190;
/// What stands in front of the cookies in this length.
const FIELD: &str = "Cookie: ";

/// A cookie, and how many were set in this jar before it.
#[derive(Clone)]
struct Kept {
    cookie: Cookie,
    number: u64,
}

/// Cookies of one user. Values may be secrets, so `Debug` shows how many there are.
#[derive(Clone, Default)]
pub struct Jar {
    /// By domain, and there in the order in which they were first set.
    kept: BTreeMap<Box<str>, VecDeque<Kept>>,
    len: usize,
    next: u64,
}

impl Jar {
    /// Takes the value of one `set-cookie` field of an answer of this origin to a request for this path.
    ///
    /// What is no cookie, or one that the origin may not set, is ignored.
    pub fn store(&mut self, origin: &Origin, path: &str, set_cookie: &str, now: Timestamp) {
        let Some(cookie) = Cookie::read(set_cookie, origin, path, now) else { return };
        if !cookie.is_secure && !is_trusted(origin) && self.has_secure(&cookie, origin) {
            return;
        }
        self.keep(cookie, now);
    }

    /// The value of the `cookie` field that a request for this path of this origin sends; `None` where it sends none.
    ///
    /// Cookies of longer paths stand first, then those of longer domains and of longer names, then those set earlier.
    pub fn header(&self, origin: &Origin, path: &str, now: Timestamp) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let is_trusted = is_trusted(origin);
        let is_sent = |cookie: &Cookie| {
            cookie.is_for_path(path) && (is_trusted || !cookie.is_secure) && !cookie.is_over(now)
        };
        let mut sent: Vec<&Kept> = self.of(origin).filter(|kept| is_sent(&kept.cookie)).collect();
        let length = |text: &str| std::cmp::Reverse(text.len());
        sent.sort_by_key(|kept| {
            let cookie = &kept.cookie;
            (length(&cookie.path), length(&cookie.domain), length(&cookie.name), kept.number)
        });
        let mut header = String::new();
        for Kept { cookie, .. } in sent.into_iter().take(MOST_SENT) {
            let separator = if header.is_empty() { "" } else { "; " };
            let more = separator.len() + cookie.name.len() + 1 + cookie.value.len();
            if FIELD.len() + header.len() + more > LONGEST_SENT {
                break;
            }
            for piece in [separator, &cookie.name, "=", &cookie.value] {
                header.push_str(piece);
            }
        }
        (!header.is_empty()).then_some(header)
    }

    /// Whether no cookie is kept.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many cookies are kept; some may be over.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Takes every cookie of another jar, in place of its own of the same name, domain and path.
    pub fn absorb(&mut self, other: &Self) {
        let mut all: Vec<&Kept> = other.kept.values().flatten().collect();
        all.sort_by_key(|kept| kept.number);
        for kept in all {
            self.put(kept.cookie.clone(), None);
        }
    }

    /// Keeps a cookie, or removes the one that it says is over.
    fn keep(&mut self, cookie: Cookie, now: Timestamp) {
        if !cookie.is_over(now) {
            return self.put(cookie, Some(now));
        }
        let Some(own) = self.kept.get_mut(&cookie.domain) else { return };
        if let Some(at) = own.iter().position(|kept| kept.cookie.is_same(&cookie)) {
            own.remove(at);
            self.len -= 1;
        }
    }

    /// Adds a cookie. Where there are too many, those that are over go first, and then the oldest.
    fn put(&mut self, cookie: Cookie, now: Option<Timestamp>) {
        let own = self.kept.entry(cookie.domain.clone()).or_default();
        if let Some(kept) = own.iter_mut().find(|kept| kept.cookie.is_same(&cookie)) {
            // It is as old as the one that it replaces.
            kept.cookie = cookie;
            return;
        }
        own.push_back(Kept { cookie, number: self.next });
        self.next += 1;
        self.len += 1;
        if own.len() > MOST_OF_A_DOMAIN {
            let before = own.len();
            own.retain(|kept| now.is_none_or(|now| !kept.cookie.is_over(now)));
            if own.len() > MOST_OF_A_DOMAIN {
                own.pop_front();
            }
            self.len -= before - own.len();
        }
        if self.len > MOST {
            let age = |own: &VecDeque<Kept>| own.front().map_or(u64::MAX, |kept| kept.number);
            if let Some(oldest) = self.kept.values_mut().min_by_key(|own| age(own)) {
                oldest.pop_front();
                self.len -= 1;
            }
            self.kept.retain(|_, own| !own.is_empty());
        }
    }

    /// The cookies that the host of an origin gets, whatever their path.
    fn of(&self, origin: &Origin) -> impl Iterator<Item = &Kept> {
        let host = origin.host.as_str();
        let parents = host.match_indices('.').map(move |(at, _)| &host[at + 1..]);
        let parents = parents.filter(|_| origin.literal().is_none());
        let whole = self.kept.get(host).into_iter().flatten();
        let above = parents.filter_map(|domain| self.kept.get(domain)).flatten();
        whole.chain(above.filter(|kept| !kept.cookie.is_host_only))
    }

    /// Whether a cookie from where anybody may write would stand before a secure one of its name.
    fn has_secure(&self, cookie: &Cookie, origin: &Origin) -> bool {
        self.of(origin).any(|kept| {
            let own = &kept.cookie;
            own.is_secure && own.name == cookie.name && own.is_for_path(&cookie.path)
        })
    }
}

impl fmt::Debug for Jar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Jar({} cookies)", self.len)
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::endpoint::Scheme;

    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    fn at(scheme: Scheme, host: &str) -> Origin {
        Origin { scheme, host: host.to_owned(), port: 443 }
    }

    fn https(host: &str) -> Origin {
        at(Scheme::Https, host)
    }

    fn jar(set: &[&str]) -> Jar {
        let mut jar = Jar::default();
        for set in set {
            jar.store(&https("www.example.com"), "/a/b", set, NOW);
        }
        jar
    }

    #[test]
    fn secure_cookies_are_set_and_sent_where_nobody_reads_along() {
        let check = |set: &str, scheme: Scheme, expected: Option<&str>| {
            let sent = jar(&[set]).header(&at(scheme, "www.example.com"), "/a/c", NOW);
            assert_eq!(sent.as_deref(), expected, "{set}");
        };
        check("a=1; Secure", Scheme::Https, Some("a=1"));
        check("a=1; Secure", Scheme::Http, None);
        check("a=1", Scheme::Http, Some("a=1"));
        check("__Secure-a=1; Secure", Scheme::Https, Some("__Secure-a=1"));
        check("__Secure-a=1", Scheme::Https, None);
        check("__Host-a=1; Secure; Path=/", Scheme::Https, Some("__Host-a=1"));
        check("__Host-a=1; Secure", Scheme::Https, None);
        check("__host-a=1; Secure; Path=/; Domain=example.com", Scheme::Https, None);
        // Over HTTP it is neither set nor does it hide one that was set over HTTPS.
        let mut jar = jar(&["a=1; Secure; Path=/"]);
        for set in ["a=2", "a=2; Path=/a; Domain=example.com", "b=1; Secure"] {
            jar.store(&at(Scheme::Http, "www.example.com"), "/a/b", set, NOW);
        }
        assert_eq!(jar.header(&https("www.example.com"), "/a/b", NOW).as_deref(), Some("a=1"));
    }

    #[test]
    fn cookies_end() {
        let jar = jar(&[
            "a=1; Max-Age=10",
            "b=1; Expires=Fri, 31 Dec 2100 00:00:00 GMT",
            "c=1; Max-Age=99999999999999999999",
        ]);
        let sent = |second: i64| jar.header(&https("www.example.com"), "/a/", Timestamp::constant(second, 0));
        assert_eq!(sent(1_800_000_009).as_deref(), Some("a=1; b=1; c=1"));
        assert_eq!(sent(1_800_000_010).as_deref(), Some("b=1; c=1"));
        assert_eq!(sent(4_133_980_800).as_deref(), Some("c=1"));
    }

    #[test]
    fn a_jar_has_limits_and_the_oldest_go_first() {
        let all: Vec<String> = (0..10_000).map(|number| format!("n{number:05}=v")).collect();
        let set: Vec<&str> = all.iter().map(String::as_str).collect();
        let mut jar = jar(&set);
        assert_eq!(jar.len(), MOST_OF_A_DOMAIN);
        let sent = jar.header(&https("www.example.com"), "/a/b", NOW).unwrap();
        assert!(sent.starts_with("n09820=v; n09821=v; ") && sent.matches('=').count() == MOST_SENT, "{sent}");
        for host in 0..30 {
            for number in 0..MOST_OF_A_DOMAIN {
                jar.store(&https(&format!("h{host}.example.com")), "/", &format!("a{number}=1"), NOW);
            }
        }
        assert_eq!(jar.len(), MOST);
        assert_eq!(jar.header(&https("www.example.com"), "/a/b", NOW), None);
        // Those that are over make room.
        let mut jar =
            self::jar(&[&["oldest-of-all=1"], &set[..MOST_OF_A_DOMAIN - 2], &["x=1; Max-Age=5"]].concat());
        let later = Timestamp::constant(1_800_000_100, 0);
        jar.store(&https("www.example.com"), "/a/b", "newest-of-all=1", later);
        assert_eq!(jar.len(), MOST_OF_A_DOMAIN);
        let sent = jar.header(&https("www.example.com"), "/a/b", later).unwrap();
        assert!(sent.starts_with("oldest-of-all=1; newest-of-all=1; "), "{sent}");
    }

    #[test]
    fn long_cookies_are_not_kept_and_long_fields_not_sent() {
        let value = |length: usize| format!("a={}", "x".repeat(length));
        assert_eq!(jar(&[&value(4_095)]).len(), 1);
        assert_eq!(jar(&[&value(4_096)]).len(), 0);
        let jar = jar(&[&value(4_095), &format!("b={}", "x".repeat(4_000)), "c=1"]);
        let sent = jar.header(&https("www.example.com"), "/a/b", NOW).unwrap();
        assert_eq!((jar.len(), sent.matches('=').count(), sent.len()), (3, 3, 4_097 + 2 + 4_002 + 2 + 3));
    }

    #[test]
    fn the_cookies_of_another_jar_win() {
        let mut own = jar(&["a=1", "b=1"]);
        own.absorb(&jar(&["b=2", "c=2"]));
        assert_eq!(own.header(&https("www.example.com"), "/a/b", NOW).as_deref(), Some("a=1; b=2; c=2"));
        assert_eq!((own.len(), own.is_empty(), Jar::default().is_empty()), (3, false, true));
        assert_eq!(format!("{own:?}"), "Jar(3 cookies)");
    }

    #[test]
    fn a_cookie_that_is_over_removes_its_own_only() {
        let jar = jar(&["a=1", "a=1; Path=/", "a=; Max-Age=0", "b=1; Max-Age=0"]);
        assert_eq!(jar.header(&https("www.example.com"), "/a/b", NOW).as_deref(), Some("a=1"));
        assert_eq!(jar.len(), 1);
    }
}
