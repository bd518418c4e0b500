//! What is wrong with a journey is told with its place, before anything is sent.

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::scenario::MINIMAL;

const DATA: &str = r#"
[[data]]
name = "account"
rows = [{ email = "obviously-fake", password = "obviously-fake" }]
"#;

const JOURNEY: &str = r#"
[[journey]]
name = "visit"

[[journey.step]]
name = "first"
path = "/a"
capture = { id = "jsonpath $.id" }

[[journey.step]]
name = "second"
path = "/b/{{id}}?e={{account.email}}"
"#;

/// The scenario with a piece of it replaced; the line where a text stands in it, from 1.
fn with(from: &str, to: &str) -> (Folder, usize) {
    let whole = format!("{MINIMAL}{DATA}{JOURNEY}");
    assert!(whole.contains(from), "{from:?} is not in the scenario");
    let text = whole.replacen(from, to, 1);
    let folder = Folder::new();
    folder.write("visit.toml", &text);
    let line = text[..text.find(to).unwrap()].lines().count();
    (folder, line)
}

#[test]
fn mistakes_in_texts_have_a_place_and_a_hint() {
    let check = |from: &str, to: &str, expected: &[&str]| {
        let (folder, line) = with(from, to);
        let check = ["scenario", "check", "visit.toml"];
        let said = Program::new(folder.path(), &check).run().expect_refusal();
        let at = format!("visit.toml:{}", line.max(1));
        assert!(said.contains("visit.toml:"), "{said}");
        assert!(expected.iter().all(|part| said.contains(part)), "{at} {to}: {said}");
        // A test of the same journey says the same, and sends nothing: nobody listens there.
        let test = ["test", "visit", "light_load", "--scenario", "visit.toml"];
        let tested = Program::new(folder.path(), &test).run().expect_refusal();
        assert!(expected.iter().all(|part| tested.contains(part)), "{to}: {tested}");
        assert!(!said.contains("obviously-fake"), "{said}");
    };
    check("{{id}}", "{{di}}", &["journey[0].step[1].path", "{{di}} is unknown", "did you mean {{id}}?"]);
    check("{{id}}", "{{id", &["journey[0].step[1].path"]);
    check("{{id}}?e={{account.email}}", "{{id}}?e={{", &["`{{` is not closed", "close it with }}"]);
    check("{{account.email}}", "{{acount.email}}", &["there is no data \"acount\"", "{{account.email}}"]);
    check("{{account.email}}", "{{account.mail}}", &["no column \"mail\"", "{{account.email}}"]);
    check("{{id}}", "{{random 5 1}}", &["no range of whole numbers", "{{random 1 100}}"]);
    check(
        "path = \"/a\"",
        "path = \"/a/{{id}}\"",
        &["journey[0].step[0].path", "no value yet", "comes later"],
    );
    check("jsonpath $.id", "jsonpth $.id", &["journey[0].step[0].capture.id", "jsonpath"]);
    check("jsonpath $.id", "jsonpath $.id[", &["is no JSONPath"]);
    check("jsonpath $.id", "jsonpath $[?@.a == $.b]", &["begins at $", "begin at @"]);
    check(
        "\"jsonpath $.id\"",
        "'regex name=\"id\" value=\"(.+)\"'",
        &["between slashes or in quotes", "such as regex /"],
    );
    check("\"jsonpath $.id\"", "'regex \"(a\"'", &["is no regular expression"]);
    check("capture = { id", "always = \"x\"\ncapture = { id", &["always"]);
    let second = |body: &str| format!("name = \"second\"\nmethod = \"POST\"\njson = {{ t = \"{body}\" }}");
    check(
        "name = \"second\"",
        &second("v: {{json id}}"),
        &["step[1].json.t", "{{json …}} is a part of a text"],
    );
    check("name = \"second\"", &second("{{json account.email}}"), &["a column of data is text"]);
    check("name = \"second\"", &second("~~slot0~~"), &["are reserved"]);
    let setup = |more: &str| {
        format!(
            "[[journey.setup]]\nname = \"login\"\npath = \"/login\"\n{more}\n\n[[journey.step]]\nname = \"first\""
        )
    };
    let first = "[[journey.step]]\nname = \"first\"";
    check(first, &setup("always = true"), &["journey[0].setup[0].always", "`always` belongs to a step"]);
    check(first, &setup("slo = { p95 = \"1s\" }"), &["`slo` belongs to a step"]);
    check(
        first,
        &setup("capture = { id = \"jsonpath $.id\" }"),
        &["journey[0].step[0].capture.id", "the setup gives \"id\" already"],
    );
    check(
        first,
        &setup("headers = { x-a = \"{{account.email}}\" }"),
        &["a row for each iteration", "per = \"user\""],
    );
    check("capture = { id", "refresh = \"1s\"\ncapture = { id", &["`refresh` belongs to the setup"]);
    check(
        "capture = { id",
        "pause = { constant = \"1s\", exponential = \"1s\" }\ncapture = { id",
        &["a pause has one kind"],
    );
    check("capture = { id", "text = \"a\"\njson = { a = 1 }\ncapture = { id", &["exclude each other"]);
    check("name = \"second\"", "name = \"first\"", &["step \"first\" is defined twice"]);
    check("path = \"/a\"", "path = \"/a\"\nbase_url = \"http://elsewhere.example\"", &["elsewhere.example"]);
}

