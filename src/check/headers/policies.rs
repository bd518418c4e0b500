//! Headers with one word: `Referrer-Policy` and `X-Content-Type-Options`.

use super::super::facts::HeaderTest;
use super::outcome::outcome;
use super::page::Page;

const PRIVATE: [&str; 4] = ["no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"];
const UNSAFE: [&str; 4] = ["origin", "origin-when-cross-origin", "unsafe-url", "no-referrer-when-downgrade"];

/// The test of `Referrer-Policy`. Of several values, browsers take the last one that they know.
pub(super) fn referrer(page: &Page<'_>) -> HeaderTest {
    let mut values: Vec<String> = page.joined("referrer-policy").into_iter().collect();
    values.extend(page.equivalents("referrer-policy").into_iter().chain(page.metas("name", "referrer")));
    if values.is_empty() {
        return outcome("referrer", "missing", 0);
    }
    let values = values.join(",").to_ascii_lowercase();
    let mut known = values.split(',').map(str::trim);
    match known.rfind(|value| PRIVATE.contains(value) || UNSAFE.contains(value)) {
        Some(value) if PRIVATE.contains(&value) => outcome("referrer", value, 5),
        Some(value) => outcome("referrer", format!("unsafe: {value}"), -5),
        None => outcome("referrer", "invalid", -5),
    }
}

/// The test of `X-Content-Type-Options`. Of several values, browsers take the first one.
pub(super) fn nosniff(page: &Page<'_>) -> HeaderTest {
    let value = page.joined("x-content-type-options").filter(|value| !value.is_empty());
    let Some(value) = value else { return outcome("nosniff", "missing", -5) };
    let first = value.split(',').next().unwrap_or_default().trim();
    if first.eq_ignore_ascii_case("nosniff") {
        outcome("nosniff", "nosniff", 0)
    } else {
        outcome("nosniff", "invalid", -5)
    }
}
