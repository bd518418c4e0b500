//! Rehearses a plan on a virtual clock against the demo server's latency model: 48 hours in seconds, with the same
//! files.
//!
//! Users, workers and their queue are simulated request by request; the same seed gives the same windows.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::demo::{Fault, Faults, Model};
use crate::domain::endpoint::{Endpoint, Pace};
use crate::domain::generator::GeneratorHealth;
use crate::domain::histogram::HistogramError;
use crate::domain::journey::Journey;
use crate::domain::plan::Plan;
use crate::domain::random::stream;
use crate::domain::units::{after, nanos};
use crate::domain::window::MeasuredGroup;
use crate::domain::workload::Workload;
use crate::http::Response;

use super::back_off::back_off;
use super::engine::{ClockReading, Engine, EngineError, WindowOrder};
use super::group::group;
use super::pacing::Schedule;
use super::recorder::{Recorder, Stretch, Timing};
use super::rehearsed_journey::{self, Stage};
use super::rows_in_use::RowsInUse;
use super::simulated::Simulated;
use super::simulated_server::{Served, SimulatedServer};
use super::stop::Stop;

/// The stream of random numbers for setups; far from those of windows.
const PREPARING: u64 = u64::MAX / 4;

/// The engine for rehearsals, on a virtual clock.
#[derive(Debug)]
pub struct RehearsalEngine {
    plan: Arc<Plan>,
    model: Model,
    faults: Faults,
    started_at: Timestamp,
    elapsed: Duration,
    rows: RowsInUse,
    /// For each workload: how many of its users are set up, and since when.
    set_up: Vec<(u32, Duration)>,
    /// For each workload: how many iterations were dealt.
    dealt: Vec<u64>,
}

impl RehearsalEngine {
    /// A rehearsal whose virtual clock starts at `started_at`; `swing` is the relative size of the model's daily swing.
    pub fn new(plan: Arc<Plan>, faults: Vec<Fault>, swing: f64, started_at: Timestamp) -> Self {
        let model = Model::new(plan.seed).with_swing(swing);
        Self {
            rows: RowsInUse::of(&plan, None),
            set_up: vec![(0, Duration::ZERO); plan.workloads.len()],
            dealt: vec![0; plan.workloads.len()],
            plan,
            model,
            faults: Faults::new(faults),
            started_at,
            elapsed: Duration::ZERO,
        }
    }

    /// The same, with so much of its virtual time passed: faults and the daily swing count from its start.
    #[must_use]
    pub fn after(mut self, elapsed: Duration) -> Self {
        self.elapsed = elapsed;
        self
    }

    fn now(&self) -> Timestamp {
        after(self.started_at, self.elapsed)
    }

