//! Verifies limits of a small server with short periods.

use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::super::asker::{Asker, Shared};
use super::super::facts::{LimitFacts, LimitOutcome, NotChecked};
use super::super::fake::{self, LONG};
use super::verify;
use crate::domain::finding::Finding;
use crate::domain::plan::Plan;
use crate::host::clock;
use crate::host::monotonic::Clock;

/// A limit of the server: a prefix, and how many requests it allows in how many milliseconds from the first one on.
#[derive(Clone, Copy)]
struct Real(&'static str, u64, u64);

/// What the server counted.
#[derive(Default)]
struct Counted {
    /// When the stretch of each limit began, and its requests.
    stretches: Vec<(u64, u64)>,
    refused: u64,
    served: u64,
}

/// A server with these limits. `change` may spoil what it says when it refuses.
async fn limiter(
    limits: &'static [Real],
    change: impl Fn(String) -> String + Send + Sync + 'static,
) -> (u16, Arc<Mutex<Counted>>) {
    let counted = Arc::new(Mutex::new(Counted::default()));
    let (clock, shared) = (Clock::start(), Arc::clone(&counted));
    let port = fake::http(move |request| {
        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        let now = clock.now_ns() / 1_000_000;
        let mut counted = shared.lock().unwrap();
        counted.stretches.resize(limits.len(), (0, 0));
        let mut wait = 0;
        for (Real(prefix, requests, per), stretch) in limits.iter().zip(&mut counted.stretches) {
            if now >= stretch.0 + per {
                *stretch = (now, 0);
            }
            if path.starts_with(prefix) && stretch.1 >= *requests {
                wait = wait.max(stretch.0 + per - now);
            }
        }
        if wait > 0 {
            counted.refused += 1;
            let reset = clock::now().as_millisecond() + i64::try_from(wait).unwrap();
            let head = format!(
                "429 Too Many Requests\r\nretry-after: {}\r\nx-ratelimit-remaining: 0\r\nx-ratelimit-reset: {reset}",
                wait.div_ceil(1_000)
            );
            return (change(head), "Rate limit exceeded".to_owned());
        }
        for (Real(prefix, ..), stretch) in limits.iter().zip(&mut counted.stretches) {
            stretch.1 += u64::from(path.starts_with(prefix));
        }
        counted.served += 1;
        ("200 OK".to_owned(), "{}".to_owned())
    })
    .await;
    (port, counted)
}

const SERVICE: &str = "[[service]]\nname = \"api\"\n[[service.path]]\nname = \"auth\"\npath = \"/api/auth/check\"\n\
    [[service.path]]\nname = \"health\"\npath = \"/api/health\"\n";

fn plan(port: u16, limits: &[(&str, &[(u64, &str)])]) -> Plan {
    let limits = limits.iter().map(|(path, allowances)| {
        let one = |(requests, per): &(u64, &str)| format!("{{ requests = {requests}, per = \"{per}\" }}");
        let all: Vec<String> = allowances.iter().map(one).collect();
        format!("[[rate_limit]]\npath = \"{path}\"\nlimits = [{}]\n", all.join(", "))
    });
    fake::plan(port, &format!("{}{SERVICE}", limits.collect::<String>()))
}

struct Verified {
    facts: Vec<LimitFacts>,
    findings: Vec<Finding>,
    not_checked: Vec<NotChecked>,
}

/// Verifies the limits after the ordinary check sent this many requests to the first endpoint.
async fn verified(plan: &Plan, before: u64, max_wait: Duration) -> (Verified, Rc<Shared>) {
    let shared = Shared::new(plan);
    let asker = Asker::new(&shared, LONG);
    for _ in 0..before {
        assert!(asker.ask(&plan.assessment.services[0].endpoints[0]).await.is_ok());
    }
    let (facts, findings, not_checked) = verify(&shared, plan, max_wait).await;
    (Verified { facts, findings, not_checked }, shared)
}

impl Verified {
    fn outcomes(&self) -> Vec<(LimitOutcome, u64, Option<bool>)> {
        self.facts.iter().map(|facts| (facts.outcome, facts.sent, facts.retry_succeeded)).collect()
    }

    fn rules(&self) -> Vec<&str> {
        self.findings.iter().map(|finding| &*finding.rule).collect()
    }
}

const S3: Duration = Duration::from_secs(3);

#[tokio::test]
async fn documented_limits_are_verified_with_one_request_beyond_each() {
    const REAL: [Real; 3] =
        [Real("/api/auth/", 3, 2_000), Real("/api/", 6, 3_000), Real("/api/auth/", 6, 4_000)];
    let (port, counted) = limiter(&REAL, |head| head).await;
    let limits: &[(&str, &[(u64, &str)])] =
        &[("/api/auth/*", &[(3, "2s"), (6, "4s")]), ("/api/*", &[(6, "3s")])];
    let (verified, shared) = verified(&plan(port, limits), 2, Duration::from_secs(4)).await;
    assert_eq!(verified.rules(), [""; 0], "{:?}", verified.findings);
    assert_eq!(verified.not_checked, []);
    let outcomes = verified.outcomes();
    // Two were sent before; then one more, one beyond, and one after the time to retry.
    assert_eq!(outcomes[0], (LimitOutcome::AsDocumented, 3, Some(true)));
    assert_eq!(outcomes[1], (LimitOutcome::Unreachable, 0, None));
    assert_eq!((outcomes[2].0, outcomes[2].2), (LimitOutcome::AsDocumented, Some(true)));
    let counted = counted.lock().unwrap();
    assert_eq!(counted.refused, 2, "one for each limit that can be reached");
    assert_eq!(counted.served + counted.refused, shared.sent());
    assert_eq!(noted_refused(&shared), 2);
}

#[tokio::test]
async fn a_limit_beyond_a_smaller_one_is_paced_within_it() {
    const REAL: [Real; 2] = [Real("/api/", 3, 1_000), Real("/api/", 5, 4_000)];
    let (port, counted) = limiter(&REAL, |head| head).await;
    let limits: &[(&str, &[(u64, &str)])] = &[("/api/*", &[(3, "1s"), (5, "4s")])];
    let (verified, _) = verified(&plan(port, limits), 0, Duration::from_secs(10)).await;
    assert_eq!((verified.rules(), verified.not_checked.as_slice()), (vec![], [].as_slice()));
    assert!(verified.facts.iter().all(|facts| facts.outcome == LimitOutcome::AsDocumented));
    assert_eq!(counted.lock().unwrap().refused, 2);
}

#[tokio::test]
async fn what_takes_too_long_is_not_verified() {
    const REAL: [Real; 1] = [Real("/api/", 3, 60_000)];
    let (port, _) = limiter(&REAL, |head| head).await;
    let limits: &[(&str, &[(u64, &str)])] =
        &[("/api/*", &[(3, "1m"), (5, "1h")]), ("/other/*", &[(1, "1s")])];
    let (verified, _) = verified(&plan(port, limits), 0, Duration::from_secs(1)).await;
    let not_verified = (LimitOutcome::NotVerified, 0, None);
    let reached = (LimitOutcome::AsDocumented, 4, None);
    assert_eq!(verified.outcomes(), [reached, not_verified, not_verified]);
    let whys: Vec<&str> = verified.not_checked.iter().map(|not| not.why.as_str()).collect();
    assert_eq!(whys[0], "no GET endpoint of a service has such a path");
    assert_eq!(whys[1], "it is 1m1s, and the longest wait is 1s");
    assert!(whys[2].ends_with("and the longest wait is 1s"), "{whys:?}");
}

#[tokio::test]
async fn a_limit_that_is_not_enforced_twice_is_a_finding() {
    let (port, counted) = limiter(&[], |head| head).await;
    let (one, _) = verified(&plan(port, &[("/api/*", &[(6, "1s")])]), 2, S3).await;
    assert_eq!(one.rules(), ["rate_limit.not_enforced"]);
    assert_eq!(one.outcomes(), [(LimitOutcome::NotEnforced, 5 + 7, None)]);
    assert_eq!(counted.lock().unwrap().served, 7 + 7);
    // Without the time to try again, nothing is known.
    let (port, counted) = limiter(&[], |head| head).await;
    let (other, _) = verified(&plan(port, &[("/api/*", &[(6, "1m")])]), 2, S3).await;
    assert_eq!((other.rules(), other.outcomes()[0].0), (vec![], LimitOutcome::NotVerified));
    assert!(
        other.not_checked[0].why.starts_with("request 7 was served, but windows that begin by the clock")
    );
    assert_eq!(counted.lock().unwrap().served, 7);
}

fn noted_refused(shared: &Shared) -> u64 {
    let mut refused = 0;
    shared.each_sent(|sent| refused += u64::from(sent.is_refused));
    refused
}

/// Verifies a limit of 4 per second of a service that answers its requests with these statuses, the last for all others.
async fn statuses(statuses: &'static [&'static str], before: u64) -> Verified {
    statuses_and_noted(statuses, before).await.0
}

