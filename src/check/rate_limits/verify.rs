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
use super::course::{Course, course, ends, next};
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
            let asker = Asker::new(shared, max_wait.saturating_mul(3).saturating_add(FOR_REQUESTS));
            let book = book(shared, &limits, endpoint);
            let facts = &mut facts[target];
            let noted = &mut noted;
            let mut one = One {
                shared,
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
    shared: &'a Shared,
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

/// How a round of requests ended.
enum Round {
    Refused(Box<Refused>),
    /// The request of this number, beyond the limit, was served.
    Served(u64),
    /// It says nothing, and why is noted.
    Over,
}

/// A request that was refused for a rate limit.
struct Refused {
    seen: Seen,
    /// How many requests the limit counts for certain, with this one.
    number: u64,
    /// Whether it is beyond the limit.
    is_beyond: bool,
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

    /// Sends requests until one is refused. Where one beyond the limit is served, does so once more: the first requests
    /// may have fallen into two periods.
    async fn send_all(&mut self) {
        let number = match self.round().await {
            Round::Refused(refused) => return self.refused(&refused).await,
            Round::Over => return,
            Round::Served(number) => number,
        };
        let now = self.now();
        let from = now.saturating_add(self.limit.counted_for());
        let ends = ends(&self.book, self.target, self.endpoint.path.reveal(), from);
        let takes = ends.map(|ends| ends.saturating_sub(now));
        let Some(_) = takes.filter(|takes| *takes <= self.max_wait) else {
            let why = takes.map_or_else(String::new, |takes| {
                format!(
                    " (to try again takes {}, and the longest wait is {})",
                    span(takes),
                    format_span(self.max_wait)
                )
            });
            return self.give_up(format!(
                "request {number} was served, but windows that begin by the clock, or buckets that refill, let this pass{why}"
            ));
        };
        self.sleep_until(from).await;
        self.connection = None;
        match self.round().await {
            Round::Refused(refused) => self.refused(&refused).await,
            Round::Served(number) => self.not_enforced(number),
            Round::Over => {}
        }
    }

    /// Sends requests until one is refused, or one beyond the limit is served.
    async fn round(&mut self) -> Round {
        let path = self.endpoint.path.reveal();
        let before = self.facts.sent;
        let mut accepted = 0_u64;
        while self.facts.sent - before <= self.limit.requests {
            let now = self.now();
            let at = next(&self.book, self.target, path, now);
            if at > now {
                self.sleep_until(at).await;
                continue;
            }
            let doubtful = self.book.doubtful(self.target, now);
            if self.book.sure(self.target, now) + doubtful > self.limit.requests {
                let why =
                    "requests that were refused for another limit may count, so it may be reached already";
                return self.over(why.to_owned());
            }
            let answered = self.ask().await;
            let number = self.book.sure(self.target, now);
            let seen = match answered {
                Ok(seen) => seen,
                Err(trouble) => return self.over(format!("request {number}: {}", trouble.words())),
            };
            let is_beyond = number + doubtful > self.limit.requests;
            // Some limiters refuse with another status: after requests that were accepted, exactly the one beyond.
            let is_refused =
                seen.status == 429 || (matches!(seen.status, 403 | 503) && is_beyond && accepted > 0);
            if is_refused && !self.accepts(&seen) {
                self.note_refused(seen.status);
                return Round::Refused(Box::new(Refused { seen, number, is_beyond }));
            }
            if !self.accepts(&seen) {
                return self.over(format!("request {number}: status {}", seen.status));
            }
            accepted += 1;
            if number > self.limit.requests {
                return Round::Served(number);
            }
        }
        self.over("the responses are too slow to reach it within its time".to_owned())
    }

    fn accepts(&self, seen: &Seen) -> bool {
        seen.status != 429 && self.endpoint.expectation.accepts_status(seen.status)
    }

    fn note_refused(&mut self, status: u16) {
        self.book.refused(self.endpoint.path.reveal());
        // Whoever sends notes 429 itself.
        if status != 429 {
            self.shared.note_refused(self.endpoint);
        }
    }

    fn over(&mut self, why: String) -> Round {
        self.give_up(why);
        Round::Over
    }

    async fn refused(&mut self, refused: &Refused) {
        let Refused { seen, number, is_beyond: documented } = refused;
        let (number, documented) = (*number, *documented);
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
        let mut refusal = refusal(&seen.fields, &seen.body, clock::now());
        if seen.status != 429 {
            refusal.problems.insert(0, format!("status {} instead of 429", seen.status));
        }
        self.facts.problems.extend(refusal.problems.iter().cloned());
        self.facts.retry_after_s = refusal.retry_after_s;
        if !refusal.problems.is_empty() {
            let is_vague = matches!(refusal.retry_after_s, None | Some(0)) || seen.status != 429;
            let priority = if is_vague { Priority::Medium } else { Priority::Low };
            self.add("rate_limit.response", priority, [
                "The response to a rate-limited request is not as documented.",
                &refusal.problems.join("; "),
                "Clients cannot tell when to try again: they try too early, again and again, or wait too long.",
                "Send 429 with `Rate limit exceeded`, `Retry-After` in whole seconds, `X-RateLimit-Remaining: 0` and \
                 `X-RateLimit-Reset` in milliseconds since 1970.",
            ]);
        }
        if let Some(seconds) = refusal.wait_s {
            self.retry(seconds, seen.status).await;
        }
    }

    /// Waits as long as the service asks for, and sends one more request.
    async fn retry(&mut self, seconds: u64, refusing: u16) {
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
            Ok(seen) if seen.status == 429 || (seen.status == refusing && !self.accepts(&seen)) => {
                self.note_refused(seen.status);
                self.facts.retry_succeeded = Some(false);
                self.add("rate_limit.retry", Priority::Medium, [
                    "A request is refused although the time to retry has passed.",
                    &format!(
                        "the {refusing} said `Retry-After: {}`, and a request {seconds} s later got {} again",
                        self.facts.retry_after_s.unwrap_or(seconds),
                        seen.status
                    ),
                    "Clients that wait as they are asked to are refused again.",
                    "Compute `Retry-After` from the end of the period, rounded up to whole seconds.",
                ]);
            }
            Ok(seen) if self.accepts(&seen) => self.facts.retry_succeeded = Some(true),
            Ok(seen) => self.noted.not_checked(what, format!("the request got status {}", seen.status)),
            Err(trouble) => self.noted.not_checked(what, trouble.words()),
        }
    }

    fn not_enforced(&mut self, number: u64) {
        self.facts.outcome = LimitOutcome::NotEnforced;
        self.add("rate_limit.not_enforced", Priority::Medium, [
            "The documented rate limit is not enforced.",
            &format!("request {number} within {} was served, twice", format_span(self.limit.per)),
            "More requests than documented are served.",
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
