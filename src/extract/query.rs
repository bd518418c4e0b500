//! A query: where it looks, and the filters that what it finds goes through.

use std::borrow::Cow;

use regex::bytes::Regex;

use super::cookie::CookieName;
use super::error::QueryError;
use super::filter::Filter;
use super::found::{Found, Got, Missing};
use super::json::JsonPath;
use super::path::Path;
use super::pattern::{matched, pattern};
use super::predicate::PREDICATES;
use super::seen::Seen;
use super::words::Words;

/// Where queries look.
const KINDS: [&str; 8] = ["jsonpath", "pointer", "header", "cookie", "regex", "body", "status", "size"];
/// Most filters of a query.
const MOST_FILTERS: usize = 20;

/// Where a query looks.
enum Place {
    JsonPath(JsonPath),
    Pointer(Path),
    Header(String),
    Cookie(CookieName),
    Pattern(Regex),
    Body,
    Status,
    Size,
}

/// A query of one response, compiled.
pub struct Query {
    text: String,
    place: Place,
    filters: Vec<Filter>,
}

impl Query {
    /// Compiles a query, such as `jsonpath $.data.id` or `regex "id=([0-9]+)"`.
    ///
    /// # Errors
    ///
    /// Where the text is no query. A pattern that would need much memory is none.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let mut words = Words::of(text)?;
        let query = Self::of(&mut words, text.trim())?;
        match words.peek() {
            "" => Ok(query),
            word if word == "not" || PREDICATES.contains(&word) => {
                Err(QueryError::new(format!("\"{word}\" belongs to a check, and what is captured has none")))
            }
            word if matches!(query.place, Place::Pattern(_)) && word.contains('"') => {
                let error = QueryError::new("a pattern with blanks stands between slashes or in quotes");
                Err(error.with_hint("such as regex /name=\"csrf\" value=\"([^\"]+)\"/"))
            }
            word => Err(Filter::unknown(word)),
        }
    }

    /// Takes a query from the words of a text: all up to the first that is no filter.
    pub(super) fn of(words: &mut Words<'_>, text: &str) -> Result<Self, QueryError> {
        let place = Place::parse(words)?;
        let mut filters = Vec::new();
        while let Some(filter) = Filter::parse(words)? {
            filters.push(filter);
        }
        if filters.len() > MOST_FILTERS {
            return Err(QueryError::new(format!("a query has at most {MOST_FILTERS} filters")));
        }
        Ok(Self { text: text.to_owned(), place, filters })
    }

    /// The query as it was written. It is no secret; what it finds may be one.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it looks at header fields.
    pub fn needs_fields(&self) -> bool {
        matches!(self.place, Place::Header(_) | Place::Cookie(_))
    }

    /// Whether it looks at the body.
    pub fn needs_body(&self) -> bool {
        !self.needs_fields() && !matches!(self.place, Place::Status)
    }

    /// What it finds in a response; the first of several matches.
    ///
    /// # Errors
    ///
    /// Where it finds nothing, or the body is no JSON.
    pub fn find(&self, seen: &Seen<'_>) -> Result<Found, Missing> {
        self.got(seen)?.into_found()
    }

    /// What it finds, all matches.
    pub(super) fn got<'s>(&self, seen: &'s Seen<'_>) -> Result<Got<'s>, Missing> {
        self.filters.iter().try_fold(self.place.find(seen)?, |got, filter| filter.apply(got))
    }
}

impl Place {
    fn parse(words: &mut Words<'_>) -> Result<Self, QueryError> {
        let place = match words.bare() {
            "" => {
                let error = QueryError::new("a query is missing");
                return Err(error.with_hint("such as `jsonpath $.data.id`"));
            }
            "jsonpath" => Self::JsonPath(JsonPath::parse(&words.json_path()?)?),
            "pointer" if words.is_over() => Self::Pointer(Path::pointer("")?),
            "pointer" => Self::Pointer(Path::pointer(&words.word("a pointer")?.text)?),
            "header" => Self::Header(without_template(words.word("the name of a header")?.text)?),
            "cookie" => {
                Self::Cookie(CookieName::of(&without_template(words.word("the name of a cookie")?.text)?))
            }
            "regex" => Self::Pattern(pattern(words)?),
            "body" => Self::Body,
            "status" => Self::Status,
            "size" => Self::Size,
            other => return Err(QueryError::unknown("query", other, &KINDS)),
        };
        Ok(place)
    }

    fn find<'s>(&self, seen: &'s Seen<'_>) -> Result<Got<'s>, Missing> {
        match self {
            Self::JsonPath(path) => path.find(seen),
            Self::Pointer(path) => path.find(seen.json_text()?),
            Self::Header(name) => {
                let named = seen.fields.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
                Ok(Got::Many(named.map(|(_, value)| Got::Text(Cow::Borrowed(value))).collect()))
            }
            Self::Cookie(name) => {
                name.find(seen.fields).map(|value| Got::Text(Cow::Borrowed(value))).ok_or(Missing::Nothing)
            }
            Self::Pattern(pattern) => matched(pattern, seen.body).map(Got::Text),
            Self::Body => Ok(Got::Text(String::from_utf8_lossy(seen.body))),
            Self::Status => Ok(Got::number(&seen.status)),
            Self::Size => Ok(Got::number(&seen.body.len())),
        }
    }
}

