//! One iteration of a journey: its steps in order, each with what it needs of those before.
//!
//! A step is written before it is timed, and looked into after: neither is part of its service time. Once a step has failed
//! only those are sent that clean up. A pause is no part of any time.

use std::time::Duration;

use rand::RngExt as _;

use crate::domain::journey::JarLife;
use crate::domain::units::nanos;
use crate::host::clock::now as wall_clock;

use super::carried::Who;
use super::client::Outcome;
use super::goes_through::let_others_first;
use super::play::PlayStep;
use super::played::{Halt, Played, Records};
use super::player::Player;
use super::progress::Progress;
use super::recorder::Recorder;
use super::shared::{Assignment, LONGEST_HOLD};

/// An interrupted iteration has this long to clean up.
const LONGEST_CLEANING: Duration = Duration::from_secs(5);

impl Player {
    /// Plays one iteration, now. `intended`: when it was due, in an open loop.
    /// # Errors
    /// [`Halt`] where it cannot begin, or not go on.
    pub(super) async fn iterate(
        &mut self,
        member: usize,
        window: &Assignment,
        (now, intended): (u64, Option<u64>),
        progress: &mut Progress,
        records: &mut Records<'_>,
    ) -> Result<Played, Halt> {
        let cast = std::sync::Arc::clone(&self.cast);
        let play = &cast.plays[member];
        self.begin(member)?;
        // The iteration is a trace, and a span of it that no request names.
        self.client.tracer.begin_trace();
        self.client.tracer.begin_span();
        let ids = play.is_traced().then(|| self.client.tracer.ids());
        let mut played = Played::begun(now);
        for (index, step) in play.steps.iter().enumerate() {
            self.at = Some((member, index));
            let has_failed = played.outcome != Outcome::Succeeded;
            if has_failed && !(step.always && self.roles[member].carried.has_all(&step.needs)) {
                // A target that fails is not asked more often than one that works.
                played.last_pause_ns += self.pause_ns(step);
                continue;
            }
            if self.needs_setup(member) {
                self.leaving.sends();
                let ready = self.set_up(member).await;
                self.leaving.has_sent();
                ready.map_err(Halt::SetupFailed)?;
            }
            // Times that have passed are compared with the last one that is known: reading the clock costs.
            let is_held = self.client.held_until_ns() > played.ended_ns;
            if is_held && !self.may_send(window, step.always, progress).await {
                if !has_failed {
                    played.outcome = Outcome::Throttled;
                }
                continue;
            }
            let due = intended.filter(|_| index == 0);
            self.leaving.sends();
            let sent = self.step(member, step, due, progress, records).await;
            self.leaving.has_sent();
            played.active_ns += sent.ended_ns.saturating_sub(sent.started.sent_ns);
            played.ended_ns = sent.ended_ns;
            if let (Some(ids), None, true) = (ids, played.named, sent.outcome.has_left()) {
                let ids = if play.is_endpoint() { self.client.tracer.ids() } else { ids };
                played.named = Some((sent.started.sent_ns, ids));
            }
            if !has_failed {
                (played.outcome, played.status) = (sent.outcome, sent.status);
            }
            if index + 1 < play.steps.len() {
                self.at = Some((member, index + 1));
                self.leaving.here().await;
            }
            let pause_ns = self.pause_ns(step);
            if index + 1 == play.steps.len() || played.outcome != Outcome::Succeeded {
                played.last_pause_ns += pause_ns;
            } else if pause_ns > 0 {
                // Once the window has closed nobody waits for anything but responses, and measuring begins on time.
                let until = sent.ended_ns.saturating_add(pause_ns);
                if sent.ended_ns < window.closes_ns {
                    let is_early = sent.ended_ns < window.measure_from_ns;
                    let at_most = if is_early { window.measure_from_ns } else { window.closes_ns };
                    self.client.pause_until(until.min(at_most), progress).await;
                }
            } else if window.users > 1 {
                // As between iterations: whoever has a response reads it before the next request is sent.
                let_others_first().await;
            }
        }
        self.at = None;
        Ok(played)
    }

    /// A pause after a step. Units: nanoseconds.
    fn pause_ns(&mut self, step: &PlayStep) -> u64 {
        if step.pause.is_none() { 0 } else { nanos(step.pause.drawn(self.random.random())) }
    }

    /// Begins an iteration: its row of data, its cookies.
    fn begin(&mut self, member: usize) -> Result<(), Halt> {
        let play = &self.cast.plays[member];
        let role = &mut self.roles[member];
        role.carried.take_rows(play, &self.client.shared.rows).map_err(Halt::NoRows)?;
        role.carried.begin_iteration();
        role.iteration += 1;
        if play.cookies == JarLife::Iteration && !(role.jar.is_empty() && role.lasting.is_empty()) {
            role.jar = role.lasting.clone();
        }
        Ok(())
    }

