//! Problems of text that is not TOML, with the line that is at fault.
//!
//! The parser goes on after an error. Where only a value is at fault (no quotes, a key that is defined twice), the rest of
//! the file means what it says; after any other error the rest may mean something else, and is not judged.

use std::ops::Range;

use toml::de::Error;

use super::document::Document;
use super::problem::Problem;

/// Errors that are looked at; text that is no TOML at all has one in every line.
const MOST_ERRORS: usize = 1_000;
/// Longest line that is shown whole. Units: characters.
const LONGEST_LINE: usize = 90;

/// How much of a file an error leaves without a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The value, or the key that is there twice.
    Value,
    /// The structure from here on.
    Line,
    /// What follows, which is taken for a part of the same value.
    Rest,
}

/// Notes the errors of a text. Returns from where on its structure is not known; `None` where all of it is.
pub(super) fn report(document: &mut Document, mut errors: Vec<Error>) -> Option<usize> {
    let start = |error: &Error| error.span().map_or(0, |span| span.start);
    errors.sort_by_key(start);
    errors.truncate(MOST_ERRORS);
    let mut broken_at: Option<usize> = None;
    let mut last_line = 0;
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let (line, column) = document.position(span.start);
        // The first error of a line explains the others.
        if line == last_line {
            continue;
        }
        last_line = line;
        let reach = reach_of(error.message());
        let problem = problem(document, &error, &span, (line, column));
        document.push(problem);
        match reach {
            Reach::Value => {
                if let Some(key) = document.key_at(span.start) {
                    document.mark_unknown(key);
                }
            }
            Reach::Line => broken_at = broken_at.or(Some(span.start)),
            Reach::Rest => return broken_at.or(Some(span.start)),
        }
    }
    broken_at
}

fn reach_of(message: &str) -> Reach {
    let begins = |starts: &[&str]| starts.iter().any(|start| message.starts_with(start));
    let of_value = [
        "string values must be quoted",
        "invalid boolean",
        "duplicate key",
        "invalid basic string",
        "invalid literal string",
    ];
    let of_line = ["key with no value", "unclosed table", "unclosed array table", "unexpected key or value"];
    if begins(&of_value) {
        Reach::Value
    } else if begins(&of_line) {
        Reach::Line
    } else {
        Reach::Rest
    }
}

fn problem(document: &Document, error: &Error, span: &Range<usize>, at: (usize, usize)) -> Problem {
    let text = document.source().text.get(span.clone()).unwrap_or_default();
    let message = error.message().trim().replace('\n', ", ");
    let key = document.key_at(span.start).filter(|_| reach_of(&message) == Reach::Value);
    let mut place = document.place_of(&key.unwrap_or_default());
    place.position = Some(at);
    let (what, hint) = if message.starts_with("string values must be quoted") {
        unquoted(text)
    } else if message.starts_with("duplicate key") {
        (format!("`{}` is defined twice", text.escape_debug()), Some("remove one of them".to_owned()))
    } else {
        (format!("not valid TOML: {message}"), hint_of(&message).map(str::to_owned))
    };
    Problem { place, what, hint, excerpt: Some(excerpt(document, at)) }
}

/// A word without quotes where a value stands.
fn unquoted(text: &str) -> (String, Option<String>) {
    let inner = text
        .trim_matches(|c: char| matches!(c, '\u{201c}'..='\u{201f}' | '\u{2018}'..='\u{201b}' | '"' | '\''));
    let hint = match inner.to_ascii_lowercase().as_str() {
        word @ ("true" | "false") => Some(format!("did you mean {word}?")),
        "yes" | "on" => Some("did you mean true?".to_owned()),
        "no" | "off" => Some("did you mean false?".to_owned()),
        _ if inner.len() <= 60 => Some(format!("did you mean {inner:?}?")),
        _ => None,
    };
    let what = if inner.len() < text.len() && !text.starts_with(['"', '\'']) {
        "the quotes are typographic; TOML needs straight ones"
    } else {
        "the value is not in quotes"
    };
    (what.to_owned(), hint)
}

