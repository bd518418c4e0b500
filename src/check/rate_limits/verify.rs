//! Sends the requests that verify the documented rate limits, and says what was found. Never more than one request beyond
//! a limit is sent, and none beyond any other.

use std::rc::Rc;
use std::time::Duration;

use crate::domain::endpoint::Endpoint;
use crate::domain::finding::{Finding, Priority};
use crate::domain::plan::Plan;
use crate::domain::service::Service;
use crate::domain::units::{format_span, nanos};
use crate::host::{clock, monotonic::Clock};

use super::super::asker::{Asker, Shared};
use super::super::facts::{LimitFacts, LimitOutcome, NotChecked};
use super::super::noted::{Noted, Texts};
use super::super::opened::Speaking;
use super::super::seen::{Seen, Trouble};
use super::book::{Book, Limit};
use super::course::{Course, course, next};
use super::refusal::refusal;

/// How much longer than its waits the verification of one limit may take: its requests need time too.
const FOR_REQUESTS: Duration = Duration::from_mins(5);
/// How much later than `Retry-After` the next request is sent: timers may be early by a tick.
const TICK: Duration = Duration::from_millis(20);

/// Verifies every documented limit of a plan, the tightest first. None waits longer than `max_wait`.
///
/// The requests that were sent before through `shared` count. Facts are in the order of the plan.
pub(in crate::check) async fn verify(
    shared: &Rc<Shared>,
    plan: &Plan,
    max_wait: Duration,
) -> (Vec<LimitFacts>, Vec<Finding>, Vec<NotChecked>) {
    let limits = Limit::all(&plan.rate_limits);
    shared.without_limits(&[]);
    let facts = limits.iter().map(|limit| LimitFacts {
        path: limit.paths.path.clone(),
        requests: limit.requests,
        per: limit.per,
        outcome: LimitOutcome::NotVerified,
        sent: 0,
        problems: Vec::new(),
        retry_after_s: None,
        retry_succeeded: None,
    });
    let mut facts: Vec<LimitFacts> = facts.collect();
    let mut order: Vec<usize> = (0..limits.len()).collect();
    order.sort_by_key(|index| (limits[*index].requests, limits[*index].per));
    let (mut findings, mut not_checked) = (Vec::new(), Vec::new());
    let mut too_early: Vec<usize> = Vec::new();
    for target in order {
        let limit = &limits[target];
        let Some((service, endpoint)) = endpoint_for(plan, &limits, target) else {
            not_checked.push(NotChecked {
                service: String::new(),
                what: format!("rate limit {}", limit.words()),
                why: "no GET endpoint of a service has such a path".to_owned(),
            });
            continue;
        };
        let path = endpoint.path.reveal();
        let mut noted = Noted::new(&service.name);
        if let Some(broken) = too_early.iter().find(|broken| limits[**broken].paths.covers(path)) {
            let why = format!("requests are refused before {} is reached", limits[*broken].words());
            noted.not_checked(format!("rate limit {}", limit.words()), why);
        } else {
            let asker = Asker::new(shared, max_wait.saturating_mul(2).saturating_add(FOR_REQUESTS));
            let book = book(shared, &limits, endpoint);
            let facts = &mut facts[target];
            let noted = &mut noted;
            let mut one = One {
                asker,
                book,
                target,
                limit,
                service,
                endpoint,
                max_wait,
                connection: None,
                facts,
                noted,
            };
            one.run().await;
        }
        if matches!(facts[target].outcome, LimitOutcome::TooEarly(_)) {
            too_early.push(target);
        }
        findings.append(&mut noted.findings);
        not_checked.append(&mut noted.not_checked);
    }
    (facts, findings, not_checked)
}

