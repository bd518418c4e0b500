//! Journeys and mixes in a rehearsal: their users, step by step, on a virtual clock.
//!
//! Values are not carried: the model knows no bodies. Which step is sent when, what it takes and how it ends is as with real
//! users: a step that fails ends the iteration, except for those that clean up.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::domain::endpoint::{Endpoint, Pace};
use crate::domain::error_reason::ErrorReason;
use crate::domain::feeder::RowPer;
use crate::domain::histogram::HistogramError;
use crate::domain::journey::Pause;
use crate::domain::units::nanos;
use crate::domain::workload::Workload;
use crate::http::Response;

use super::back_off::back_off;
use super::pacing::Schedule;
use super::recorder::{Recorder, Timing};
use super::rows_in_use::RowsInUse;
use super::simulated::Simulated;
use super::simulated_server::{Served, SimulatedServer};

/// What the users of a journey or a mix need for one window. Times are nanoseconds from its opening.
pub(super) struct Stage<'a> {
    pub(super) workload: &'a Workload,
    pub(super) users: u32,
    pub(super) server: SimulatedServer<'a>,
    pub(super) rows: &'a RowsInUse,
    /// Number of iterations that were dealt so far.
    pub(super) dealt: &'a mut u64,
    pub(super) schedule: Option<Schedule>,
    /// Number of iterations that may start; `None` is no bound.
    pub(super) left: Option<u64>,
    pub(super) opens_ns: u64,
    pub(super) warm_up_ns: u64,
    pub(super) closes_ns: u64,
}

/// A step as it is simulated.
struct Scene<'a> {
    request: &'a Endpoint,
    pause: Pause,
    always: bool,
    follow: bool,
    part: Option<usize>,
}

/// A member as it is simulated.
struct Act<'a> {
    scenes: Vec<Scene<'a>>,
    part: Option<usize>,
    /// Feeders that give a row for each iteration.
    feeders: Vec<usize>,
}

/// An iteration in progress.
#[derive(Clone, Copy)]
struct Running {
    member: usize,
    next: usize,
    intended_ns: u64,
    began_ns: u64,
    active_ns: u64,
    ended_ns: u64,
    failure: Option<ErrorReason>,
    status: Option<u16>,
    is_measured: bool,
}

struct Simulation<'a> {
    stage: Stage<'a>,
    acts: Vec<Act<'a>>,
    recorder: Recorder,
    parts: Vec<Recorder>,
    running: Vec<Option<Running>>,
    failures: Vec<u32>,
    started_ns: Vec<Option<u64>>,
    ended_ns: Vec<u64>,
    next_arrival: u64,
    out_of_rows: Option<usize>,
}

/// Simulates one window.
pub(super) fn simulate(stage: Stage<'_>) -> Result<Simulated, HistogramError> {
    let is_open = stage.schedule.is_some();
    let users = stage.users as usize;
    let acts = acts_of(stage.workload);
    let parts = stage.workload.parts().len();
    let mut simulation = Simulation {
        acts,
        recorder: Recorder::new(is_open)?,
        parts: (0..parts).map(|_| Recorder::new(is_open)).collect::<Result<_, _>>()?,
        running: vec![None; users],
        failures: vec![0; users],
        started_ns: vec![None; users],
        ended_ns: vec![stage.warm_up_ns; users],
        next_arrival: 0,
        out_of_rows: None,
        stage,
    };
    simulation.run();
    Ok(simulation.finish())
}

fn acts_of(workload: &Workload) -> Vec<Act<'_>> {
    let is_mix = matches!(workload, Workload::Mix(_));
    let mut part = 0;
    let mut acts = Vec::new();
    for member in workload.members() {
        let own = is_mix.then_some(part);
        part += usize::from(is_mix);
        match member {
            Workload::Journey(journey) => {
                let scenes = journey.steps.iter().enumerate().map(|(index, step)| Scene {
                    request: &step.request,
                    pause: step.pause,
                    always: step.always,
                    follow: step.follow,
                    part: Some(part + index),
                });
                acts.push(Act { scenes: scenes.collect(), part: own, feeders: journey.feeders() });
                part += journey.steps.len();
            }
            Workload::Endpoint(endpoint) => {
                let scene =
                    Scene { request: endpoint, pause: Pause::None, always: false, follow: false, part: None };
                acts.push(Act { scenes: vec![scene], part: own, feeders: Vec::new() });
            }
            Workload::Mix(_) => (),
        }
    }
    acts
}