#[test]
fn mistakes_in_data_have_a_place_and_show_no_value() {
    let check = |rows: &str, csv: &str, expected: &[&str]| {
        let (folder, _) =
            with("rows = [{ email = \"obviously-fake\", password = \"obviously-fake\" }]", rows);
        folder.write("rows.csv", csv);
        let said = Program::new(folder.path(), &["scenario", "check", "visit.toml"]).run().expect_refusal();
        assert!(said.contains("data[0]") && !said.contains("obviously-fake"), "{said}");
        assert!(expected.iter().all(|part| said.contains(part)), "{rows}: {said}");
    };
    check("rows = []", "", &["it has no rows"]);
    check("file = \"rows.csv\"", "", &["rows.csv", "it is empty"]);
    check("file = \"rows.csv\"", "email,password\n", &["it has no rows"]);
    check("file = \"rows.csv\"", "email\nobviously-fake,x\n", &["line 2 has 2 values"]);
    check("file = \"missing.csv\"", "", &["missing.csv"]);
    check("file = \"rows.csv\"\nrows = [{ a = 1 }]", "email\nx\n", &["exclude each other"]);
    // Each of two users would need a row of its own.
    check(
        "rows = [{ email = \"obviously-fake\" }]\norder = \"queue\"\nper = \"user\"",
        "",
        &["1 rows for 2 users", "order = \"circular\""],
    );
}

#[test]
fn braces_in_the_environment_are_no_placeholders() {
    let (folder, _) = with("path = \"/a\"", "path = \"/a\"\nheaders = { x-a = \"${BRACES}\" }");
    let check = Program::new(folder.path(), &["scenario", "check", "visit.toml"]);
    check.env("BRACES", "{{nobody}} {{").run().expect_success();
}

#[test]
fn options_for_one_request_are_refused_for_a_journey() {
    let (folder, _) = with("name = \"visit\"", "name = \"visit\"");
    let options: [&[&str]; 6] = [
        &["--header", "x-a: b"],
        &["--data", "x"],
        &["--request", "PUT"],
        &["--timeout", "1s"],
        &["--cookie", "a=b"],
        &["--user", "a:obviously-fake"],
    ];
    for option in options {
        let test = ["test", "visit", "light_load", "--scenario", "visit.toml"];
        let said = Program::new(folder.path(), &[&test, option].concat()).run().expect_refusal();
        assert!(said.contains(&format!("{} is for an endpoint", option[0])), "{said}");
        assert!(!said.contains("obviously-fake"), "{said}");
    }
}
