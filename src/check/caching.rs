//! Whether caches may keep a response that is for one user only, and whether what it says about caching makes sense.

use std::time::Duration;

use crate::domain::endpoint::Endpoint;
use crate::domain::finding::Priority;

use super::headers::SetCookie;
use super::noted::{Noted, Texts};
use super::seen::Seen;
use super::short::in_line;

/// What `Cache-Control` says.
#[derive(Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a directive of its own")]
struct Control {
    /// The header as it was sent; empty where it is missing.
    text: String,
    is_public: bool,
    is_private: bool,
    no_store: bool,
    no_cache: bool,
    must_revalidate: bool,
    max_ages: Vec<Duration>,
    shared_age: Option<Duration>,
}

impl Control {
    fn of(seen: &Seen) -> Self {
        let text = seen.fields.all("cache-control").map(str::trim).collect::<Vec<_>>().join(", ");
        let mut control = Self::default();
        for directive in text.to_ascii_lowercase().split(',').map(str::trim) {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            let value = value.trim().trim_matches('"');
            let age = value.parse().map(Duration::from_secs).ok();
            match name.trim() {
                "public" => control.is_public = true,
                // With names of headers, it is about these only.
                "private" => control.is_private |= value.is_empty(),
                "no-store" => control.no_store = true,
                "no-cache" => control.no_cache |= value.is_empty(),
                "must-revalidate" => control.must_revalidate = true,
                "max-age" => control.max_ages.extend(age),
                "s-maxage" => control.shared_age = age,
                _ => {}
            }
        }
        control.text = text;
        control
    }

    /// Whether a cache that several users share may serve it again without asking.
    fn is_shared(&self) -> bool {
        let lives = |age: &Duration| !age.is_zero();
        let age = self.shared_age.as_ref().or(self.max_ages.first());
        // Only what is said counts: where nothing is, caches guess, and most do not keep responses with cookies.
        !self.is_private && !self.no_store && !self.no_cache && age.map_or(self.is_public, lives)
    }

    /// Whether such a cache may do so even for a request with `Authorization` (RFC 9111, section 3.5).
    fn is_shared_with_authorization(&self) -> bool {
        self.is_shared() && (self.is_public || self.shared_age.is_some() || self.must_revalidate)
    }

    /// What contradicts itself, as a phrase.
    fn contradiction(&self) -> Option<&'static str> {
        let lives = |age: &Duration| !age.is_zero();
        if self.is_public && self.is_private {
            Some("public and private")
        } else if self.no_store && (self.is_public || self.max_ages.iter().chain(&self.shared_age).any(lives))
        {
            Some("no-store and a time to store it for")
        } else if self.max_ages.windows(2).any(|pair| pair[0] != pair[1]) {
            Some("two different values of max-age")
        } else {
            None
        }
    }
}

/// Notes what is wrong about caching a response to an endpoint.
pub(super) fn findings(noted: &mut Noted, endpoint: &Endpoint, seen: &Seen) {
    if !(200..300).contains(&seen.status) || !matches!(endpoint.method.as_str(), "GET" | "HEAD") {
        return;
    }
    let control = Control::of(seen);
    let mut add = |rule: &'static str, priority, issue: &str, evidence: String, advice: [&str; 2]| {
        let [impact, recommendation] = advice.map(str::to_owned);
        let texts = Texts { issue: issue.to_owned(), evidence, impact, recommendation };
        noted.finding(rule, priority, &*endpoint.name, texts);
    };
    let shown = in_line(&format!("Cache-Control: {}", control.text));
    personal(endpoint, seen, &control, &shown, &mut add);
    if let Some(contradiction) = control.contradiction() {
        let advice = [
            "Caches resolve the conflict differently, so the response may be stored where it should not be, or not at all.",
            "Pick one: `no-store`, `private, max-age=\u{2026}` or `public, max-age=\u{2026}`.",
        ];
        let evidence = format!("{shown}; {contradiction}");
        add("caching.contradiction", Priority::Low, "Cache-Control contradicts itself.", evidence, advice);
    }
    if is_guessed(seen, &control) {
        let issue = "The response has no caching rules, and Last-Modified lets browsers guess.";
        let advice = [
            "After a deployment, some users keep seeing the old version, possibly for hours.",
            "Send `Cache-Control: no-cache` for content that changes, or `max-age` with the staleness you can accept.",
        ];
        let modified = seen.fields.get("last-modified").unwrap_or_default();
        let evidence = in_line(&format!("Last-Modified: {modified}, no Cache-Control"));
        add("caching.unspecified", Priority::Low, issue, evidence, advice);
    }
}