fn hint_of(message: &str) -> Option<&'static str> {
    let hints = [
        ("key with no value", "write key = value"),
        ("unclosed table", "write [name] on a line of its own"),
        ("unclosed array table", "write [[name]] on a line of its own"),
        ("invalid basic string", "close the string with a \" on the same line; write \\\\ for a backslash"),
        ("invalid literal string", "close the string with a ' on the same line"),
        ("invalid unquoted key", "keys are letters, digits, `-` and `_`; others need quotes"),
        (
            "missing comma",
            "separate the elements by commas, and close the list with `]` or the table with `}`",
        ),
        ("unexpected key or value", "start a new line; only a comment (#) may follow a value"),
    ];
    hints.iter().find(|(start, _)| message.starts_with(start)).map(|(_, hint)| *hint)
}

/// The line with a mark under the column, shortened around it.
fn excerpt(document: &Document, (line, column): (usize, usize)) -> String {
    let text: Vec<char> = document.line(line).chars().map(|c| if c == '\t' { ' ' } else { c }).collect();
    let mark = (column - 1).min(text.len());
    let from = if text.len() <= LONGEST_LINE { 0 } else { mark.saturating_sub(LONGEST_LINE / 2) };
    let to = text.len().min(from + LONGEST_LINE);
    let shown: String = text[from..to].iter().collect();
    let number = line.to_string();
    format!("  {number} | {shown}\n  {:width$} | {:mark$}^", "", "", width = number.len(), mark = mark - from)
}

#[cfg(test)]
mod tests {
    use crate::scenario::environment::Environment;
    use crate::scenario::{Source, check};

    fn problems(text: &str) -> Vec<String> {
        let source = Source { label: "s.toml".into(), text: text.into() };
        let error = check(&source, &Environment::default()).unwrap_err();
        error.problems().iter().map(|problem| format!("{}: {}", problem.place, problem.what)).collect()
    }

    #[test]
    fn values_without_quotes_are_all_found_and_the_rest_is_checked() {
        let text = "schema = 1\nname = demo\n[target]\nbase_url = \"http://127.0.0.1:1\"\nallow_hosts = [\"127.0.0.1\"]\n\
                    insecure = True\n[plan]\nwindow = 10s\nwindwo = \"1s\"\nwarm_up = \"1x\"\n[[endpoint]]\nname = \"a\"\npath = \"/\"\n";
        assert_eq!(
            problems(text),
            [
                "s.toml:2:8: name: the value is not in quotes",
                "s.toml:6:12: target.insecure: not valid TOML: invalid boolean, expected `true`",
                "s.toml:8:10: plan.window: the value is not in quotes",
                "s.toml:9:1: plan.windwo: unknown key",
                "s.toml:10:1: plan.warm_up: `1x` is not a duration; write a number and a unit, such as 500ms, 10s, 5m or 48h",
            ]
        );
    }

    #[test]
    fn nothing_is_made_up_after_a_broken_line() {
        let text = "schema = 1\nnmae = \"a\"\n[target\nbase_url = \"x\"\n[plan]\nwindow \"1s\"\nwarm = 3\n";
        assert_eq!(
            problems(text),
            [
                "s.toml:2:1: nmae: unknown key",
                "s.toml:3:8: not valid TOML: unclosed table, expected `]`",
                "s.toml:6:8: not valid TOML: key with no value, expected `=`",
            ]
        );
        let text = "schema = 1\nlist = [1, 2\n[plan]\nwindow = \"1s\"\n[levels]\na = 1\n";
        assert_eq!(problems(text).len(), 2, "{:?}", problems(text));
    }

    #[test]
    fn the_line_is_shown_with_a_mark() {
        let source = Source { label: "s.toml".into(), text: "schema = 1\n\tname = demo\n".into() };
        let error = check(&source, &Environment::default()).unwrap_err();
        let excerpt = error.problems().iter().find_map(|problem| problem.excerpt.clone());
        assert_eq!(excerpt.as_deref(), Some("  2 |  name = demo\n    |         ^"));
    }

    #[test]
    fn nesting_is_bounded_by_the_parser() {
        assert!(!problems(&format!("a = {}", "[".repeat(100_000))).is_empty());
    }
}
