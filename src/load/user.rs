//! One virtual user: waits for its signal, and while its window is open sends one request after another.
//!
//! Closed loop: the next request goes when the last returned. Open loop: arrivals are taken from the window's schedule,
//! and a late one is timed from when it was intended. One that has waited for so long that its response could not come
//! within the timeout is not sent, and has failed: sending it would take the target's time from those that still can be
//! answered. What is sent has its whole timeout.
//!
//! - Service time includes opening a connection where a request needs one, because the user waits for it.
//! - A request in flight when its window closes is waited for, up to its timeout, and counted.
//! - A kept connection that closed while idle is replaced, and a repeatable request sent again. A close that comes later
//!   than two round trips and 10 ms after sending, and later than this machine was held up meanwhile, cannot have crossed
//!   the request: that is a `reset`.
//! - A user that has its response lets others read theirs before it sends again. Sending takes longer than reading, and
//!   with 200 users the last would be stamped a millisecond late. The page on performance has the cost.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;

use crate::domain::endpoint::Pace;
use crate::domain::error_reason::ErrorReason;
use crate::domain::template::NoValues;
use crate::domain::units::nanos;
use crate::host::clock::now as wall_clock;
use crate::http::{BodyState, Exchange as _, Failure, Opening, Request, Response, RetryHint};

use super::back_off::back_off;
use super::deadline::Deadline;
use super::link::{CROSSING, Course, Link, Route, exchange};
use super::progress::Progress;
use super::recorder::{Recorder, Timing};
use super::shared::{Assignment, Shared, SharedRequest, UserMessage, UserReport, WindowSignal};
use super::timer::Timer;

/// A window with a given number of requests ends where the target wants none of them for longer than this.
const LONGEST_HOLD: Duration = Duration::from_secs(30);

/// Lives from the start of the attack to its end, and then waits to be dropped.
///
/// It never returns: Goose would start it again at once, and again, until it looks at its own switch.
pub(crate) async fn live(shared: Arc<Shared>, workload: usize) {
    go_through_windows(shared, workload).await;
    std::future::pending::<()>().await;
}

async fn go_through_windows(shared: Arc<Shared>, workload: usize) {
    let place = shared.places[workload].fetch_add(1, Ordering::Relaxed);
    let mut signal = shared.signal.subscribe();
    let mut user = User::new(Arc::clone(&shared), workload, place);
    if shared.messages.send(UserMessage::Ready).is_err() {
        return;
    }
    // When the last window opened that the user went through.
    let mut last_ns = None;
    loop {
        let state = signal.borrow_and_update().clone();
        let is_ours = |window: &Assignment| window.workload == workload && place < window.users;
        match state {
            WindowSignal::End => return,
            WindowSignal::Closed(Some(window)) if is_ours(&window) && last_ns != Some(window.opens_ns) => {
                last_ns = Some(window.opens_ns);
                let report = UserReport::empty(window.schedule.is_some(), window.measure_from_ns);
                if shared.messages.send(UserMessage::Report(Box::new(report))).is_err() {
                    return;
                }
            }
            WindowSignal::Open(window) if is_ours(&window) => {
                last_ns = Some(window.opens_ns);
                let report = user.go_through(&window, &mut signal).await;
                if shared.messages.send(UserMessage::Report(Box::new(report))).is_err() {
                    return;
                }
            }
            WindowSignal::Open(_) | WindowSignal::Closed(_) => (),
        }
        if signal.changed().await.is_err() {
            return;
        }
    }
}

struct User {
    shared: Arc<Shared>,
    workload: usize,
    /// Number of the user among those of its workload, from 0.
    seat: usize,
    /// Its connections, one per origin, in the order of `Shared::connectors`.
    links: Vec<Link>,
    /// The last complete response.
    response: Response,
    /// Where a request that is not always the same is written.
    room: Option<Request>,
    timer: Timer,
    deadline: Deadline,
    failures_in_a_row: u32,
}

impl User {
    fn new(shared: Arc<Shared>, workload: usize, place: u32) -> Self {
        let clock = shared.clock;
        Self {
            links: shared.connectors.iter().map(|_| Link::default()).collect(),
            shared,
            workload,
            seat: place as usize,
            response: Response::default(),
            room: None,
            timer: Timer::new(clock),
            deadline: Deadline::new(clock),
            failures_in_a_row: 0,
        }
    }