/// A template within a query would be compiled for each request.
fn without_template(text: String) -> Result<String, QueryError> {
    if text.contains("{{") {
        return Err(QueryError::new("a template may stand only in the value that a check compares with"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use crate::domain::fields::Fields;

    use super::*;

    const BODY: &str =
        r#"{"data":{"id":"a-1","n":7,"list":[1,2,3],"none":null}} csrf" value="tok&amp;en" all is well"#;

    fn fields() -> Fields {
        let mut fields = Fields::default();
        for (name, value) in [
            ("Content-Type", "text/html"),
            ("x-two", "one"),
            ("X-Two", "two"),
            ("set-cookie", "sid=9; Path=/p"),
        ] {
            fields.push(name, value.as_bytes());
        }
        fields
    }

    fn found(query: &str, body: &[u8]) -> Result<String, Missing> {
        let fields = fields();
        Query::parse(query).unwrap().find(&Seen::new(201, &fields, body)).map(Found::into_text)
    }

    #[test]
    fn each_kind_finds_its_value() {
        let json = BODY.split(" csrf").next().unwrap();
        let check = |query: &str, expected: Result<&str, Missing>| {
            let body = if query.starts_with(['j', 'p']) { json } else { BODY };
            assert_eq!(
                found(query, body.as_bytes()).as_deref().map_err(|missing| *missing),
                expected,
                "{query}"
            );
        };
        check("jsonpath $.data.id", Ok("a-1"));
        check("jsonpath \"$.data.id\"", Ok("a-1"));
        check("jsonpath $.data.list[*]", Ok("1"));
        check("jsonpath $.data.list[*] last", Ok("3"));
        check("jsonpath $.data.list", Ok("[1,2,3]"));
        check("jsonpath $.data.none", Ok("null"));
        check("jsonpath $.none", Err(Missing::Nothing));
        check("jsonpath $..none.x", Err(Missing::Nothing));
        check("pointer /data/n", Ok("7"));
        check("pointer /data/list/2", Ok("3"));
        check("pointer", Ok(json));
        check("header content-type", Ok("text/html"));
        check("header X-TWO", Ok("one"));
        check("header x-two count", Ok("2"));
        check("header none", Err(Missing::Nothing));
        check("cookie sid", Ok("9"));
        check("cookie sid[path]", Ok("/p"));
        check("cookie none", Err(Missing::Nothing));
        check(r#"regex "csrf\" value=\"([^\"]+)\"""#, Ok("tok&amp;en"));
        check(r#"regex "csrf\" value=\"([^\"]+)\"" htmlUnescape"#, Ok("tok&en"));
        check(r#"regex /value="([^"]+)"/"#, Ok("tok&amp;en"));
        check(r"regex n.:\d", Ok("n\":7"));
        check("regex nothing(x)", Err(Missing::Nothing));
        check("regex (x)?all", Err(Missing::Nothing));
        check("status", Ok("201"));
        check("size", Ok("91"));
    }

    #[test]
    fn bodies_may_have_any_bytes() {
        assert_eq!(found("regex id=(.+)", b"\xff id=5").unwrap(), "5");
        assert_eq!(found("body", b"a\xff").unwrap(), "a\u{fffd}");
        assert_eq!(found("pointer /a", b"{\"a\":\"\xff\"}"), Err(Missing::NotJson));
        assert_eq!(found("jsonpath $..a", b"\xef\xbb\xbf{\"a\":1}").unwrap(), "1");
        assert_eq!(found("pointer /a", b"\xef\xbb\xbf{\"a\":1}").unwrap(), "1");
        assert_eq!(found("jsonpath $.a", b""), Err(Missing::NotJson));
        assert_eq!(found("size", b"").unwrap(), "0");
    }

    #[test]
    fn only_what_is_needed_is_asked_for() {
        let check = |query: &str, expected: (bool, bool)| {
            let query = Query::parse(query).unwrap();
            assert_eq!((query.needs_fields(), query.needs_body()), expected, "{}", query.text());
        };
        check("status", (false, false));
        check("header a", (true, false));
        check("cookie a", (true, false));
        for query in ["body", "size", "regex a", "pointer /a", " jsonpath $.a "] {
            check(query, (false, true));
        }
    }

    #[test]
    fn mistakes_are_told_with_a_hint() {
        let check = |query: &str, message: &str, hint: Option<&str>| {
            let error = Query::parse(query).err().unwrap();
            assert_eq!((error.to_string().as_str(), error.hint().as_deref()), (message, hint), "{query}");
        };
        check("jsonpaht $.a", "unknown query \"jsonpaht\"", Some("did you mean `jsonpath`?"));
        check("", "a query is missing", Some("such as `jsonpath $.data.id`"));
        check("header", "the name of a header is missing", None);
        check("header a exists", "\"exists\" belongs to a check, and what is captured has none", None);
        check("header {{a}}", "a template may stand only in the value that a check compares with", None);
        check("body frist", "unknown filter \"frist\"", Some("did you mean `first`?"));
        check("regex (", "\"(\" is no regular expression: unclosed group", None);
        check(
            r"regex \w{1000}{1000}",
            r#""\w{1000}{1000}" is no regular expression: it needs more than 1 MiB of memory"#,
            None,
        );
        check("pointer a", "a pointer begins with a slash", Some("such as /data/id"));
    }
}
