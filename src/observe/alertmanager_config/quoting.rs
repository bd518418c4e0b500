//! Quoting by the rules of YAML, of Alertmanager's matchers, of regular expressions, and of shells.

pub(super) use crate::observe::quoted::quoted;

/// A word of a shell, between single quotes.
pub(super) fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A list of texts in YAML, on one line.
pub(super) fn list<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| quoted(text.as_ref())).collect();
    format!("[{}]", texts.join(", "))
}

/// The matcher of a label with a value.
pub(super) fn is(label: &str, value: &str) -> String {
    format!("{label}={}", quoted(value))
}

/// The matcher of a workload with its steps.
pub(super) fn is_workload(name: &str) -> String {
    format!("endpoint=~{}", quoted(&format!("{}(\\..+)?", literal(name))))
}

/// The matcher of several workloads with their steps.
pub(super) fn is_workload_of(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| literal(name)).collect();
    format!("endpoint=~{}", quoted(&format!("({})(\\..+)?", names.join("|"))))
}

/// A regular expression that matches this text only.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_has_a_meaning() {
        assert_eq!(is("endpoint", r#"a"b\c"#), r#"endpoint="a\"b\\c""#);
        assert_eq!(is_workload("a.b(c)"), r#"endpoint=~"a\\.b\\(c\\)(\\..+)?""#);
        assert_eq!(shell("it's"), r"'it'\''s'");
        assert_eq!(list(["a", "b\"c"]), r#"["a", "b\"c"]"#);
    }
}
