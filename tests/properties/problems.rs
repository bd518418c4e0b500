//! Every mistake of a scenario is reported, each once, in the order of the file: whichever of them are in it.

use baseline::scenario::environment::Environment;
use baseline::scenario::{Source, check};
use proptest::collection::vec;
use proptest::prelude::*;

/// A scenario without a mistake.
const RIGHT: &str = r#"schema = 1
name = "many"

[target]
base_url = "http://127.0.0.1:9"
allow_hosts = ["127.0.0.1"]
timeout = "2s"
headers = { accept = "text/html" }

[plan]
duration = "1h"
cycle = "1m"
window = "1s"
warm_up = "100ms"
order = "shuffled"

[levels]
light_load = 1
heavy_load = 10

[[endpoint]]
name = "one"
path = "/one"
slo = { p95 = "100ms", error_rate = 0.01 }

[[endpoint]]
name = "two"
path = "/two"
levels = ["light_load"]

[[endpoint]]
name = "three"
path = "/three"
pace = { rate = 10 }
expect = { status = [200] }

[[rate_limit]]
path = "/four"
limits = [{ requests = 10, per = "1m" }]
"#;

/// A piece of the scenario, what takes its place, and what is said of it. In the order of the file.
const MISTAKES: [(&str, &str, &str); 17] = [
    ("name = \"many\"", "name = \"so many\"", "is not a valid name"),
    ("http://127.0.0.1:9", "ftp://127.0.0.1", "a URL starts with"),
    ("timeout = \"2s\"", "timeout = \"2 bananas\"", "is not a duration"),
    ("accept = \"text/html\"", "\"a b\" = \"text/html\"", "not a valid header name"),
    ("duration = \"1h\"", "duration = 3600", "expected a duration"),
    ("window = \"1s\"", "window = 1s", "not in quotes"),
    ("warm_up = \"100ms\"", "warm_pu = \"100ms\"", "unknown key"),
    ("\"shuffled\"", "\"shufled\"", "not a valid value"),
    ("heavy_load = 10", "heavy_load = -10", "-10 users"),
    ("path = \"/one\"", "path = \"one\"", "a path must start with /"),
    ("p95 = \"100ms\"", "p99 = \"100ms\"", "unknown key"),
    ("error_rate = 0.01", "error_rate = 1.01", "a ratio from 0 to 1"),
    ("name = \"two\"", "name = \"one\"", "is defined twice"),
    ("[\"light_load\"]", "[\"ligth_load\"]", "there is no level"),
    ("rate = 10", "rate = -10", "must be above 0"),
    ("status = [200]", "status = [20]", "not a final status"),
    ("requests = 10", "requests = 0", "at least 1 request"),
];

fn with_mistakes(which: &[bool]) -> (String, Vec<&'static str>) {
    let mut text = RIGHT.to_owned();
    let mut expected = Vec::new();
    for ((right, wrong, said), _) in MISTAKES.iter().zip(which).filter(|(_, is_in)| **is_in) {
        assert!(text.contains(right), "{right}");
        text = text.replacen(right, wrong, 1);
        expected.push(*said);
    }
    (text, expected)
}

fn assert_found(which: &[bool]) {
    let (text, expected) = with_mistakes(which);
    let result = check(&Source { label: "many.toml".to_owned(), text }, &Environment::default());
    let found = result.as_ref().err().map_or_else(Vec::new, |error| error.problems().to_vec());
    let said: Vec<&str> = found.iter().map(|problem| problem.what.as_str()).collect();
    let all_found =
        said.len() == expected.len() && said.iter().zip(&expected).all(|(said, part)| said.contains(part));
    assert!(all_found, "expected {expected:#?}, found {said:#?}");
    assert!(found.is_sorted_by_key(|problem| problem.place.position));
}

#[test]
fn each_mistake_alone_is_found_and_all_of_them_together() {
    assert_found(&[false; MISTAKES.len()]);
    assert_found(&[true; MISTAKES.len()]);
    for alone in 0..MISTAKES.len() {
        let which: Vec<bool> = (0..MISTAKES.len()).map(|place| place == alone).collect();
        assert_found(&which);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_set_of_mistakes_is_found(which in vec(any::<bool>(), MISTAKES.len())) {
        assert_found(&which);
    }
}
