//! Runs whose truth is known: run folders with made-up windows, for the gate. All seeded.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use baseline::domain::run::RunState;
use baseline::domain::time_summary::TimeKind;
use baseline::domain::window::Window;
use baseline::store::heartbeat::Heartbeat;
use baseline::store::manifest::{Manifest, hash_of};
use baseline::store::window_log::{self, Sealer};
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

use super::fixtures;

pub(crate) const ENDPOINTS: [&str; 5] = ["health", "detailed", "browse", "auth", "landing"];
pub(crate) const LEVELS: [(&str, u32); 3] = [("light_load", 1), ("normal_load", 5), ("heavy_load", 10)];

/// Requests of a window.
const REQUESTS: u64 = 1_000;
/// Windows of a cell.
const WINDOWS: u64 = 24;
/// How far a run strays from another, and a window within it.
const BETWEEN_RUNS: f64 = 0.02;
const WITHIN_RUN: f64 = 0.05;

/// A run to make.
pub(crate) struct Made<'a> {
    pub(crate) id: &'a str,
    /// When it starts, and what it draws.
    pub(crate) number: u64,
    /// What is different about its windows.
    pub(crate) edit: &'a dyn Fn(&mut Window),
    /// What is different about its manifest.
    pub(crate) label: &'a dyn Fn(&mut Manifest),
}

impl<'a> Made<'a> {
    pub(crate) fn new(id: &'a str, number: u64) -> Self {
        Self { id, number, edit: &|_| (), label: &|_| () }
    }

    /// Writes its folder below `reports/`.
    pub(crate) fn write(&self, folder: &Path) {
        let run = folder.join("reports").join(self.id);
        std::fs::create_dir_all(&run).unwrap();
        let started_at = started_at(self.number);
        let windows = self.windows(started_at);
        let mut manifest = manifest(self.id, started_at, windows.len() as u64);
        (self.label)(&mut manifest);
        manifest.scenario_hash = hash_of(&manifest.plan);
        manifest.write(&run).unwrap();
        let mut heartbeat = Heartbeat::new(RunState::Completed, None);
        heartbeat.windows = windows.len() as u64;
        heartbeat.write(&run).unwrap();
        let mut sealer = Sealer::new(&manifest.run_id);
        let rows: String = windows.iter().map(|window| sealer.line_without_log(window)).collect();
        std::fs::write(run.join(window_log::FILE), window_log::sealed_header_line() + &rows).unwrap();
    }

    fn windows(&self, started_at: Timestamp) -> Vec<Window> {
        let mut random = ChaCha8Rng::seed_from_u64(self.number);
        let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
        let mood = normal();
        let strays: Vec<f64> = (0..ENDPOINTS.len() * LEVELS.len())
            .map(|_| BETWEEN_RUNS * f64::midpoint(mood, normal()) * 2.0_f64.sqrt())
            .collect();
        let mut windows = Vec::new();
        for cycle in 0..WINDOWS {
            for (cell, stray) in strays.iter().enumerate() {
                let mut window = fixtures::window(windows.len() as u64 + 1);
                let (endpoint, level) = (cell / LEVELS.len(), cell % LEVELS.len());
                window.cycle = cycle;
                window.started_at =
                    started_at + SignedDuration::from_millis(500 * i64::try_from(windows.len()).unwrap());
                window.cell.workload = Arc::from(ENDPOINTS[endpoint]);
                (window.cell.level, window.users) = (Arc::from(LEVELS[level].0), LEVELS[level].1);
                let usual = 2_000.0 * (1.0 + 0.35 * endpoint as f64) * (1.0 + 0.25 * level as f64);
                let mean = usual * (stray + WITHIN_RUN * normal()).exp();
                window.counts.succeeded = REQUESTS;
                window.duration =
                    Duration::from_secs_f64(REQUESTS as f64 * mean / 1e6 / f64::from(window.users));
                let times = &mut window.times[TimeKind::Service as usize];
                times.mean = Some(mean);
                for (percentile, factor) in times.percentiles.iter_mut().zip([0.9, 1.4, 1.8, 3.0]) {
                    *percentile = Some(factor * mean * (0.02 * normal()).exp());
                }
                (self.edit)(&mut window);
                windows.push(window);
            }
        }
        windows
    }
}

/// An hour apart.
fn started_at(number: u64) -> Timestamp {
    fixtures::started_at() + SignedDuration::from_hours(i64::try_from(number).unwrap())
}

fn manifest(id: &str, started_at: Timestamp, windows: u64) -> Manifest {
    let endpoint =
        |name: &str| serde_json::json!({ "name": name, "path": format!("/{name}"), "method": "GET" });
    let levels: serde_json::Map<String, serde_json::Value> =
        LEVELS.iter().map(|(name, users)| ((*name).to_owned(), (*users).into())).collect();
    Manifest {
        started_at: format!("{started_at:.3}"),
        planned_windows: windows,
        plan: serde_json::json!({
            "schema": 1,
            "name": "made_up",
            "target": { "base_url": "http://127.0.0.1:1", "allow_hosts": ["127.0.0.1"] },
            "plan": { "duration": "90s", "cycle": "7500ms", "window": "100ms", "warm_up": "0s" },
            "levels": levels,
            "endpoint": ENDPOINTS.map(endpoint),
        }),
        ..fixtures::manifest(id)
    }
}

/// Multiplies the times of a window, and divides its throughput.
pub(crate) fn slow_down(window: &mut Window, factor: f64) {
    window.duration = window.duration.mul_f64(factor);
    let times = &mut window.times[TimeKind::Service as usize];
    times.mean = times.mean.map(|mean| mean * factor);
    times.percentiles = times.percentiles.map(|percentile| percentile.map(|value| value * factor));
}
