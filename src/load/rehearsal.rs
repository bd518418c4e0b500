//! Rehearses a plan on a virtual clock against the demo server's latency model: 48 hours in seconds, with the same
//! files.
//!
//! Users, workers and their queue are simulated request by request; the same seed gives the same windows.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use crate::demo::fault::Effect;
use crate::demo::model::Cache;
use crate::demo::{Fault, Faults, Model, RouteId};
use crate::domain::endpoint::{Endpoint, Pace};
use crate::domain::error_reason::ErrorReason;
use crate::domain::generator::GeneratorHealth;
use crate::domain::histogram::HistogramError;
use crate::domain::plan::Plan;
use crate::domain::sample::CacheState;
use crate::domain::schedule::stream;
use crate::domain::units::{after, nanos};
use crate::domain::window::MeasuredGroup;
use crate::http::Response;

use super::back_off::back_off;
use super::engine::{ClockReading, Engine, EngineError, WindowOrder};
use super::pacing::Schedule;
use super::recorder::{Recorder, Stretch, Timing};
use super::stop::Stop;

/// Cost of a loopback exchange besides the server's own work.
const TRANSPORT_NS: u64 = 60_000;

/// The engine for rehearsals, on a virtual clock.
#[derive(Debug)]
pub struct RehearsalEngine {
    plan: Arc<Plan>,
    model: Model,
    faults: Faults,
    started_at: Timestamp,
    elapsed: Duration,
}

impl RehearsalEngine {
    /// A rehearsal whose virtual clock starts at `started_at`; `swing` is the relative size of the model's daily swing.
    pub fn new(plan: Arc<Plan>, faults: Vec<Fault>, swing: f64, started_at: Timestamp) -> Self {
        let model = Model::new(plan.seed).with_swing(swing);
        Self { plan, model, faults: Faults::new(faults), started_at, elapsed: Duration::ZERO }
    }

    fn now(&self) -> Timestamp {
        after(self.started_at, self.elapsed)
    }

    /// The model's route for an endpoint. A path that the demo server does not serve behaves like its health check.
    fn route(&self, endpoint: &Endpoint) -> Option<RouteId> {
        let known = self.model.route_of(endpoint.path.reveal());
        known.or_else(|| self.model.routes().next().map(|(route, _, _)| route))
    }

