//! A check: a query, and a predicate that what it finds must meet.

use super::error::QueryError;
use super::found::{Found, Missing};
use super::predicate::Predicate;
use super::query::Query;
use super::seen::Seen;
use super::words::Words;

/// A condition on one response, compiled: `jsonpath $.data.title exists`, `status == 201`.
///
/// Of several matches `==` and most predicates judge the first, `contains` any, and the filter `count` counts all.
pub struct Check {
    query: Query,
    predicate: Predicate,
}

impl Check {
    /// Compiles a check. Its predicate's value may be a template with `{{name}}`, which the caller renders.
    ///
    /// # Errors
    ///
    /// Where the text is no check.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let mut words = Words::of(text)?;
        let query = Query::of(&mut words, text.trim())?;
        let predicate = Predicate::parse(&mut words)?;
        Ok(Self { query, predicate })
    }

    /// The check as it was written.
    pub fn text(&self) -> &str {
        self.query.text()
    }

    /// Whether it looks at header fields.
    pub fn needs_fields(&self) -> bool {
        self.query.needs_fields()
    }

    /// Whether it looks at the body.
    pub fn needs_body(&self) -> bool {
        self.query.needs_body()
    }

    /// The template of its predicate's value, without quotes and escapes; `None` where the value has no `{{`.
    pub fn value_text(&self) -> Option<&str> {
        self.predicate.template()
    }

    /// What its query finds in a response; the first of several matches.
    ///
    /// # Errors
    ///
    /// Where it finds nothing, or the body is no JSON.
    pub fn found(&self, seen: &Seen<'_>) -> Result<Found, Missing> {
        self.query.find(seen)
    }

    /// Whether it holds for a response. A template in it counts as the text that it is.
    pub fn holds(&self, seen: &Seen<'_>) -> bool {
        self.predicate.holds(self.query.got(seen), None)
    }

    /// Whether it holds for a response where its template was rendered to this value.
    ///
    /// A number that was found is compared by its worth, anything else by its text.
    pub fn holds_with(&self, seen: &Seen<'_>, value: &str) -> bool {
        self.predicate.holds(self.query.got(seen), Some(value))
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::fields::Fields;

    use super::*;

    const BODY: &str = r#"{"data":{"id":7,"title":"A b","ok":true,"none":null,"big":12345678901234567890},"items":[1,2,"x",4],
        "a b":{"c":"x y"},"empty":[],"note":"all is well","text":"5"}"#;

    fn fields() -> Fields {
        let mut fields = Fields::default();
        fields.push("Content-Type", b"application/json; charset=utf-8");
        fields.push("x-count", b"12");
        fields.push("set-cookie", b"a=1");
        fields.push("set-cookie", b"b=2");
        fields
    }

    fn holds(check: &str, body: &str) -> bool {
        let fields = fields();
        Check::parse(check).unwrap_or_else(|error| panic!("{check}: {error}")).holds(&Seen::new(
            201,
            &fields,
            body.as_bytes(),
        ))
    }

    #[test]
    fn checks_that_hold() {
        for check in [
            "header content-type contains json",
            "header Content-Type startsWith application/json",
            "header content-type endsWith utf-8",
            "header set-cookie contains b=2",
            "header set-cookie count == 2",
            "header x-count == 12",
            "header x-count > 9",
            "header x-count isInteger",
            "header none not exists",
            "cookie a == 1",
            "jsonpath $.data.title exists",
            "jsonpath $.data.none exists",
            "jsonpath $.data.none == null",
            "jsonpath $.data.nothing not exists",
            "jsonpath $..nothing not exists",
            "jsonpath $..nothing count == 0",
            "jsonpath $.items count > 3",
            "jsonpath $.items[*] count == 4",
            "jsonpath $.items contains x",
            "jsonpath $.items contains 2",
            "jsonpath $.items[*] contains 4",
            "jsonpath $.items[?(@ > 1)] count == 2",
            "jsonpath $['a b'].c == \"x y\"",
            "jsonpath $.data.id == 7",
            "jsonpath $.data.id != 8",
            "jsonpath $.data.id not == 8",
            "jsonpath $.data.id >= 7.0",
            "jsonpath $.data.id in 5 7",
            "jsonpath $.data.big == 12345678901234567890",
            "jsonpath $.data.id isNumber",
            "jsonpath $.data.title isString",
            "jsonpath $.data.title matches \"^A\\\\s\"",
            "jsonpath $.data.title matches /^A b$/",
            "jsonpath $.data.ok isBoolean",
            "jsonpath $.data isCollection",
            "jsonpath $.items[*] isCollection",
            "jsonpath $.empty isEmpty",
            "jsonpath $.data.title not isEmpty",
            "jsonpath $.text not isNumber",
            "jsonpath $.text toInt == 5",
            "pointer /data/title split \" \" count == 2",
            "status == 201",
            "status in 200 201",
            "status < 300",
            "size < 100000",
            "body contains \"all is well\"",
            "body matches \"all is w[el]+\"",
            "body not contains nothing",
        ] {
            assert!(holds(check, BODY), "{check}");
        }
    }

    #[test]
    fn checks_that_do_not_hold() {
        for check in [
            "header content-type contains xml",
            "header none exists",
            // Nothing was found, so there is nothing that is not equal.
            "header none != a",
            "header none not isEmpty",
            "jsonpath $.nothing not == 1",
            "jsonpath $.data.id == \"7\"",
            "jsonpath $.text == 5",
            "jsonpath $.data.title > 1",
            "jsonpath $.data.id not in 5 7",
            "jsonpath $.data.id contains 8",
            "jsonpath $.data.title isInteger",
            "jsonpath $.data isString",
            "jsonpath $.data.id not exists",
            "status == 200",
            "status not in 200 201",
            "size > 100000",
            "jsonpath $.data.title count == 3",
        ] {
            assert!(!holds(check, BODY), "{check}");
        }
    }

    #[test]
    fn what_its_query_finds_is_handed_out() {
        let fields = fields();
        let check = |text: &str, body: &str, expected: Result<&str, Missing>| {
            let found = Check::parse(text).unwrap().found(&Seen::new(201, &fields, body.as_bytes()));
            assert_eq!(found.map(Found::into_text), expected.map(str::to_owned), "{text}");
        };
        check("jsonpath $.data.title == x", BODY, Ok("A b"));
        check("jsonpath $.items count > 9", BODY, Ok("4"));
        check("jsonpath $.nothing exists", BODY, Err(Missing::Nothing));
        check("jsonpath $.data exists", "<html>", Err(Missing::NotJson));
    }

    #[test]
    fn a_body_that_should_be_json_meets_nothing() {
        for check in [
            "jsonpath $.a exists",
            "jsonpath $.a not exists",
            "pointer /a not exists",
            "jsonpath $..a count == 0",
        ] {
            assert!(!holds(check, "<html>"), "{check}");
        }
    }

    #[test]
    fn a_template_is_filled_in_by_the_caller() {
        let fields = Fields::default();
        let seen = Seen::new(200, &fields, BODY.as_bytes());
        let check = |text: &str, template: &str, value: &str, holds: bool| {
            let check = Check::parse(text).unwrap();
            assert_eq!(check.value_text(), Some(template), "{text}");
            assert_eq!(check.holds_with(&seen, value), holds, "{text} with {value}");
        };
        check("jsonpath $.data.id == \"{{id}}\"", "{{id}}", "7", true);
        check("jsonpath $.data.id == {{ id }}", "{{ id }}", "7", true);
        check("jsonpath $.data.id == {{ id }}", "{{ id }}", "8", false);
        check("jsonpath $.data.title == \"{{a}} b\"", "{{a}} b", "A b", true);
        check("jsonpath $.text == {{id}}", "{{id}}", "5", true);
        check("jsonpath $.data.id < {{most}}", "{{most}}", "7.5", true);
        check("jsonpath $.data.id < {{most}}", "{{most}}", "x", false);
        check("body contains {{word}}", "{{word}}", "is well", true);
        assert_eq!(Check::parse("status == 1").unwrap().value_text(), None);
        assert_eq!(Check::parse("status exists").unwrap().value_text(), None);
    }

    #[test]
    fn mistakes_are_told_with_a_hint() {
        let check = |text: &str, message: &str, hint: Option<&str>| {
            let error = Check::parse(text).err().unwrap();
            assert_eq!((error.to_string().as_str(), error.hint().as_deref()), (message, hint), "{text}");
        };
        check("status", "a check needs a predicate", Some("such as `exists` or `== 5`"));
        check("status exist", "unknown filter or predicate \"exist\"", Some("did you mean `exists`?"));
        check(
            "status startswith 2",
            "unknown filter or predicate \"startswith\"",
            Some("did you mean `startsWith`?"),
        );
        check(
            "body contains all is well",
            "\"is\" is one word too many",
            Some("a text of several words stands in quotes"),
        );
        check("status ==", "the value after == is missing", None);
        check("size < many", "< needs a number", None);
        check("body contains \"a", "a quoted text has no end", None);
        check("status in 200 {{a}}", "in takes no template", None);
        check(
            "header {{a}} exists",
            "a template may stand only in the value that a check compares with",
            None,
        );
    }
}
