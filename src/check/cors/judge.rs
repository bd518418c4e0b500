//! What is wrong about what other origins may do, as findings: one for each change that mends it.

use std::collections::BTreeSet;

use crate::domain::finding::Priority;
use crate::domain::service::CorsRule;

use super::super::facts::{CorsCase, CorsQuestion};
use super::super::noted::{Noted, Texts};
use super::super::short::in_line;
use super::answers::{Answer, Answers, joined, listed};

/// Judges the answers about a path; returns those that say something. Without a rule, nothing has to be allowed.
pub(super) fn judge(
    noted: &mut Noted,
    path: &str,
    rule: Option<&CorsRule>,
    mut answers: Answers,
) -> Vec<CorsCase> {
    let reasons: BTreeSet<String> = answers.0.iter().filter_map(Answer::is_void).collect();
    for reason in reasons {
        noted.not_checked(format!("CORS of {path}"), reason);
    }
    answers.0.retain(|answer| answer.is_void().is_none());
    answers.0.iter_mut().for_each(|answer| answer.judge(rule));
    let mut found = Found { noted, path };
    strangers(&mut found, rule, &answers);
    if rule.is_some_and(|rule| !rule.allowed_origins.is_empty()) {
        friends(&mut found, &answers);
        vary(&mut found, &answers);
    }
    answers.0.into_iter().map(|answer| answer.case).collect()
}

/// Notes findings about one path.
struct Found<'a> {
    noted: &'a mut Noted,
    path: &'a str,
}

impl Found<'_> {
    fn add(&mut self, rule: &'static str, priority: Priority, wrong: &[&Answer], texts: [&str; 3]) {
        let evidence: Vec<String> = wrong.iter().map(|answer| evidence(answer)).collect();
        let [issue, impact, recommendation] = texts.map(str::to_owned);
        let texts = Texts { issue, evidence: evidence.join("; "), impact, recommendation };
        self.noted.finding(rule, priority, self.path, texts);
    }
}

/// A question and the headers of its answer.
fn evidence(answer: &Answer) -> String {
    let case = &answer.case;
    let asked = if answer.is_preflight { "preflight, " } else { "" };
    let allowed = match &case.allow_origin {
        None => "no Access-Control-Allow-Origin".to_owned(),
        Some(value) => format!("Access-Control-Allow-Origin: {value}"),
    };
    let credentials = if case.allows_credentials { ", Access-Control-Allow-Credentials: true" } else { "" };
    // A server that refuses the request may refuse it for another reason.
    let status = match case.status {
        Some(status) if status >= 400 && !case.problem.starts_with("status") => format!("status {status}, "),
        _ => String::new(),
    };
    let problem = if case.problem.is_empty() { String::new() } else { format!(" ({})", case.problem) };
    format!("{asked}Origin: {} \u{2192} {status}{allowed}{credentials}{problem}", in_line(&case.origin))
}

/// What origins may do that nobody allowed.
fn strangers(found: &mut Found<'_>, rule: Option<&CorsRule>, answers: &Answers) {
    let impact = |is_with_credentials: bool| {
        if is_with_credentials {
            "Any site that a logged-in user visits can read this path as that user."
        } else {
            "Any site can read this path through the browsers of its visitors, even on networks it cannot reach itself."
        }
    };
    let priority = |wrong: &[&Answer]| match rule {
        _ if wrong.iter().any(|answer| answer.case.allows_credentials) => Priority::Critical,
        Some(_) => Priority::Medium,
        None => Priority::Low,
    };
    let reflected: Vec<&Answer> =
        answers.of(CorsQuestion::Hostile).filter(|one| one.is_reflected()).collect();
    let fix = "Compare the whole `Origin` with a list of allowed ones, and send no Access-Control-Allow-Origin to others; \
               for public data send `*` without credentials.";
    // The first one is an origin that looks like none that is allowed.
    let any_passes = answers.of(CorsQuestion::Hostile).next().is_some_and(Answer::is_reflected);
    if let Some(first) = reflected.first() {
        let is_with_credentials = reflected.iter().any(|answer| answer.case.allows_credentials);
        let (name, issue, wrong) = if any_passes {
            ("cors.reflects_origin", "Any origin is reflected in Access-Control-Allow-Origin.", vec![*first])
        } else {
            let issue = "Origins that merely begin or end like an allowed one are accepted.";
            ("cors.similar_origin", issue, reflected.clone())
        };
        found.add(name, priority(&wrong), &wrong, [issue, impact(is_with_credentials), fix]);
    }
    let nulls: Vec<&Answer> = answers.of(CorsQuestion::Null).filter(|one| one.is_reflected()).collect();
    if let Some(first) = nulls.first()
        && !any_passes
    {
        let issue = "The origin `null` is allowed, which any site can send from a sandboxed frame.";
        let fix = "Remove `null` from the allowed origins.";
        let texts = [issue, impact(first.case.allows_credentials), fix];
        found.add("cors.null", priority(&nulls), &nulls, texts);
    }
    let wildcard = answers.0.iter().find(|answer| answer.is_wildcard_with_credentials());
    // Where credentials have to be allowed, this is why they are not.
    if let Some(wildcard) = wildcard.filter(|_| !rule.is_some_and(|rule| rule.credentials)) {
        let texts = [
            "Credentials are allowed for every origin (`*`), which browsers refuse.",
            "Requests with cookies or logins fail in browsers, and the likely next step, reflecting the origin, opens the path \
             to every site.",
            "Drop Access-Control-Allow-Credentials if `*` is intended; otherwise name the allowed origin.",
        ];
        found.add("cors.wildcard_credentials", Priority::Medium, &[wildcard], texts);
    }
}

