//! The value or an attribute of a cookie that a response sets.

use crate::domain::fields::Fields;

/// A cookie by its name, or one of its attributes: `session`, `session[Path]`.
pub(super) struct CookieName {
    name: String,
    attribute: Option<String>,
}

impl CookieName {
    /// The cookie that is written so.
    pub(super) fn of(text: &str) -> Self {
        let whole = || Self { name: text.to_owned(), attribute: None };
        let Some((name, attribute)) = text.strip_suffix(']').and_then(|text| text.split_once('[')) else {
            return whole();
        };
        Self { name: name.to_owned(), attribute: Some(attribute.to_owned()) }
    }

    /// The value of the cookie, or of its attribute; that of an attribute without one is its name.
    ///
    /// Where a response sets a cookie twice, the last counts, as it does in a jar.
    pub(super) fn find<'f>(&self, fields: &'f Fields) -> Option<&'f str> {
        let set = fields
            .all("set-cookie")
            .filter(|line| split(line.split(';').next().unwrap_or_default()).0 == self.name);
        let line = set.last()?;
        let Some(attribute) = &self.attribute else {
            return split(line.split(';').next()?).1;
        };
        let attributes = line.split(';').skip(1).map(split);
        let (name, value) = attributes.filter(|(name, _)| name.eq_ignore_ascii_case(attribute)).last()?;
        Some(value.unwrap_or(name))
    }
}

/// Name and value around the first `=`, without blanks.
fn split(pair: &str) -> (&str, Option<&str>) {
    match pair.split_once('=') {
        Some((name, value)) => (name.trim(), Some(value.trim())),
        None => (pair.trim(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_have_values_and_attributes() {
        let mut fields = Fields::default();
        for line in ["a=old", "a=1=2; Path=/x; HttpOnly; path=/y", "b=; Max-Age=5", "c", "d=\"q\""] {
            fields.push("Set-Cookie", line.as_bytes());
        }
        let check = |name: &str, expected: Option<&str>| {
            assert_eq!(CookieName::of(name).find(&fields), expected, "{name}");
        };
        check("a", Some("1=2"));
        check("a[Path]", Some("/y"));
        check("a[httponly]", Some("HttpOnly"));
        check("a[Domain]", None);
        check("A", None);
        check("b", Some(""));
        check("b[max-age]", Some("5"));
        check("c", None);
        check("d", Some("\"q\""));
        check("none", None);
    }
}