/// The same, and how many of the requests count as refused.
async fn statuses_and_noted(statuses: &'static [&'static str], before: u64) -> (Verified, u64) {
    let number = Arc::new(Mutex::new(0));
    let port = fake::http(move |_| {
        let mut number = number.lock().unwrap();
        let status = statuses.get(*number).or(statuses.last()).unwrap();
        *number += 1;
        ((*status).to_owned(), "Rate limit exceeded".to_owned())
    })
    .await;
    let (verified, shared) = verified(&plan(port, &[("/api/*", &[(4, "1s")])]), before, S3).await;
    (verified, noted_refused(&shared))
}

const RETRY: &str = "503 Unavailable\r\nretry-after: 1";

#[tokio::test]
async fn a_limiter_may_refuse_with_another_status() {
    let (one, noted) =
        statuses_and_noted(&["200 OK", "200 OK", "200 OK", "200 OK", RETRY, "200 OK"], 2).await;
    assert_eq!(noted, 1);
    assert_eq!(one.outcomes(), [(LimitOutcome::AsDocumented, 4, Some(true))]);
    assert_eq!(one.rules(), ["rate_limit.response"]);
    assert!(one.findings[0].evidence.contains("status 503 instead of 429"), "{:?}", one.findings);
    // Refused too early, or always: it may be anything else.
    let two = statuses(&["200 OK", "200 OK", "200 OK", "503 Unavailable"], 2).await;
    assert_eq!((two.rules(), two.not_checked[0].why.as_str()), (vec![], "request 4: status 503"));
    for always in [&["401 Unauthorized"], &["403 Forbidden"]] {
        let all = statuses(always, 2).await;
        let why = format!("request 3: status {}", &always[0][..3]);
        assert_eq!((all.rules(), &all.not_checked[0].why, all.outcomes()[0].1), (vec![], &why, 1));
    }
}

