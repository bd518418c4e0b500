//! A user of a journey or a mix: plays one iteration after another while its window is open.
//!
//! Closed loop: the next iteration begins when the last one has ended, after a pause. Open loop: iterations begin on the
//! window's schedule. When the window closes, an iteration in progress goes on to its end without its pauses, so that
//! nothing is left behind half done; it is counted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rand_chacha::ChaCha8Rng;
use tokio::sync::watch;

use crate::domain::endpoint::Pace;
use crate::domain::error_reason::ErrorReason;
use crate::domain::random::stream;
use crate::domain::units::nanos;
use crate::host::clock::now as wall_clock;
use crate::http::Request;

use super::carried::Carried;
use super::client::{Client, Outcome, keep_if_slow};
use super::cookies::Jar;
use super::goes_through::{GoesThrough, let_others_first, take_ticket};
use super::leaving::{LONGEST_EXCHANGE, Leaving};
use super::play::Cast;
use super::played::{Halt, Played};
use super::progress::Progress;
use super::recorder::Recorder;
use super::shared::{Assignment, Shared, UserReport, WindowSignal};
use super::trace::Trace;

/// The stream of random numbers that users draw from; far from those of schedules.
const PURPOSE: u64 = u64::MAX / 4;

/// A user of a journey or a mix.
pub(super) struct Player {
    pub(super) client: Client,
    pub(super) cast: Arc<Cast>,
    /// What it carries through each of its plays.
    pub(super) roles: Vec<Role>,
    pub(super) random: ChaCha8Rng,
    /// What UUIDs are drawn from: another stream in each run, so that a target that keeps them never sees one again.
    pub(super) unique: ChaCha8Rng,
    /// Number of the user in the run, from 1.
    pub(super) number: u64,
    /// The play that it is in the middle of, and its next step.
    pub(super) at: Option<(usize, usize)>,
    /// Whether it is to leave its window early.
    pub(super) leaving: Arc<Leaving>,
    /// Where a request is written.
    pub(super) room: Option<Request>,
    /// What it sends and receives, where somebody wants to see it.
    pub(super) trace: Option<Trace>,
}

/// What a user carries through one play.
pub(super) struct Role {
    pub(super) carried: Carried,
    /// Cookies of the setup.
    pub(super) lasting: Jar,
    /// Cookies of the iteration.
    pub(super) jar: Jar,
    /// When the setup was last complete. Units: nanoseconds of the run's clock.
    pub(super) set_up_ns: Option<u64>,
    /// Number of the iteration, from 1.
    pub(super) iteration: u64,
}

impl Player {
    pub(super) fn new(shared: Arc<Shared>, workload: usize, seat: usize, cast: Arc<Cast>) -> Self {
        let plan = Arc::clone(&shared.plan);
        let number = plan.users_before(workload) + seat as u64;
        let started = wall_clock().as_microsecond().unsigned_abs();
        let feeders = plan.feeders.len();
        let before: BTreeMap<usize, u64> =
            (0..feeders).map(|feeder| (feeder, plan.users_of_feeder_before(feeder, workload))).collect();
        let role = |play| {
            let mut carried = Carried::new(play, feeders);
            carried.take_rows_of_user(play, &shared.rows, |feeder| {
                before.get(&feeder).copied().unwrap_or(0) + seat as u64
            });
            Role { carried, lasting: Jar::default(), jar: Jar::default(), set_up_ns: None, iteration: 0 }
        };
        Self {
            roles: cast.plays.iter().map(role).collect(),
            random: stream(plan.seed, number, PURPOSE),
            unique: stream(plan.seed ^ started, number, PURPOSE - 1),
            client: Client::new(shared, workload, seat),
            cast,
            number: number + 1,
            at: None,
            leaving: Arc::default(),
            room: None,
            trace: None,
        }
    }

