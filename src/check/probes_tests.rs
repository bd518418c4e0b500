//! A whole check of one service at which every probe finds something, and of one with a documented rate limit.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::facts::{LimitOutcome, SocketStep};
use super::fake;
use super::{CheckOptions, assess};

const SERVICE: &str = r#"
[check]
samples = 2
[[service]]
name = "web"
[[service.path]]
name = "search"
path = "/"
[[service.path]]
name = "health"
path = "/health"
"#;
const PROBES: &str = r#"
[[service.websocket]]
path = "/ws"
[[service.login]]
path = "/login"
json = { email = "nobody@example.com", password = "obviously-fake" }
[[service.body]]
name = "cache"
path = "/health"
check = "jsonpath $.redis.enabled == true"
priority = "high"
issue = "The cache is off."
"#;

fn answer(request: &str) -> (String, String) {
    let target = request.split(' ').nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (head, body) = match path {
        "/" => {
            let q = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "q");
            let q = q.map_or(String::new(), |(_, value)| value.into_owned());
            ("200 OK\r\ncontent-type: text/html", format!("<h1>Results for {q}</h1>"))
        }
        "/health" => {
            let body = r#"{"redis":{"enabled":false},"upstream":"http://10.0.3.17:8080"}"#;
            ("200 OK\r\ncontent-type: application/json", body.to_owned())
        }
        "/login" => ("500 Error", "ORA-00933: SQL command not properly ended".to_owned()),
        _ => ("200 OK\r\ncontent-type: text/html", "<h1>Welcome</h1>".to_owned()),
    };
    (head.to_owned(), body)
}

#[tokio::test]
async fn each_probe_finds_what_is_wrong() {
    let plan = fake::plan(fake::http(answer).await, &format!("{SERVICE}{PROBES}"));
    let assessed = Box::pin(assess(&plan, &CheckOptions::default())).await;
    let service = &assessed.services[0];
    assert_eq!(service.sockets[0].step, SocketStep::Upgrade);
    assert_eq!(service.logins[0].status, Some(500));
    assert_eq!(service.body_rules[0].holds, Some(false));
    for (rule, subject) in [
        ("websocket.upgrade", "/ws"),
        ("login.error", "/login"),
        ("login.leaks", "/login"),
        ("body.cache", "/health"),
        ("reflection.script", "search"),
        ("leaks.internals", "health"),
    ] {
        let is_it =
            |finding: &&crate::domain::finding::Finding| finding.rule == rule && finding.subject == subject;
        assert_eq!(assessed.findings.iter().filter(is_it).count(), 1, "{rule}: {:#?}", assessed.findings);
    }
    assert!(!format!("{assessed:?}").contains("obviously-fake"));
}

#[tokio::test]
async fn a_light_check_asks_none_of_it() {
    let plan = fake::plan(fake::http(answer).await, &format!("{SERVICE}{PROBES}"));
    let options = CheckOptions { is_light: true, rate_limits: None };
    let assessed = Box::pin(assess(&plan, &options)).await;
    let service = &assessed.services[0];
    assert_eq!((service.sockets.len(), service.logins.len(), service.body_rules.len()), (0, 0, 0));
}

#[tokio::test]
async fn the_requests_of_the_check_count_for_its_rate_limits() {
    let served = std::sync::Arc::new(AtomicU64::new(0));
    let count = std::sync::Arc::clone(&served);
    let port = fake::http(move |request| {
        if !request.contains(" /health ") {
            return answer(request);
        }
        if count.fetch_add(1, Ordering::SeqCst) < 8 {
            return answer(request);
        }
        ("429 Too Many Requests\r\nretry-after: 99".to_owned(), "Rate limit exceeded".to_owned())
    })
    .await;
    let limit = "[[rate_limit]]\npath = \"/health\"\nlimits = [{ requests = 8, per = \"10m\" }]\n";
    let plan = fake::plan(port, &format!("{limit}{SERVICE}"));
    let options = CheckOptions { is_light: false, rate_limits: Some(Duration::from_secs(1)) };
    let assessed = Box::pin(assess(&plan, &options)).await;
    let limit = &assessed.rate_limits[0];
    assert_eq!(limit.outcome, LimitOutcome::AsDocumented, "{assessed:#?}");
    assert!(limit.sent < 9, "{}", limit.sent);
    assert_eq!(served.load(Ordering::SeqCst), 9, "one request beyond the limit");
}