    /// The server for one window.
    fn server(&self, order: &WindowOrder) -> SimulatedServer<'_> {
        let purpose = (order.cell.workload as u64) << 32 | order.cell.level as u64;
        let random = stream(self.plan.seed, order.cycle, purpose);
        SimulatedServer::new(&self.model, &self.faults, self.elapsed, random)
    }

    /// How long the users of a window take to prepare: those that did not yet, and all whose setup is too old.
    fn setup_time(&mut self, order: &WindowOrder, workload: &Workload) -> Duration {
        let users = self.plan.level(order.cell).users.get();
        let (ready, at) = self.set_up[order.cell.workload];
        let journeys: Vec<&Journey> = workload.members().iter().filter_map(Workload::as_journey).collect();
        let age = journeys.iter().filter_map(|journey| journey.refresh()).min();
        let is_old = age.is_some_and(|age| self.elapsed.saturating_sub(at) >= age);
        let new = if is_old { users } else { users.saturating_sub(ready) };
        if new == 0 || journeys.iter().all(|journey| journey.setup.is_empty()) {
            return Duration::ZERO;
        }
        // All users at once, each step after the other: the last response ends it.
        let random = stream(self.plan.seed, order.number, PREPARING);
        let mut server = SimulatedServer::new(&self.model, &self.faults, self.elapsed, random);
        let mut ends_ns = 0;
        for _ in 0..new {
            let mut at = 0;
            for step in journeys.iter().flat_map(|journey| &journey.setup) {
                at = server.serve(&step.request, at).completed_ns;
            }
            ends_ns = ends_ns.max(at);
        }
        self.set_up[order.cell.workload] = (ready.max(users), self.elapsed);
        Duration::from_nanos(ends_ns)
    }

    /// What the users of a journey or a mix need for one window.
    fn stage<'a>(&'a mut self, order: &WindowOrder, workload: &'a Workload) -> Stage<'a> {
        let warm_up_ns = nanos(self.plan.warm_up);
        let closes_ns = warm_up_ns + nanos(self.plan.window);
        let opens_ns = if order.request_cap.is_some() { warm_up_ns } else { 0 };
        let purpose = (order.cell.workload as u64) << 32 | order.cell.level as u64;
        let random = stream(self.plan.seed, order.cycle, purpose);
        let schedule = match workload.pace() {
            Pace::Closed { .. } => None,
            Pace::Open { rate, arrivals } => {
                Some(Schedule::new(rate, arrivals, closes_ns - opens_ns, self.plan.seed, order.number))
            }
        };
        Stage {
            workload,
            users: self.plan.level(order.cell).users.get(),
            server: SimulatedServer::new(&self.model, &self.faults, self.elapsed, random),
            rows: &self.rows,
            dealt: &mut self.dealt[order.cell.workload],
            schedule,
            left: order.request_cap,
            opens_ns,
            warm_up_ns,
            closes_ns,
        }
    }

    fn simulate(&self, order: &WindowOrder, endpoint: &Endpoint) -> Result<Simulated, HistogramError> {
        let users = self.plan.level(order.cell).users.get();
        let warm_up_ns = nanos(self.plan.warm_up);
        let closes_ns = warm_up_ns + nanos(self.plan.window);
        // Where every request counts, the warm-up sends none.
        let opens_ns = if order.request_cap.is_some() { warm_up_ns } else { 0 };
        let mut window = Simulation {
            endpoint,
            server: self.server(order),
            users: (0..users).map(|user| Reverse((opens_ns, user))).collect(),
            failures: vec![0; users as usize],
            is_counted: order.request_cap.is_some(),
            left: order.request_cap.unwrap_or(u64::MAX),
            warm_up_ns,
            closes_ns,
            ended_ns: vec![warm_up_ns; users as usize],
            started_ns: vec![None; users as usize],
            recorder: Recorder::new(matches!(endpoint.pace, Pace::Open { .. }))?,
        };
        let schedule = match endpoint.pace {
            Pace::Closed { .. } => None,
            Pace::Open { rate, arrivals } => {
                Some(Schedule::new(rate, arrivals, closes_ns - opens_ns, self.plan.seed, order.number))
            }
        };
        match (endpoint.pace, &schedule) {
            (Pace::Closed { think }, _) => window.closed_loop(nanos(think)),
            (_, Some(schedule)) => window.open_loop(schedule, opens_ns),
            _ => (),
        }
        Ok(window.finish(schedule.as_ref()))
    }
}

/// One window during its simulation. Times are nanoseconds from its opening.
struct Simulation<'a> {
    endpoint: &'a Endpoint,
    server: SimulatedServer<'a>,
    /// Time of each user's next request, earliest first.
    users: BinaryHeap<Reverse<(u64, u32)>>,
    /// Number of consecutive failed exchanges of each user.
    failures: Vec<u32>,
    /// Whether the number of requests is limited.
    is_counted: bool,
    left: u64,
    warm_up_ns: u64,
    closes_ns: u64,
    started_ns: Vec<Option<u64>>,
    ended_ns: Vec<u64>,
    recorder: Recorder,
}

