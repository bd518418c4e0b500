//! What every virtual user has: its connections, its timer, its last response, and how it sends one request.

use std::sync::Arc;

use crate::domain::endpoint::Expectation;
use crate::domain::error_reason::ErrorReason;
use crate::domain::units::nanos;
use crate::host::clock::now as wall_clock;
use crate::http::{BodyState, Connector, Exchange as _, Failure, Opening, Request, Response, RetryHint};

use super::back_off::back_off;
use super::deadline::Deadline;
use super::link::{CROSSING, Course, Link, Route, exchange};
use super::progress::Progress;
use super::recorder::{Recorder, Timing};
use super::shared::{Assignment, Shared};
use super::slowest::{Candidate, was_sent};
use super::timer::Timer;
use super::tracer::{Ids, Tracer};

/// How a request went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A complete response, as expected.
    Succeeded,
    /// No complete response, or an unexpected one.
    Failed(ErrorReason),
    /// The target wants fewer requests (429).
    Throttled,
}

impl Outcome {
    /// Whether the request was sent: the target has never heard of any other.
    pub(super) fn has_left(self) -> bool {
        match self {
            Self::Failed(reason) => was_sent(reason),
            Self::Succeeded | Self::Throttled => true,
        }
    }
}

/// When a request was due, and when it was sent. Units: nanoseconds of the run's clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Started {
    pub(super) intended_ns: u64,
    pub(super) sent_ns: u64,
}

/// A user's connections, timer and last response.
pub(super) struct Client {
    pub(super) shared: Arc<Shared>,
    pub(super) workload: usize,
    /// Number of the user among those of its workload, from 0.
    pub(super) seat: usize,
    /// Its connections, one per origin, in the order of `Shared::connectors`.
    links: Vec<Link>,
    /// Further origins that it was redirected to, behind those of the plan.
    others: Vec<Arc<Connector>>,
    /// The last complete response.
    pub(super) response: Response,
    pub(super) timer: Timer,
    pub(super) deadline: Deadline,
    /// What names the traces of its requests.
    pub(super) tracer: Tracer,
    failures_in_a_row: u32,
}

impl Client {
    pub(super) fn new(shared: Arc<Shared>, workload: usize, seat: usize) -> Self {
        let clock = shared.clock;
        Self {
            tracer: Tracer::new(shared.plan.tracing),
            links: shared.connectors.iter().map(|_| Link::default()).collect(),
            others: Vec::new(),
            shared,
            workload,
            seat,
            response: Response::default(),
            timer: Timer::new(clock),
            deadline: Deadline::new(clock),
            failures_in_a_row: 0,
        }
    }

    /// The current time. Units: nanoseconds of the run's clock.
    pub(super) fn now(&self) -> u64 {
        self.shared.clock.now_ns()
    }

    /// The link to an origin, without a connection that cannot be used again.
    pub(super) fn link(&mut self, origin: usize) -> &mut Link {
        let link = &mut self.links[origin];
        link.connection.take_if(|connection| !connection.is_reusable());
        link
    }

    /// Makes a further origin reachable; returns its number.
    pub(super) fn add_origin(&mut self, connector: Arc<Connector>) -> usize {
        let known = self.others.iter().position(|known| Arc::ptr_eq(known, &connector));
        let place = known.unwrap_or_else(|| {
            self.others.push(connector);
            self.links.push(Link::default());
            self.others.len() - 1
        });
        self.shared.connectors.len() + place
    }

    /// One request: sent again where it was not processed, or where a kept connection turned out to be closed.
    pub(super) async fn attempt(
        &mut self,
        request: &Request,
        origin: usize,
        now: u64,
        deadline_ns: u64,
        recorder: &mut Recorder,
    ) -> Result<(), Failure> {
        let Self { shared, links, others, response, deadline, tracer, .. } = self;
        let Link { connection, round_trip_ns, address } = &mut links[origin];
        let crossing_ns = nanos(CROSSING).max(2 * *round_trip_ns);
        let may_have_crossed = || {
            let ended = shared.clock.now_ns();
            ended.saturating_sub(now) <= crossing_ns + shared.pulse.held_up_ns(now, ended)
        };
        let mut course = Course::default();
        let connector = match shared.connectors.get(origin) {
            Some(connector) => connector,
            None => &others[origin - shared.connectors.len()],
        };
        let route = Route { connector, clock: &shared.clock, seat: self.seat };
        let exchange = exchange(
            connection,
            route,
            (request, tracer.traceparent()),
            may_have_crossed,
            &mut course,
            response,
        );
        let outcome = deadline.within(now, deadline_ns, exchange).await;
        // One that failed or was given up half-way closes.
        connection.take_if(|connection| !connection.is_reusable());
        if let Some(phases) = course.opened {
            *round_trip_ns = phases.round_trip_ns;
            *address = phases.address;
            recorder.connected(phases);
        }
        let outcome = outcome.unwrap_or_else(|| Err(Failure::of(course.timeout_reason())));
        self.failures_in_a_row = if outcome.is_ok() { 0 } else { self.failures_in_a_row.saturating_add(1) };
        if outcome.is_ok() && response.status == 429 {
            let pause = nanos(RetryHint::pause(response.retry, wall_clock()));
            self.shared.throttle.hold(self.workload, response.completed_ns.saturating_add(pause));
        }
        outcome
    }

