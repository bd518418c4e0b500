//! Output of `baseline stack verify`: one line per part.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::formats::envelope::{Output, print};

/// A part of the stack, and whether it is ready.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct StackPart<'a> {
    /// Name of the part, as in its option.
    pub name: &'a str,
    /// URL that was asked.
    pub url: &'a str,
    /// Whether it is ready, and has what it needs.
    pub ready: bool,
    /// What it has, or why it is not ready; may be empty.
    pub detail: &'a str,
}

/// For people: name, URL, and whether it is ready, in columns.
pub fn text(parts: &[StackPart<'_>]) -> String {
    let width = |of: fn(&StackPart<'_>) -> usize| parts.iter().map(of).max().unwrap_or(0);
    let (names, urls) = (width(|part| part.name.len()), width(|part| part.url.chars().count()));
    let mut text = String::new();
    for StackPart { name, url, ready, detail } in parts {
        let state = if *ready { "ready" } else { "not ready" };
        let colon = if detail.is_empty() { "" } else { ": " };
        let _ = writeln!(text, "{name:names$}  {url:urls$}  {state}{colon}{detail}");
    }
    text
}

/// For programs.
pub fn json(parts: &[StackPart<'_>]) -> String {
    print(StackOutput { ready: parts.iter().all(|part| part.ready), parts: parts.to_vec() })
}

/// Whether a stack is ready.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline stack verify --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct StackOutput<'a> {
    /// Whether every part is ready.
    ready: bool,
    /// The parts that were asked.
    parts: Vec<StackPart<'a>>,
}

impl Output for StackOutput<'_> {
    const KIND: &'static str = "stack";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_per_part() {
        let part = |name, ready, detail| StackPart { name, url: "http://a", ready, detail };
        assert_eq!(
            text(&[part("node", true, ""), part("prometheus", false, "no targets")]),
            "node        http://a  ready\nprometheus  http://a  not ready: no targets\n"
        );
    }
}
