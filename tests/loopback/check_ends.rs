//! How `check` ends: servers that misbehave, exit codes, reports that are kept and compared, secrets that stay secret.

use std::io::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::support::answers::Mode;
use crate::support::folder::{Folder, entries};
use crate::support::hostile::Hostile;
use crate::support::program::{Ended, Program};
use crate::support::raw_server::{RawServer, Then, finish, read_head};

/// A service with one path, whose requests may take half a second.
fn scenario(url: &str, more: &str) -> String {
    format!(
        "schema = 1\nname = \"small\"\n[target]\nbase_url = \"{url}\"\nallow_hosts = [\"127.0.0.1\"]\n\
         timeout = \"500ms\"\n[check]\nsamples = 3\ntime_limit = \"5s\"\n[[service]]\nname = \"api\"\n\
         [[service.path]]\nname = \"health\"\npath = \"/health\"\n{more}"
    )
}

fn check(folder: &Path, arguments: &[&str]) -> Ended {
    Program::new(folder, &[&["check", "small.toml"], arguments].concat()).run()
}

fn rules(report: &Value) -> Vec<(String, String)> {
    let findings = report["findings"].as_array().unwrap().iter();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    findings.map(|finding| (text(finding, "rule"), text(finding, "priority"))).collect()
}

/// Answers every request head with what the function says.
fn answering(respond: impl Fn(&str) -> String + Send + Sync + 'static) -> RawServer {
    RawServer::serving(move |mut stream, _| {
        let Some(head) = read_head(&mut stream) else { return };
        let _ = stream.write_all(respond(&String::from_utf8_lossy(&head)).as_bytes());
        finish(&mut stream, Then::Close);
    })
}

