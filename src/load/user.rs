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

use tokio::sync::watch;

use crate::domain::endpoint::Pace;
use crate::domain::error_reason::ErrorReason;
use crate::domain::units::nanos;
use crate::http::Failure;

use super::client::{Client, Started};
use super::goes_through::{GoesThrough, let_others_first, take_ticket};
use super::player::Player;
use super::progress::Progress;
use super::recorder::Recorder;
use super::shared::{Assignment, Script, Shared, SharedRequest, UserMessage, UserReport, WindowSignal};

/// Lives from the start of the attack to its end, and then waits to be dropped.
///
/// It never returns: Goose would start it again at once, and again, until it looks at its own switch.
pub(crate) async fn live(shared: Arc<Shared>, workload: usize) {
    let place = shared.places[workload].fetch_add(1, Ordering::Relaxed);
    match &shared.scripts[workload] {
        Script::Endpoint(request) => {
            let client = Client::new(Arc::clone(&shared), workload, place as usize);
            let mut user = User { client, request: Arc::clone(request) };
            go_through_windows(&shared, workload, place, &mut user).await;
        }
        Script::Cast(cast) => {
            let mut player = Player::new(Arc::clone(&shared), workload, place as usize, Arc::clone(cast));
            go_through_windows(&shared, workload, place, &mut player).await;
        }
    }
    std::future::pending::<()>().await;
}

async fn go_through_windows(shared: &Arc<Shared>, workload: usize, place: u32, user: &mut impl GoesThrough) {
    let mut signal = shared.signal.subscribe();
    if shared.messages.send(UserMessage::Ready).is_err() {
        return;
    }
    // When the last window opened that the user went through.
    let mut last_ns = None;
    loop {
        let state = signal.borrow_and_update().clone();
        let is_ours = |window: &Assignment| window.workload == workload && place < window.users;
        let message = match state {
            WindowSignal::End => return,
            WindowSignal::Prepare { workload: wanted, users } if wanted == workload && place < users => {
                Some(UserMessage::Prepared(user.prepare().await))
            }
            WindowSignal::Closed(Some(window)) if is_ours(&window) && last_ns != Some(window.opens_ns) => {
                last_ns = Some(window.opens_ns);
                let report =
                    UserReport::empty(window.schedule.is_some(), window.measure_from_ns, user.parts());
                Some(UserMessage::Report(Box::new(report)))
            }
            WindowSignal::Open(window) if is_ours(&window) => {
                last_ns = Some(window.opens_ns);
                Some(UserMessage::Report(Box::new(user.go_through(&window, &mut signal).await)))
            }
            WindowSignal::Open(_) | WindowSignal::Closed(_) | WindowSignal::Prepare { .. } => None,
        };
        if message.is_some_and(|message| shared.messages.send(message).is_err()) {
            return;
        }
        if signal.changed().await.is_err() {
            return;
        }
    }
}

/// A user of an endpoint.
struct User {
    client: Client,
    request: Arc<SharedRequest>,
}

impl GoesThrough for User {
    async fn prepare(&mut self) -> Option<String> {
        None
    }

    fn parts(&self) -> usize {
        0
    }

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
        let shared = Arc::clone(&self.client.shared);
        let pace = shared.plan.workloads[self.client.workload].pace();
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
        let address = self.client.link(self.request.origin).address;
        UserReport::of(progress, Vec::new(), address)
    }
}

