//! The server of a rehearsal: workers, their queue, faults, and times from the latency model.

use std::time::Duration;

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use crate::demo::fault::Effect;
use crate::demo::model::Cache;
use crate::demo::{Faults, Model, RouteId};
use crate::domain::endpoint::Endpoint;
use crate::domain::error_reason::ErrorReason;
use crate::domain::sample::CacheState;
use crate::domain::units::nanos;

/// Cost of a loopback exchange besides the server's own work.
const TRANSPORT_NS: u64 = 60_000;

/// The server during one window. Times are nanoseconds from the opening of the window.
pub(super) struct SimulatedServer<'a> {
    model: &'a Model,
    faults: &'a Faults,
    /// When the window opened, since the start of the rehearsal.
    opened: Duration,
    random: ChaCha8Rng,
    /// Time at which each of the workers is free.
    workers: Vec<u64>,
}

/// A simulated response, or its failure.
pub(super) struct Served {
    pub(super) completed_ns: u64,
    pub(super) cache: Option<CacheState>,
    pub(super) bytes: u64,
    pub(super) failure: Option<ErrorReason>,
    pub(super) status: Option<u16>,
}

impl Served {
    fn broken(completed_ns: u64, reason: ErrorReason) -> Self {
        Self { completed_ns, cache: None, bytes: 0, failure: Some(reason), status: None }
    }
}

impl<'a> SimulatedServer<'a> {
    pub(super) fn new(model: &'a Model, faults: &'a Faults, opened: Duration, random: ChaCha8Rng) -> Self {
        Self { workers: vec![0; model.workers()], model, faults, opened, random }
    }

    /// The model's route for a request. A path that the demo server does not serve behaves like its health check.
    fn route(&self, request: &Endpoint) -> Option<RouteId> {
        let known = self.model.route_for(request.method.as_str(), request.path.reveal());
        known.or_else(|| self.model.routes().next().map(|(route, _, _)| route))
    }

    /// A number in [0, 1) from the stream that the server draws from.
    pub(super) fn uniform(&mut self) -> f64 {
        self.random.random()
    }

    /// One request through the server's queue: the worker that is free first takes it.
    pub(super) fn serve(&mut self, request: &Endpoint, sent: u64) -> Served {
        let Some(route) = self.route(request) else {
            return Served::broken(sent + TRANSPORT_NS, ErrorReason::ClosedUnanswered);
        };
        let arrives = self.opened + Duration::from_nanos(sent);
        let mut effect = self.faults.effect(route, arrives);
        let mut begins = sent;
        if let Some(until) = effect.stalled_until {
            begins += nanos(until.saturating_sub(arrives));
            effect = self.faults.effect(route, until);
        }
        let work = self.model.draw_with(
            route,
            self.opened + Duration::from_nanos(begins),
            effect.hits_kept,
            &mut self.random,
        );
        // Drawn even without faults, like the server does, so that a fault shifts no later draw.
        let chance: f64 = self.random.random();
        if effect.down {
            return Served::broken(begins + TRANSPORT_NS, ErrorReason::ClosedUnanswered);
        }
        let completed_ns = self.work(begins, work.time, &effect);
        let timeout = nanos(request.timeout);
        if completed_ns - sent > timeout {
            return Served::broken(sent + timeout, ErrorReason::ResponseTimeout);
        }
        let fails = chance < effect.error_ratio;
        let status = if fails { 500 } else { self.model.success_status(route) };
        let expected = request.expectation.accepts_status(status);
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
}