    /// What an attempt comes to.
    pub(super) fn outcome(&self, attempt: Result<(), Failure>, expectation: &Expectation) -> Outcome {
        if let Err(failure) = attempt {
            return Outcome::Failed(failure.reason);
        }
        if self.response.status == 429 {
            return Outcome::Throttled;
        }
        if !expectation.accepts_status(self.response.status) {
            return Outcome::Failed(ErrorReason::UnexpectedStatus);
        }
        match self.response.body {
            BodyState::AsExpected => Outcome::Succeeded,
            BodyState::Unexpected => Outcome::Failed(ErrorReason::UnexpectedBody),
            BodyState::Undecodable => Outcome::Failed(ErrorReason::UndecodableBody),
        }
    }

    /// Records the last attempt under its outcome. `ids`: the trace that it named, if it did.
    pub(super) fn record(
        &self,
        (started, ended_ns): (Started, u64),
        attempt: Result<(), Failure>,
        outcome: Outcome,
        ids: Option<Ids>,
        recorder: &mut Recorder,
    ) {
        let response = &self.response;
        if let Some(ids) = ids.filter(|_| outcome.has_left()) {
            let status = attempt.is_ok().then_some(response.status);
            let service_ns = ended_ns.saturating_sub(started.sent_ns);
            keep_if_slow(recorder, (started.sent_ns, service_ns), outcome, status, ids);
        }
        if attempt.is_ok() {
            recorder.answered(response);
        }
        match outcome {
            Outcome::Failed(reason) => recorder.failed(reason),
            Outcome::Throttled => recorder.throttled(),
            Outcome::Succeeded => recorder.succeeded(Timing {
                service_ns: response.completed_ns.saturating_sub(started.sent_ns),
                response_ns: response.completed_ns.saturating_sub(started.intended_ns),
                first_byte_ns: response.first_byte_ns.saturating_sub(started.sent_ns),
            }),
        }
    }

    /// When an attempt was over: a complete answer says so itself.
    pub(super) fn ended_ns(&self, attempt: Result<(), Failure>) -> u64 {
        if attempt.is_ok() { self.response.completed_ns } else { self.now() }
    }

    /// Where requests are counted, the warm-up opens the connection and sends nothing.
    pub(super) async fn warm_up_connection(
        &mut self,
        origin: usize,
        window: &Assignment,
        progress: &mut Progress,
    ) {
        // Without a warm-up there is no time to open one in.
        let link = &mut self.links[origin];
        if link.connection.is_none() && self.shared.clock.now_ns() < window.measure_from_ns {
            let connector = &self.shared.connectors[origin];
            let mut reached = Opening::default();
            let opening = Box::pin(connector.connect(&self.shared.clock, self.seat, &mut reached));
            // A connection that fails here fails again with the first request, and is counted there.
            if let Some(Ok((connection, phases))) =
                self.deadline.within(self.shared.clock.now_ns(), window.measure_from_ns, opening).await
            {
                progress.recorder.connected(phases);
                link.round_trip_ns = phases.round_trip_ns;
                link.address = phases.address;
                link.connection = Some(connection);
            }
        }
        self.wait_until(window.measure_from_ns).await;
    }

    /// Waits for a point in time; returns when that was.
    pub(super) async fn wait_until(&mut self, at_ns: u64) -> u64 {
        let now = self.now();
        self.timer.wait_until(at_ns, now).await
    }

    /// Waits on purpose.
    pub(super) async fn pause_until(&mut self, until_ns: u64, progress: &mut Progress) -> u64 {
        let now = self.wait_until(until_ns).await;
        progress.idle_until(now);
        now
    }

    /// Time until which the target wants no requests; in the past where it wants them.
    pub(super) fn held_until_ns(&self) -> u64 {
        self.shared.throttle.until_ns(self.workload)
    }

    /// Waits as long as the target wants no requests, but not beyond the window; returns whether waiting was worth while.
    ///
    /// A window that only ends when its requests are sent does not sit out a long refusal.
    pub(super) async fn hold_back(&mut self, now: u64, window: &Assignment, progress: &mut Progress) -> bool {
        let until = self.held_until_ns();
        progress.recorder.held_back();
        if window.tickets.is_some() && until.saturating_sub(now) > nanos(super::shared::LONGEST_HOLD) {
            return false;
        }
        self.pause_until(until.min(window.closes_ns), progress).await;
        // Beyond the window there is nothing to go on with: a backlog sent then would break the target's word.
        until < window.closes_ns
    }

    /// The pause after broken exchanges in a row. Units: nanoseconds.
    pub(super) fn back_off_ns(&self) -> u64 {
        nanos(back_off(self.failures_in_a_row))
    }
}

/// Keeps a request, or an iteration, if it is among the slowest of its window.
pub(super) fn keep_if_slow(
    recorder: &mut Recorder,
    (sent_ns, service_ns): (u64, u64),
    outcome: Outcome,
    status: Option<u16>,
    ids: Ids,
) {
    if !recorder.slowest.wants(service_ns) {
        return;
    }
    let failure = match outcome {
        Outcome::Failed(reason) => Some(reason),
        Outcome::Succeeded | Outcome::Throttled => None,
    };
    recorder.slowest.offer(Candidate { sent_ns, service_ns, ids, status, failure });
}
