//! YAML as Prometheus reads it: maps, lists and quoted text. Writes only; what could be read as another type is quoted.

use std::fmt::Write as _;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Yaml {
    /// A text; several lines become a block.
    Text(String),
    /// A list, of at least one value.
    List(Vec<Yaml>),
    /// Keys and values, in this order, at least one; keys are plain words.
    Map(Vec<(String, Yaml)>),
}

impl Yaml {
    /// A text.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A map with these keys.
    pub(super) fn map<const N: usize>(entries: [(&str, Self); N]) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// The document.
    pub(super) fn document(&self) -> String {
        let mut text = String::new();
        self.write(0, &mut text);
        text
    }

    fn write(&self, depth: usize, to: &mut String) {
        let indent = "  ".repeat(depth);
        match self {
            Self::Text(text) => {
                let _ = writeln!(to, "{indent}{}", scalar(text));
            }
            Self::List(values) => {
                for value in values {
                    let mut inner = String::new();
                    value.write(depth + 1, &mut inner);
                    // The dash takes the place of the first line's indentation.
                    let _ = write!(to, "{indent}- {}", inner.trim_start());
                }
            }
            Self::Map(entries) => {
                for (key, value) in entries {
                    let key = scalar(key);
                    match value {
                        Self::Text(text) if is_block(text) => {
                            let _ = writeln!(to, "{indent}{key}: |-");
                            for line in text.lines() {
                                let _ = writeln!(to, "{indent}  {line}");
                            }
                        }
                        Self::Text(text) => {
                            let _ = writeln!(to, "{indent}{key}: {}", scalar(text));
                        }
                        Self::List(values) if values.is_empty() => {
                            let _ = writeln!(to, "{indent}{key}: []");
                        }
                        value => {
                            let _ = writeln!(to, "{indent}{key}:");
                            value.write(depth + 1, to);
                        }
                    }
                }
            }
        }
    }
}

/// Whether a text is several lines that a block shows as they are.
fn is_block(text: &str) -> bool {
    text.contains('\n')
        && !text.ends_with('\n')
        && text.lines().all(|line| !line.is_empty() && !line.contains(is_special))
        && !text.starts_with([' ', '\n'])
}

/// A character that only double quotes can carry.
fn is_special(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// A text in one line: bare where it can be nothing else, otherwise in quotes.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 12] =
        ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity"];
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if is_word {
        return text.to_owned();
    }
    if !text.contains(is_special) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if is_special(c) => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_are_bare() {
        for (text, expected) in [
            ("BaselineDown", "BaselineDown"),
            ("no", "'no'"),
            ("5m", "'5m'"),
            ("", "''"),
            ("it's: {a}", "'it''s: {a}'"),
            ("a\\b\"c", "'a\\b\"c'"),
            ("a\nb\u{7}", "\"a\\nb\\u0007\""),
            ("-", "'-'"),
            ("# no comment", "'# no comment'"),
        ] {
            assert_eq!(scalar(text), expected);
        }
    }

    #[test]
    fn maps_and_lists_are_indented() {
        let rule = Yaml::map([
            ("alert", Yaml::text("A")),
            ("expr", Yaml::text("a\n  > b")),
            ("labels", Yaml::map([("severity", Yaml::text("info"))])),
        ]);
        let none = Yaml::map([("exp_alerts", Yaml::List(Vec::new()))]);
        let document = Yaml::map([("rules", Yaml::List(vec![rule, none]))]).document();
        let expected = "rules:\n  - alert: A\n    expr: |-\n      a\n        > b\n    labels:\n      severity: info\n  - exp_alerts: []\n";
        assert_eq!(document, expected);
    }
}
