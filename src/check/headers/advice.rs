//! Findings about headers and cookies, for responses of known faults.

use std::sync::Arc;

use crate::domain::endpoint::{Origin, Scheme};
use crate::domain::fields::Fields;

use super::super::noted::Noted;
use super::{Page, findings, score};

/// Headers without a fault.
const GOOD: [&str; 5] = [
    "Content-Type: text/html",
    "Content-Security-Policy: default-src 'self'; frame-ancestors 'none'",
    "Strict-Transport-Security: max-age=31536000",
    "X-Content-Type-Options: nosniff",
    "Server: nginx",
];

/// The findings about a response with these headers in place of the good ones; a name without value removes one.
fn check_at(scheme: Scheme, headers: &[&str], body: &str, expected: &[&str]) {
    let mut lines: Vec<(&str, &str)> = Vec::new();
    for line in GOOD.iter().chain(headers) {
        let (name, value) = line.split_once(": ").unwrap_or((line, ""));
        lines.retain(|(known, _)| *known != name || name == "Set-Cookie");
        if !value.is_empty() {
            lines.push((name, value));
        }
    }
    let mut fields = Fields::default();
    lines.iter().for_each(|(name, value)| fields.push(name, value.as_bytes()));
    let page = Page {
        endpoint: "home",
        origin: &Origin { scheme, host: "a.example".to_owned(), port: 443 },
        status: 200,
        fields: &fields,
        body: body.as_bytes(),
        redirects: None,
        cors: &[],
        is_trusted: true,
    };
    let mut noted = Noted::new(&Arc::from("web"));
    findings(&mut noted, &page, &score(&page).unwrap());
    let found = noted.findings.iter();
    let found: Vec<String> =
        found.map(|finding| format!("{} {}", finding.priority.name(), finding.rule)).collect();
    assert_eq!(found, expected, "{headers:?}");
    for finding in &noted.findings {
        let texts = [&finding.issue, &finding.impact, &finding.recommendation];
        assert!(texts.iter().all(|text| text.ends_with(['.', ')']) || text.contains('`')), "{finding:?}");
        assert!(!finding.evidence.is_empty() && !finding.evidence.contains("fake"), "{finding:?}");
        assert_eq!(finding.subject, "home");
    }
}

fn check(headers: &[&str], body: &str, expected: &[&str]) {
    check_at(Scheme::Https, headers, body, expected);
}

#[test]
fn each_fault_is_one_finding() {
    check(&[], "<script src=/a.js></script>", &[]);
    check(&["Content-Security-Policy"], "", &["medium headers.csp", "medium headers.framing"]);
    check(&["Content-Security-Policy", "X-Frame-Options: DENY"], "", &["medium headers.csp"]);
    check(
        &["Content-Security-Policy", "Content-Type: application/json"],
        "",
        &["low headers.csp", "low headers.framing"],
    );
    let policy = "Content-Security-Policy: default-src 'self' 'unsafe-inline'; frame-ancestors 'none'";
    check(&[policy], "", &["medium headers.csp"]);
    check(&["Strict-Transport-Security"], "", &["medium headers.hsts"]);
    check(&["Strict-Transport-Security: max-age=60"], "", &["low headers.hsts"]);
    check_at(Scheme::Http, &["Strict-Transport-Security"], "", &[]);
    check(&["X-Content-Type-Options"], "", &["low headers.nosniff"]);
    check(&["Referrer-Policy: unsafe-url"], "", &["low headers.referrer"]);
    check(&["Cross-Origin-Opener-Policy: same"], "", &["low headers.isolation"]);
    check(&["Server: nginx/1.18.0", "X-Powered-By: PHP/8.1.2"], "", &["low headers.version"]);
    check(&["X-Powered-By: Express"], "", &[]);
    check(&[], "<script src='https://cdn.example.net/a.js?key=fake'></script>", &["low headers.sri"]);
    check(&[], "<script src=http://cdn.example.net/a.js></script>", &["high headers.sri"]);
}

#[test]
fn cookies_are_judged_by_what_they_are_for() {
    check(&["Set-Cookie: sid=fake; Secure; HttpOnly; SameSite=Lax"], "", &[]);
    check(&["Set-Cookie: sid=fake; Secure"], "", &["high cookies.http_only"]);
    check(&["Set-Cookie: sid=fake"], "", &["high cookies.secure", "high cookies.http_only"]);
    check(&["Set-Cookie: theme=fake"], "", &["low cookies.secure"]);
    check_at(Scheme::Http, &["Set-Cookie: theme=fake"], "", &[]);
    check_at(Scheme::Http, &["Set-Cookie: sid=fake; HttpOnly"], "", &["high cookies.secure"]);
    check(&["Set-Cookie: theme=fake; Secure; SameSite=Sometimes"], "", &["medium cookies.same_site"]);
    check(&["Set-Cookie: csrftoken=fake; Secure"], "", &["low cookies.csrf"]);
    check(&["Set-Cookie: __Host-a=fake; Secure"], "", &["medium cookies.prefix"]);
    check(&["Set-Cookie: sid=; Max-Age=0"], "", &[]);
}