fn response(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

#[test]
fn servers_that_misbehave_are_findings_within_the_time_limit() {
    let check = |mode: Mode, state: &str, (rule, priority): (&str, &str), evidence: &str| {
        let server = Hostile::start(mode.clone());
        let folder = Folder::new();
        folder.write("small.toml", &scenario(&server.url(), ""));
        let ended = check(folder.path(), &["--format", "json"]);
        let report = ended.json();
        let told = format!("{mode:?}: {report:#}");
        assert_eq!(ended.code, Some(1), "{told}");
        assert_eq!(report["services"][0]["state"], state, "{told}");
        let found = report["findings"].as_array().unwrap().iter();
        let failed: Vec<&Value> = found.filter(|finding| finding["rule"] == rule).collect();
        assert_eq!(failed.len(), 1, "{told}");
        assert_eq!(failed[0]["priority"], priority, "{told}");
        assert!(failed[0]["evidence"].as_str().unwrap().contains(evidence), "{told}");
    };
    let failed = ("availability.failed", "critical");
    check(Mode::Hang, "down", failed, "timeout");
    check(Mode::Drip, "down", failed, "timeout");
    check(Mode::Garbage, "down", failed, "not HTTP");
    check(Mode::HugeBody, "degraded", ("availability.too_large", "high"), "not read to their end");
    check(Mode::ShortBody, "down", failed, "closed");
}

#[test]
fn a_port_where_nobody_listens_is_down() {
    let folder = Folder::new();
    folder.write("small.toml", &scenario("http://127.0.0.1:9", ""));
    let ended = check(folder.path(), &["--format", "json"]);
    let report = ended.json();
    assert_eq!((ended.code, &report["services"][0]["state"]), (Some(1), &Value::from("down")), "{report:#}");
    assert_eq!(report["overall"]["state"], "down", "{report:#}");
}

#[test]
fn the_priority_of_findings_decides_the_exit_code() {
    // A page without any header has findings of medium and low priority.
    let server =
        answering(|_| response("200 OK", "content-type: text/html\r\n", "<html><title>ok</title></html>"));
    let folder = Folder::new();
    folder.write("small.toml", &scenario(server.url().trim_end_matches('/'), ""));
    let code = |arguments: &[&str]| check(folder.path(), arguments).code;
    assert_eq!(code(&[]), Some(0));
    assert_eq!(code(&["--fail-on", "critical"]), Some(0));
    assert_eq!(code(&["--fail-on", "medium"]), Some(1));
    assert_eq!(code(&["--fail-on", "low"]), Some(1));
    // What was not checked is only decisive where that was asked for.
    let limit = "[[rate_limit]]\npath = \"/*\"\nlimits = [{ requests = 6, per = \"1m\" }]\n[[service.body]]\n\
                 name = \"limited\"\npath = \"/health\"\ncheck = \"status == 200\"\nissue = \"It is down.\"\n";
    folder.write(
        "small.toml",
        &scenario(server.url().trim_end_matches('/'), limit).replace("samples = 3", "samples = 9"),
    );
    assert_eq!(code(&[]), Some(0));
    assert_eq!(code(&["--strict"]), Some(3));
}

#[test]
fn reports_are_kept_and_a_second_check_says_what_changed() {
    let server = RawServer::serving(|mut stream, number| {
        let Some(_) = read_head(&mut stream) else { return };
        // The first check and the second have fewer requests than this.
        let framing = if number < 40 { "x-frame-options: DENY\r\n" } else { "" };
        let headers = format!("content-type: text/html\r\n{framing}");
        let _ = stream.write_all(response("200 OK", &headers, "<html></html>").as_bytes());
        finish(&mut stream, Then::Close);
    });
    let folder = Folder::new();
    folder.write("small.toml", &scenario(server.url().trim_end_matches('/'), ""));
    let kept = ["--out", "kept", "--against", "kept"];
    let first = check(folder.path(), &kept);
    assert_eq!(first.code, Some(0), "{first:?}");
    assert!(first.stderr.contains("no earlier check"), "{}", first.stderr);
    assert_eq!(entries(&folder.path().join("kept")).len(), 4);
    let second = check(folder.path(), &kept);
    assert!(second.stdout.contains("Nothing changed"), "{}", second.stdout);
    assert_eq!(entries(&folder.path().join("kept")).len(), 8);
    while server.connections() < 40 {
        check(folder.path(), &[]);
    }
    let third = check(folder.path(), &kept);
    assert!(third.stdout.contains("X-Frame-Options"), "{}", third.stdout);
    assert!(!third.stdout.contains("Nothing changed"), "{}", third.stdout);
    let html =
        entries(&folder.path().join("kept")).into_iter().rfind(|path| path.extension().unwrap() == "html");
    let html = std::fs::read_to_string(html.unwrap()).unwrap();
    assert!(html.contains("Content-Security-Policy"), "what is kept is the whole report");
}

#[test]
fn a_damaged_report_is_passed_over_and_a_wrong_one_is_refused() {
    let server = answering(|_| response("200 OK", "", "ok"));
    let folder = Folder::new();
    folder.write("small.toml", &scenario(server.url().trim_end_matches('/'), ""));
    check(folder.path(), &["--out", "kept"]);
    std::fs::write(folder.path().join("kept/check-small-99990101T000000Z.json"), "{\"schema\": 1,").unwrap();
    let ended = check(folder.path(), &["--against", "kept"]);
    assert!(ended.stderr.contains("passed over"), "{}", ended.stderr);
    assert!(ended.stdout.contains("Nothing changed"), "{}", ended.stdout);
    // The report of another scenario is not compared with.
    std::fs::write(folder.path().join("kept/check-small-other-99990101T000000Z.json"), "{}").unwrap();
    assert!(!check(folder.path(), &["--against", "kept"]).stderr.contains("small-other"));
    for wrong in ["small.toml", "nowhere.json", "/dev/zero"] {
        let said = check(folder.path(), &["--against", wrong]).expect_refusal();
        assert!(said.contains("--against") && said.contains("hint:"), "{wrong}: {said}");
    }
}

#[test]
fn what_a_server_sends_back_shows_no_secret() {
    let echo = answering(|head| {
        let sent = head.lines().find_map(|line| line.strip_prefix("x-token: ")).unwrap_or_default();
        let auth = head.lines().find_map(|line| line.strip_prefix("authorization: ")).unwrap_or_default();
        let credentials = auth.split_once(' ').map_or("", |(_, credentials)| credentials);
        let headers =
            format!("referrer-policy: {sent}\r\ncontent-security-policy: report-uri /r?t={credentials}\r\n");
        response("200 OK", &headers, &format!("{{\"seen\": \"{sent}\", \"auth\": \"{credentials}\"}}"))
    });
    let folder = Folder::new();
    let rule = "[[service.body]]\nname = \"seen\"\npath = \"/health\"\ncheck = 'jsonpath $.seen == \"other\"'\n\
                issue = \"It is another.\"\n[[service.body]]\nname = \"auth\"\npath = \"/health\"\n\
                check = 'jsonpath $.auth == \"other\"'\nissue = \"It is another.\"\n";
    let text = scenario(echo.url().trim_end_matches('/'), rule).replace(
        "timeout =",
        "headers = { x-token = \"${SECRET_TOKEN}\", authorization = \"Bearer ${SECRET_KEY}\" }\ntimeout =",
    );
    folder.write("small.toml", &text);
    for format in ["text", "json", "markdown", "html", "junit", "prometheus"] {
        let arguments = ["check", "small.toml", "--format", format, "--out", "kept"];
        let ended = Program::new(folder.path(), &arguments)
            .env("SECRET_TOKEN", "obviously-fake-token")
            .env("SECRET_KEY", "obviously-fake-key")
            .run();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        if format == "json" {
            let found: Vec<String> = rules(&ended.json()).into_iter().map(|(rule, _)| rule).collect();
            assert!(found.iter().any(|rule| rule == "body.seen"), "{found:?}");
            assert!(ended.stdout.contains("***"), "{}", ended.stdout);
        }
        assert!(!ended.stdout.contains("obviously-fake"), "{format}: {}", ended.stdout);
        assert!(!ended.stderr.contains("obviously-fake"), "{format}: {}", ended.stderr);
    }
    for path in entries(&folder.path().join("kept")) {
        assert!(!std::fs::read_to_string(&path).unwrap().contains("obviously-fake"), "{path:?}");
    }
}
