//! Journeys against the demo server: what its audit counted is what was told.

use serde_json::Value;

use super::number;
use crate::support::platform::{ACCOUNTS, FIVE, Platform};

/// Requests of a step, and how many of them succeeded.
fn step(result: &Value, name: &str) -> (u64, u64) {
    let steps = result["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["name"] == name).unwrap_or_else(|| panic!("{name}: {result:#}"));
    (number(step, "requests"), number(step, "succeeded"))
}

#[test]
fn every_kind_of_capture_carries_what_its_own_user_was_given() {
    let platform = Platform::with(&format!("{ACCOUNTS}{FIVE}"));
    let result = platform.test("five", &["--requests", "100"]).json();
    assert_eq!((number(&result, "requests"), number(&result, "succeeded")), (100, 100), "{result:#}");
    let routes = [
        ("create", "POST /api/pitches"),
        ("read", "GET /api/pitches/{id}"),
        ("form", "GET /form"),
        ("post", "POST /form"),
        ("delete", "DELETE /api/pitches/{id}"),
    ];
    for (name, route) in routes {
        assert_eq!((step(&result, name), platform.asked(route)), ((100, 100), 100), "{name}");
    }
    platform.expect_no_misuse();
    let audit = platform.audit();
    assert_eq!((number(&audit, "logins"), number(&audit, "pitches_alive")), (2, 0), "{audit:#}");
    assert_eq!(number(&audit, "forms_accepted"), 100, "{audit:#}");
}

#[test]
fn a_capture_that_finds_nothing_ends_the_iteration_but_for_what_cleans_up() {
    let found = "title = \"jsonpath $.data.title\"";
    let platform =
        Platform::with(&format!("{ACCOUNTS}{FIVE}").replace(found, "title = \"jsonpath $.data.headline\""));
    let ended = platform.test("five", &["--requests", "10"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let result = ended.json();
    assert_eq!(number(&result["errors"], "capture"), 10, "{result:#}");
    assert_eq!(step(&result, "read"), (10, 0), "{result:#}");
    assert_eq!((step(&result, "form"), step(&result, "delete")), ((0, 0), (10, 10)), "{result:#}");
    assert!(ended.stdout.contains("capture title (jsonpath $.data.headline): found nothing"), "{ended:?}");
    let audit = platform.audit();
    assert_eq!((platform.asked("GET /form"), number(&audit, "pitches_alive")), (0, 0), "{audit:#}");
}

#[test]
fn a_step_that_needs_what_was_not_captured_is_not_sent_even_to_clean_up() {
    let platform =
        Platform::with(&format!("{ACCOUNTS}{FIVE}").replace("pointer /data/id", "pointer /data/key"));
    let result = platform.test("five", &["--requests", "4"]).json();
    assert_eq!((step(&result, "create"), step(&result, "delete")), ((4, 0), (0, 0)), "{result:#}");
    platform.expect_no_misuse();
}

#[test]
fn a_login_that_gives_nothing_is_told_and_nothing_is_measured() {
    let platform = Platform::with(&format!("{ACCOUNTS}{FIVE}").replace("$.token", "$.nothing"));
    let ended = platform.test("five", &["--requests", "10"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let result = ended.json();
    assert_eq!(result["invalid_reason"], "setup_failed", "{result:#}");
    assert_eq!((number(&result, "requests"), platform.asked("POST /api/pitches")), (0, 0), "{result:#}");
    let text = platform.program(&["test", "five", "light_load:2", "--duration", "100ms"]).run();
    assert!(
        text.stdout.contains("setup step login: capture token (jsonpath $.nothing): found nothing"),
        "{text:?}"
    );
}

#[test]
fn a_token_is_renewed_before_it_expires() {
    let short = format!("{ACCOUNTS}{FIVE}")
        .replace("/creator/login\"", "/creator/login?ttl_s=2\"")
        .replace("capture = { token", "refresh = \"500ms\"\ncapture = { token");
    let platform = Platform::with(&short);
    let result = platform.test("five", &["--duration", "3s"]).json();
    assert_eq!(number(&result, "failed"), 0, "{result:#}");
    assert!(number(&platform.audit(), "logins") > 4, "{:#}", platform.audit());
    platform.expect_no_misuse();
}

const MIX: &str = r#"
[[endpoint]]
name = "health"
path = "/api/health"

[[journey]]
name = "browse"
[[journey.step]]
name = "list"
path = "/api/pitches/browse/enhanced"

[[mix]]
name = "traffic"
weights = { health = 7, browse = 2, five = 1 }
"#;

#[test]
fn a_mix_is_dealt_within_one_of_its_weights() {
    let platform = Platform::with(&format!("{ACCOUNTS}{FIVE}{MIX}"));
    let result = platform.test("traffic", &["--requests", "203"]).json();
    assert_eq!((number(&result, "requests"), number(&result, "failed")), (203, 0), "{result:#}");
    let routes = ["GET /api/health", "GET /api/pitches/browse/enhanced", "POST /api/pitches"];
    for (route, due) in routes.into_iter().zip([142.1, 40.6, 20.3]) {
        let asked = platform.asked(route) as f64;
        assert!((asked - due).abs() < 1.0, "{route}: {asked} of {due}");
    }
    platform.expect_no_misuse();
}

#[test]
fn one_iteration_is_shown_without_a_secret() {
    let login = "capture = { token = \"jsonpath $.token\" }";
    // A value that nothing uses; and one that is not found, before the token is looked for.
    let cases = [("owner = \"jsonpath $.user.id\"", true), ("a = \"jsonpath $.nothing\"", false)];
    for ((more, is_whole), format) in cases.into_iter().zip(["text", "json"]) {
        let five = FIVE.replace(login, &format!("capture = {{ {more}, token = \"jsonpath $.token\" }}"));
        let platform = Platform::with(&format!("{ACCOUNTS}{five}"));
        let once = ["test", "five", "light_load", "--once", "--format", format];
        let shown = platform.program(&once).run().stdout;
        // The address is not made unreadable by a short identifier.
        assert!(shown.contains("***") && shown.contains("127.0.0.1"), "{shown}");
        assert_eq!(shown.contains("/api/pitches"), is_whole, "{shown}");
        for secret in ["demo-1@", "obviously-fake", "tok_"] {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
        assert!(!(is_whole && shown.contains("usr_")), "{shown}");
        assert_eq!(shown.contains("name=\"csrf\" value=\"***\""), is_whole, "{shown}");
        for (at, mark) in shown.match_indices("form_session=") {
            assert!(shown[at + mark.len()..].starts_with("***"), "{shown}");
        }
    }
}
