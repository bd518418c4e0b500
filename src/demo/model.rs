//! The latency model of the demo server: its routes, how long their work takes, and how many workers do it.
//!
//! Pure: no I/O, no clock, and randomness comes from the caller, so that a rehearsal on a virtual clock and the real
//! server draw from one model. Faults and limits are not part of it: they act on what it draws.

use std::f64::consts::TAU;
use std::time::Duration;

use bytes::Bytes;
use rand::{Rng, RngExt as _};
use rand_distr::{Distribution as _, StandardNormal};

use super::bodies::Body;
use super::role::Role;
use super::routes::{PAGES, RouteId};
use super::{bodies, routes};

/// Ten users must queue and five must not, so the whole service has six workers.
const WORKERS: usize = 6;
/// Relative size of the daily swing of every work time, unless another is asked for.
pub const SWING: f64 = 0.10;
const DAY_S: f64 = 86_400.0;

/// The cost of one request, as drawn by [`Model::draw`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Time that one worker is busy with the request, before any fault.
    pub time: Duration,
    /// Whether the cache served it; `None` for routes without a cache.
    pub cache: Option<Cache>,
    /// Length of the response body; a typical one where it depends on the request. Units: bytes.
    pub bytes: u32,
}

/// Outcome of the cache lookup for one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cache {
    /// The response was in the cache.
    Hit,
    /// The response had to be produced.
    Miss,
}

/// The routes, their work times and the workers of the whole service.
#[derive(Debug, Clone)]
pub struct Model {
    seed: u64,
    /// Relative size of the daily swing.
    swing: f64,
    /// What every work time is multiplied by.
    factor: f64,
    /// Bodies of the pages.
    bodies: [Body; PAGES],
}

impl Model {
    /// The model of the demo server. The seed is only kept for the caller's random generator.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let bodies = [
            bodies::health(),
            bodies::health_detailed(),
            bodies::browse(),
            bodies::auth_check(),
            bodies::landing(),
        ];
        Self { seed, swing: SWING, factor: 1.0, bodies }
    }

    /// The same model with a daily swing of this relative size: 0.2 is 20 % more and 20 % less in the course of a day.
    #[must_use]
    pub fn with_swing(self, swing: f64) -> Self {
        Self { swing, ..self }
    }

    /// The model of a server that plays a service: the same draws, with its work times and its bodies.
    #[must_use]
    pub(super) fn of(role: Role, seed: u64) -> Self {
        let mut model = Self::new(seed);
        model.factor = role.work_factor();
        model.bodies[1] = bodies::health_of_service(role == Role::Backend);
        model
    }

    /// Every page with its name and path: the routes that serve everybody the same. Shape: five, always in the same
    /// order.
    pub fn routes(&self) -> impl Iterator<Item = (RouteId, &'static str, &'static str)> {
        routes::pages()
    }

    /// The page on a path; a query string is ignored. `None` where no page is, whatever else the server has there.
    #[must_use]
    pub fn route_of(&self, path: &str) -> Option<RouteId> {
        let path = without_query(path);
        routes::pages().find(|(_, _, page)| *page == path).map(|(id, _, _)| id)
    }

    /// The route that serves a method on a path; a query string is ignored, and HEAD is served as GET. `None` is a 404
    /// or 405 of the server.
    #[must_use]
    pub fn route_for(&self, method: &str, path: &str) -> Option<RouteId> {
        routes::find(method, without_query(path))
    }

    /// The status with which a route responds to a request that it has nothing against, such as 201.
    #[must_use]
    pub fn success_status(&self, route: RouteId) -> u16 {
        route.route().status
    }

    /// The route with this name, such as `auth_check`.
    #[must_use]
    pub fn route_named(&self, name: &str) -> Option<RouteId> {
        routes::named(name)
    }

    /// Number of requests that the whole service works on at once; the others queue.
    #[must_use]
    pub fn workers(&self) -> usize {
        WORKERS
    }

    /// The seed that this model was created with.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Draws the cost of one request that arrives at this time since the server's start.
    ///
    /// The work time is log-normal around the route's median, times the daily swing 1 + s sin(2 pi t / 24 h), where s is
    /// 0.1 unless another swing was asked for. A route
    /// takes the same number of values from `rng` in every case, except for the rare tails of the normal.
    pub fn draw<R: Rng + ?Sized>(&self, route: RouteId, since_start: Duration, rng: &mut R) -> Work {
        self.draw_with(route, since_start, 1.0, rng)
    }

    /// The same where this fraction of the cache's hits remain hits.
    pub fn draw_with<R: Rng + ?Sized>(
        &self,
        route: RouteId,
        since_start: Duration,
        hits_kept: f64,
        rng: &mut R,
    ) -> Work {
        let fixed = route.route();
        let cached = |ratio: f64| {
            if rng.random::<f64>() < ratio * hits_kept { Cache::Hit } else { Cache::Miss }
        };
        let cache = fixed.hit_ratio.map(cached);
        let median_s = if cache == Some(Cache::Miss) { fixed.miss_median_s } else { fixed.median_s };
        let normal: f64 = StandardNormal.sample(rng);
        let swing = 1.0 + self.swing * (TAU * (since_start.as_secs_f64() / DAY_S)).sin();
        // Positive and far below the largest duration: a normal draw is finite and seldom leaves -6..6.
        let time = Duration::from_secs_f64(median_s * (fixed.sigma * normal).exp() * swing * self.factor);
        let bytes = self.bodies.get(route.index()).map_or(fixed.bytes, |body| body.length(since_start));
        Work { time, cache, bytes }
    }

    /// The body of a page at this time since the server's start; its length is [`Work::bytes`] drawn at the same time.
    /// Empty for other routes, whose bodies depend on the request.
    pub(super) fn body(&self, route: RouteId, since_start: Duration) -> Bytes {
        self.bodies.get(route.index()).map_or_else(Bytes::new, |body| body.render(since_start))
    }
}