    /// Goes through a window to its end, or until the window is closed before.
    async fn go_through(
        &mut self,
        window: &Assignment,
        signal: &mut watch::Receiver<WindowSignal>,
    ) -> UserReport {
        let recorder = match Recorder::new(window.schedule.is_some()) {
            Ok(recorder) => recorder,
            Err(error) => return UserReport::failed(error),
        };
        let mut progress = Progress { recorder, started_ns: None, ended_ns: window.measure_from_ns };
        let shared = Arc::clone(&self.shared);
        let pace = shared.plan.workloads[self.workload].pace();
        let requests = async {
            match pace {
                Pace::Open { .. } => self.open_loop(window, &mut progress).await,
                Pace::Closed { think } => self.closed_loop(window, nanos(think), &mut progress).await,
            }
        };
        tokio::select! {
            biased;
            () = requests => (),
            // The request in flight is not waited for, and is not counted.
            _ = signal.changed() => progress.idle_until(shared.clock.now_ns()),
        }
        let link = &mut self.links[shared.requests[self.workload][0].origin];
        link.connection.take_if(|connection| !connection.is_reusable());
        UserReport {
            recorder: Ok(progress.recorder),
            started_ns: progress.started_ns,
            ended_ns: progress.ended_ns,
            address: link.address,
        }
    }

    async fn closed_loop(&mut self, window: &Assignment, think_ns: u64, progress: &mut Progress) {
        if window.tickets.is_some() {
            self.warm_up_connection(window, progress).await;
        }
        let timeout = self.timeout_ns();
        loop {
            let (mut now, mut may_go_on) = (self.shared.clock.now_ns(), true);
            if self.shared.throttle.until_ns(self.workload) > now {
                may_go_on = self.hold_back(now, window, progress).await;
                now = self.shared.clock.now_ns();
            }
            // Whatever lies between an answer and the next request is no time of the target's.
            progress.idle_until(now);
            if !may_go_on || now >= window.closes_ns || !take_ticket(window) {
                break;
            }
            let measured = now >= window.measure_from_ns;
            if measured {
                progress.started_ns.get_or_insert(now);
            }
            let outcome = self.attempt(now, now.saturating_add(timeout), progress).await;
            let ended = self.ended_ns(outcome);
            // A request from the warm-up that outlasts the whole window is all that the window saw, and one that was
            // answered with 429 explains why the window has few.
            let is_refused = outcome.is_ok() && self.response.status == 429;
            if measured || is_refused || ended >= window.closes_ns {
                progress.started_ns.get_or_insert(now);
                self.record(now, now, ended, outcome, progress);
            }
            let back_off_ns = self.back_off_ns();
            let pause = think_ns.max(back_off_ns);
            if pause == 0 && window.users > 1 {
                // Sending takes longer than reading. Whoever else has an answer reads it first, so that it is not stamped
                // late by the time that our next request takes to send.
                let_others_first().await;
            } else if pause > 0 {
                // A target that fails in the warm-up is asked again when measuring begins, so that the window sees it.
                let at_most =
                    if ended < window.measure_from_ns { window.measure_from_ns } else { window.closes_ns };
                let now = self.pause_until(ended.saturating_add(pause).min(at_most), progress).await;
                if back_off_ns > think_ns {
                    progress.backed_off(ended.saturating_add(think_ns), now);
                }
            }
        }
    }

    async fn open_loop(&mut self, window: &Assignment, progress: &mut Progress) {
        let Some(schedule) = &window.schedule else { return };
        if window.tickets.is_some() {
            self.warm_up_connection(window, progress).await;
        }
        let timeout = self.timeout_ns();
        loop {
            let mut free = self.shared.clock.now_ns();
            if self.shared.throttle.until_ns(self.workload) > free {
                if !self.hold_back(free, window, progress).await {
                    break;
                }
                free = self.shared.clock.now_ns();
            }
            let arrival = window.next_arrival.fetch_add(1, Ordering::Relaxed);
            let Some(offset) = schedule.at_ns(arrival) else { break };
            if !take_ticket(window) {
                break;
            }
            let intended = window.schedule_from_ns.saturating_add(offset);
            let now = self.timer.wait_until(intended, free).await;
            let measured = intended >= window.measure_from_ns;
            if measured {
                progress.started_ns.get_or_insert(now);
                progress
                    .recorder
                    .sent_late(now.saturating_sub(intended), now.saturating_sub(intended.max(free)));
            }
            let late = now.saturating_sub(intended);
            let outcome = if window.overload.is_in_time(now, late, timeout) {
                window.overload.sent();
                let outcome = self.attempt(now, now.saturating_add(timeout), progress).await;
                window.overload.ended(now, self.ended_ns(outcome), outcome);
                outcome
            } else {
                Err(Failure::of(ErrorReason::NotInTime))
            };
            if measured {
                let ended = self.ended_ns(outcome);
                self.record(intended, now, ended, outcome, progress);
            }
        }
    }