    /// Goes through the window, or until it is closed before its end.
    async fn play_until(
        &mut self,
        signal: &mut watch::Receiver<WindowSignal>,
        window: &Assignment,
        progress: &mut Progress,
        parts: &mut [Recorder],
    ) -> Option<Halt> {
        let (clock, cleans_up) = (self.client.shared.clock, self.cast.cleans_up());
        let leaving = Arc::clone(&self.leaving);
        leaving.begin();
        let (halt, is_closed) = {
            let mut play = std::pin::pin!(self.play(window, progress, parts));
            let halt = tokio::select! {
                biased;
                halt = &mut play => Some(halt),
                _ = signal.changed() => None,
            };
            match halt {
                Some(halt) => (halt, false),
                // The iteration in progress is not waited for, and is not counted. What its exchange made is cleaned up.
                None if leaving.ask() && cleans_up => tokio::select! {
                    biased;
                    halt = &mut play => (halt, true),
                    () = leaving.stopped() => (None, true),
                    () = tokio::time::sleep(LONGEST_EXCHANGE) => (None, true),
                },
                None => (None, true),
            }
        };
        if is_closed {
            progress.idle_until(clock.now_ns());
        }
        halt
    }

    /// Goes through the window; says what ended it early.
    async fn play(
        &mut self,
        window: &Assignment,
        progress: &mut Progress,
        parts: &mut [Recorder],
    ) -> Option<Halt> {
        let pace = self.client.shared.plan.workloads[self.client.workload].pace();
        if window.tickets.is_some()
            && let Some(origin) = self.cast.plays.first().and_then(|play| play.steps.first())
        {
            let origin = origin.origin;
            self.client.warm_up_connection(origin, window, progress).await;
        }
        match pace {
            Pace::Open { .. } => self.open_loop(window, progress, parts).await,
            Pace::Closed { think } => self.closed_loop(window, nanos(think), progress, parts).await,
        }
    }

    async fn closed_loop(
        &mut self,
        window: &Assignment,
        think_ns: u64,
        progress: &mut Progress,
        parts: &mut [Recorder],
    ) -> Option<Halt> {
        loop {
            let (mut now, mut may_go_on) = (self.client.now(), true);
            if self.client.held_until_ns() > now {
                may_go_on = self.client.hold_back(now, window, progress).await;
                now = self.client.now();
            }
            progress.idle_until(now);
            if !may_go_on || now >= window.closes_ns || !take_ticket(window) {
                return None;
            }
            let is_measured = now >= window.measure_from_ns;
            if is_measured {
                progress.begin(now);
            }
            let member = self.next_member();
            let mut records = is_measured.then_some(&mut *parts);
            let played = self.iterate(member, window, (now, None), progress, &mut records).await;
            let played = match played {
                Ok(played) => played,
                Err(halt) => return Some(halt),
            };
            if is_measured {
                self.record(member, played, None, progress, parts);
            }
            self.leaving.here().await;
            let back_off_ns = self.client.back_off_ns();
            let pause = (think_ns + played.last_pause_ns).max(back_off_ns);
            if pause == 0 && window.users > 1 {
                let_others_first().await;
            } else if pause > 0 {
                let ended = played.ended_ns;
                let at_most =
                    if ended < window.measure_from_ns { window.measure_from_ns } else { window.closes_ns };
                let now = self.client.pause_until(ended.saturating_add(pause).min(at_most), progress).await;
                if back_off_ns > think_ns {
                    progress.backed_off(ended.saturating_add(think_ns), now);
                }
            }
        }
    }

