//! The processing of one request: limits, faults, the queue, the work, the response, the audit.
//!
//! It is independent of sockets: the server passes requests in and sends what it returns.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Body;
use hyper::http::request::Parts;
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::sync::Semaphore;

use super::answers::Answer;
use super::clock::Clock;
use super::config::DemoConfig;
use super::fault::{Effect, Faults};
use super::limiter::{Limiter, Refused, Room};
use super::model::{Model, Work};
use super::platform::{Arrival, Platform};
use super::role::Role;
use super::routes::{Action, RouteId};
use super::workers::{Spent, Workers};
use super::{answers, clock, intake, routes, websocket};

/// About a second of work for all workers; a client that would wait longer gets a 503 at once.
const LONGEST_QUEUE: usize = 1_024;

/// The service behind all connections of the server.
#[derive(Debug)]
pub(super) struct Service {
    clock: Clock,
    /// The service that is played; `None` serves everything.
    role: Option<Role>,
    model: Model,
    faults: Faults,
    /// `None` if the rate limits are not enforced.
    limiter: Option<Mutex<Limiter>>,
    /// Draws for the pages.
    rng: Mutex<ChaCha8Rng>,
    /// Draws for the platform: its requests change no draw of a page.
    platform_rng: Mutex<ChaCha8Rng>,
    platform: Platform,
    workers: Workers,
    /// Room for WebSocket connections.
    sockets: Arc<Semaphore>,
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
        let model = config.role.map_or_else(|| Model::new(config.seed), |role| Model::of(role, config.seed));
        let workers = Workers::start(model.workers(), LONGEST_QUEUE, clock)?;
        let rng = ChaCha8Rng::seed_from_u64(model.seed());
        let mut platform_rng = rng.clone();
        platform_rng.set_stream(1);
        Ok(Self {
            clock,
            role: config.role,
            rng: Mutex::new(rng),
            platform_rng: Mutex::new(platform_rng),
            platform: Platform::new(config.seed, config.token_lifetime),
            model,
            faults: Faults::new(config.faults),
            limiter: config.rate_limits.then(|| Mutex::new(Limiter::new(config.shorten_limits))),
            workers,
            sockets: Arc::new(Semaphore::new(websocket::MOST_SOCKETS)),
        })
    }

    /// Processes one request; the future resolves when its response is due.
    ///
    /// # Errors
    /// [`Closed`] if a fault closes the connection instead, or the server is being stopped.
    pub(super) async fn answer<B>(&self, mut request: Request<B>) -> Result<Answer, Closed>
    where
        B: Body<Data = Bytes>,
    {
        let takes_sockets = self.role.is_some_and(|role| role.takes_sockets_at(request.uri().path()));
        let upgrade = takes_sockets.then(|| hyper::upgrade::on(&mut request));
        let (head, body) = request.into_parts();
        let arrived = self.clock.now();
        // Before everything else: the audit works whatever the faults, and counts nowhere.
        if let Some(page) = self.platform.audit(head.uri.path(), arrived) {
            return Ok(match head.method {
                Method::GET | Method::HEAD => answers::replied(page, Spent::default()),
                _ => answers::method_not_allowed("GET, HEAD", Spent::default()),
            });
        }
        let arrival = self.platform.arrive(&head);
        let answer = match upgrade {
            Some(upgrade) => self.open_socket(&head, upgrade, arrived),
            None => self.process(&head, body, arrived, &arrival).await,
        };
        arrival.end(answer.as_ref().ok().map(Response::status));
        answer
    }

    async fn process<B>(
        &self,
        head: &Parts,
        body: B,
        arrived: Duration,
        arrival: &Arrival<'_>,
    ) -> Result<Answer, Closed>
    where
        B: Body<Data = Bytes>,
    {
        let path = head.uri.path();
        let route = self.model.route_for(head.method.as_str(), path);
        // Faults of a page reach all methods on its path.
        let reached = route.or_else(|| self.model.route_of(path));
        if self.faults.effect_on(reached, arrived).down {
            return Err(Closed);
        }
        let room = match self.admit(path, arrived) {
            Ok(room) => room,
            Err(refused) => {
                return Ok(self.dressed(answers::limited(refused, clock::since_epoch()), head, None));
            }
        };
        let answer = match self.role.and_then(|role| of_role(role, head)) {
            Some(answer) => answer,
            None => self.respond((route, reached), head, body, arrived, arrival).await?,
        };
        Ok(self.dressed(answer, head, room))
    }

    /// Responds as the route does. `reached` is the route whose faults reach the request.
    async fn respond<B>(
        &self,
        (route, reached): (Option<RouteId>, Option<RouteId>),
        head: &Parts,
        body: B,
        arrived: Duration,
        arrival: &Arrival<'_>,
    ) -> Result<Answer, Closed>
    where
        B: Body<Data = Bytes>,
    {
        let path = head.uri.path();
        let (effect, now) = self.pass_stalls(reached).await?;
        let spent = Spent { waited: now.saturating_sub(arrived), worked: Duration::ZERO };
        let Some(route) = route else {
            return Ok(match routes::allowed(path) {
                Some(allowed) => answers::method_not_allowed(&allowed, spent),
                None => answers::not_found(spent),
            });
        };
        match route.route().action {
            Action::Page => self.serve(route, arrived, now, effect).await,
            _ => self.attend(route, head, body, (arrived, now), effect, arrival).await,
        }
    }

    /// The response to a handshake of WebSocket; where it is accepted, the connection is served from then on.
    fn open_socket(&self, head: &Parts, upgrade: OnUpgrade, arrived: Duration) -> Result<Answer, Closed> {
        if self.faults.effect_on(None, arrived).down {
            return Err(Closed);
        }
        let answer = match websocket::accept(head) {
            Err(status) => answers::not_upgraded(status),
            Ok(accept) => match Arc::clone(&self.sockets).try_acquire_owned() {
                Err(_) => answers::busy(Spent::default()),
                Ok(permit) => {
                    tokio::spawn(websocket::serve(upgrade, permit));
                    answers::upgraded(&accept)
                }
            },
        };
        Ok(self.dressed(answer, head, None))
    }

    /// The same response with the headers of the service that is played.
    fn dressed(&self, mut answer: Answer, head: &Parts, room: Option<Room>) -> Answer {
        if let Some(role) = self.role {
            let status = answer.status();
            role.dress(head, status, room, answer.headers_mut());
        }
        answer
    }

    fn admit(&self, path: &str, now: Duration) -> Result<Option<Room>, Refused> {
        self.limiter.as_ref().map_or(Ok(None), |limiter| lock(limiter).admit(path, now))
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
        let (work, fails) = self.draw(&self.rng, route, now, effect);
        let time = work.time.mul_f64(effect.slow_factor);
        let Ok(done) = self.workers.submit(arrived, time) else {
            return Ok(answers::busy(Spent { waited: now.saturating_sub(arrived), worked: Duration::ZERO }));
        };
        let spent = done.await.map_err(|_| Closed)?;
        if fails {
            return Ok(answers::failed(spent));
        }
        let cache = work.cache.filter(|_| self.caches());
        Ok(answers::served(self.model.body(route, now), cache, now, spent))
    }

    /// Serves a route of the platform: reads the body, works, and only then acts on it. `arrived` and `now` are before
    /// and after the stalls.
    async fn attend<B>(
        &self,
        route: RouteId,
        head: &Parts,
        body: B,
        (arrived, now): (Duration, Duration),
        effect: Effect,
        arrival: &Arrival<'_>,
    ) -> Result<Answer, Closed>
    where
        B: Body<Data = Bytes>,
    {
        let action = route.route().action;
        let (work, fails) = self.draw(&self.platform_rng, route, now, effect);
        let time = work.time.mul_f64(effect.slow_factor);
        let waited = now.saturating_sub(arrived);
        let payload = match intake::take(action, &head.headers, body, time).await {
            Ok(payload) => payload,
            Err(why) => {
                let reply = self.platform.refuse(why);
                return Ok(answers::closing(answers::replied(
                    reply,
                    Spent { waited, worked: Duration::ZERO },
                )));
            }
        };
        // The time that the client took to send the body is neither waiting nor work.
        let ready = self.clock.now().saturating_sub(waited);
        let Ok(done) = self.workers.submit(ready, time) else {
            return Ok(answers::busy(Spent { waited, worked: Duration::ZERO }));
        };
        let spent = done.await.map_err(|_| Closed)?;
        if fails {
            return Ok(answers::failed(spent));
        }
        let mut reply = self.platform.handle(action, head, payload, self.clock.now(), arrival);
        if self.role.is_some() {
            reply = reply.of_service();
        }
        Ok(answers::replied(reply, spent))
    }

    fn caches(&self) -> bool {
        self.role.is_none_or(Role::caches)
    }

    /// Draws the work and whether it fails. Both are drawn even without faults, so that a fault changes no later draw.
    fn draw(&self, rng: &Mutex<ChaCha8Rng>, route: RouteId, now: Duration, effect: Effect) -> (Work, bool) {
        let mut rng = lock(rng);
        let hits_kept = if self.caches() { effect.hits_kept } else { 0.0 };
        let work = self.model.draw_with(route, now, hits_kept, &mut *rng);
        (work, rng.random::<f64>() < effect.error_ratio)
    }
}

/// What a service responds on its own, without any route: to paths of other services, and to preflights.
fn of_role(role: Role, head: &Parts) -> Option<Answer> {
    if !role.serves(head.uri.path()) {
        let is_site = role == Role::Frontend;
        let not_found = if is_site { answers::page_not_found } else { answers::not_found };
        return Some(not_found(Spent::default()));
    }
    role.is_preflight(head).then(answers::preflight)
}

/// A poisoned lock stays usable: neither the limiter nor the random generator can be left in a harmful state.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use http_body_util::Empty;

    use super::*;

    fn answers(config: DemoConfig, requests: &[(&str, &str)]) -> Vec<Option<u16>> {
        let service = Service::start(config).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let answer = |method: &str, path: &str| {
            let request = Request::builder().method(method).uri(path).body(Empty::new()).unwrap();
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
