//! Injected faults: what each does, and the combined effect on a route at a time. Pure.
//!
//! Parsing and printing are separate; the server and the rehearsal act on the effects.

use std::time::Duration;

use super::routes::RouteId;

/// With any number of overlapping faults, a work time multiplied by this is far from overflow.
const SLOWEST_FACTOR: f64 = 1e6;

/// One injected fault: what goes wrong, on which endpoint, from when until when.
///
/// It is parsed from text such as `slow:browse:+20%:60s..90s`, and printed in the same form.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub(super) kind: FaultKind,
    /// The affected route; `None` is all of them, and paths that no route serves.
    pub(super) route: Option<RouteId>,
    /// Start since the server's start, included.
    pub(super) from: Duration,
    /// End since the server's start, excluded; `None` is never. A stall always has an end.
    pub(super) until: Option<Duration>,
}

/// The kinds of faults, each with its strength.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum FaultKind {
    /// Work takes this many percent longer; negative is faster.
    Slow { percent: f64 },
    /// This percentage of requests is answered with 500.
    Errors { percent: f64 },
    /// Requests wait until the end of the fault.
    Stall,
    /// Connections are closed without a response.
    Down,
    /// This percentage of the cache's hits are misses.
    Cache { percent: f64 },
}

/// The combined effect of all faults on a request that arrives at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// Factor on the work time: 1.0 is no change. Overlapping faults multiply, up to a million.
    pub slow_factor: f64,
    /// Fraction of requests answered with 500 after their work, 0.0 to 1.0; overlapping faults act independently.
    pub error_ratio: f64,
    /// Time since the server's start before which no work on the request begins; `None` if it need not wait.
    pub stalled_until: Option<Duration>,
    /// Whether the connection is closed without a response.
    pub down: bool,
    /// Fraction of the cache's hits that remain hits, 0.0 to 1.0; overlapping faults act independently.
    pub hits_kept: f64,
}

impl Effect {
    /// The effect on a request while no fault is active.
    pub const NONE: Self =
        Self { slow_factor: 1.0, error_ratio: 0.0, stalled_until: None, down: false, hits_kept: 1.0 };
}

/// All faults of one server, past and future ones included.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// The faults of one server, in any order; they may overlap.
    #[must_use]
    pub fn new(faults: Vec<Fault>) -> Self {
        Self(faults)
    }

    /// The effect of the faults on a request for this route that arrives at this time since the server's start.
    #[must_use]
    pub fn effect(&self, route: RouteId, since_start: Duration) -> Effect {
        self.effect_on(Some(route), since_start)
    }

    /// As [`Faults::effect`], for a path that no route may serve: then only faults on `*` apply.
    pub(super) fn effect_on(&self, route: Option<RouteId>, since_start: Duration) -> Effect {
        let active = self.0.iter().filter(|fault| fault.acts_on(route, since_start));
        active.fold(Effect::NONE, |effect, fault| fault.add_to(effect))
    }
}

impl Fault {
    fn acts_on(&self, route: Option<RouteId>, since_start: Duration) -> bool {
        let reached = self.route.is_none() || self.route == route;
        reached && self.from <= since_start && self.until.is_none_or(|until| since_start < until)
    }