    async fn open_loop(
        &mut self,
        window: &Assignment,
        progress: &mut Progress,
        parts: &mut [Recorder],
    ) -> Option<Halt> {
        let schedule = window.schedule.as_ref()?;
        loop {
            let mut free = self.client.now();
            if self.client.held_until_ns() > free {
                if !self.client.hold_back(free, window, progress).await {
                    return None;
                }
                free = self.client.now();
            }
            let arrival = window.next_arrival.fetch_add(1, Ordering::Relaxed);
            let offset = schedule.at_ns(arrival)?;
            if !take_ticket(window) {
                return None;
            }
            let intended = window.schedule_from_ns.saturating_add(offset);
            let now = self.client.timer.wait_until(intended, free).await;
            let is_measured = intended >= window.measure_from_ns;
            if is_measured {
                progress.begin(now);
                let (late, free_late) =
                    (now.saturating_sub(intended), now.saturating_sub(intended.max(free)));
                progress.recorder.sent_late(late, free_late);
            }
            let member = self.next_member();
            let timeout = self.cast.plays[member].steps.first().map_or(u64::MAX, |step| step.timeout_ns);
            let is_in_time = window.overload.is_in_time(now, now.saturating_sub(intended), timeout);
            let mut records = is_measured.then_some(&mut *parts);
            let played = if is_in_time {
                match self.iterate(member, window, (now, Some(intended)), progress, &mut records).await {
                    Ok(played) => played,
                    Err(halt) => return Some(halt),
                }
            } else {
                Played::unsent(now, ErrorReason::NotInTime)
            };
            if is_measured {
                self.record(member, played, Some((intended, now)), progress, parts);
            }
            self.leaving.here().await;
            if played.last_pause_ns > 0 {
                let until = played.ended_ns.saturating_add(played.last_pause_ns).min(window.closes_ns);
                self.client.pause_until(until, progress).await;
            }
        }
    }

    fn next_member(&self) -> usize {
        let dealt = self.client.shared.dealt[self.client.workload].fetch_add(1, Ordering::Relaxed);
        self.cast.dealt(dealt)
    }

    /// Records an iteration in the row of the whole, and in that of its member. `schedule`: when it was due, and when it
    /// began.
    fn record(
        &self,
        member: usize,
        played: Played,
        schedule: Option<(u64, u64)>,
        progress: &mut Progress,
        parts: &mut [Recorder],
    ) {
        progress.ended_ns = progress.ended_ns.max(played.ended_ns);
        let late_ns = schedule.map_or(0, |(intended, began)| began.saturating_sub(intended));
        let own = self.cast.plays[member].part.and_then(|part| parts.get_mut(part));
        for recorder in [Some(&mut progress.recorder), own].into_iter().flatten() {
            if let Some(status) = played.status {
                recorder.status(status);
            }
            if let Some((sent_ns, ids)) = played.named {
                keep_if_slow(recorder, (sent_ns, played.active_ns), played.outcome, played.status, ids);
            }
            match played.outcome {
                Outcome::Succeeded => recorder.iterated(played.active_ns, played.active_ns + late_ns),
                Outcome::Failed(reason) => recorder.failed(reason),
                Outcome::Throttled => recorder.throttled(),
            }
        }
    }
}

impl GoesThrough for Player {
    async fn prepare(&mut self) -> Option<String> {
        for member in 0..self.roles.len() {
            if self.needs_setup(member)
                && let Err(failure) = self.set_up(member).await
            {
                return Some(failure);
            }
        }
        None
    }

    fn parts(&self) -> usize {
        self.cast.parts
    }

    async fn go_through(
        &mut self,
        window: &Assignment,
        signal: &mut watch::Receiver<WindowSignal>,
    ) -> UserReport {
        let is_open = window.schedule.is_some();
        let recorders: Result<Vec<Recorder>, _> =
            (0..=self.cast.parts).map(|_| Recorder::new(is_open)).collect();
        let mut parts = match recorders {
            Ok(recorders) => recorders,
            Err(error) => return UserReport::failed(error),
        };
        let recorder = parts.remove(0);
        let mut progress = Progress { recorder, started_ns: None, ended_ns: window.measure_from_ns };
        let halt = self.play_until(signal, window, &mut progress, &mut parts).await;
        if self.at.is_some() {
            self.clean_up().await;
        }
        let origin =
            self.cast.plays.first().and_then(|play| play.steps.first()).map_or(0, |step| step.origin);
        let address = self.client.link(origin).address;
        let mut report = UserReport::of(progress, parts, address);
        match halt {
            Some(Halt::NoRows(feeder)) => report.out_of_rows = Some(feeder),
            Some(Halt::SetupFailed(failure)) => report.setup_failure = Some(failure),
            None => (),
        }
        report
    }
}