impl Simulation<'_> {
    fn run(&mut self) {
        let mut due: BinaryHeap<Reverse<(u64, u32)>> =
            (0..self.stage.users).map(|user| Reverse((self.stage.opens_ns, user))).collect();
        while let Some(Reverse((now, user))) = due.pop() {
            let place = user as usize;
            let next = match self.running[place] {
                None => self.begin(now, place),
                Some(running) => Some(self.step(running, now, place)),
            };
            if let Some(next) = next {
                due.push(Reverse((next, user)));
            }
        }
    }

    /// Begins an iteration; returns when its first step is sent, `None` where the user has ended.
    fn begin(&mut self, now: u64, user: usize) -> Option<u64> {
        if self.out_of_rows.is_some() || self.stage.left == Some(0) {
            return None;
        }
        let intended_ns = match &self.stage.schedule {
            Some(schedule) => {
                let offset = schedule.at_ns(self.next_arrival)?;
                self.next_arrival += 1;
                self.stage.opens_ns + offset
            }
            None if now >= self.stage.closes_ns => return None,
            None => now,
        };
        self.stage.left = self.stage.left.map(|left| left - 1);
        let member = dealt(self.stage.workload, *self.stage.dealt);
        *self.stage.dealt += 1;
        for feeder in &self.acts[member].feeders {
            let per_iteration =
                self.stage.rows.feeder(*feeder).is_some_and(|known| known.per == RowPer::Iteration);
            if per_iteration && self.stage.rows.next(*feeder).is_none() {
                self.out_of_rows = Some(*feeder);
                return None;
            }
        }
        let began_ns = intended_ns.max(now);
        let is_measured = intended_ns >= self.stage.warm_up_ns;
        if is_measured {
            self.started_ns[user].get_or_insert(began_ns);
            if self.stage.schedule.is_some() {
                self.recorder.sent_late(began_ns - intended_ns, 0);
            }
        }
        self.running[user] = Some(Running {
            member,
            next: 0,
            intended_ns,
            began_ns,
            active_ns: 0,
            ended_ns: began_ns,
            failure: None,
            status: None,
            is_measured,
        });
        Some(began_ns)
    }

    /// Sends the next step; returns when the user goes on.
    fn step(&mut self, mut running: Running, now: u64, user: usize) -> u64 {
        let act = &self.acts[running.member];
        let scene = &act.scenes[running.next];
        let is_last = running.next + 1 == act.scenes.len();
        let mut next = now;
        if running.failure.is_none() || scene.always {
            let mut served = self.stage.server.serve(scene.request, now);
            if scene.follow && served.status.is_some_and(|status| (300..400).contains(&status)) {
                // The model knows no pages behind a redirect: what comes is what was wanted.
                (served.status, served.failure) = (Some(200), None);
            }
            let (pause, part) = (scene.pause, scene.part);
            let took_ns = served.completed_ns - now;
            running.active_ns += took_ns;
            running.ended_ns = served.completed_ns;
            let failures = &mut self.failures[user];
            *failures = if served.status.is_some() { 0 } else { failures.saturating_add(1) };
            if running.failure.is_none() {
                (running.failure, running.status) = (served.failure, served.status);
            }
            let pause_ns = if pause.is_none() { 0 } else { nanos(pause.drawn(self.stage.server.uniform())) };
            let at_most = self.stage.closes_ns.max(served.completed_ns);
            next = (served.completed_ns + pause_ns).min(at_most);
            if running.is_measured {
                self.note(part, &served, running, now);
                self.recorder.busy(took_ns);
                self.recorder.idle(if is_last { 0 } else { next - served.completed_ns });
            }
        }
        if running.failure.is_some() && !self.acts[running.member].scenes[running.next].always {
            let pause = self.acts[running.member].scenes[running.next].pause;
            if !pause.is_none() && next == now {
                next = (now + nanos(pause.drawn(self.stage.server.uniform())))
                    .min(self.stage.closes_ns.max(now));
            }
        }
        running.next += 1;
        if !is_last {
            self.running[user] = Some(running);
            return next;
        }
        self.running[user] = None;
        self.end(running, next, user)
    }

    /// Ends an iteration; returns when the user begins the next.
    fn end(&mut self, running: Running, next: u64, user: usize) -> u64 {
        let late_ns = running.began_ns - running.intended_ns;
        if running.is_measured {
            let own = self.acts[running.member].part.map(|part| &mut self.parts[part]);
            for recorder in [Some(&mut self.recorder), own].into_iter().flatten() {
                running.status.iter().for_each(|status| recorder.status(*status));
                match running.failure {
                    Some(reason) => recorder.failed(reason),
                    None => recorder.iterated(running.active_ns, running.active_ns + late_ns),
                }
            }
        }
        let think_ns = match self.stage.workload.pace() {
            Pace::Closed { think } => nanos(think),
            Pace::Open { .. } => 0,
        };
        let back_off_ns = nanos(back_off(self.failures[user]));
        let pause_ns = (next - running.ended_ns + think_ns).max(back_off_ns);
        let at_most = if running.ended_ns < self.stage.warm_up_ns {
            self.stage.warm_up_ns
        } else {
            self.stage.closes_ns
        };
        let next = (running.ended_ns + pause_ns).min(at_most).max(running.ended_ns);
        if running.is_measured {
            self.recorder.idle(next - running.ended_ns);
            if back_off_ns > think_ns {
                self.recorder.backed_off((next - running.ended_ns).saturating_sub(think_ns));
            }
            self.ended_ns[user] = self.ended_ns[user].max(next);
        }
        next
    }

    fn note(&mut self, part: Option<usize>, served: &Served, running: Running, sent_ns: u64) {
        let response = served.status.map(|status| Response {
            status,
            bytes: served.bytes,
            decoded_bytes: Some(served.bytes),
            cache: served.cache,
            ..Response::default()
        });
        if let Some(response) = &response {
            self.recorder.received(response);
        }
        let Some(recorder) = part.map(|part| &mut self.parts[part]) else { return };
        if let Some(response) = &response {
            recorder.answered(response);
        }
        let service_ns = served.completed_ns - sent_ns;
        // Only the first step of an iteration was due at a time.
        let due_ns = if running.next == 0 { running.intended_ns } else { sent_ns };
        match served.failure {
            Some(reason) => recorder.failed(reason),
            None => recorder.succeeded(Timing {
                service_ns,
                response_ns: served.completed_ns - due_ns,
                first_byte_ns: service_ns,
            }),
        }
    }

    fn finish(self) -> Simulated {
        let nominal_ns = self.stage.closes_ns - self.stage.warm_up_ns;
        let is_counted = self.stage.left.is_some();
        let last_ns = self.ended_ns.iter().copied().max().unwrap_or(self.stage.closes_ns);
        let first_ns = self.started_ns.iter().flatten().copied().min().unwrap_or(last_ns);
        let spans: Vec<Option<u64>> = self
            .started_ns
            .iter()
            .zip(&self.ended_ns)
            .map(|(started, ended)| started.map(|started| ended.saturating_sub(started)))
            .collect();
        let measured: u64 = spans.iter().flatten().sum();
        let present = spans.iter().filter(|span| span.is_some() || !is_counted).count();
        let absent_ns = if is_counted { 0 } else { nominal_ns };
        let all: u64 = spans.iter().map(|span| span.unwrap_or(absent_ns)).sum();
        let duration_ns = match &self.stage.schedule {
            Some(schedule) => {
                let planned_ns = (!is_counted).then_some(nominal_ns);
                let sent = self.recorder.counts().requests();
                schedule.span_ns(sent, last_ns.saturating_sub(first_ns), planned_ns)
            }
            None => all / present.max(1) as u64,
        };
        let explained = self.recorder.explained_ns() as f64 / measured.max(1) as f64;
        let is_closed = self.stage.schedule.is_none();
        Simulated {
            duration: Duration::from_micros(duration_ns / 1_000),
            present: present as u64,
            littles_law_ratio: (is_closed && measured > 0).then_some(explained),
            ends_ns: last_ns.max(self.stage.closes_ns),
            out_of_rows: self.out_of_rows,
            recorder: self.recorder,
            parts: self.parts,
        }
    }
}

/// Who comes in iteration number `n`, from 0.
fn dealt(workload: &Workload, n: u64) -> usize {
    let Workload::Mix(mix) = workload else { return 0 };
    let round = mix.deal.len().max(1) as u64;
    usize::try_from(n % round).ok().and_then(|place| mix.deal.get(place)).copied().unwrap_or(0)
}