#[tokio::test]
async fn a_retry_must_be_accepted_to_succeed() {
    const REFUSED: &str = "429 Too Many Requests\r\nretry-after: 1";
    let one = statuses(&["200 OK", "200 OK", "200 OK", "200 OK", REFUSED, "500 Error"], 0).await;
    assert_eq!(one.outcomes(), [(LimitOutcome::AsDocumented, 6, None)]);
    assert_eq!(one.not_checked[0].why, "the request got status 500");
    let other = statuses(&["200 OK", "200 OK", "200 OK", "200 OK", RETRY], 0).await;
    assert_eq!(other.rules(), ["rate_limit.response", "rate_limit.retry"]);
}

#[tokio::test]
async fn windows_that_begin_by_the_clock_are_tried_again() {
    // The first six are served, as they fall into two windows; of the next, the one beyond is refused.
    const REFUSED: &str = "429 Too Many Requests\r\nretry-after: 1";
    let served = ["200 OK"; 9];
    let all: Vec<&str> = served.into_iter().chain([REFUSED, "200 OK"]).collect();
    let one = statuses(Vec::leak(all), 0).await;
    assert_eq!(one.outcomes(), [(LimitOutcome::AsDocumented, 5 + 5 + 1, Some(true))]);
}

#[tokio::test]
async fn refused_requests_that_may_count_are_not_added_to_a_wider_limit() {
    // The smaller limit refuses one request; for the wider one there is no time to let it pass.
    const REAL: [Real; 2] = [Real("/api/auth/", 3, 60_000), Real("/api/", 6, 60_000)];
    let (port, counted) = limiter(&REAL, |head| head).await;
    let limits: &[(&str, &[(u64, &str)])] = &[("/api/auth/*", &[(3, "1m")]), ("/api/*", &[(6, "1m")])];
    let (verified, _) = verified(&plan(port, limits), 0, Duration::from_secs(1)).await;
    assert_eq!(verified.outcomes()[1].0, LimitOutcome::NotVerified);
    assert!(
        verified.not_checked.iter().any(|not| not.why.contains("another limit may count")),
        "{:?}",
        verified.not_checked
    );
    let counted = counted.lock().unwrap();
    assert_eq!((counted.served, counted.refused), (6, 1));
}

