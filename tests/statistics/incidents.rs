//! Incidents of simulated runs: 15 cells, 48 hours, noise of 5 to 15 %, a daily swing, and faults that are known.

use std::f64::consts::TAU;
use std::time::Duration;

use baseline::analysis::baseline_model::learning_windows;
use baseline::analysis::incident::{Incident, IncidentCause, Update};
use baseline::analysis::watch::Watcher;
use baseline::domain::cell_name::CellName;
use baseline::domain::units::epoch_seconds;
use baseline::domain::window::{Counts, Window};
use jiff::Timestamp;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

use crate::support::fixtures;

const CYCLE_S: f64 = 300.0;
const CYCLES: u64 = 576;
const ENDPOINTS: [&str; 5] = ["auth", "browse", "health", "landing", "search"];
const LEVELS: [(&str, u32, f64); 3] = [("light", 1, 0.15), ("normal", 5, 0.08), ("heavy", 10, 0.05)];
const REQUESTS: u64 = 300;

/// What is wrong with an endpoint (or with all) from one cycle to another.
#[derive(Debug, Clone, Copy)]
struct Fault {
    endpoint: Option<&'static str>,
    cycles: (u64, u64),
    /// Factor on times, and fraction of requests that fail.
    slow: f64,
    errors: f64,
}

impl Fault {
    fn slow(endpoint: Option<&'static str>, cycles: (u64, u64), slow: f64) -> Self {
        Self { endpoint, cycles, slow, errors: 0.0 }
    }

    fn errors(endpoint: Option<&'static str>, cycles: (u64, u64), errors: f64) -> Self {
        Self { endpoint, cycles, slow: 1.0, errors }
    }

    fn acts_on(&self, endpoint: &str, cycle: u64) -> bool {
        (self.cycles.0..self.cycles.1).contains(&cycle) && self.endpoint.is_none_or(|of| of == endpoint)
    }

    /// Whether an incident is this fault: cause, endpoints, both ends within two cycles, the size within 5 points.
    fn is_named_by(&self, incident: &Incident) -> bool {
        let start = epoch_seconds(fixtures::started_at());
        let cycle = |at: Timestamp| (epoch_seconds(at) - start) / CYCLE_S;
        let near = |at: f64, expected: u64| (at - expected as f64).abs() <= 2.0;
        let endpoints = self.endpoint.map_or(ENDPOINTS.to_vec(), |one| vec![one]);
        let size = match incident.cause {
            IncidentCause::Errors => (incident.error_ratio().unwrap() - self.errors).abs(),
            IncidentCause::Slowdown => (incident.effect.unwrap().value - (self.slow - 1.0)).abs(),
            // No response of these runs comes from a cache.
            IncidentCause::Cache => f64::INFINITY,
        };
        (incident.cause == IncidentCause::Errors) == (self.errors > 0.0)
            && incident.series() == endpoints
            && near(cycle(incident.opened_at), self.cycles.0)
            && incident.resolved_at.is_some_and(|at| near(cycle(at), self.cycles.1))
            && size <= 0.05
    }
}

/// The incidents of a run with these faults, and the news about them while it went on.
fn run(seed: u64, faults: &[Fault]) -> (Vec<Incident>, Vec<Update>) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let phase = random.random_range(0.0..TAU);
    let mut watcher = Watcher::learning(learning_windows(CYCLES));
    let mut news = Vec::new();
    for cycle in 0..CYCLES {
        let mut place = 0.0;
        for endpoint in ENDPOINTS {
            for (level, users, noise) in LEVELS {
                place += 1.0;
                let at = cycle as f64 * CYCLE_S + place;
                let active: Vec<&Fault> =
                    faults.iter().filter(|fault| fault.acts_on(endpoint, cycle)).collect();
                let normal: f64 = StandardNormal.sample(&mut random);
                let slow: f64 = active.iter().map(|fault| fault.slow).product();
                let swing = 1.0 + 0.1 * (TAU * at / 86_400.0 + phase).sin();
                let mean = 3_000.0 * f64::from(users).sqrt() * slow * swing * (noise * normal).exp();
                let ratio: f64 = active.iter().map(|fault| fault.errors).sum();
                let failed = (0..REQUESTS).filter(|_| random.random_bool(ratio)).count() as u64;
                let window = window(cycle, at, CellName::new(endpoint, level), users, mean, failed);
                news.extend(watcher.take(&window).incidents);
            }
        }
    }
    (watcher.incidents(), news)
}

fn window(cycle: u64, at: f64, cell: CellName, users: u32, mean_us: f64, failed: u64) -> Window {
    let succeeded = REQUESTS - failed;
    let mut window = fixtures::window(cycle + 1);
    window.cycle = cycle;
    window.started_at = fixtures::started_at() + jiff::SignedDuration::from_secs_f64(at);
    (window.cell, window.users) = (cell, users);
    window.counts = Counts { succeeded, failed, throttled: 0 };
    // A closed loop is as long as its requests.
    let each = if succeeded > 0 { mean_us } else { 1e4 };
    window.duration = Duration::from_secs_f64(REQUESTS as f64 / f64::from(users) * each / 1e6);
    for summary in &mut window.times {
        summary.mean = (succeeded > 0).then_some(mean_us);
    }
    window
}

#[test]
fn faults_are_named_with_both_ends_and_their_size() {
    let cases = [
        vec![Fault::slow(Some("browse"), (374, 490), 1.6)],
        vec![Fault::slow(None, (100, 160), 1.3), Fault::errors(Some("health"), (300, 340), 0.05)],
        // Two on one endpoint, one within the other.
        vec![Fault::slow(Some("landing"), (200, 400), 1.4), Fault::slow(Some("landing"), (260, 320), 2.0)],
        // Among the windows that the baseline is learnt from, and across their end.
        vec![Fault::errors(None, (10, 30), 0.3), Fault::slow(None, (40, 90), 1.5)],
        vec![Fault::errors(Some("search"), (500, 510), 1.0), Fault::slow(Some("auth"), (495, 530), 1.5)],
    ];
    for (seed, faults) in (1..).zip(cases) {
        let (found, _) = run(seed, &faults);
        assert_eq!(found.len(), faults.len(), "{faults:?}: {found:#?}");
        for fault in &faults {
            let named = found.iter().filter(|incident| fault.is_named_by(incident)).count();
            assert_eq!(named, 1, "{fault:?}: {found:#?}");
        }
    }
}

#[test]
fn runs_without_faults_have_hardly_an_incident() {
    let all: usize = (100..106).map(|seed| run(seed, &[]).0.len()).sum();
    // Six runs of two days; one a day is the limit.
    assert!(all <= 2, "{all}");
}

#[test]
fn a_return_to_normal_is_resolved_and_an_improvement_is_no_incident() {
    let (_, news) = run(7, &[Fault::slow(Some("browse"), (300, 360), 1.8)]);
    let kinds: Vec<&str> = news
        .iter()
        .map(|update| match update {
            Update::Opened(_) => "opened",
            Update::Resolved(_) => "resolved",
            Update::Withdrawn(_) => "withdrawn",
        })
        .collect();
    assert_eq!(kinds, ["opened", "resolved"], "{news:#?}");
    let (found, news) = run(8, &[Fault::slow(None, (300, 576), 0.6)]);
    assert!(found.is_empty() && news.is_empty(), "{news:#?}");
}

#[test]
fn what_lasts_until_the_end_stays_open() {
    let (found, _) = run(9, &[Fault::slow(Some("health"), (500, 576), 1.5)]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].resolved_at, None);
}