    /// Waits where the target wants no requests; whether to send one then. Who cleans up waits beyond the window.
    async fn may_send(&mut self, window: &Assignment, always: bool, progress: &mut Progress) -> bool {
        let now = self.client.now();
        let until = self.client.held_until_ns();
        if until <= now {
            return true;
        }
        if always && until - now <= nanos(LONGEST_HOLD) {
            self.client.pause_until(until, progress).await;
            return true;
        }
        self.client.hold_back(now, window, progress).await
    }

    /// Whether a member's setup is due.
    pub(super) fn needs_setup(&self, member: usize) -> bool {
        let play = &self.cast.plays[member];
        if play.setup.is_empty() {
            return false;
        }
        match (self.roles[member].set_up_ns, play.refresh_ns) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(at), Some(age)) => self.client.now().saturating_sub(at) >= age,
        }
    }

    /// Sends the setup of a member. It is counted nowhere.
    /// # Errors
    /// Which step failed, and why.
    pub(super) async fn set_up(&mut self, member: usize) -> Result<(), String> {
        let cast = std::sync::Arc::clone(&self.cast);
        let play = &cast.plays[member];
        let began_ns = self.client.now();
        // The iteration in progress goes on with what it has captured.
        let is_first = self.roles[member].set_up_ns.is_none();
        if is_first {
            self.roles[member].carried.begin_setup();
        }
        // Steps of a setup store their cookies in the jar of the iteration, which is put aside meanwhile.
        let role = &mut self.roles[member];
        let of_iteration = (play.cookies == JarLife::Iteration)
            .then(|| std::mem::replace(&mut role.jar, role.lasting.clone()));
        let mut failure = None;
        // The setup is a trace of its own, also in the middle of an iteration.
        let of_iteration_trace = self.client.tracer.mark();
        self.client.tracer.begin_trace();
        for step in &play.setup {
            let Ok(scratch) = Recorder::new(false) else { break };
            let mut aside = Progress { recorder: scratch, started_ns: None, ended_ns: began_ns };
            // The target's word holds for those who log in too.
            let held_until = self.client.held_until_ns();
            if held_until.saturating_sub(self.client.now()) > nanos(LONGEST_HOLD) {
                failure = Some(format!("setup step {}: rate-limited (429)", step.name));
                break;
            }
            self.client.wait_until(held_until).await;
            let sent = self.step(member, step, None, &mut aside, &mut None).await;
            if sent.outcome != Outcome::Succeeded {
                failure = Some(sent.failure(&step.name));
                break;
            }
            if !step.pause.is_none() {
                let until = sent.ended_ns.saturating_add(nanos(step.pause.drawn(self.random.random())));
                self.client.wait_until(until).await;
            }
        }
        self.client.tracer.return_to(of_iteration_trace);
        let role = &mut self.roles[member];
        if let Some(of_iteration) = of_iteration {
            role.lasting = std::mem::replace(&mut role.jar, of_iteration);
            role.jar.absorb(&role.lasting);
        }
        if let Some(failure) = failure {
            return Err(failure);
        }
        if is_first {
            role.carried.end_setup();
        }
        // Its age counts from before it was sent, so that a token is never older than it is taken for.
        role.set_up_ns = Some(began_ns);
        Ok(())
    }

    /// Sends what cleans up after an iteration that was interrupted. Nothing of it is counted.
    pub(super) async fn clean_up(&mut self) {
        let Some((member, from)) = self.at.take() else { return };
        let cast = std::sync::Arc::clone(&self.cast);
        let until = self.client.now().saturating_add(nanos(LONGEST_CLEANING));
        for step in cast.plays[member].steps.iter().skip(from).filter(|step| step.always) {
            let left = Duration::from_nanos(until.saturating_sub(self.client.now()));
            if left.is_zero() {
                return;
            }
            if !self.roles[member].carried.has_all(&step.needs) {
                continue;
            }
            let Ok(scratch) = Recorder::new(false) else { return };
            let mut aside = Progress { recorder: scratch, started_ns: None, ended_ns: 0 };
            let mut nowhere = None;
            let sending = self.step(member, step, None, &mut aside, &mut nowhere);
            // A response that does not come is not waited for.
            if tokio::time::timeout(left, sending).await.is_err() {
                return;
            }
        }
    }

    /// Who draws values now, in which iteration.
    pub(super) fn who(&self, member: usize) -> Who {
        Who { user: self.number, iteration: self.roles[member].iteration.max(1) }
    }

    /// Draws fresh values and sets those of a step.
    pub(super) fn draw(&mut self, member: usize, step: &PlayStep) {
        let who = self.who(member);
        let play = &self.cast.plays[member];
        let carried = &mut self.roles[member].carried;
        if !step.fresh.is_empty() {
            let streams = (&mut self.random, &mut self.unique);
            carried.draw(play, &step.fresh, who, wall_clock(), streams);
        }
        for (slot, text) in &step.set {
            carried.set(*slot, text);
        }
    }
}
