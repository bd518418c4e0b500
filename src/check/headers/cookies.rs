//! Cookies: whether they are sent over HTTPS only, hidden from scripts, and kept from other sites.

use super::super::facts::HeaderTest;
use super::outcome::outcome;
use super::page::Page;
use super::set_cookie::SetCookie;
use super::transport::{Hsts, hsts};

/// What can be wrong with a cookie, as a phrase, and what it adds to the score. Later ones are worse.
const FAULTS: [(&str, i32); 7] = [
    ("without Secure, but HSTS rules out plain HTTP", -5),
    ("without Secure", -20),
    ("a session cookie without Secure, but HSTS rules out plain HTTP", -10),
    ("SameSite is invalid, or None without Secure", -20),
    ("a CSRF token without SameSite", -20),
    ("a session cookie without HttpOnly", -30),
    ("a session cookie without Secure", -40),
];

/// The test of the score.
pub(super) fn test(page: &Page<'_>) -> HeaderTest {
    let cookies = SetCookie::all(page.fields);
    if cookies.is_empty() {
        return outcome("cookies", "none", 0);
    }
    let is_protected = hsts(page) == Hsts::Long;
    let worst = cookies.iter().filter_map(|cookie| worst_fault(cookie, is_protected)).max();
    if let Some((result, modifier)) = worst.and_then(|worst| FAULTS.get(worst)) {
        return outcome("cookies", *result, *modifier);
    }
    if cookies.iter().all(|cookie| cookie.same_site().is_some()) {
        outcome("cookies", "Secure, HttpOnly for sessions, SameSite", 5)
    } else {
        outcome("cookies", "Secure, HttpOnly for sessions", 0)
    }
}

/// The worst fault of a cookie, as its place in the list.
fn worst_fault(cookie: &SetCookie, is_protected: bool) -> Option<usize> {
    let name = cookie.name.to_ascii_lowercase();
    // The names that the score goes by.
    let is_session = name.contains("login") || name.contains("sess");
    let is_insecure = !cookie.is_secure();
    let faults = [
        is_insecure && is_protected,
        is_insecure && !is_protected,
        is_session && is_insecure && is_protected,
        has_bad_same_site(cookie),
        name.contains("csrf") && cookie.same_site().is_none(),
        is_session && !cookie.is_http_only(),
        is_session && is_insecure && !is_protected,
    ];
    faults.iter().rposition(|is_fault| *is_fault)
}

/// Whether `SameSite` is a word that browsers do not know, or says `None` where they do not accept it.
pub(super) fn has_bad_same_site(cookie: &SetCookie) -> bool {
    match cookie.same_site().as_deref() {
        None | Some("lax" | "strict") => false,
        Some("none") => !cookie.is_secure(),
        Some(_) => true,
    }
}