/// The endpoint whose requests count for a limit and for as few others as possible.
fn endpoint_for<'a>(plan: &'a Plan, limits: &[Limit], target: usize) -> Option<(&'a Service, &'a Endpoint)> {
    let services = plan.assessment.services.iter();
    let all = services.flat_map(|service| service.endpoints.iter().map(move |endpoint| (service, endpoint)));
    let covered = all.filter(|(_, endpoint)| {
        endpoint.method.as_str() == "GET"
            && endpoint.body.is_none()
            && plan.access.allowed.host(&endpoint.origin.host)
            && limits[target].paths.covers(endpoint.path.reveal())
    });
    covered.min_by_key(|(_, endpoint)| {
        let covers = |limit: &&Limit| limit.paths.covers(endpoint.path.reveal());
        limits.iter().filter(covers).count()
    })
}

/// What was sent so far. Requests to other hosts may count, where hosts share their limits.
fn book(shared: &Shared, limits: &[Limit], endpoint: &Endpoint) -> Book {
    let mut book = Book::new(limits);
    shared.each_sent(|sent| {
        let is_sure = sent.origin == endpoint.origin && !sent.is_refused;
        book.note(&sent.path, Duration::from_nanos(sent.at_ns), is_sure);
    });
    book
}

/// The verification of one limit.
struct One<'a> {
    asker: Asker,
    book: Book,
    target: usize,
    limit: &'a Limit,
    service: &'a Service,
    endpoint: &'a Endpoint,
    max_wait: Duration,
    connection: Option<Speaking>,
    facts: &'a mut LimitFacts,
    noted: &'a mut Noted,
}

