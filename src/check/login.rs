//! Logins with wrong credentials: they must be refused, with a JSON error that leaks nothing and tells nobody which accounts
//! exist.

use std::sync::{Arc, LazyLock};

use regex::Regex;
use serde_json::Value;

use crate::domain::finding::{Finding, Priority};
use crate::domain::service::{Login, Service};

use super::asker::Asker;
use super::facts::{AssessedService, LoginFacts};
use super::leaks;
use super::noted::{Noted, Texts};
use super::seen::Seen;
use super::short::shortened;

/// Longest message that is kept. Units: characters.
const LONGEST: usize = 120;
/// Where APIs put the words of an error, the most telling first (RFC 9457 has `detail` and `title`).
const PLACES: [&str; 10] = [
    "/error/message",
    "/errors/0/message",
    "/error_description",
    "/message",
    "/detail",
    "/error",
    "/errors/0",
    "/msg",
    "/title",
    "/reason",
];

/// Messages that say whether the account exists.
static TELLS_ACCOUNT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = "(?i)\\b(?:(?:user|account|email(?: address)?|username|member|customer)\\s+(?:was |is |could )?(?:not|n't)\\s+(?:be )?\
                   (?:found|registered|known|exist)|(?:user|account|email(?: address)?|username)\\s+(?:does|do)(?: not|n't)\\s+exist\
                   |(?:no|unknown|unregistered)\\s+(?:such\\s+)?(?:user|account|username|email)\\b(?:\\s+(?:with|for|found))?\
                   |(?:wrong|incorrect|invalid|bad)\\s+password\\b|password\\s+(?:is\\s+)?(?:wrong|incorrect|invalid|does(?: not|n't) match))";
    Regex::new(pattern).ok()
});
/// Messages that name both, and so tell nothing: "Invalid email or password".
static NAMES_BOTH: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new("(?i)(?:user(?:name)?|e-?mail(?: address)?|login|account|name)s?(?: is)?(?: and|/| and/or| or|,)(?: an?| the| your)?\\s*\
                (?:\\w+\\s+){0,2}password|password(?: and|/| or|,)(?: the| your)?\\s*(?:user(?:name)?|e-?mail)")
        .ok()
});

/// Sends the wrong credentials, and looks at how they are refused.
pub(super) async fn refused(
    asker: &Asker,
    service: &Service,
    login: &Login,
    noted: &mut Noted,
) -> LoginFacts {
    let request = &login.request;
    let path = request.path.written().to_owned();
    let what = format!("{} {}{path}", request.method.as_str(), service.origin);
    let unasked = LoginFacts {
        path: path.clone(),
        status: None,
        is_json: false,
        message: None,
        leaks: Vec::new(),
        problems: Vec::new(),
    };
    let seen = match asker.ask(request).await {
        Ok(seen) => seen,
        Err(trouble) if trouble.is_ours() => {
            noted.not_checked(format!("login {path}"), trouble.words());
            return unasked;
        }
        Err(trouble) => {
            let problem = format!("no response: {}", trouble.words());
            let texts = Texts {
                issue: "A login with wrong credentials gets no response.".to_owned(),
                evidence: format!("{what}: {}.", trouble.words()),
                impact:
                    "Users who mistype their password see a failure, and may believe the service is down."
                        .to_owned(),
                recommendation:
                    "Look for this request in the log of the service: it may wait for a database, or crash."
                        .to_owned(),
            };
            noted.finding("login.no_response", Priority::High, path, texts);
            return LoginFacts { problems: vec![problem], ..unasked };
        }
    };
    let mut facts = LoginFacts { status: Some(seen.status), ..unasked };
    let text = String::from_utf8_lossy(&seen.body);
    let json = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')).ok();
    facts.is_json = json.as_ref().is_some_and(|value| value.is_object() || value.is_array());
    facts.message = json.as_ref().and_then(message);
    facts.leaks = leaks::found(&text);
    let expected = request.expectation.accepts_status(seen.status);
    if seen.status == 429 && !expected {
        noted.not_checked(format!("login {path}"), "the service refused it for its rate limit (429)");
        return facts;
    }
    let subject = Subject { what: &what, path: &path, noted };
    subject.judge(&seen, expected, &mut facts);
    facts
}

struct Subject<'a> {
    what: &'a str,
    path: &'a str,
    noted: &'a mut Noted,
}

