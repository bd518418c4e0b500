//! Times an endpoint: several requests, each on a new connection, and further ones on connections that are kept.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::endpoint::Endpoint;
use crate::domain::error_reason::ErrorReason;
use crate::domain::grade::Phase;
use crate::domain::sample::ErrorClass;

use super::asker::Asker;
use super::facts::{AssessedEndpoint, PhaseTimes, Spread};
use super::seen::{Seen, Trouble};
use super::session::Session;

/// After this many timeouts in a row an endpoint is not asked again: each costs its whole timeout.
const MOST_TIMEOUTS: u32 = 2;

/// How many requests an endpoint gets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Samples {
    /// On new connections.
    pub(super) fresh: u32,
    /// Whether each of these connections is used for another request.
    pub(super) kept: bool,
}

/// What the samples of an endpoint showed.
pub(super) struct Sampled {
    pub(super) facts: AssessedEndpoint,
    /// The first complete response that is neither an error nor rate-limited; else the first complete one.
    pub(super) seen: Option<Seen>,
    /// What went wrong first.
    pub(super) trouble: Option<Trouble>,
    /// The last handshake that came to its end.
    pub(super) session: Option<Arc<Session>>,
    /// The address that was connected to last.
    pub(super) address: Option<IpAddr>,
    /// Why fewer requests were sent than there should be; `None` where all were.
    pub(super) cut: Option<String>,
}

/// Asks an endpoint again and again.
pub(super) async fn sample(asker: &Asker, endpoint: &Endpoint, samples: Samples) -> Sampled {
    let mut collected = Collected::new(endpoint);
    let path = endpoint.path.reveal();
    // Half of what a documented limit allows is left for the other questions of the check.
    let room = asker.room(path).map_or(u64::from(samples.fresh), |room| (room / 2).max(1));
    let fresh = samples.fresh.min(u32::try_from(room).unwrap_or(u32::MAX));
    let kept = samples.kept && asker.room(path).is_none_or(|room| room >= 4 * u64::from(samples.fresh));
    if fresh < samples.fresh {
        let requests = if fresh == 1 { "request" } else { "requests" };
        collected.cut = Some(format!("a documented rate limit leaves room for {fresh} {requests}"));
    }
    for _ in 0..fresh {
        match one(asker, endpoint, kept).await {
            Ok((seen, again)) => {
                let is_limited = seen.status == 429;
                collected.response(seen);
                collected.kept.extend(again);
                if is_limited {
                    collected.cut = Some("the service is rate-limiting".to_owned());
                    break;
                }
            }
            Err(trouble) => {
                collected.trouble(trouble);
                if collected.is_hopeless() {
                    break;
                }
            }
        }
    }
    collected.finish(endpoint)
}

/// A request on a new connection, and the time of another one on it where that is wanted and possible.
async fn one(asker: &Asker, endpoint: &Endpoint, kept: bool) -> Result<(Seen, Option<Duration>), Trouble> {
    let mut connection = asker.connect(endpoint).await?;
    let seen = asker.ask_on(&mut connection, endpoint, &[]).await?;
    if !kept || seen.status == 429 || !connection.is_reusable() {
        return Ok((seen, None));
    }
    // A connection that was closed meanwhile says nothing about the service.
    let again = asker.ask_on(&mut connection, endpoint, &[]).await.ok();
    Ok((seen, again.filter(|again| again.is_expected).map(|again| again.times.total)))
}

struct Collected {
    sent: u32,
    succeeded: u32,
    limited: u32,
    failures: BTreeMap<ErrorReason, u32>,
    /// Of expected responses.
    times: Vec<PhaseTimes>,
    /// Of other complete responses, which are often faster.
    failed_times: Vec<PhaseTimes>,
    kept: Vec<Duration>,
    timeouts: u32,
    seen: Option<Seen>,
    last: Option<(u16, u64, &'static str)>,
    trouble: Option<Trouble>,
    session: Option<Arc<Session>>,
    address: Option<IpAddr>,
    cut: Option<String>,
    expects_status: bool,
}

impl Collected {
    fn new(endpoint: &Endpoint) -> Self {
        Self {
            sent: 0,
            succeeded: 0,
            limited: 0,
            failures: BTreeMap::new(),
            times: Vec::new(),
            failed_times: Vec::new(),
            kept: Vec::new(),
            timeouts: 0,
            seen: None,
            last: None,
            trouble: None,
            session: None,
            address: None,
            cut: None,
            expects_status: !endpoint.expectation.statuses.is_empty(),
        }
    }