    fn simulate(&self, order: &WindowOrder) -> Result<Simulated, HistogramError> {
        let endpoint = self.plan.workload(order.cell).endpoint();
        let users = self.plan.level(order.cell).users.get();
        let purpose = (order.cell.workload as u64) << 32 | order.cell.level as u64;
        let warm_up_ns = nanos(self.plan.warm_up);
        let closes_ns = warm_up_ns + nanos(self.plan.window);
        // Where every request counts, the warm-up sends none.
        let opens_ns = if order.request_cap.is_some() { warm_up_ns } else { 0 };
        let mut window = Simulation {
            engine: self,
            endpoint,
            random: stream(self.plan.seed, order.cycle, purpose),
            workers: vec![0; self.model.workers()],
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
        match (self.route(endpoint), endpoint.pace, &schedule) {
            (Some(route), Pace::Closed { think }, _) => window.closed_loop(route, nanos(think)),
            (Some(route), _, Some(schedule)) => window.open_loop(route, schedule, opens_ns),
            _ => (),
        }
        Ok(window.finish(schedule.as_ref()))
    }
}

struct Simulated {
    recorder: Recorder,
    duration: Duration,
    present: u64,
    littles_law_ratio: Option<f64>,
    ends_ns: u64,
}

/// One window during its simulation. Times are nanoseconds from its opening.
struct Simulation<'a> {
    engine: &'a RehearsalEngine,
    endpoint: &'a Endpoint,
    random: ChaCha8Rng,
    /// Time at which each of the server's workers is free.
    workers: Vec<u64>,
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

/// A simulated response, or its failure.
struct Served {
    completed_ns: u64,
    cache: Option<CacheState>,
    bytes: u64,
    failure: Option<ErrorReason>,
    status: Option<u16>,
}

impl Simulation<'_> {
    fn closed_loop(&mut self, route: RouteId, think_ns: u64) {
        while let Some(Reverse((sent, user))) = self.users.pop() {
            if sent >= self.closes_ns || self.left == 0 {
                continue;
            }
            self.left -= 1;
            let served = self.serve(route, sent);
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

    fn open_loop(&mut self, route: RouteId, schedule: &Schedule, opens_ns: u64) {
        let mut arrival = 0;
        while let (Some(offset), Some(Reverse((free, user)))) = (schedule.at_ns(arrival), self.users.pop()) {
            if self.left == 0 {
                return;
            }
            self.left -= 1;
            arrival += 1;
            let intended = opens_ns + offset;
            let sent = intended.max(free);
            let served = self.serve(route, sent);
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

    /// One request through the server's queue: the worker that is free first takes it.
    fn serve(&mut self, route: RouteId, sent: u64) -> Served {
        let arrives = self.engine.elapsed + Duration::from_nanos(sent);
        let mut effect = self.engine.faults.effect(route, arrives);
        let mut begins = sent;
        if let Some(until) = effect.stalled_until {
            begins += nanos(until.saturating_sub(arrives));
            effect = self.engine.faults.effect(route, until);
        }
        let work = self.engine.model.draw_with(
            route,
            self.engine.elapsed + Duration::from_nanos(begins),
            effect.hits_kept,
            &mut self.random,
        );
        // Drawn even without faults, like the server does, so that a fault shifts no later draw.
        let chance: f64 = self.random.random();
        if effect.down {
            return Served::broken(begins + TRANSPORT_NS, ErrorReason::ClosedUnanswered);
        }
        let completed_ns = self.work(begins, work.time, &effect);
        let timeout = nanos(self.endpoint.timeout);
        if completed_ns - sent > timeout {
            return Served::broken(sent + timeout, ErrorReason::ResponseTimeout);
        }
        let fails = chance < effect.error_ratio;
        let status = if fails { 500 } else { 200 };
        let expected = self.endpoint.expectation.accepts_status(status);
        let cache = work.cache.map(|cache| match cache {
            Cache::Hit => CacheState::Hit,
            Cache::Miss => CacheState::Miss,
        });
        Served {
            completed_ns,
            cache: cache.filter(|_| !fails),
            bytes: u64::from(work.bytes),
            failure: (!expected).then_some(ErrorReason::UnexpectedStatus),
            status: Some(status),
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive time, bounded by the model"
    )]
    fn work(&mut self, begins: u64, time: Duration, effect: &Effect) -> u64 {
        let work_ns = (nanos(time) as f64 * effect.slow_factor) as u64;
        let Some(free) = self.workers.iter_mut().min() else { return begins + work_ns + TRANSPORT_NS };
        let done = begins.max(*free) + work_ns;
        *free = done;
        done + TRANSPORT_NS
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
            duration: Duration::from_micros(duration_ns / 1_000),
            present: present as u64,
            littles_law_ratio: (closed && measured > 0).then_some(explained),
            ends_ns: last_ns.max(self.closes_ns),
        }
    }
}

impl Served {
    fn broken(completed_ns: u64, reason: ErrorReason) -> Self {
        Self { completed_ns, cache: None, bytes: 0, failure: Some(reason), status: None }
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
        let simulated = self.simulate(order)?;
        let started_at = after(self.now(), self.plan.warm_up);
        let generator = GeneratorHealth {
            send_lateness_p99_us: simulated.recorder.send_lateness_p99_us(),
            littles_law_ratio: simulated.littles_law_ratio,
            ..GeneratorHealth::default()
        };
        self.elapsed += Duration::from_nanos(simulated.ends_ns);
        let Simulated { recorder, duration, present, .. } = simulated;
        let stretch = Stretch {
            started_at,
            duration,
            present,
            generator,
            addresses: BTreeMap::new(),
            certificate_days: None,
        };
        Ok(Some(MeasuredGroup::of_one(recorder.into_window(&self.plan, order, stretch))))
    }
}
