//! What is wrong with a service is told with its place, before anything is sent.

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::scenario::MINIMAL;

const SERVICES: &str = r#"
[check]
samples = 3
target = "500ms"
alert = "1s"
error_rate = 0.05
fail_on = "high"

[check.grades.total]
excellent = "200ms"
good = "500ms"

[[service]]
name = "api"
role = "backend"
endpoints = ["health"]

[[service.path]]
name = "detailed"
path = "/api/health/detailed"

[[service.websocket]]
path = "/ws"
protocols = ["chat"]

[[service.cors]]
path = "/api/health"
allowed_origins = ["https://app.example"]
headers = ["authorization"]

[[service.login]]
path = "/api/login"
json = { email = "nobody@example.invalid", password = "${WRONG:-obviously-fake}" }

[[service.body]]
name = "redis"
path = "/api/health/detailed"
check = "jsonpath $.redis.enabled == true"
issue = "The cache is disabled."
"#;

/// The scenario with a piece of it replaced; the line where the replacement begins, from 1.
fn with(from: &str, to: &str) -> (Folder, usize) {
    let whole = format!("{MINIMAL}{SERVICES}");
    assert!(whole.contains(from), "{from:?} is not in the scenario");
    let text = whole.replacen(from, to, 1);
    let folder = Folder::new();
    folder.write("services.toml", &text);
    (folder, text[..text.find(to).unwrap()].lines().count().max(1))
}

#[test]
fn mistakes_in_services_have_a_place_and_a_hint() {
    let check = |from: &str, to: &str, expected: &[&str]| {
        let (folder, line) = with(from, to);
        for arguments in [&["scenario", "check", "services.toml"][..], &["check", "services.toml"]] {
            let said = Program::new(folder.path(), arguments).run().expect_refusal();
            let is_near = |at: &usize| said.contains(&format!("services.toml:{at}:"));
            assert!((line..line + 3).any(|at| is_near(&at)), "{to}: line {line}: {said}");
            assert!(expected.iter().all(|part| said.contains(part)), "{to}: {said}");
            assert!(!said.contains("obviously-fake"), "{said}");
        }
    };
    check("samples = 3", "samples = 0", &["check.samples", "0 samples; a check takes 1 to 1000"]);
    check("alert = \"1s\"", "alert = \"400ms\"", &["check.alert", "is shorter than `target`"]);
    check("error_rate = 0.05", "error_rate = 5", &["check.error_rate", "between 0 and 1", "0.05 for 5 %"]);
    check("fail_on = \"high\"", "fail_on = \"hi\"", &["check.fail_on", "\"high\""]);
    check("grades.total", "grades.totl", &["\"totl\" is not a phase", "did you mean `total`?"]);
    check("excellent = \"200ms\"", "excellent = \"600ms\"", &["check.grades.total", "do not ascend"]);
    check("name = \"api\"", "name = \"a b\"", &["service[0].name", "is not a valid name"]);
    check(
        "name = \"api\"",
        "name = \"api\"\nbase_url = \"http://other.example\"",
        &["service[0].base_url", "host \"other.example\" is not in allow_hosts"],
    );
    check(
        "[\"health\"]",
        "[\"helth\"]",
        &["endpoints[0]", "no endpoint \"helth\"", "did you mean \"health\"?"],
    );
    check(
        "name = \"detailed\"",
        "name = \"health\" # again",
        &["service[0].path[0].name", "another request named"],
    );
    check(
        "name = \"detailed\"",
        "name = \"detailed\"\nmethod = \"DELETE\"",
        &["path[0].method", "could change something"],
    );
    check("[\"chat\"]", "[\"a b\"]", &["websocket[0].protocols[0]", "not the name of a subprotocol"]);
    check(
        "\"https://app.example\"",
        "\"app.example\"",
        &["cors[0].allowed_origins[0]", "https://app.example"],
    );
    check("[\"authorization\"]", "[\"a b\"]", &["cors[0].headers[0]", "not a valid header name"]);
    check("json = {", "form = { a = \"b\" }\njson = {", &["login[0].form", "exclude each other"]);
    check("jsonpath $.redis.enabled == true", "jsonpath $.redis.enabled = true", &["body[0].check"]);
    check("issue = \"The cache is disabled.\"", "issue = \" \"", &["body[0].issue", "is empty"]);
    check("path = \"/ws\"", "path = \"ws\"", &["websocket[0].path"]);
}

#[test]
fn a_file_of_services_alone_is_valid_and_cannot_be_started() {
    let folder = Folder::new();
    let target = MINIMAL.split("[[endpoint]]").next().unwrap();
    let services = SERVICES.replace("endpoints = [\"health\"]\n", "");
    folder.write("services.toml", &format!("{target}{services}"));
    let checked = Program::new(folder.path(), &["scenario", "check", "services.toml"]).run();
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    assert!(checked.stdout.contains("1 service for `baseline check`"), "{}", checked.stdout);
    let said = Program::new(folder.path(), &["start", "services.toml"]).run().expect_refusal();
    assert!(said.contains("there are no endpoints") && said.contains("`baseline check`"), "{said}");
}

#[test]
fn an_unknown_service_is_refused_with_those_that_there_are() {
    let (folder, _) = with("samples = 3", "samples = 4");
    let said = Program::new(folder.path(), &["check", "services.toml", "--service", "apo"]).run();
    let said = said.expect_refusal();
    assert!(said.contains("no service `apo`") && said.contains("its services are api"), "{said}");
}

#[test]
fn services_of_several_hosts_do_not_hinder_a_rehearsal() {
    let folder = Folder::new();
    let rehearse = ["start", "services", "--rehearse", "--duration", "30m"];
    Program::new(folder.path(), &rehearse).run().expect_run();
}
