//! Regular expressions: how they are compiled, and what of a match counts.

use std::borrow::Cow;

use regex::bytes::{Regex, RegexBuilder};

use super::error::{QueryError, shortened};
use super::found::Missing;
use super::words::Words;

/// Memory of a compiled pattern, and of its cache. Units: bytes.
const PATTERN_SIZE: usize = 1 << 20;

/// Compiles the next word as a pattern. Its time is linear in what it looks at, and its memory has a limit.
pub(super) fn pattern(words: &mut Words<'_>) -> Result<Regex, QueryError> {
    let text = words.pattern()?;
    let compiled = RegexBuilder::new(&text).size_limit(PATTERN_SIZE).dfa_size_limit(PATTERN_SIZE).build();
    compiled.map_err(|error| {
        let why = match error {
            regex::Error::CompiledTooBig(_) => "it needs more than 1 MiB of memory".to_owned(),
            // The last line of several says what is wrong; those before show where.
            error => {
                error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
            }
        };
        QueryError::new(format!("\"{}\" is no regular expression: {why}", shortened(&text)))
    })
}

/// The first group of the first match of a pattern, or all of the match where it has no groups.
pub(super) fn matched<'t>(pattern: &Regex, text: &'t [u8]) -> Result<Cow<'t, str>, Missing> {
    let group = match pattern.captures_len() {
        1 => pattern.find(text),
        _ => pattern.captures(text).and_then(|groups| groups.get(1)),
    };
    group.map(|group| String::from_utf8_lossy(group.as_bytes())).ok_or(Missing::Nothing)
}