impl Simulation<'_> {
    fn closed_loop(&mut self, think_ns: u64) {
        while let Some(Reverse((sent, user))) = self.users.pop() {
            if sent >= self.closes_ns || self.left == 0 {
                continue;
            }
            self.left -= 1;
            let served = self.server.serve(self.endpoint, sent);
            let completed = served.completed_ns;
            let back_off_ns = self.back_off_ns(user, &served);
            let pause = think_ns.max(back_off_ns);
            // Like a real user: a request that fails in the warm-up is tried again when measuring begins, and one that
            // outlasts the whole window is recorded for it.
            let at_most = if completed < self.warm_up_ns { self.warm_up_ns } else { self.closes_ns };
            let next = (completed + pause).min(at_most).max(completed);
            if sent >= self.warm_up_ns || completed >= self.closes_ns {
                self.record(sent, sent, user, &served);
                self.recorder.idle(next - completed);
                if back_off_ns > think_ns {
                    self.recorder.backed_off((next - completed).saturating_sub(think_ns));
                }
                self.ended_ns[user as usize] = self.ended_ns[user as usize].max(next);
            }
            self.users.push(Reverse((next, user)));
        }
    }

    /// The pause after a failed exchange, the same as a real user's.
    fn back_off_ns(&mut self, user: u32, served: &Served) -> u64 {
        let failures = &mut self.failures[user as usize];
        *failures = if served.status.is_some() { 0 } else { failures.saturating_add(1) };
        nanos(back_off(*failures))
    }

    fn open_loop(&mut self, schedule: &Schedule, opens_ns: u64) {
        let mut arrival = 0;
        while let (Some(offset), Some(Reverse((free, user)))) = (schedule.at_ns(arrival), self.users.pop()) {
            if self.left == 0 {
                return;
            }
            self.left -= 1;
            arrival += 1;
            let intended = opens_ns + offset;
            let sent = intended.max(free);
            let served = self.server.serve(self.endpoint, sent);
            if intended >= self.warm_up_ns {
                self.recorder.sent_late(sent - intended, 0);
                self.record(intended, sent, user, &served);
            }
            self.users.push(Reverse((served.completed_ns, user)));
        }
    }

    fn record(&mut self, intended: u64, sent: u64, user: u32, served: &Served) {
        let place = user as usize;
        self.started_ns[place].get_or_insert(sent);
        self.ended_ns[place] = self.ended_ns[place].max(served.completed_ns);
        let service_ns = served.completed_ns - sent;
        self.recorder.busy(service_ns);
        if let Some(status) = served.status {
            self.recorder.answered(&Response {
                status,
                bytes: served.bytes,
                decoded_bytes: Some(served.bytes),
                cache: served.cache,
                ..Response::default()
            });
        }
        match served.failure {
            Some(reason) => self.recorder.failed(reason),
            None => self.recorder.succeeded(Timing {
                service_ns,
                response_ns: served.completed_ns - intended,
                first_byte_ns: service_ns,
            }),
        }
    }

    fn finish(self, schedule: Option<&Schedule>) -> Simulated {
        let nominal_ns = self.closes_ns - self.warm_up_ns;
        let last_ns = self.ended_ns.iter().copied().max().unwrap_or(self.closes_ns);
        let first_ns = self.started_ns.iter().flatten().copied().min().unwrap_or(last_ns);
        let spans: Vec<Option<u64>> = self
            .started_ns
            .iter()
            .zip(&self.ended_ns)
            .map(|(started, ended)| started.map(|started| ended.saturating_sub(started)))
            .collect();
        let measured: u64 = spans.iter().flatten().sum();
        // As with real users: if requests are limited, a user that found all of them taken was not present.
        let present = spans.iter().filter(|span| span.is_some() || !self.is_counted).count();
        let absent_ns = if self.is_counted { 0 } else { nominal_ns };
        let all: u64 = spans.iter().map(|span| span.unwrap_or(absent_ns)).sum();
        let closed = schedule.is_none();
        let duration_ns = match schedule {
            Some(schedule) => {
                let planned_ns = (!self.is_counted).then_some(nominal_ns);
                let sent = self.recorder.counts().requests();
                schedule.span_ns(sent, last_ns.saturating_sub(first_ns), planned_ns)
            }
            None => all / present.max(1) as u64,
        };
        let explained = self.recorder.explained_ns() as f64 / measured.max(1) as f64;
        Simulated {
            recorder: self.recorder,
            parts: Vec::new(),
            out_of_rows: None,
            duration: Duration::from_micros(duration_ns / 1_000),
            present: present as u64,
            littles_law_ratio: (closed && measured > 0).then_some(explained),
            ends_ns: last_ns.max(self.closes_ns),
        }
    }
}

impl Engine for RehearsalEngine {
    fn clocks(&self) -> ClockReading {
        ClockReading { wall: self.now(), monotonic_ns: nanos(self.elapsed), boot_ns: None }
    }

    fn longest_wait(&self) -> Duration {
        Duration::MAX
    }

    async fn wait(&mut self, span: Duration, _stop: &mut Stop) {
        self.elapsed += span;
    }

    async fn measure(
        &mut self,
        order: &WindowOrder,
        stop: &mut Stop,
    ) -> Result<Option<MeasuredGroup>, EngineError> {
        if stop.is_raised() {
            return Ok(None);
        }
        // Lets the program handle an interrupt between windows.
        tokio::task::yield_now().await;
        let plan = Arc::clone(&self.plan);
        let simulated = match plan.workload(order.cell) {
            Workload::Endpoint(endpoint) => self.simulate(order, endpoint)?,
            workload => {
                let preparing = self.setup_time(order, workload);
                self.elapsed += preparing;
                rehearsed_journey::simulate(self.stage(order, workload))?
            }
        };
        let started_at = after(self.now(), self.plan.warm_up);
        let generator = GeneratorHealth {
            send_lateness_p99_us: simulated.recorder.send_lateness_p99_us(),
            littles_law_ratio: simulated.littles_law_ratio,
            ..GeneratorHealth::default()
        };
        self.elapsed += Duration::from_nanos(simulated.ends_ns);
        let Simulated { recorder, parts, duration, present, out_of_rows, .. } = simulated;
        let stretch = Stretch {
            started_at,
            measured_from_ns: 0,
            duration,
            present,
            generator,
            met_limits: recorder.met_limits(),
            addresses: BTreeMap::new(),
            certificate_days: None,
        };
        let mut group = group(&self.plan, order, &stretch, recorder, parts);
        let feeder = out_of_rows.and_then(|feeder| self.plan.feeders.get(feeder));
        group.out_of_rows = feeder.map(|feeder| Arc::clone(&feeder.name));
        Ok(Some(group))
    }
}