impl Subject<'_> {
    fn judge(mut self, seen: &Seen, expected: bool, facts: &mut LoginFacts) {
        let status = seen.status;
        if !expected {
            self.status(status, facts);
        }
        if !facts.is_json && !(200..400).contains(&status) {
            let kind = seen.fields.get("content-type").map_or("without a content type".to_owned(), |kind| {
                format!("of type {}", shortened(kind, 60))
            });
            facts.problems.push("the error is not JSON".to_owned());
            let evidence =
                format!("{}: status {status}, a body of {} bytes {kind}.", self.what, seen.body.len());
            // A proxy's page in front of a dead server is worse than plain text of the service.
            let priority = if status >= 500 { Priority::Medium } else { Priority::Low };
            self.add("login.not_json", priority, [
                "The error of a refused login is not JSON.",
                &evidence,
                "Clients that read the error as JSON fail with an error of their own, and show no message.",
                "Send a JSON object with a message, and `content-type: application/json`.",
            ]);
        }
        if !facts.leaks.is_empty() {
            let evidence = format!("{}: status {status}, with {}.", self.what, facts.leaks.join(", "));
            self.add("login.leaks", Priority::High, [
                "The error of a refused login shows internals of the server.",
                &evidence,
                "Everybody can cause this error, and it tells attackers which software, queries and paths to aim at.",
                "Let one handler turn every error into a plain message, and write the details to the log.",
            ]);
        }
        let refuses = (400..500).contains(&status);
        if let Some(message) = facts.message.as_deref().filter(|message| refuses && tells_account(message)) {
            facts.problems.push("the message tells whether the account exists".to_owned());
            let evidence = format!("{}: \"{message}\".", self.what);
            self.add("login.account", Priority::Medium, [
                "The error of a refused login tells whether the account exists.",
                &evidence,
                "Attackers can list the accounts, and try passwords of other leaks on exactly these.",
                "Use one message for both cases, such as \"Invalid email or password\", with the same status and time.",
            ]);
        }
    }

    fn status(&mut self, status: u16, facts: &mut LoginFacts) {
        facts.problems.push(format!("status {status}"));
        let evidence = format!("{}: status {status}.", self.what);
        match status {
            200..=299 => self.add("login.accepted", Priority::Critical, [
                "A login with wrong credentials succeeds.",
                &evidence,
                "Anybody may be logged in without a password.",
                "Check at once whether the response contains a session or token. If the service reports failure \
                 within a response of status 200, use 401 instead.",
            ]),
            500.. => self.add("login.error", Priority::High, [
                "A login with wrong credentials causes a server error.",
                &evidence,
                "Users who mistype their password see a failure; monitoring counts it as an outage.",
                "Find the exception in the log: a missing user or a failed comparison is not handled.",
            ]),
            _ => self.add("login.status", Priority::Medium, [
                "A login with wrong credentials is refused with an unexpected status.",
                &evidence,
                "Clients that wait for 401 do not ask for the password again.",
                "Use 401 for wrong credentials, or write the intended status into `expect` of this login.",
            ]),
        }
    }

    fn add(&mut self, rule: &'static str, priority: Priority, texts: [&str; 4]) {
        let [issue, evidence, impact, recommendation] = texts.map(str::to_owned);
        self.noted.finding(rule, priority, self.path, Texts { issue, evidence, impact, recommendation });
    }
}

/// A finding where the services that have a login refuse it with different words.
pub(super) fn differing(services: &[AssessedService]) -> Vec<Finding> {
    let worded = services.iter().flat_map(|service| {
        let refused =
            service.logins.iter().filter(|login| login.status.is_some_and(|s| (400..500).contains(&s)));
        refused.filter(|login| login.status != Some(429)).map(move |login| (service, login))
    });
    let all: Vec<(&AssessedService, &LoginFacts)> = worded.collect();
    let Some(((first, _), rest)) = all.split_first() else { return Vec::new() };
    let words = |login: &LoginFacts| (login.status, login.message.clone());
    let is_same = rest.iter().all(|(_, login)| words(login) == words(all[0].1));
    if is_same || rest.iter().all(|(service, _)| service.name == first.name) {
        return Vec::new();
    }
    let shown = all.iter().map(|(service, login)| {
        let status = login.status.map_or_else(String::new, |status| status.to_string());
        let message = login.message.as_deref().map_or("no message".to_owned(), |text| format!("\"{text}\""));
        format!("{} {}: {status}, {message}", service.name, login.path)
    });
    let shown: Vec<String> = shown.collect();
    vec![Finding {
        rule: "login.differing".into(),
        priority: Priority::Low,
        service: Arc::clone(&first.name),
        subject: String::new(),
        issue: "Services refuse a login with different words.".to_owned(),
        evidence: format!("{}.", shown.join("; ")),
        impact: "Clients need a case for each service, and the difference tells which service is behind an address."
            .to_owned(),
        recommendation: "Use one error for wrong credentials in all services: the same status and the same message."
            .to_owned(),
    }]
}

/// The words of an error, where APIs usually put them.
fn message(value: &Value) -> Option<String> {
    let texts = PLACES.iter().filter_map(|place| value.pointer(place)?.as_str());
    texts.map(|text| shortened(text, LONGEST)).find(|text| !text.is_empty())
}

fn tells_account(message: &str) -> bool {
    let matches =
        |pattern: &LazyLock<Option<Regex>>| pattern.as_ref().is_some_and(|regex| regex.is_match(message));
    matches(&TELLS_ACCOUNT) && !matches(&NAMES_BOTH)
}

#[cfg(test)]
mod tests {
    use super::super::asker::Shared;
    use super::super::fake::{self, LONG};
    use super::*;
    use crate::domain::finding::ServiceState;

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
        check(JSON, r#"{"error":{"message":"User not found"}}"#, &[("login.account", Priority::Medium)])
            .await;
        check(JSON, r#"{"detail":"Incorrect password."}"#, &[("login.account", Priority::Medium)]).await;
        check(JSON, "<h1>Unauthorized</h1>", &[("login.not_json", Priority::Low)]).await;
        check("200 OK", r#"{"token":"abc"}"#, &[("login.accepted", Priority::Critical)]).await;
        check("403 Forbidden", r#"{"error":"no"}"#, &[("login.status", Priority::Medium)]).await;
        let error = r#"{"error":"ORA-00933: SQL command not properly ended"}"#;
        check("500 Error", error, &[("login.error", Priority::High), ("login.leaks", Priority::High)]).await;
        let page = "<h1>Bad gateway</h1>";
        check("502 Error", page, &[("login.error", Priority::High), ("login.not_json", Priority::Medium)])
            .await;
        check("429 Too Many Requests", "Rate limit exceeded", &[]).await;
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
    }
}