    fn add_to(&self, effect: Effect) -> Effect {
        match self.kind {
            FaultKind::Slow { percent } => {
                let slow_factor = effect.slow_factor * (1.0 + percent / 100.0);
                Effect { slow_factor: slow_factor.min(SLOWEST_FACTOR), ..effect }
            }
            FaultKind::Errors { percent } => {
                let passed = (1.0 - effect.error_ratio) * (1.0 - percent / 100.0);
                Effect { error_ratio: 1.0 - passed, ..effect }
            }
            FaultKind::Stall => Effect { stalled_until: effect.stalled_until.max(self.until), ..effect },
            FaultKind::Down => Effect { down: true, ..effect },
            FaultKind::Cache { percent } => {
                Effect { hits_kept: effect.hits_kept * (1.0 - percent / 100.0), ..effect }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::routes::named;
    use super::*;

    fn faults(specs: &[&str]) -> Faults {
        Faults::new(specs.iter().map(|spec| spec.parse().unwrap()).collect())
    }

    fn check(specs: &[&str], route: &str, at_ms: u64, expected: Effect) {
        let effect = faults(specs).effect(named(route).unwrap(), Duration::from_millis(at_ms));
        assert!(
            (effect.slow_factor - expected.slow_factor).abs() < 1e-12,
            "{specs:?} at {at_ms}: {effect:?}"
        );
        assert!(
            (effect.error_ratio - expected.error_ratio).abs() < 1e-12,
            "{specs:?} at {at_ms}: {effect:?}"
        );
        assert_eq!(effect.stalled_until, expected.stalled_until, "{specs:?} at {at_ms}");
        assert_eq!(effect.down, expected.down, "{specs:?} at {at_ms}");
        assert!((effect.hits_kept - expected.hits_kept).abs() < 1e-12, "{specs:?} at {at_ms}: {effect:?}");
    }

    #[test]
    fn acts_from_its_start_until_before_its_end() {
        let slow = Effect { slow_factor: 1.2, ..Effect::NONE };
        for (at_ms, expected) in
            [(0, Effect::NONE), (999, Effect::NONE), (1_000, slow), (1_999, slow), (2_000, Effect::NONE)]
        {
            check(&["slow:browse:+20%:1s..2s"], "browse", at_ms, expected);
            check(&["slow:*:+20%:1s..2s"], "landing", at_ms, expected);
            check(&["slow:browse:+20%:1s..2s"], "landing", at_ms, Effect::NONE);
        }
        check(&["slow:browse:+20%:1s.."], "browse", 1_000_000_000, slow);
    }

    #[test]
    fn each_kind_has_its_effect() {
        check(&["errors:health:5%:0s.."], "health", 0, Effect { error_ratio: 0.05, ..Effect::NONE });
        check(&["errors:health:100%:0s.."], "health", 0, Effect { error_ratio: 1.0, ..Effect::NONE });
        check(&["down:health:0s.."], "health", 0, Effect { down: true, ..Effect::NONE });
        check(&["cache:browse:40%:0s.."], "browse", 0, Effect { hits_kept: 0.6, ..Effect::NONE });
        let stalled = Effect { stalled_until: Some(Duration::from_secs(3)), ..Effect::NONE };
        check(&["stall:health:0s..3s"], "health", 0, stalled);
        check(&["slow:health:-50%:0s.."], "health", 0, Effect { slow_factor: 0.5, ..Effect::NONE });
    }

    #[test]
    fn overlapping_faults_add_up() {
        let twice =
            ["slow:*:+20%:0s..", "slow:health:+50%:0s..", "errors:*:50%:0s..", "errors:health:50%:0s.."];
        check(&twice, "health", 0, Effect { slow_factor: 1.8, error_ratio: 0.75, ..Effect::NONE });
        check(&twice, "landing", 0, Effect { slow_factor: 1.2, error_ratio: 0.5, ..Effect::NONE });
        let slowest = Effect { slow_factor: 1e6, ..Effect::NONE };
        check(&["slow:*:+100000%:0s.."; 9], "health", 0, slowest);
        let longest = Effect { stalled_until: Some(Duration::from_secs(9)), ..Effect::NONE };
        check(&["stall:*:0s..9s", "stall:health:0s..3s"], "health", 0, longest);
        check(&[], "health", 0, Effect::NONE);
    }

    #[test]
    fn only_a_star_reaches_paths_without_a_route() {
        assert!(faults(&["down:*:0s.."]).effect_on(None, Duration::ZERO).down);
        assert!(!faults(&["down:health:0s.."]).effect_on(None, Duration::ZERO).down);
    }
}
