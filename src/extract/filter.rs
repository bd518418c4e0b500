//! Filters: what is done to a found value before it is captured or checked.

use std::borrow::Cow;

use regex::bytes::Regex;
use serde_json::Value;

use super::error::QueryError;
use super::found::{Got, Missing};
use super::number::is_number;
use super::pattern::{matched, pattern};
use super::words::Words;

/// The names of filters.
const FILTERS: [&str; 11] = [
    "count",
    "first",
    "htmlUnescape",
    "last",
    "nth",
    "regex",
    "replace",
    "split",
    "toInt",
    "urlDecode",
    "urlEncode",
];

/// A filter, compiled.
pub(super) enum Filter {
    Count,
    First,
    HtmlUnescape,
    Last,
    Nth(usize),
    Pattern(Regex),
    Replace(String, String),
    Split(String),
    ToInt,
    UrlDecode,
    UrlEncode,
}

impl Filter {
    /// Takes the next filter; `None` where the next word is none.
    pub(super) fn parse(words: &mut Words<'_>) -> Result<Option<Self>, QueryError> {
        let name = words.peek();
        if !FILTERS.contains(&name) {
            return Ok(None);
        }
        words.bare();
        Ok(Some(match name {
            "count" => Self::Count,
            "first" => Self::First,
            "htmlUnescape" => Self::HtmlUnescape,
            "last" => Self::Last,
            "nth" => {
                let written = words.bare();
                let index = written.parse().map_err(|_| QueryError::new("nth needs a number, from 0"))?;
                Self::Nth(index)
            }
            "regex" => Self::Pattern(pattern(words)?),
            "replace" => {
                let old = words.word("what is replaced")?.text;
                if old.is_empty() {
                    return Err(QueryError::new("what is replaced is empty"));
                }
                Self::Replace(old, words.word("what it is replaced by")?.text)
            }
            "split" => {
                let at = words.word("where it is split")?.text;
                if at.is_empty() {
                    return Err(QueryError::new("where it is split is empty"));
                }
                Self::Split(at)
            }
            "toInt" => Self::ToInt,
            "urlDecode" => Self::UrlDecode,
            _ => Self::UrlEncode,
        }))
    }

    /// A word that is no filter where one could stand.
    pub(super) fn unknown(word: &str) -> QueryError {
        QueryError::unknown("filter", word, &FILTERS)
    }

    /// The value after this filter; nothing where it is not for such a value.
    pub(super) fn apply<'a>(&self, got: Got<'a>) -> Result<Got<'a>, Missing> {
        match self {
            Self::Count => got.count().map(|number| Got::number(&number)).ok_or(Missing::Nothing),
            Self::First => nth(got, |_| Some(0)),
            Self::Last => nth(got, |count| count.checked_sub(1)),
            Self::Nth(index) => nth(got, |_| Some(*index)),
            _ => self.apply_to_text(&got.first()?),
        }
    }

    fn apply_to_text<'a>(&self, got: &Got<'_>) -> Result<Got<'a>, Missing> {
        if let Self::ToInt = self {
            let text = got.text();
            let text = text.trim();
            let whole =
                text.split('.').next().filter(|_| is_number(text)).and_then(|text| text.parse::<i64>().ok());
            return whole.map(|number| Got::number(&number)).ok_or(Missing::Nothing);
        }
        let text = got.as_str().ok_or(Missing::Nothing)?;
        let changed = match self {
            Self::HtmlUnescape => html_unescaped(text),
            Self::Pattern(pattern) => matched(pattern, text.as_bytes())?.into_owned(),
            Self::Replace(old, new) => text.replace(old, new),
            Self::UrlDecode => url_decoded(text),
            Self::UrlEncode => url_encoded(text),
            Self::Split(at) => {
                let parts = text.split(at).map(|part| Got::Text(Cow::Owned(part.to_owned())));
                return Ok(Got::Many(parts.collect()));
            }
            _ => return Err(Missing::Nothing),
        };
        Ok(Got::Text(Cow::Owned(changed)))
    }
}