/// What keeps allowed origins from their work.
fn friends(found: &mut Found<'_>, answers: &Answers) {
    let wrong = |question| answers.of(question).filter(|answer| !answer.case.is_right);
    // A preflight speaks for the request itself where that was not sent.
    let is_asked = |origin: &str| answers.of(CorsQuestion::Allowed).any(|one| one.case.origin == origin);
    let mut refused: Vec<&Answer> = wrong(CorsQuestion::Allowed).collect();
    refused.extend(
        wrong(CorsQuestion::Preflight).filter(|one| one.refuses_origin && !is_asked(&one.case.origin)),
    );
    if !refused.is_empty() {
        let texts = [
            "An origin that must be allowed is refused.",
            "Pages of that origin cannot read the responses: the application shows errors or nothing at all.",
            "Add the origin, with scheme and port, to the allowed ones for this path; with credentials, answer with that \
             very origin and `Access-Control-Allow-Credentials: true`.",
        ];
        found.add("cors.allowed", Priority::High, &refused, texts);
    }
    // Where the request itself is refused, the preflight has the same cause.
    let is_refused = |origin: &str| refused.iter().any(|answer| answer.case.origin == origin);
    let failed: Vec<&Answer> =
        wrong(CorsQuestion::Preflight).filter(|answer| !is_refused(&answer.case.origin)).collect();
    if !failed.is_empty() {
        let texts = [
            "The preflight of an allowed origin fails.",
            "Browsers never send the actual request.",
            "Answer OPTIONS with 204 before authentication, with Access-Control-Allow-Origin, and list the method and the \
             headers in Access-Control-Allow-Methods and Access-Control-Allow-Headers.",
        ];
        found.add("cors.preflight", Priority::High, &failed, texts);
    }
}

/// Whether `Vary` names `Origin`, so that caches keep one response per origin.
fn vary(found: &mut Found<'_>, answers: &Answers) {
    // One origin for all needs no telling.
    let Some(hostile) = answers.of(CorsQuestion::Hostile).next() else { return };
    let is_untold = |answer: &&Answer| {
        let Ok(seen) = &answer.seen else { return false };
        let varies =
            listed(seen, "vary").iter().any(|name| name == "*" || name.eq_ignore_ascii_case("origin"));
        let control = joined(seen, "cache-control").unwrap_or_default().to_ascii_lowercase();
        let is_kept = !control.contains("no-store") && !control.contains("private");
        answer.is_reflected() && answer.case.allow_origin != hostile.case.allow_origin && !varies && is_kept
    };
    if let Some(untold) = answers.of(CorsQuestion::Allowed).find(is_untold) {
        let texts = [
            "The response depends on the origin, but `Vary: Origin` is missing.",
            "A cache may serve the response for one origin to another one, whose browser then blocks it.",
            "Send `Vary: Origin` with every response of this path.",
        ];
        found.add("cors.vary", Priority::Low, &[untold], texts);
    }
}
