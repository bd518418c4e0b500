//! Whatever stands in a query, a check, a response or a `set-cookie` field: a result or an error, never a panic.

use baseline::domain::endpoint::{Origin, Scheme};
use baseline::domain::fields::Fields;
use baseline::extract::{Check, Found, Missing, Query, Seen};
use baseline::load::cookies::Jar;
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::strategies::damaged;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
const BODY: &str = r#"{"a":{"b":[1,2.5,{"c":"x"}],"":0},"é":null,"a b":true,"n":[[],{}],"s":"5 \u00e9"}"#;
/// Queries of each kind and filter, as texts to damage too.
const QUERIES: [&str; 12] = [
    "jsonpath $.a.b[0]",
    "jsonpath $['a b']",
    "jsonpath $..b[?(@.c == 'x')].c",
    "jsonpath $.a.b[-1:0:-1] count",
    "jsonpath $..* nth 2",
    "pointer /a/b/2/c",
    "header x-a split \",\" last",
    "cookie a[Path]",
    "regex \"b\\\":\\\\[([0-9]+)\" toInt",
    "regex /\"s\":\"(.*?)\"/ replace \" \" \"\" urlEncode",
    "body htmlUnescape urlDecode first",
    "size",
];
const PREDICATES: [&str; 10] = [
    "exists",
    "not == \"{{x}}\"",
    "< 5",
    "in a 5 null",
    "contains \"x y\"",
    "matches /^[a-z]+$/",
    "isEmpty",
    "isInteger",
    "startsWith 5",
    "not isCollection",
];

/// Words that mean something, in any order.
fn words() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        proptest::sample::select(vec![
            "jsonpath",
            "pointer",
            "header",
            "regex",
            "cookie",
            "body",
            "status",
            "$.a",
            "$..[?(@.a>1)]",
            "/a/b",
            "nth",
            "1",
            "split",
            "\",\"",
            "\"\\",
            "not",
            "==",
            "exists",
            "{{x}}",
            "{{",
            "/x/",
            "((((",
            "[[[[",
            "\"(a+)+$\"",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,12}",
    ];
    vec(word, 0..7).prop_map(|words| words.join(" "))
}