fn without_query(path: &str) -> &str {
    path.split_once('?').map_or(path, |(before, _)| before)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const DRAWS: usize = 20_000;

    fn draws(name: &str, since_start: Duration) -> Vec<Work> {
        let model = Model::new(7);
        let mut rng = ChaCha8Rng::seed_from_u64(model.seed());
        let route = model.route_named(name).unwrap();
        (0..DRAWS).map(|_| model.draw(route, since_start, &mut rng)).collect()
    }

    fn median_ms(works: impl Iterator<Item = Work>) -> f64 {
        let mut times: Vec<Duration> = works.map(|work| work.time).collect();
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64() * 1_000.0
    }

    #[test]
    fn routes_are_found_by_path_and_by_name() {
        let model = Model::new(1);
        assert_eq!(model.routes().count(), 5);
        for (id, name, path) in model.routes() {
            assert_eq!(model.route_named(name), Some(id));
            assert_eq!(model.route_of(path), Some(id));
            assert_eq!(model.route_of(&format!("{path}?page=2&q=a?b")), Some(id));
            assert_eq!(id.route().name, name);
            assert_eq!(model.route_for("HEAD", &format!("{path}?a")), Some(id));
            assert_eq!(model.success_status(id), 200);
        }
        for path in ["", "/api", "/api/health/", "/api/healthy", "?"] {
            assert_eq!(model.route_of(path), None, "{path}");
        }
    }

    #[test]
    fn medians_are_the_documented_ones() {
        let check = |name: &str, expected_ms: f64| {
            let median = median_ms(draws(name, Duration::ZERO).into_iter());
            assert!((median / expected_ms - 1.0).abs() < 0.02, "{name}: {median}");
        };
        check("health", 2.0);
        check("health_detailed", 4.0);
        check("auth_check", 3.0);
        check("landing", 5.0);
        let of =
            |cache| draws("browse", Duration::ZERO).into_iter().filter(move |work| work.cache == Some(cache));
        assert!((median_ms(of(Cache::Hit)) / 3.0 - 1.0).abs() < 0.02);
        assert!((median_ms(of(Cache::Miss)) / 12.0 - 1.0).abs() < 0.02);
    }

    #[test]
    fn the_cache_answers_its_share() {
        let check = |name: &str, hits: usize, misses: usize| {
            let works = draws(name, Duration::ZERO);
            let count = |cache| works.iter().filter(|work| work.cache == Some(cache)).count();
            assert!(count(Cache::Hit).abs_diff(hits) < 250, "{name}: {}", count(Cache::Hit));
            assert!(count(Cache::Miss).abs_diff(misses) < 250, "{name}: {}", count(Cache::Miss));
        };
        check("browse", 16_000, 4_000);
        check("landing", 18_000, 2_000);
        assert!(draws("health", Duration::ZERO).iter().all(|work| work.cache.is_none()));
    }

    #[test]
    fn the_day_swings_by_a_tenth() {
        let noon = median_ms(draws("health", Duration::ZERO).into_iter());
        let check = |hours: u64, factor: f64| {
            let median = median_ms(draws("health", Duration::from_secs(hours * 3_600)).into_iter());
            assert!((median / noon - factor).abs() < 1e-3, "{hours} h: {}", median / noon);
        };
        check(6, 1.1);
        check(12, 1.0);
        check(18, 0.9);
        check(30, 1.1);
    }

    #[test]
    fn the_same_seed_draws_the_same() {
        assert_eq!(draws("browse", Duration::ZERO), draws("browse", Duration::ZERO));
    }

    #[test]
    fn a_service_draws_the_same_times_its_factor() {
        let times = |model: Model| -> Vec<f64> {
            let mut rng = ChaCha8Rng::seed_from_u64(7);
            let route = model.route_named("health").unwrap();
            (0..100).map(|_| model.draw(route, Duration::ZERO, &mut rng).time.as_secs_f64()).collect()
        };
        let alone = times(Model::new(7));
        assert_eq!(times(Model::of(Role::Worker, 7)), alone);
        for (backend, alone) in times(Model::of(Role::Backend, 7)).into_iter().zip(alone) {
            assert!((backend / alone - 3.0).abs() < 1e-5, "{backend} {alone}");
        }
    }

    #[test]
    fn bytes_are_the_length_of_the_body() {
        let model = Model::new(1);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for seconds in [0, 12, 345, 172_800] {
            let now = Duration::from_secs(seconds);
            for (id, name, _) in model.routes() {
                assert_eq!(model.draw(id, now, &mut rng).bytes as usize, model.body(id, now).len(), "{name}");
            }
        }
    }
}