/// Notes where others may get what is for one user.
fn personal(
    endpoint: &Endpoint,
    seen: &Seen,
    control: &Control,
    shown: &str,
    add: &mut impl FnMut(&'static str, Priority, &str, String, [&str; 2]),
) {
    let cookies = SetCookie::all(&seen.fields);
    if let Some(first) = cookies.first().filter(|_| control.is_shared()) {
        let session = cookies.iter().find(|cookie| cookie.is_session());
        let priority = if session.is_some() { Priority::High } else { Priority::Medium };
        let evidence = format!("{shown}; Set-Cookie: {}", in_line(&session.unwrap_or(first).shown()));
        let advice = [
            "A proxy or CDN can serve one user's cookie to others.",
            "Send `Cache-Control: private, no-cache` (or `no-store`) with responses that set cookies.",
        ];
        add("caching.cookie", priority, "A cacheable response sets cookies.", evidence, advice);
    }
    let sends = |name: &str| endpoint.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let varies = |name: &str| {
        let listed = seen.fields.all("vary").flat_map(|value| value.split(',')).map(str::trim);
        listed.into_iter().any(|known| known == "*" || known.eq_ignore_ascii_case(name))
    };
    let (header, is_kept) = if sends("authorization") {
        ("Authorization", control.is_shared_with_authorization())
    } else {
        ("Cookie", sends("cookie") && control.is_shared())
    };
    if is_kept && !varies(header) {
        let priority = if header == "Cookie" { Priority::Medium } else { Priority::High };
        let issue = "The response to an authenticated request is cacheable.";
        let advice = [
            "A proxy or CDN can serve one user's data to others.",
            "Send `Cache-Control: private, no-store` with responses that depend on who is logged in.",
        ];
        let evidence = format!("{shown}, in response to a request with {header}");
        add("caching.login", priority, issue, evidence, advice);
    }
}

/// Whether a page or JSON gives browsers a reason to guess how long it stays the same.
fn is_guessed(seen: &Seen, control: &Control) -> bool {
    let media_type = seen.fields.get("content-type").unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_text =
        media_type == "text/html" || media_type == "application/json" || media_type.ends_with("+json");
    is_text
        && control.text.is_empty()
        && ["expires", "pragma"].iter().all(|name| seen.fields.get(name).is_none())
        && seen.fields.get("last-modified").is_some()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::served::plan;
    use super::*;
    use crate::check::facts::PhaseTimes;
    use crate::domain::fields::Fields;

    /// The findings about a response to a request with these headers.
    fn check(request: &str, response: &[&str], expected: &[&str]) {
        let path = format!("[[service.path]]\nname = \"first\"\npath = \"/\"\nheaders = {{ {request} }}\n");
        let plan = plan(1, &path);
        let endpoint = &plan.assessment.services[0].endpoints[0];
        let mut fields = Fields::default();
        for (name, value) in response.iter().filter_map(|line| line.split_once(": ")) {
            fields.push(name, value.as_bytes());
        }
        let seen = Seen {
            status: 200,
            fields,
            body: Vec::new(),
            body_is_cut: false,
            bytes: 0,
            is_expected: true,
            version: "HTTP/1.1",
            times: PhaseTimes::default(),
            session: None,
            address: None,
        };
        let mut noted = Noted::new(&Arc::from("web"));
        findings(&mut noted, endpoint, &seen);
        let found = noted.findings.iter();
        let found: Vec<String> =
            found.map(|finding| format!("{} {}", finding.priority.name(), finding.rule)).collect();
        assert_eq!(found, expected, "{response:?}");
        assert!(noted.findings.iter().all(|finding| !finding.evidence.contains("fake")));
    }

    #[test]
    fn cookies_are_not_cached() {
        let cookie = "Set-Cookie: theme=obviously-fake";
        check("", &["Cache-Control: public, max-age=60", cookie], &["medium caching.cookie"]);
        check("", &["Cache-Control: s-maxage=60", "Set-Cookie: sid=fake"], &["high caching.cookie"]);
        for control in
            ["private, max-age=60", "no-store", "max-age=0", "public, max-age=0", "max-age=60, no-cache"]
        {
            check("", &[&format!("Cache-Control: {control}"), cookie], &[]);
        }
        check("", &[cookie], &[]);
        check("", &["Cache-Control: max-age=60", "Set-Cookie: a=; Max-Age=0"], &[]);
    }

    #[test]
    fn responses_to_a_login_are_not_shared() {
        let login = "authorization = \"Bearer obviously-fake\"";
        check(login, &["Cache-Control: public, max-age=60"], &["high caching.login"]);
        check(login, &["Cache-Control: max-age=60, must-revalidate"], &["high caching.login"]);
        // Without these words, caches do not keep them.
        check(login, &["Cache-Control: max-age=60"], &[]);
        check(login, &["Cache-Control: public, max-age=60", "Vary: Authorization"], &[]);
        check("cookie = \"sid=obviously-fake\"", &["Cache-Control: max-age=60"], &["medium caching.login"]);
        check("accept = \"*/*\"", &["Cache-Control: public, max-age=60"], &[]);
    }

    #[test]
    fn contradictions_and_guesses_are_found() {
        for control in ["public, private", "no-store, max-age=60", "no-store, public", "max-age=1, max-age=2"]
        {
            check("", &[&format!("Cache-Control: {control}")], &["low caching.contradiction"]);
        }
        check("", &["Cache-Control: no-store, no-cache, must-revalidate, max-age=0"], &[]);
        let html = "Content-Type: text/html; charset=utf-8";
        let modified = "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT";
        check("", &[html, modified], &["low caching.unspecified"]);
        check("", &[html], &[]);
        check("", &[html, modified, "Cache-Control: no-cache"], &[]);
        check("", &["Content-Type: image/png", modified], &[]);
    }
}