/// The element at a place that depends on how many there are.
fn nth(got: Got<'_>, place: impl Fn(usize) -> Option<usize>) -> Result<Got<'_>, Missing> {
    let nothing = Missing::Nothing;
    match got {
        Got::Many(mut all) => {
            let index = place(all.len()).filter(|index| *index < all.len()).ok_or(nothing)?;
            Ok(all.swap_remove(index))
        }
        Got::Json(Cow::Borrowed(Value::Array(all))) => {
            let found = place(all.len()).and_then(|index| all.get(index)).ok_or(nothing)?;
            Ok(Got::json(Cow::Borrowed(found)))
        }
        Got::Json(Cow::Owned(Value::Array(mut all))) => {
            let index = place(all.len()).filter(|index| *index < all.len()).ok_or(nothing)?;
            Ok(Got::json(Cow::Owned(all.swap_remove(index))))
        }
        _ => Err(nothing),
    }
}

/// Text of HTML with the references that forms have: `&amp;`, `&lt;`, `&gt;`, `&quot;`, `&apos;`, `&nbsp;`, `&#39;`, `&#x27;`.
fn html_unescaped(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        // No reference is longer than this; so a text of nothing but `&` takes no longer than another.
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        let meant = end.and_then(|end| referenced(&rest[1..end]).map(|c| (c, end + 1)));
        let (c, taken) = meant.unwrap_or(('&', 1));
        out.push(c);
        rest = &rest[taken..];
    }
    out.push_str(rest);
    out
}

/// The character that a reference of HTML means.
fn referenced(name: &str) -> Option<char> {
    let code = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => match name.strip_prefix('#')?.strip_prefix(['x', 'X']) {
            Some(digits) => code(digits, 16),
            None => code(&name[1..], 10),
        },
    }
}

/// The text whose bytes are percent-encoded here. A percent sign without two digits stays.
fn url_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let decoded = (*byte == b'%').then(|| Some(digit(at + 1)? * 16 + digit(at + 2)?)).flatten();
        let decoded = decoded.and_then(|code| u8::try_from(code).ok());
        out.push(decoded.unwrap_or(*byte));
        at += if decoded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The text with every byte encoded that is not unreserved (RFC 3986, section 2.3).
fn url_encoded(text: &str) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.extend(['%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Got<'_> {
        Got::Text(Cow::Borrowed(text))
    }

    fn json(text: &str) -> Got<'static> {
        Got::json(Cow::Owned(serde_json::from_str(text).unwrap()))
    }

    fn applied(filters: &str, mut got: Got<'_>) -> Option<String> {
        let mut words = Words::of(filters).unwrap();
        while let Some(filter) = Filter::parse(&mut words).unwrap() {
            got = filter.apply(got).ok()?;
        }
        assert!(words.is_over(), "{filters}");
        Some(got.text().into_owned())
    }

    #[test]
    fn filters_change_values_or_find_nothing() {
        let check = |filters: &str, got: Got<'_>, expected: Option<&str>| {
            assert_eq!(applied(filters, got).as_deref(), expected, "{filters}");
        };
        check("count", json("[1,2]"), Some("2"));
        check("count", json("{\"a\":1}"), Some("1"));
        check("count", text("ab"), None);
        check("first", json("[1,2]"), Some("1"));
        check("last", json("[1,\"b\"]"), Some("b"));
        check("nth 1", json("[1,[2]]"), Some("[2]"));
        check("nth 2", json("[1,2]"), None);
        check("last", json("[]"), None);
        check("first", text("a"), None);
        check("split \",\" nth 1", text("a,b,c"), Some("b"));
        check("split , count", text("a,b,c"), Some("3"));
        check("replace a \"b c\"", text("xax"), Some("xb cx"));
        check("replace a \"\"", text("xax"), Some("xx"));
        check("regex \"b=(\\d)\"", text("a=1 b=2"), Some("2"));
        check("regex z", text("a"), None);
        check("toInt", text(" 42 "), Some("42"));
        check("toInt", json("4.9"), Some("4"));
        check("toInt", text("-3"), Some("-3"));
        check("toInt", text("4x"), None);
        check(
            "htmlUnescape",
            text("a&amp;b &lt;&#39;&#x27;&quot;&gt; &unknown; & &#xffffffff; &é"),
            Some("a&b <''\"> &unknown; & &#xffffffff; &é"),
        );
        check("urlDecode", text("a%20b%C3%A9%zz%2"), Some("a bé%zz%2"));
        check("urlEncode", text("a b/é~"), Some("a%20b%2F%C3%A9~"));
        check("urlDecode", json("{}"), None);
    }

    #[test]
    fn filters_without_what_they_need_are_refused() {
        for filter in [
            "nth",
            "nth x",
            "nth -1",
            "split",
            "split \"\"",
            "replace a",
            "replace \"\" b",
            "regex",
            "regex (",
        ] {
            assert!(Filter::parse(&mut Words::of(filter).unwrap()).is_err(), "{filter}");
        }
    }
}