    /// Where requests are counted, the warm-up opens the connection and sends nothing.
    async fn warm_up_connection(&mut self, window: &Assignment, progress: &mut Progress) {
        // Without a warm-up there is no time to open one in.
        let origin = self.request().origin;
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

    async fn wait_until(&mut self, at_ns: u64) -> u64 {
        let now = self.shared.clock.now_ns();
        self.timer.wait_until(at_ns, now).await
    }

    /// One request: sent again where it was not processed, or where a kept connection turned out to be closed.
    async fn attempt(&mut self, now: u64, deadline_ns: u64, progress: &mut Progress) -> Result<(), Failure> {
        let Self { shared, workload, links, response, room, deadline, .. } = self;
        let request = &shared.requests[*workload][0];
        let Link { connection, round_trip_ns, address } = &mut links[request.origin];
        let crossing_ns = nanos(CROSSING).max(2 * *round_trip_ns);
        let may_have_crossed = || {
            let ended = shared.clock.now_ns();
            ended.saturating_sub(now) <= crossing_ns + shared.pulse.held_up_ns(now, ended)
        };
        let mut course = Course::default();
        let Ok(prepared) = request.template.request(&NoValues, room) else {
            return Err(Failure::of(ErrorReason::Unsendable));
        };
        let connector = &shared.connectors[request.origin];
        let route = Route { connector, clock: &shared.clock, seat: self.seat };
        let exchange = exchange(connection, route, prepared, may_have_crossed, &mut course, response);
        let outcome = deadline.within(now, deadline_ns, exchange).await;
        // One that failed or was given up half-way closes.
        connection.take_if(|connection| !connection.is_reusable());
        if let Some(phases) = course.opened {
            *round_trip_ns = phases.round_trip_ns;
            *address = phases.address;
            progress.recorder.connected(phases);
        }
        let outcome = outcome.unwrap_or_else(|| Err(Failure::of(course.timeout_reason())));
        self.failures_in_a_row = if outcome.is_ok() { 0 } else { self.failures_in_a_row.saturating_add(1) };
        if outcome.is_ok() && response.status == 429 {
            let pause = nanos(RetryHint::pause(response.retry, wall_clock()));
            self.shared.throttle.hold(self.workload, response.completed_ns.saturating_add(pause));
        }
        outcome
    }

    fn record(
        &self,
        intended_ns: u64,
        sent_ns: u64,
        ended_ns: u64,
        outcome: Result<(), Failure>,
        progress: &mut Progress,
    ) {
        let recorder = &mut progress.recorder;
        progress.ended_ns = progress.ended_ns.max(ended_ns);
        recorder.busy(ended_ns.saturating_sub(sent_ns));
        if let Err(failure) = outcome {
            return recorder.failed(failure.reason);
        }
        let response = &self.response;
        recorder.answered(response);
        if response.status == 429 {
            return recorder.throttled();
        }
        if !self.request().template.expectation().accepts_status(response.status) {
            return recorder.failed(ErrorReason::UnexpectedStatus);
        }
        match response.body {
            BodyState::AsExpected => (),
            BodyState::Unexpected => return recorder.failed(ErrorReason::UnexpectedBody),
            BodyState::Undecodable => return recorder.failed(ErrorReason::UndecodableBody),
        }
        recorder.succeeded(Timing {
            service_ns: response.completed_ns.saturating_sub(sent_ns),
            response_ns: response.completed_ns.saturating_sub(intended_ns),
            first_byte_ns: response.first_byte_ns.saturating_sub(sent_ns),
        });
    }

    /// When an attempt was over: a complete answer says so itself.
    fn ended_ns(&self, outcome: Result<(), Failure>) -> u64 {
        if outcome.is_ok() { self.response.completed_ns } else { self.shared.clock.now_ns() }
    }

    fn timeout_ns(&self) -> u64 {
        self.request().timeout_ns
    }

    /// The one request of the user's workload.
    fn request(&self) -> &SharedRequest {
        &self.shared.requests[self.workload][0]
    }

    /// Waits as long as the target wants no requests, but not beyond the window; returns whether waiting was worth while.
    ///
    /// A window that only ends when its requests are sent does not sit out a long refusal.
    async fn hold_back(&mut self, now: u64, window: &Assignment, progress: &mut Progress) -> bool {
        let until = self.shared.throttle.until_ns(self.workload);
        progress.recorder.held_back();
        if window.tickets.is_some() && until.saturating_sub(now) > nanos(LONGEST_HOLD) {
            return false;
        }
        self.pause_until(until.min(window.closes_ns), progress).await;
        // Beyond the window there is nothing to go on with: a backlog sent then would break the target's word.
        until < window.closes_ns
    }

    async fn pause_until(&mut self, until_ns: u64, progress: &mut Progress) -> u64 {
        let now = self.wait_until(until_ns).await;
        progress.idle_until(now);
        now
    }

    fn back_off_ns(&self) -> u64 {
        nanos(back_off(self.failures_in_a_row))
    }
}

/// Goes to the end of the queue of tasks that are ready. Not `yield_now`, which would also ask the system for news: the
/// answers of those in the queue have come already.
async fn let_others_first() {
    let mut had_turn = false;
    std::future::poll_fn(|context| {
        if had_turn {
            return Poll::Ready(());
        }
        had_turn = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn take_ticket(window: &Assignment) -> bool {
    let Some(tickets) = &window.tickets else { return true };
    tickets.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}