/// Any JSON, with members of one name twice where it is written out.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9_f64).prop_map(Value::from),
        "[ab/~0é\"\\\\]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::Array),
            vec(("[ab01/~]{0,2}", inner), 0..5)
                .prop_map(|all| Value::Object(all.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn fields(values: &[String]) -> Fields {
    let mut fields = Fields::default();
    for value in values {
        fields.push("set-cookie", value.as_bytes());
        fields.push("x-a", value.as_bytes());
    }
    fields
}

fn ask(query: &str, check: &str, seen: &Seen<'_>) {
    match Query::parse(query) {
        Ok(query) => {
            let _ = query.find(seen).map(|found| (found.clone().into_text(), found.into_json_text()));
        }
        Err(error) => assert!(!error.to_string().is_empty() && error.hint() != Some(String::new())),
    }
    if let Ok(check) = Check::parse(check) {
        let _ = (check.holds(seen), check.holds_with(seen, "5"), check.value_text().map(str::len));
    }
}

/// Every pointer into a value, with some that lead nowhere.
fn pointers(value: &Value, before: &str, all: &mut Vec<String>) {
    all.extend([before.to_owned(), format!("{before}/a"), format!("{before}/0"), format!("{before}/01")]);
    let mut follow = |name: &str, inner: &Value| {
        pointers(inner, &format!("{before}/{}", name.replace('~', "~0").replace('/', "~1")), all);
    };
    match value {
        Value::Array(inner) => {
            inner.iter().enumerate().for_each(|(index, inner)| follow(&index.to_string(), inner));
        }
        Value::Object(inner) => inner.iter().for_each(|(name, inner)| follow(name, inner)),
        _ => {}
    }
}

/// A query quotes its pointer, since names may contain blanks and quotes.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// The text of a value in which the members of each object stand twice, first with other values.
fn doubled(value: &Value) -> String {
    match value {
        Value::Array(all) => format!("[ {} ]", all.iter().map(doubled).collect::<Vec<_>>().join(" ,\n")),
        Value::Object(all) => {
            let first = all.keys().map(|name| format!("{}:{{\"a\":[0]}}", quoted(name)));
            let last = all.iter().map(|(name, value)| format!("{} : {}", quoted(name), doubled(value)));
            format!("{{{}}}", first.chain(last).collect::<Vec<_>>().join(","))
        }
        plain => plain.to_string(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_words_and_any_body(text in words(), body in vec(any::<u8>(), 0..200), values in vec("\\PC{0,20}", 0..3)) {
        let fields = fields(&values);
        ask(&text, &text, &Seen::new(200, &fields, &body));
    }

    #[test]
    fn damaged_queries(text in damaged(QUERIES.map(|query| query.to_owned() + " ").concat().as_bytes().to_vec().leak())) {
        let fields = fields(&["a=1; Path=/".to_owned()]);
        let text = String::from_utf8_lossy(&text);
        ask(&text, &text, &Seen::new(200, &fields, BODY.as_bytes()));
    }

    #[test]
    fn damaged_bodies(body in damaged(BODY.as_bytes()), query in 0..QUERIES.len(), predicate in 0..PREDICATES.len()) {
        let fields = fields(&[]);
        let check = format!("{} {}", QUERIES[query], PREDICATES[predicate]);
        prop_assert!(Check::parse(&check).is_ok(), "{}", check);
        ask(QUERIES[query], &check, &Seen::new(200, &fields, &body));
    }

    #[test]
    fn a_pointer_finds_what_the_whole_value_has_there(value in json(), is_doubled in any::<bool>()) {
        let text = if is_doubled { doubled(&value) } else { value.to_string() };
        let (fields, mut all) = (fields(&[]), Vec::new());
        let seen = Seen::new(200, &fields, text.as_bytes());
        pointers(&value, "", &mut all);
        for pointer in all {
            let found = Query::parse(&format!("pointer {}", quoted(&pointer))).unwrap().find(&seen);
            let found = found.map(|found| serde_json::from_str::<Value>(&found.into_json_text()).unwrap());
            prop_assert_eq!(found, value.pointer(&pointer).cloned().ok_or(Missing::Nothing), "{} in {}", pointer, text);
        }
    }

    #[test]
    fn any_cookies(lines in vec(words_of_cookies(), 0..20), path in "/[ab/?]{0,6}") {
        let mut jar = Jar::default();
        let origin = Origin { scheme: Scheme::Http, host: "a.example.com".to_owned(), port: 80 };
        for line in &lines {
            jar.store(&origin, &path, line, NOW);
        }
        let header = jar.header(&origin, &path, NOW).unwrap_or_default();
        prop_assert!(!header.bytes().any(|byte| byte < b' ' || byte == 0x7f), "{}", header);
        prop_assert!(jar.len() <= lines.len() && jar.is_empty() <= header.is_empty());
        let mut other = Jar::default();
        other.absorb(&jar);
        prop_assert_eq!(other.header(&origin, &path, NOW).unwrap_or_default(), header);
    }
}

fn words_of_cookies() -> impl Strategy<Value = String> {
    let attribute = prop_oneof![
        "(Path|path)=/?[ab/]{0,3}",
        "Domain=\\.?(example.com|com|a.example.com|é|)",
        "Max-Age=-?[0-9]{0,25}",
        "Expires=\\PC{0,12}[0-9]{1,2}[ -](Jan|dec)[ -][0-9]{2,4} [0-9]{2}:[0-9]{2}:[0-9]{2}\\PC{0,4}",
        "\\PC{0,10}",
        Just("Secure".to_owned()),
    ];
    ("[ab]{0,2}=?[a-c\\t\"= ]{0,5}", vec(attribute, 0..4))
        .prop_map(|(pair, attributes)| [vec![pair], attributes].concat().join("; "))
}

#[test]
fn what_takes_long_elsewhere_is_refused_or_quick() {
    let fields = Fields::default();
    let long = "a".repeat(1 << 20);
    let seen = Seen::new(200, &fields, long.as_bytes());
    // These take exponential time where patterns are searched by trying.
    for query in ["regex \"(a+)+$x\"", "regex (a|aa)+$x", "regex (.*)(.*)(.*)x"] {
        assert!(matches!(Query::parse(query).unwrap().find(&seen), Err(Missing::Nothing)), "{query}");
    }
    assert!(Query::parse("regex (((a{100}){100}){100}){100}").is_err());
    let deep = format!("jsonpath $[?{}", "length(".repeat(200));
    assert!(Query::parse(&deep).is_err());
    let text = |query: &str, body: &str| {
        Query::parse(query).unwrap().find(&Seen::new(200, &fields, body.as_bytes())).map(Found::into_text)
    };
    let many = format!("[{}0]", "1,".repeat(500_000));
    assert_eq!(text("pointer /500000", &many).as_deref(), Ok("0"));
    assert_eq!(text("jsonpath $[*] count", &many).as_deref(), Ok("500001"));
}