impl One<'_> {
    async fn run(&mut self) {
        let path = self.endpoint.path.reveal();
        match course(&self.book, self.target, path, self.now(), self.max_wait) {
            Course::From(from) => {
                self.sleep_until(from).await;
                self.send_all().await;
            }
            Course::Unreachable(first) => {
                self.facts.outcome = LimitOutcome::Unreachable;
                self.facts.problems.push(format!("{first} is always reached first"));
            }
            Course::TooMany => self.give_up("it takes more than 5000 requests".to_owned()),
            Course::TooLong(None) => {
                self.give_up("the other documented limits leave too little room to reach it".to_owned());
            }
            Course::TooLong(Some(takes)) => {
                let why = format!(
                    "it takes {}, and the longest wait is {}",
                    span(takes),
                    format_span(self.max_wait)
                );
                self.give_up(why);
            }
        }
    }

    /// Sends requests until one is refused, or one beyond the limit is served.
    async fn send_all(&mut self) {
        let path = self.endpoint.path.reveal();
        while self.facts.sent <= self.limit.requests {
            let now = self.now();
            let at = next(&self.book, self.target, path, now);
            if at > now {
                self.sleep_until(at).await;
                continue;
            }
            let doubtful = self.book.doubtful(self.target, now);
            let seen = match self.ask().await {
                Ok(seen) => seen,
                Err(trouble) => {
                    return self.give_up(format!("request {}: {}", self.facts.sent, trouble.words()));
                }
            };
            let number = self.book.sure(self.target, now);
            if seen.status == 429 {
                self.book.refused(path);
                return self.refused(&seen, number, doubtful).await;
            }
            if seen.status >= 500 {
                return self.give_up(format!("request {}: status {}", self.facts.sent, seen.status));
            }
            if number > self.limit.requests {
                return self.not_enforced(number);
            }
        }
        self.give_up("the responses are too slow to reach it within its time".to_owned());
    }

    async fn refused(&mut self, seen: &Seen, number: u64, doubtful: u64) {
        let documented = number + doubtful > self.limit.requests;
        self.facts.outcome =
            if documented { LimitOutcome::AsDocumented } else { LimitOutcome::TooEarly(number) };
        if !documented {
            self.add("rate_limit.early", Priority::Medium, [
                "Requests are refused before the documented rate limit is reached.",
                &format!("request {number} got 429"),
                "Clients that keep to the documentation are refused, and their users see errors.",
                "Raise the limit to what is documented, or document what is enforced. Check whether other clients share \
                 this limit, by address or by account.",
            ]);
        }
        let refusal = refusal(&seen.fields, &seen.body, clock::now());
        self.facts.problems.extend(refusal.problems.iter().cloned());
        self.facts.retry_after_s = refusal.retry_after_s;
        if !refusal.problems.is_empty() {
            let priority = if refusal.retry_after_s.is_none() { Priority::Medium } else { Priority::Low };
            self.add("rate_limit.response", priority, [
                "The response to a rate-limited request is not as documented.",
                &refusal.problems.join("; "),
                "Clients cannot tell when to try again: they try too early, again and again, or wait too long.",
                "Send 429 with `Rate limit exceeded`, `Retry-After` in whole seconds, `X-RateLimit-Remaining: 0` and \
                 `X-RateLimit-Reset` in milliseconds since 1970.",
            ]);
        }
        if let Some(seconds) = refusal.retry_after_s {
            self.retry(seconds).await;
        }
    }

    /// Waits as long as the service asks for, and sends one more request.
    async fn retry(&mut self, seconds: u64) {
        let what = format!("the time to retry after rate limit {}", self.limit.words());
        let wait = Duration::from_secs(seconds).saturating_add(TICK);
        let now = self.now();
        let at = next(&self.book, self.target, self.endpoint.path.reveal(), now.saturating_add(wait));
        let takes = at.saturating_sub(now);
        if takes > self.max_wait.saturating_add(TICK) {
            let why =
                format!("it is {}, and the longest wait is {}", span(takes), format_span(self.max_wait));
            return self.noted.not_checked(what, why);
        }
        self.sleep_until(at).await;
        // The connection has been idle for long, and may be closed by now.
        self.connection = None;
        match self.ask().await {
            Ok(seen) if seen.status == 429 => {
                self.book.refused(self.endpoint.path.reveal());
                self.facts.retry_succeeded = Some(false);
                self.add("rate_limit.retry", Priority::Medium, [
                    "A request is refused although the time to retry has passed.",
                    &format!("the 429 said `Retry-After: {seconds}`, and a request after that time got 429 again"),
                    "Clients that wait as they are asked to are refused again.",
                    "Compute `Retry-After` from the end of the period, rounded up to whole seconds.",
                ]);
            }
            Ok(_) => self.facts.retry_succeeded = Some(true),
            Err(trouble) => self.noted.not_checked(what, trouble.words()),
        }
    }

    fn not_enforced(&mut self, number: u64) {
        self.facts.outcome = LimitOutcome::NotEnforced;
        self.add("rate_limit.not_enforced", Priority::Medium, [
            "The documented rate limit is not enforced.",
            &format!("request {number} within {} was served", format_span(self.limit.per)),
            "One client can send as much as it wants: passwords can be guessed, and one faulty client slows everybody \
             down.",
            "Enforce the limit at the proxy or in the service. If several instances count for themselves, let them share \
             their counts.",
        ]);
    }

    fn give_up(&mut self, why: String) {
        self.noted.not_checked(format!("rate limit {}", self.limit.words()), why);
    }

    fn add(&mut self, rule: &'static str, priority: Priority, texts: [&str; 4]) {
        let [issue, seen, impact, recommendation] = texts.map(str::to_owned);
        let path = self.endpoint.path.written().split('?').next().unwrap_or_default();
        let evidence = format!("GET {}{path}, {}: {seen}.", self.service.origin, self.limit.words());
        let texts = Texts { issue, evidence, impact, recommendation };
        self.noted.finding(rule, priority, self.limit.words(), texts);
    }

    /// Sends a request, over the last connection where that is still open.
    async fn ask(&mut self) -> Result<Seen, Trouble> {
        let mut connection = match self.connection.take().filter(Speaking::is_reusable) {
            Some(connection) => connection,
            None => self.asker.connect(self.endpoint).await?,
        };
        self.facts.sent += 1;
        self.book.note(self.endpoint.path.reveal(), self.now(), true);
        let seen = self.asker.ask_on(&mut connection, self.endpoint, &[]).await?;
        self.connection = Some(connection);
        Ok(seen)
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(self.asker.clock().now_ns())
    }

    async fn sleep_until(&self, at: Duration) {
        let clock: &Clock = self.asker.clock();
        tokio::time::sleep_until(clock.instant(nanos(at))).await;
    }
}

/// A span in whole seconds, rounded up.
fn span(time: Duration) -> String {
    format_span(Duration::from_secs(time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))))
}
