//! Tests of the audit on a free loopback port, and of what the platform leaves alone: the draws of the pages, the limits.

use std::thread;

use serde_json::{Value, json};

use super::platform_calls::{FIRST, JSON, audit, call, create, form, json_of, misuse, token};
use super::tests::{Client, target_with};
use super::{DEMO_PASSWORD, DemoConfig, DemoServer};

#[test]
fn the_audit_lists_what_arrived_and_is_in_no_list() {
    let target = target_with(&["down:landing:0s..", "errors:logout:100%:0s.."]);
    let mut client = Client::connect(&target);
    let login = token(&mut client, "", FIRST);
    assert_eq!(call(&mut client, "POST /api/auth/logout", &login, "", "").status, 500);
    assert_eq!(call(&mut client, "GET /api/auth/me", &login, "", "").status, 200);
    let (_, session) = form(&mut client, "");
    call(&mut client, "GET /form/done", &session, "", "");
    client.get("/no?secret=1");
    client.send("GET / HTTP/1.1\r\nhost: demo\r\n\r\n");
    assert!(client.receive(true).is_none());
    let lines = json_of(&Client::connect(&target).get("/audit/sessions"));
    let short = |line: &Value| {
        format!("{} {} {} {} {}", line["n"], line["session"], line["method"], line["path"], line["status"])
    };
    let found: Vec<String> =
        lines.as_array().unwrap().iter().map(|line| short(line).replace('"', "")).collect();
    let expected = [
        "1 s0 POST /api/auth/login 200",
        "2 s0 POST /api/auth/logout 500",
        "3 s0 GET /api/auth/me 200",
        "4 f0 GET /form 200",
        "5 f0 GET /form/done 200",
        "6 null GET /no 404",
        "7 null GET / null",
    ];
    assert_eq!(found, expected);
    let audit = audit(&target);
    assert_eq!((&audit["requests"]["GET /"]["closed"], &audit["sessions_open"]), (&json!(1), &json!(1)));
    assert!(audit["requests"].as_object().unwrap().keys().all(|route| !route.contains("audit")), "{audit:#}");
    let down = target_with(&["down:*:0s.."]);
    assert_eq!(Client::connect(&down).get("/audit").status, 200);
}

#[test]
fn the_same_seed_gives_the_same_identifiers_and_leaves_the_pages_alone() {
    let run = |seed: u64, platform: bool| {
        let target = DemoServer::start(DemoConfig { seed, ..DemoConfig::default() }).unwrap();
        let mut client = Client::connect(&target);
        let (mut identifiers, mut cache) = (Vec::new(), Vec::new());
        for _ in 0..20 {
            if platform {
                let login = token(&mut client, "", FIRST);
                identifiers.push(create(&mut client, &login));
                identifiers.push(login);
                identifiers.push(form(&mut client, "").0);
            }
            cache.push(client.get("/api/pitches/browse/enhanced").header("cf-cache-status").to_owned());
        }
        (identifiers, cache)
    };
    let (identifiers, cache) = run(1, true);
    assert_eq!(run(1, true), (identifiers.clone(), cache.clone()));
    assert_eq!(run(1, false).1, cache);
    assert_ne!(run(2, true).0, identifiers);
}

#[test]
fn many_users_at_once_are_all_counted_and_none_is_mixed_up() {
    let target = target_with(&[]);
    let user = |number: usize| {
        let mut client = Client::connect(&target);
        let credentials =
            json!({ "email": format!("demo-{number}@example.invalid"), "password": DEMO_PASSWORD });
        let login = token(&mut client, "", &credentials.to_string());
        for _ in 0..5 {
            let pitch = create(&mut client, &login);
            assert_eq!(call(&mut client, &format!("GET {pitch}"), &login, "", "").status, 200);
            assert_eq!(call(&mut client, &format!("DELETE {pitch}"), &login, "", "").status, 204);
        }
    };
    thread::scope(|scope| {
        for number in 1..=20 {
            scope.spawn(move || user(number));
        }
    });
    let audit = audit(&target);
    assert_eq!(misuse(&target), json!({}));
    assert_eq!(
        (&audit["pitches_created"], &audit["pitches_deleted"], &audit["logins"]),
        (&json!(100), &json!(100), &json!(20))
    );
    for (route, status) in
        [("POST /api/pitches", "201"), ("GET /api/pitches/{id}", "200"), ("DELETE /api/pitches/{id}", "204")]
    {
        assert_eq!(audit["requests"][route]["by_status"], json!({ status: 100 }), "{route}");
    }
}

#[test]
fn logins_have_the_documented_rate_limit() {
    let target = DemoServer::start(DemoConfig { rate_limits: true, ..DemoConfig::default() }).unwrap();
    let mut client = Client::connect(&target);
    let statuses: Vec<u16> =
        (0..6).map(|_| call(&mut client, "POST /api/auth/login", "", JSON, FIRST).status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429]);
    assert_eq!(call(&mut client, "GET /form", "", "", "").status, 200);
}

#[test]
fn an_injected_error_changes_nothing() {
    let target = target_with(&["errors:signup:100%:0s..", "errors:pitch_create:100%:0s.."]);
    let mut client = Client::connect(&target);
    let login = token(&mut client, "", FIRST);
    assert_eq!(call(&mut client, "POST /api/pitches", &login, JSON, r#"{"title":"T"}"#).status, 500);
    let person = r#"{"email":"a@example.invalid","password":"x"}"#;
    assert_eq!(call(&mut client, "POST /api/auth/signup", "", JSON, person).status, 500);
    let audit = audit(&target);
    assert_eq!(
        (&audit["signups"], &audit["pitches_alive"], &audit["accounts"]),
        (&json!(0), &json!(0), &json!(100))
    );
}