    fn response(&mut self, seen: Seen) {
        self.sent += 1;
        self.timeouts = 0;
        self.last = Some((seen.status, seen.bytes, seen.version));
        self.session = seen.session.clone().or(self.session.take());
        self.address = seen.address.or(self.address);
        if seen.status == 429 {
            self.limited += 1;
        } else {
            if seen.is_expected {
                self.times.push(seen.times);
                self.succeeded += 1;
            } else {
                self.failed_times.push(seen.times);
                let is_body = self.is_expected_status(seen.status);
                let reason =
                    if is_body { ErrorReason::UnexpectedBody } else { ErrorReason::UnexpectedStatus };
                *self.failures.entry(reason).or_default() += 1;
            }
        }
        let is_better = |known: &Seen| !known.is_expected && seen.is_expected;
        if self.seen.as_ref().is_none_or(is_better) {
            self.seen = Some(seen);
        }
    }

    /// Whether an unexpected response has at least a status of success: what is wrong is then its body.
    fn is_expected_status(&self, status: u16) -> bool {
        !self.expects_status && (200..300).contains(&status)
    }

    fn trouble(&mut self, trouble: Trouble) {
        let reason = match &trouble {
            Trouble::Failed { reason, session } => {
                self.session = session.clone().or(self.session.take());
                Some(*reason)
            }
            Trouble::EndlessHandshake => Some(ErrorReason::ConnectTimeout),
            Trouble::TooLarge => Some(ErrorReason::BodyTooLarge),
            Trouble::OutOfTime | Trouble::Withheld(_) | Trouble::Impossible(_) => None,
        };
        if let Some(reason) = reason {
            self.sent += 1;
            *self.failures.entry(reason).or_default() += 1;
        }
        let is_slow = reason.is_some_and(|reason| {
            reason.class() == ErrorClass::Timeout || reason == ErrorReason::BodyTooLarge
        });
        self.timeouts = if is_slow { self.timeouts + 1 } else { 0 };
        if reason.is_none() {
            self.cut = Some(trouble.words());
        } else if self.timeouts >= MOST_TIMEOUTS {
            let what =
                if reason == Some(ErrorReason::BodyTooLarge) { "were too large" } else { "took too long" };
            self.cut = Some(format!("{MOST_TIMEOUTS} responses in a row {what}"));
        }
        self.trouble.get_or_insert(trouble);
    }

    /// Whether asking again would only cost time.
    fn is_hopeless(&self) -> bool {
        self.cut.is_some()
            && (self.timeouts >= MOST_TIMEOUTS || self.trouble.as_ref().is_some_and(Trouble::is_ours))
    }

    fn finish(self, endpoint: &Endpoint) -> Sampled {
        // Errors are often faster than what they stand for.
        let times = if self.times.is_empty() { &self.failed_times } else { &self.times };
        let spread = |phase: Phase| Spread::of(times.iter().filter_map(|times| times.of(phase)));
        let phases = Phase::ALL.into_iter().filter_map(|phase| Some((phase, spread(phase)?))).collect();
        let mut failures: Vec<(ErrorReason, u32)> = self.failures.into_iter().collect();
        failures.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
        let facts = AssessedEndpoint {
            name: Arc::clone(&endpoint.name),
            method: endpoint.method.as_str().to_owned(),
            path: endpoint.path.written().to_owned(),
            samples: self.sent,
            succeeded: self.succeeded,
            limited: self.limited,
            failures,
            status: self.last.map(|(status, ..)| status),
            bytes: self.last.map(|(_, bytes, _)| bytes),
            version: self.last.map_or("", |(.., version)| version),
            processing: Spread::of(times.iter().map(PhaseTimes::processing)),
            phases,
            kept_alive: Spread::of(self.kept),
        };
        Sampled {
            facts,
            seen: self.seen,
            trouble: self.trouble,
            session: self.session,
            address: self.address,
            cut: self.cut,
        }
    }
}