impl User {
    async fn closed_loop(&mut self, window: &Assignment, think_ns: u64, progress: &mut Progress) {
        if window.tickets.is_some() {
            self.client.warm_up_connection(self.request.origin, window, progress).await;
        }
        let timeout = self.request.timeout_ns;
        loop {
            // Before the request is timed.
            self.begin_trace();
            let (mut now, mut may_go_on) = (self.client.now(), true);
            if self.client.held_until_ns() > now {
                may_go_on = self.client.hold_back(now, window, progress).await;
                now = self.client.now();
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
            let attempt = self.attempt(now, now.saturating_add(timeout), progress).await;
            let ended = self.client.ended_ns(attempt);
            // A request from the warm-up that outlasts the whole window is all that the window saw, and one that was
            // answered with 429 explains why the window has few.
            let is_refused = attempt.is_ok() && self.client.response.status == 429;
            if measured || is_refused || ended >= window.closes_ns {
                progress.started_ns.get_or_insert(now);
                self.record(Started { intended_ns: now, sent_ns: now }, ended, attempt, progress);
            }
            let back_off_ns = self.client.back_off_ns();
            let pause = think_ns.max(back_off_ns);
            if pause == 0 && window.users > 1 {
                // Sending takes longer than reading. Whoever else has an answer reads it first, so that it is not stamped
                // late by the time that our next request takes to send.
                let_others_first().await;
            } else if pause > 0 {
                // A target that fails in the warm-up is asked again when measuring begins, so that the window sees it.
                let at_most =
                    if ended < window.measure_from_ns { window.measure_from_ns } else { window.closes_ns };
                let until = ended.saturating_add(pause).min(at_most);
                let now = self.client.pause_until(until, progress).await;
                if back_off_ns > think_ns {
                    progress.backed_off(ended.saturating_add(think_ns), now);
                }
            }
        }
    }

    async fn open_loop(&mut self, window: &Assignment, progress: &mut Progress) {
        let Some(schedule) = &window.schedule else { return };
        if window.tickets.is_some() {
            self.client.warm_up_connection(self.request.origin, window, progress).await;
        }
        let timeout = self.request.timeout_ns;
        loop {
            self.begin_trace();
            let mut free = self.client.now();
            if self.client.held_until_ns() > free {
                if !self.client.hold_back(free, window, progress).await {
                    break;
                }
                free = self.client.now();
            }
            let arrival = window.next_arrival.fetch_add(1, Ordering::Relaxed);
            let Some(offset) = schedule.at_ns(arrival) else { break };
            if !take_ticket(window) {
                break;
            }
            let intended = window.schedule_from_ns.saturating_add(offset);
            let now = self.client.timer.wait_until(intended, free).await;
            let measured = intended >= window.measure_from_ns;
            if measured {
                progress.started_ns.get_or_insert(now);
                progress
                    .recorder
                    .sent_late(now.saturating_sub(intended), now.saturating_sub(intended.max(free)));
            }
            let late = now.saturating_sub(intended);
            let attempt = if window.overload.is_in_time(now, late, timeout) {
                window.overload.sent();
                let attempt = self.attempt(now, now.saturating_add(timeout), progress).await;
                window.overload.ended(now, self.client.ended_ns(attempt), attempt);
                attempt
            } else {
                Err(Failure::of(ErrorReason::NotInTime))
            };
            if measured {
                let ended = self.client.ended_ns(attempt);
                self.record(Started { intended_ns: intended, sent_ns: now }, ended, attempt, progress);
            }
        }
    }

    /// Each request of an endpoint is a trace.
    fn begin_trace(&mut self) {
        self.client.tracer.begin_trace();
        self.client.tracer.begin_span();
    }

    async fn attempt(&mut self, now: u64, deadline_ns: u64, progress: &mut Progress) -> Result<(), Failure> {
        let Some(request) = self.request.template.literal() else {
            return Err(Failure::of(ErrorReason::Unsendable));
        };
        let recorder = &mut progress.recorder;
        self.client.attempt(request, self.request.origin, now, deadline_ns, recorder).await
    }

    fn record(&self, started: Started, ended_ns: u64, attempt: Result<(), Failure>, progress: &mut Progress) {
        progress.ended_ns = progress.ended_ns.max(ended_ns);
        progress.recorder.busy(ended_ns.saturating_sub(started.sent_ns));
        let outcome = self.client.outcome(attempt, self.request.template.expectation());
        let ids = self.request.template.is_traced().then(|| self.client.tracer.ids());
        self.client.record((started, ended_ns), attempt, outcome, ids, &mut progress.recorder);
    }
}
