//! The processing of one request: limits, faults, the queue, the work, the response.
//!
//! It is independent of sockets: the server passes requests in and sends what it returns.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::{Method, Request};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::answers::Answer;
use super::clock::Clock;
use super::config::DemoConfig;
use super::fault::{Effect, Faults};
use super::limiter::{Limiter, Refused};
use super::model::{Model, RouteId, Work};
use super::workers::{Spent, Workers};
use super::{answers, clock};

/// About a second of work for all workers; a client that would wait longer gets a 503 at once.
const LONGEST_QUEUE: usize = 1_024;

/// The service behind all connections of the server.
#[derive(Debug)]
pub(super) struct Service {
    clock: Clock,
    model: Model,
    faults: Faults,
    /// `None` if the rate limits are not enforced.
    limiter: Option<Mutex<Limiter>>,
    rng: Mutex<ChaCha8Rng>,
    workers: Workers,
}

/// The connection is closed without a response.
#[derive(Debug, thiserror::Error)]
#[error("closed without a response")]
pub(super) struct Closed;

impl Service {
    /// Starts the clock and the workers of the service.
    ///
    /// # Errors
    /// The operating system refused a thread.
    pub(super) fn start(config: DemoConfig) -> io::Result<Self> {
        let clock = Clock::start(config.already_running);
        let model = Model::new(config.seed);
        let workers = Workers::start(model.workers(), LONGEST_QUEUE, clock)?;
        Ok(Self {
            clock,
            rng: Mutex::new(ChaCha8Rng::seed_from_u64(model.seed())),
            model,
            faults: Faults::new(config.faults),
            limiter: config.rate_limits.then(|| Mutex::new(Limiter::new())),
            workers,
        })
    }

    /// Processes one request; the future resolves when its response is due.
    ///
    /// # Errors
    /// [`Closed`] if a fault closes the connection instead, or the server is being stopped.
    pub(super) async fn answer<B>(&self, request: Request<B>) -> Result<Answer, Closed> {
        let arrived = self.clock.now();
        let path = request.uri().path();
        let route = self.model.route_of(path);
        if self.faults.effect_on(route, arrived).down {
            return Err(Closed);
        }
        if let Err(refused) = self.admit(path, arrived) {
            return Ok(answers::limited(refused, clock::since_epoch()));
        }
        let (effect, now) = self.pass_stalls(route).await?;
        let spent = Spent { waited: now.saturating_sub(arrived), worked: Duration::ZERO };
        let Some(route) = route else {
            return Ok(answers::not_found(spent));
        };
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Ok(answers::method_not_allowed(spent));
        }
        self.serve(route, arrived, now, effect).await
    }

    fn admit(&self, path: &str, now: Duration) -> Result<(), Refused> {
        self.limiter.as_ref().map_or(Ok(()), |limiter| lock(limiter).admit(path, now))
    }

    /// Waits while a fault stalls the route; returns the effect of the faults at the end of the stall, and that time.
    async fn pass_stalls(&self, route: Option<RouteId>) -> Result<(Effect, Duration), Closed> {
        loop {
            let now = self.clock.now();
            let effect = self.faults.effect_on(route, now);
            if effect.down {
                return Err(Closed);
            }
            match effect.stalled_until {
                Some(until) => tokio::time::sleep(until.saturating_sub(now)).await,
                None => return Ok((effect, now)),
            }
        }
    }

    async fn serve(
        &self,
        route: RouteId,
        arrived: Duration,
        now: Duration,
        effect: Effect,
    ) -> Result<Answer, Closed> {
        let (work, fails) = self.draw(route, now, effect);
        let time = work.time.mul_f64(effect.slow_factor);
        let Ok(done) = self.workers.submit(arrived, time) else {
            return Ok(answers::busy(Spent { waited: now.saturating_sub(arrived), worked: Duration::ZERO }));
        };
        let spent = done.await.map_err(|_| Closed)?;
        if fails {
            return Ok(answers::failed(spent));
        }
        Ok(answers::served(self.model.body(route, now), work.cache, now, spent))
    }

    /// Draws the work and whether it fails. Both are drawn even without faults, so that a fault changes no later draw.
    fn draw(&self, route: RouteId, now: Duration, effect: Effect) -> (Work, bool) {
        let mut rng = lock(&self.rng);
        let work = self.model.draw_with(route, now, effect.hits_kept, &mut *rng);
        (work, rng.random::<f64>() < effect.error_ratio)
    }
}

/// A poisoned lock stays usable: neither the limiter nor the random generator can be left in a harmful state.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(config: DemoConfig, requests: &[(&str, &str)]) -> Vec<Option<u16>> {
        let service = Service::start(config).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let answer = |method: &str, path: &str| {
            let request = Request::builder().method(method).uri(path).body(()).unwrap();
            runtime.block_on(service.answer(request)).ok().map(|answer| answer.status().as_u16())
        };
        requests.iter().map(|(method, path)| answer(method, path)).collect()
    }

    fn check(specs: &[&str], rate_limits: bool, requests: &[(&str, &str)], expected: &[Option<u16>]) {
        let faults = specs.iter().map(|spec| spec.parse().unwrap()).collect();
        let config = DemoConfig { faults, rate_limits, ..DemoConfig::default() };
        assert_eq!(answers(config, requests), expected, "{specs:?}");
    }

    #[test]
    fn each_request_meets_its_case() {
        let requests =
            [("GET", "/api/health"), ("HEAD", "/?a=b"), ("POST", "/"), ("GET", "/no"), ("DELETE", "/no")];
        check(&[], false, &requests, &[Some(200), Some(200), Some(405), Some(404), Some(404)]);
        let health_down = [None, Some(200), Some(405), Some(404), Some(404)];
        check(&["down:health:0s.."], false, &requests, &health_down);
        check(&["down:*:0s.."], false, &requests, &[None; 5]);
        check(&["errors:health:100%:0s.."], false, &requests[..2], &[Some(500), Some(200)]);
        check(&["stall:*:0s..10ms", "slow:*:+10%:0s.."], false, &requests[..2], &[Some(200); 2]);
    }

    #[test]
    fn limits_come_before_routes_and_only_if_asked_for() {
        let requests = [("GET", "/api/auth/check"); 6];
        check(&[], false, &requests, &[Some(200); 6]);
        check(&[], true, &requests, &[Some(200), Some(200), Some(200), Some(200), Some(200), Some(429)]);
        let wrong = [("GET", "/api/auth/no"); 6];
        check(&[], true, &wrong, &[Some(404), Some(404), Some(404), Some(404), Some(404), Some(429)]);
    }
}
