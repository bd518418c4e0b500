//! What isolates a page from others: Cross-Origin-Resource-Policy, -Embedder-Policy and -Opener-Policy, and what other
//! origins may read.

use super::super::facts::{CorsQuestion, HeaderTest};
use super::outcome::outcome;
use super::page::Page;

/// A header that isolates: its name, the short name of its test, the values with a bonus, and those without.
type Isolating = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const RESOURCE: Isolating =
    ("Cross-Origin-Resource-Policy", "corp", &["same-origin", "same-site"], &["cross-origin"]);
const EMBEDDER: Isolating =
    ("Cross-Origin-Embedder-Policy", "coep", &["require-corp", "credentialless"], &["unsafe-none"]);
const OPENER: Isolating = (
    "Cross-Origin-Opener-Policy",
    "coop",
    &["same-origin", "same-origin-allow-popups", "noopener-allow-popups"],
    &["unsafe-none"],
);

/// The tests of the score.
pub(super) fn tests(page: &Page<'_>) -> Vec<HeaderTest> {
    [RESOURCE, EMBEDDER, OPENER].into_iter().map(|header| test(page, header)).collect()
}

/// The headers with values that browsers ignore, with their values and those that are known.
pub(super) fn invalid(page: &Page<'_>) -> Vec<(&'static str, String, &'static [&'static str])> {
    let invalid = [RESOURCE, EMBEDDER, OPENER].into_iter().filter(|header| test(page, *header).modifier < 0);
    invalid.map(|(header, _, good, _)| (header, page.joined(header).unwrap_or_default(), good)).collect()
}

fn test(page: &Page<'_>, (header, name, good, neutral): Isolating) -> HeaderTest {
    let is_resource = name == "corp";
    let given = page.joined(header).filter(|value| !value.is_empty());
    let given = given.or_else(|| page.equivalents(header).pop().filter(|_| is_resource));
    let Some(value) = given else { return outcome(name, "missing", 0) };
    let value = value.trim().to_owned();
    // The others are tokens, which may have parameters and whose case matters.
    let token = if is_resource {
        value.to_ascii_lowercase()
    } else {
        value.split(';').next().unwrap_or_default().trim().to_owned()
    };
    match token.as_str() {
        token if good.contains(&token) => outcome(name, token, 10),
        token if neutral.contains(&token) => outcome(name, token, 0),
        _ => outcome(name, "invalid", -5),
    }
}

/// The test of the score about other origins.
pub(super) fn sharing(page: &Page<'_>) -> HeaderTest {
    let asked = page.cors.iter().flat_map(|facts| &facts.cases);
    let hostile: Vec<_> = asked.filter(|case| case.question == CorsQuestion::Hostile).collect();
    let is_reflected = hostile
        .iter()
        .any(|case| case.allows_credentials && case.allow_origin.as_deref() == Some(case.origin.as_str()));
    if is_reflected {
        return outcome("cors", "any origin may read with users' credentials", -50);
    }
    let allowed = hostile.iter().find_map(|case| case.allow_origin.clone());
    match allowed.or_else(|| page.joined("access-control-allow-origin")).as_deref() {
        None => outcome("cors", "not shared with other origins", 0),
        Some("*") => outcome("cors", "public", 0),
        Some(_) => outcome("cors", "shared with certain origins", 0),
    }
}
