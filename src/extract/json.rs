//! JSONPath (RFC 9535): compiled once, and where it leads to one value by names and indexes alone, followed like a pointer.
//!
//! Only filters are left to the crate that reads the text: it notes the way to everything it looks at, which takes
//! microseconds each.

use std::borrow::Cow;

use jsonpath_rust::parser::model::{JpQuery, Segment, Selector};
use jsonpath_rust::parser::parse_json_path;
use jsonpath_rust::query::js_path_process;

use super::error::{QueryError, shortened};
use super::found::{Got, Missing};
use super::path::{Path, Step};
use super::seen::Seen;
use super::walk::{Hop, Pick, matches};

/// Longest JSONPath. Units: bytes.
const LONGEST: usize = 1_000;
/// Most brackets within each other: the parser's time grows with a power of their depth.
const DEEPEST: usize = 6;
/// Most `..` of a path: a second would look at everything below everything that the first found.
const MOST_DESCENTS: usize = 1;
/// Most commas of a path: with each selection of two, `[0,0]`, the number of matches may double.
const MOST_COMMAS: usize = 10;
/// Filters look into bodies of this size at most: in a second nobody else on the thread would get an answer. Units: bytes.
const LARGEST_FILTERED: usize = 256 << 10;

/// A compiled JSONPath.
pub(super) enum JsonPath {
    /// It leads to one value by names and indexes.
    Plain(Path),
    /// It may have any number of matches.
    Walked(Vec<Hop>),
    /// It has a filter.
    Filtered(JpQuery),
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
        Ok(match (plain(&query), walked(&query)) {
            (Some(path), _) => Self::Plain(path),
            (None, Some(hops)) => Self::Walked(hops),
            (None, None) if has_second_root(text) => {
                let error = QueryError::new("a filter that begins at $ would take long");
                return Err(error.with_hint("begin at @, the value that is looked at"));
            }
            (None, None) => Self::Filtered(query),
        })
    }

    /// What it matches in a response.
    pub(super) fn find<'s>(&self, seen: &'s Seen<'_>) -> Result<Got<'s>, Missing> {
        match self {
            Self::Plain(path) => path.find(seen.json_text()?),
            Self::Walked(hops) => {
                let found = matches(hops, seen.json()?)?;
                Ok(Got::Many(found.into_iter().map(|value| Got::json(Cow::Borrowed(value))).collect()))
            }
            Self::Filtered(_) if seen.body.len() > LARGEST_FILTERED => Err(Missing::TooLarge),
            Self::Filtered(query) => {
                let found = js_path_process(query, seen.json()?).map_err(|_| Missing::Nothing)?;
                Ok(Got::Many(found.into_iter().map(|one| Got::json(Cow::Borrowed(one.val()))).collect()))
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

/// The steps of a query without filters.
fn walked(query: &JpQuery) -> Option<Vec<Hop>> {
    let pick = |selector: &Selector| {
        Some(match selector {
            Selector::Name(name) => Pick::Name(name.clone()),
            Selector::Index(index) => Pick::Index(*index),
            Selector::Wildcard => Pick::All,
            Selector::Slice(start, end, step) => Pick::Slice(*start, *end, *step),
            Selector::Filter(_) => return None,
        })
    };
    let picks = |segment: &Segment| match segment {
        Segment::Selector(selector) => Some(vec![pick(selector)?]),
        Segment::Selectors(selectors) => selectors.iter().map(pick).collect(),
        Segment::Descendant(_) => None,
    };
    let hop = |segment: &Segment| match segment {
        Segment::Descendant(below) => Some(Hop { goes_down: true, picks: picks(below)? }),
        segment => Some(Hop { goes_down: false, picks: picks(segment)? }),
    };
    query.segments.iter().map(hop).collect()
}

/// Whether a filter begins at the root again: its time would grow with the square of the body.
fn has_second_root(text: &str) -> bool {
    let (mut quote, mut is_escaped) = (None, false);
    let is_root = |c: char| {
        match (quote, c) {
            _ if is_escaped => is_escaped = false,
            (Some(_), '\\') => is_escaped = true,
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '$') => return true,
            _ => (),
        }
        false
    };
    text.chars().skip(1).any(is_root)
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
        check("$.items[?@.id == 2 || @.x == '$'].id", &["2"]);
        check("$['a b'].c[::-1]", &["30", "20", "10"]);
        check("$['a b'].c[2,0]", &["30", "10"]);
        check("$..c[1:]", &["20", "30"]);
        check("$.items.*['id','ok']", &["1", "true", "2"]);
        check("$..[0]", &["10", r#"{"id":1,"ok":true}"#]);
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
        for path in [
            "",
            "a",
            ".a",
            "$.",
            "$[",
            "$['a]",
            "$..a..b",
            &deep,
            &long,
            &doubling,
            "$[?length(@.a]",
            "$[?@.a == $.b]",
        ] {
            assert!(JsonPath::parse(path).is_err(), "{path}");
        }
    }

    #[test]
    fn what_the_walk_finds_is_what_the_crate_finds() {
        let body: serde_json::Value = serde_json::from_str(BODY).unwrap();
        for path in
            ["$..*", "$.*", "$..c", "$..[0]", "$..[-1:]", "$.items[*].*", "$..id", "$.items[::2]", "$[*][*]"]
        {
            let query = parse_json_path(path).unwrap();
            let expected: Vec<_> = js_path_process(&query, &body)
                .unwrap()
                .into_iter()
                .map(|one| one.val().to_string())
                .collect();
            let found = matches(&walked(&query).unwrap(), &body).unwrap();
            assert_eq!(found.into_iter().map(ToString::to_string).collect::<Vec<_>>(), expected, "{path}");
        }
    }

    #[test]
    fn a_large_body_is_not_filtered_but_walked() {
        let body = format!("[{}0]", "0,".repeat(LARGEST_FILTERED));
        assert_eq!(found("$[?@ == 0]", &body), Err(Missing::TooLarge));
        assert_eq!(found("$..*", &body).map(|all| all.len()), Ok(LARGEST_FILTERED + 1));
    }

    #[test]
    fn a_body_that_is_nested_too_deep_is_no_json() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert_eq!(found("$..*", &deep(10_000)), Err(Missing::NotJson));
        assert_eq!(found("$..*", &deep(100)).map(|all| all.len()), Ok(99));
        assert_eq!(found("$.a", ""), Err(Missing::NotJson));
    }
}
