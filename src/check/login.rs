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
    let leaks = leaks::of_error(&seen.body);
    facts.leaks = leaks.iter().map(|leak| leak.name.to_owned()).collect();
    if leaks.iter().any(leaks::Leak::is_secret) {
        leaks::secret(noted, &path, &leaks);
    }
    let expected = request.expectation.accepts_status(seen.status);
    if seen.status == 429 && !expected {
        noted.not_checked(format!("login {path}"), "the service refused it for its rate limit (429)");
        return facts;
    }
    let subject = Subject { what: &what, path: &path, noted };
    let says_failure = json.as_ref().is_some_and(says_failure) && seen.fields.get("set-cookie").is_none();
    subject.judge(&seen, Verdict { expected, says_failure }, &leaks, &mut facts);
    facts
}

struct Subject<'a> {
    what: &'a str,
    path: &'a str,
    noted: &'a mut Noted,
}

/// How the status and the JSON of a response refuse a login.
#[derive(Clone, Copy)]
struct Verdict {
    /// Whether the scenario expects the status.
    expected: bool,
    /// Whether the JSON says that the login failed.
    says_failure: bool,
}

impl Subject<'_> {
    fn judge(mut self, seen: &Seen, verdict: Verdict, leaks: &[leaks::Leak], facts: &mut LoginFacts) {
        let status = seen.status;
        if !verdict.expected {
            self.status(seen, verdict.says_failure, facts);
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
        let hints: Vec<&str> = leaks.iter().filter(|leak| !leak.is_secret()).map(|leak| leak.name).collect();
        if !hints.is_empty() {
            let evidence = format!("{}: status {status}, with {}.", self.what, hints.join(", "));
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

    fn status(&mut self, seen: &Seen, says_failure: bool, facts: &mut LoginFacts) {
        let status = seen.status;
        facts.problems.push(format!("status {status}"));
        let to = seen.fields.get("location").filter(|_| (300..400).contains(&status));
        let to =
            to.map(|to| format!(", to {}", shortened(to.split(['?', '#']).next().unwrap_or_default(), 80)));
        let evidence = format!("{}: status {status}{}.", self.what, to.unwrap_or_default());
        match status {
            200..=299 if says_failure => self.add("login.status", Priority::Medium, [
                "A login with wrong credentials is refused with an unexpected status.",
                &format!("{}: status {status}, with an error in the JSON.", self.what),
                "Clients, proxies and monitoring that look at the status take the login for a success.",
                "Use 401 for wrong credentials, or write the intended status into `expect` of this login.",
            ]),
            200..=299 => self.add("login.accepted", Priority::Critical, [
                "A login with wrong credentials succeeds.",
                &evidence,
                "Anybody may be logged in without a password.",
                "Check at once whether the response contains a session or token.",
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
    let words = |login: &LoginFacts| (login.status, login.message.as_deref().map(without_ids));
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

/// A message without its numbers and ids, which differ from one request to the next.
fn without_ids(message: &str) -> String {
    let words = message.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let is_id = |word: &str| word.bytes().any(|byte| byte.is_ascii_digit());
    words.map(|word| if is_id(word) { "#" } else { word }).collect()
}

/// Whether JSON says that a login failed, and holds no token.
fn says_failure(value: &Value) -> bool {
    let fails =
        ["success", "ok", "authenticated"].iter().any(|name| value.get(name) == Some(&Value::Bool(false)));
    let is_error = |error: &Value| match error {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(all) => !all.is_empty(),
        Value::Object(all) => !all.is_empty(),
        _ => true,
    };
    let has_error = ["error", "errors"].iter().any(|name| value.get(name).is_some_and(is_error));
    (fails || has_error) && !holds_token(value)
}

/// Whether JSON has a member that is named after a token or session, and has a value.
fn holds_token(value: &Value) -> bool {
    let names_token = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["token", "jwt", "session"].iter().any(|word| name.contains(word))
    };
    let is_filled = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        _ => true,
    };
    match value {
        Value::Object(all) => {
            all.iter().any(|(name, value)| (names_token(name) && is_filled(value)) || holds_token(value))
        }
        Value::Array(all) => all.iter().any(holds_token),
        _ => false,
    }
}

/// The words of an error, where APIs usually put them.
fn message(value: &Value) -> Option<String> {
    let texts = PLACES.iter().filter_map(|place| value.pointer(place)?.as_str());
    texts.map(|text| shortened(text, LONGEST)).find(|text| !text.is_empty())
}

pub(super) fn tells_account(message: &str) -> bool {
    let matches =
        |pattern: &LazyLock<Option<Regex>>| pattern.as_ref().is_some_and(|regex| regex.is_match(message));
    // "Invalid credentials" names neither, whatever advice follows.
    let is_plain = message.to_ascii_lowercase().starts_with("invalid credentials");
    matches(&TELLS_ACCOUNT) && !matches(&NAMES_BOTH) && !is_plain
}