#[tokio::test]
async fn a_limit_that_is_lower_than_documented_is_a_finding() {
    const REAL: [Real; 1] = [Real("/api/", 4, 1_000)];
    let (port, counted) = limiter(&REAL, |head| head).await;
    let (verified, _) = verified(&plan(port, &[("/api/*", &[(6, "5s"), (9, "1m")])]), 0, S3).await;
    assert_eq!(verified.rules(), ["rate_limit.early"]);
    assert_eq!(verified.outcomes()[0], (LimitOutcome::TooEarly(5), 6, Some(true)));
    assert!(
        verified.not_checked[0].why.contains("requests are refused before 6 per 5s for /api/* is reached")
    );
    assert_eq!(counted.lock().unwrap().refused, 1);
}

#[tokio::test]
async fn a_malformed_refusal_and_a_wrong_time_are_findings() {
    const REAL: [Real; 1] = [Real("/api/", 2, 30_000)];
    let limits: &[(&str, &[(u64, &str)])] = &[("/api/*", &[(2, "30s")])];
    let (port, _) = limiter(&REAL, |head| head.replace("retry-after", "x-retry-after")).await;
    let (verified_one, _) = verified(&plan(port, limits), 0, S3).await;
    assert_eq!(verified_one.rules(), ["rate_limit.response"]);
    assert_eq!(verified_one.facts[0].problems, ["`Retry-After` is missing"]);
    // It says one second, and means thirty.
    let short = |head: String| {
        let line =
            head.split("\r\n").find(|line| line.starts_with("retry-after")).unwrap_or_default().to_owned();
        head.replace(&line, "retry-after: 1")
    };
    let (port, _) = limiter(&REAL, short).await;
    let (verified_other, _) = verified(&plan(port, limits), 0, S3).await;
    assert_eq!(verified_other.rules(), ["rate_limit.response", "rate_limit.retry"]);
    assert_eq!(verified_other.facts[0].retry_succeeded, Some(false));
}

#[tokio::test]
async fn a_failing_service_verifies_nothing() {
    let port = fake::http(|_| ("503 Unavailable".to_owned(), String::new())).await;
    let (verified, shared) = verified(&plan(port, &[("/api/*", &[(50, "1m")])]), 0, S3).await;
    assert_eq!((verified.outcomes()[0].0, shared.sent()), (LimitOutcome::NotVerified, 1));
    assert_eq!(verified.not_checked[0].why, "request 1: status 503");
}
