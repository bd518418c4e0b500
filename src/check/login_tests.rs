//! Logins that refuse wrong credentials in every way, and the findings about each.

use std::sync::Arc;

use super::asker::{Asker, Shared};
use super::facts::{AssessedService, LoginFacts};
use super::fake::{self, LONG};
use super::login::{differing, refused, tells_account};
use super::noted::Noted;
use crate::domain::finding::{Priority, ServiceState};

const LOGIN: &str = "[[service]]\nname = \"api\"\n[[service.path]]\nname = \"home\"\npath = \"/\"\n\
    [[service.login]]\npath = \"/api/auth/login\"\njson = { email = \"nobody@example.com\", password = \"obviously-fake\" }\n";

async fn asked(head: &'static str, body: &'static str, more: &str) -> (LoginFacts, Noted) {
    let port = fake::http(move |request| {
        assert!(request.starts_with("POST /api/auth/login HTTP/1.1\r\n"), "{request}");
        assert!(
            request.ends_with(r#"{"email":"nobody@example.com","password":"obviously-fake"}"#),
            "{request}"
        );
        (head.to_owned(), body.to_owned())
    })
    .await;
    let plan = fake::plan(port, &format!("{LOGIN}{more}"));
    let (shared, service) = (Shared::new(&plan), &plan.assessment.services[0]);
    let mut noted = Noted::new(&service.name);
    let facts = refused(&Asker::new(&shared, LONG), service, &service.logins[0], &mut noted).await;
    assert!(!format!("{facts:?}{noted:?}").contains("obviously-fake"));
    (facts, noted)
}

#[tokio::test]
async fn each_way_to_refuse_has_its_findings() {
    async fn check(head: &'static str, body: &'static str, expected: &[(&str, Priority)]) {
        let (facts, noted) = asked(head, body, "").await;
        let found: Vec<(&str, Priority)> =
            noted.findings.iter().map(|finding| (&*finding.rule, finding.priority)).collect();
        assert_eq!(found, expected, "{head} {body} {facts:?}");
    }
    const JSON: &str = "401 Unauthorized\r\ncontent-type: application/json";
    check(JSON, r#"{"error":"Invalid credentials"}"#, &[]).await;
    check(JSON, r#"{"message":"Invalid email or password"}"#, &[]).await;
    check(JSON, r#"{"error":{"message":"User not found"}}"#, &[("login.account", Priority::Medium)]).await;
    check(JSON, r#"{"detail":"Incorrect password."}"#, &[("login.account", Priority::Medium)]).await;
    check(JSON, "<h1>Unauthorized</h1>", &[("login.not_json", Priority::Low)]).await;
    check("200 OK", r#"{"token":"abc"}"#, &[("login.accepted", Priority::Critical)]).await;
    check("403 Forbidden", r#"{"error":"no"}"#, &[("login.status", Priority::Medium)]).await;
    let error = r#"{"error":"ORA-00933: SQL command not properly ended"}"#;
    check("500 Error", error, &[("login.error", Priority::High), ("login.leaks", Priority::High)]).await;
    let page = "<h1>Bad gateway</h1>";
    check("502 Error", page, &[("login.error", Priority::High), ("login.not_json", Priority::Medium)]).await;
    check("429 Too Many Requests", "Rate limit exceeded", &[]).await;
    // A failure within a response of status 200 is no login.
    for failed in [
        r#"{"success":false,"message":"Invalid credentials"}"#,
        r#"{"data":null,"errors":[{"message":"Invalid credentials"}]}"#,
        r#"{"error":"Invalid credentials"}"#,
    ] {
        check("200 OK", failed, &[("login.status", Priority::Medium)]).await;
    }
    for accepted in
        [r#"{"error":null,"accessToken":"abc"}"#, r#"{"error":"","data":{"token":"abc"}}"#, "<h1>Hi</h1>"]
    {
        check("200 OK", accepted, &[("login.accepted", Priority::Critical)]).await;
    }
    let cookie = "200 OK\r\nset-cookie: session=abc";
    check(cookie, r#"{"error":"Invalid credentials"}"#, &[("login.accepted", Priority::Critical)]).await;
    let secret = r#"{"error":"connect to postgres://app:hunter2-of-app@db.example/app failed"}"#;
    check(JSON, secret, &[("leaks.secret", Priority::Critical)]).await;
    let both = r#"{"error":"ORA-00933: no","url":"postgres://app:hunter2-of-app@db.example/app"}"#;
    check(JSON, both, &[("leaks.secret", Priority::Critical), ("login.leaks", Priority::High)]).await;
}

#[tokio::test]
async fn a_redirect_shows_where_to_without_its_query() {
    let (_, noted) = asked("302 Found\r\nlocation: /dashboard?token=abc", "", "").await;
    assert_eq!(&*noted.findings[0].rule, "login.status");
    assert!(noted.findings[0].evidence.ends_with("status 302, to /dashboard."), "{:?}", noted.findings);
}

#[tokio::test]
async fn another_status_can_be_expected() {
    let more = "expect = { status = [400] }";
    let (facts, noted) = asked("400 Bad Request", r#"{"errors":["no"]}"#, more).await;
    assert_eq!((facts.message.as_deref(), noted.findings.len()), (Some("no"), 0));
    let (facts, noted) = asked("429 Too Many Requests", "", "").await;
    assert_eq!((facts.status, noted.not_checked.len()), (Some(429), 1));
}

#[tokio::test]
async fn a_service_that_does_not_respond_is_a_finding() {
    let port = fake::server(async |stream| drop(stream)).await;
    let plan = fake::plan(port, LOGIN);
    let (shared, service) = (Shared::new(&plan), &plan.assessment.services[0]);
    let mut noted = Noted::new(&service.name);
    let facts = refused(&Asker::new(&shared, LONG), service, &service.logins[0], &mut noted).await;
    assert_eq!((facts.status, facts.problems.len(), noted.findings.len()), (None, 1, 1));
}

#[test]
fn messages_that_tell_of_accounts_are_told_from_those_that_do_not() {
    for message in [
        "User not found",
        "user was not found.",
        "The account does not exist",
        "Email is not registered",
        "No such user",
        "No account with this email",
        "Unknown username",
        "Wrong password",
        "Password is incorrect",
    ] {
        assert!(tells_account(message), "{message}");
    }
    for message in [
        "Invalid credentials",
        "Invalid email or password",
        "Wrong username/password",
        "The email address or the password is wrong.",
        "Incorrect username or password",
        "Invalid password or email",
        "Authentication failed",
        "Unauthorized",
        "Not found",
        "Your session was not found",
        "Invalid credentials. Forgot password? Invalid password attempts lock your account.",
    ] {
        assert!(!tells_account(message), "{message}");
    }
}

fn service(name: &str, status: u16, message: Option<&str>) -> AssessedService {
    let plan = fake::plan(9, LOGIN);
    AssessedService {
        name: Arc::from(name),
        role: None,
        origin: plan.assessment.services[0].origin.clone(),
        address: None,
        state: ServiceState::Healthy,
        endpoints: Vec::new(),
        left_out: Vec::new(),
        tls: None,
        headers: None,
        redirects: None,
        cors: Vec::new(),
        sockets: Vec::new(),
        logins: vec![LoginFacts {
            path: "/login".to_owned(),
            status: Some(status),
            is_json: true,
            message: message.map(str::to_owned),
            leaks: Vec::new(),
            problems: Vec::new(),
        }],
        body_rules: Vec::new(),
    }
}

#[test]
fn two_services_must_use_the_same_words() {
    let (a, b) = (service("a", 401, Some("no")), service("b", 401, Some("no")));
    assert_eq!(differing(&[a.clone(), b]), []);
    assert_eq!(differing(std::slice::from_ref(&a)), []);
    assert_eq!(differing(&[a.clone(), service("b", 429, None)]), []);
    let [finding] = <[_; 1]>::try_from(differing(&[a.clone(), service("b", 401, Some("nope"))])).unwrap();
    assert_eq!(finding.evidence, "a /login: 401, \"no\"; b /login: 401, \"nope\".");
    assert_eq!(differing(&[a, service("b", 403, Some("no"))]).len(), 1);
    // What differs with every request is no other word.
    let of = |message| [service("a", 401, Some("no (5, id 0a1f22b9)")), service("b", 401, Some(message))];
    assert_eq!(differing(&of("no (17, id 77e8c1aa)")), []);
    assert_eq!(differing(&of("nope (17, id 77e8c1aa)")).len(), 1);
    let id = |id| service("a", 401, Some(id));
    let (one, other) = (
        id("no: 0c5e6f5e-3a4b-4c8e-9f3f-5b7d8c9e0a1b"),
        service("b", 401, Some("no: a0b1c2d3-0000-4c8e-9f3f-5b7d8c9e0a1b")),
    );
    assert_eq!(differing(&[one, other]), []);
}
