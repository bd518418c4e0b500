//! JSONPath (RFC 9535): compiled once, and where it leads to one value by names and indexes alone, followed like a pointer.

use std::borrow::Cow;

use jsonpath_rust::parser::model::{JpQuery, Segment, Selector};
use jsonpath_rust::parser::parse_json_path;
use jsonpath_rust::query::js_path_process;

use super::error::{QueryError, shortened};
use super::found::{Got, Missing};
use super::path::{Path, Step};
use super::seen::Seen;

/// Longest JSONPath. Units: bytes.
const LONGEST: usize = 1_000;
/// Most brackets within each other: the parser's time grows with a power of their depth.
const DEEPEST: usize = 6;
/// Most `..` of a path: a second would look at everything below everything that the first found.
const MOST_DESCENTS: usize = 1;
/// Most commas of a path: with each selection of two, `[0,0]`, the number of matches may double.
const MOST_COMMAS: usize = 10;

/// A compiled JSONPath.
pub(super) enum JsonPath {
    /// It leads to one value by names and indexes.
    Plain(Path),
    /// It may have any number of matches.
    Any(JpQuery),
}

impl JsonPath {
    /// Compiles a JSONPath.
    ///
    /// # Errors
    ///
    /// Where the text is no JSONPath, or one that could take long.
    pub(super) fn parse(text: &str) -> Result<Self, QueryError> {
        let no_path = || QueryError::new(format!("\"{}\" is no JSONPath", shortened(text)));
        if !text.starts_with('$') {
            return Err(no_path().with_hint("a JSONPath begins with $, such as $.data.id"));
        }
        if text.len() > LONGEST {
            return Err(QueryError::new(format!("a JSONPath has at most {LONGEST} bytes")));
        }
        let (depth, descents, commas) = extent(text);
        if depth > DEEPEST || descents > MOST_DESCENTS || commas > MOST_COMMAS {
            return Err(QueryError::new(format!(
                "a JSONPath has at most {DEEPEST} brackets within each other, \"..\" once, and \
                 {MOST_COMMAS} commas"
            )));
        }
        let query = parse_json_path(text).map_err(|_| {
            no_path().with_hint("names with other letters stand in quotes: $['first name'][0]")
        })?;
        Ok(plain(&query).map_or(Self::Any(query), Self::Plain))
    }

    /// What it matches in a response.
    pub(super) fn find<'s>(&self, seen: &'s Seen<'_>) -> Result<Got<'s>, Missing> {
        match self {
            Self::Plain(path) => path.find(seen.json_text()?),
            Self::Any(query) => {
                let matches = js_path_process(query, seen.json()?).map_err(|_| Missing::Nothing)?;
                Ok(Got::Many(
                    matches.into_iter().map(|found| Got::json(Cow::Borrowed(found.val()))).collect(),
                ))
            }
        }
    }
}

/// How deep brackets are within each other, and how many `..` and commas there are; texts in quotes do not count.
fn extent(text: &str) -> (usize, usize, usize) {
    let (mut depth, mut deepest, mut descents, mut commas) = (0_usize, 0, 0, 0);
    let (mut quote, mut is_escaped, mut last) = (None, false, ' ');
    for c in text.chars() {
        match quote {
            _ if is_escaped => is_escaped = false,
            Some(_) if c == '\\' => is_escaped = true,
            Some(open) if open == c => quote = None,
            Some(_) => {}
            None => {
                match c {
                    '"' | '\'' => quote = Some(c),
                    '[' | '(' => depth += 1,
                    ']' | ')' => depth = depth.saturating_sub(1),
                    '.' if last == '.' => descents += 1,
                    ',' => commas += 1,
                    _ => {}
                }
                deepest = deepest.max(depth);
            }
        }
        last = c;
    }
    (deepest, descents, commas)
}

/// The path that a query is where it has names and indexes from the beginning only.
fn plain(query: &JpQuery) -> Option<Path> {
    let step = |segment: &Segment| match segment {
        Segment::Selector(Selector::Name(name)) => Some(Step::Name(name.clone())),
        Segment::Selector(Selector::Index(index)) => usize::try_from(*index).ok().map(Step::Index),
        _ => None,
    };
    query.segments.iter().map(step).collect::<Option<Vec<Step>>>().and_then(Path::of)
}

#[cfg(test)]
mod tests {
    use crate::domain::fields::Fields;

    use super::*;

    const BODY: &str =
        r#"{"a b":{"c":[10,20,30]},"it's":1,"n":-5,"q\"":2,"\\":3,"items":[{"id":1,"ok":true},{"id":2}]}"#;

    fn found(path: &str, body: &str) -> Result<Vec<String>, Missing> {
        let fields = Fields::default();
        let seen = Seen::new(200, &fields, body.as_bytes());
        Ok(match JsonPath::parse(path).unwrap().find(&seen)? {
            Got::Many(all) => all.iter().map(|got| got.text().into_owned()).collect(),
            one => vec![one.text().into_owned()],
        })
    }

    #[test]
    fn paths_find_what_the_standard_says() {
        let check = |path: &str, expected: &[&str]| {
            assert_eq!(found(path, BODY).unwrap_or_default(), expected, "{path}");
        };
        check("$.n", &["-5"]);
        check("$['a b'].c[1]", &["20"]);
        check("$['a b'].c[-1]", &["30"]);
        check("$['a b'].c[0:2]", &["10", "20"]);
        check("$[\"a b\"]['c'][0]", &["10"]);
        check("$.items[*].id", &["1", "2"]);
        check("$..id", &["1", "2"]);
        check("$.items[?(@.ok)].id", &["1"]);
        check("$.items[?@.id > 1].id", &["2"]);
        check("$.none", &[]);
        check("$.items[*].none", &[]);
        check("$['it\\'s']", &["1"]);
        check("$[\"it's\"]", &["1"]);
        check("$['q\"']", &["2"]);
        check("$['\\\\']", &["3"]);
        check("$['\\u006e']", &["-5"]);
        check("$.items['0']", &[]);
    }

    #[test]
    fn a_path_of_names_needs_no_whole_value() {
        let is_plain = |path: &str| matches!(JsonPath::parse(path).unwrap(), JsonPath::Plain(_));
        for path in ["$", "$.a.b[0]", "$['a']['b c']"] {
            assert!(is_plain(path), "{path}");
        }
        for path in ["$[-1]", "$.*", "$..a", "$['a','b']", "$[0:1]", "$[?@.a]"] {
            assert!(!is_plain(path), "{path}");
        }
    }

    #[test]
    fn what_is_no_json_path_is_refused() {
        let deep = format!("$[?{}@.a{}]", "(".repeat(DEEPEST), ")".repeat(DEEPEST));
        let long = format!("$.{}", "a".repeat(LONGEST));
        let doubling = format!("${}", "[0,0]".repeat(MOST_COMMAS + 1));
        for path in ["", "a", ".a", "$.", "$[", "$['a]", "$..a..b", &deep, &long, &doubling, "$[?length(@.a]"]
        {
            assert!(JsonPath::parse(path).is_err(), "{path}");
        }
    }

    #[test]
    fn a_body_that_is_nested_too_deep_is_no_json() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert_eq!(found("$..*", &deep(10_000)), Err(Missing::NotJson));
        assert_eq!(found("$..*", &deep(100)).map(|all| all.len()), Ok(99));
        assert_eq!(found("$.a", ""), Err(Missing::NotJson));
    }
}
