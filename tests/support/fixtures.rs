//! Manifests and windows made up to order, for tests of files and statistics.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use baseline::domain::cell_name::CellName;
use baseline::domain::error_counts::ErrorCounts;
use baseline::domain::generator::GeneratorHealth;
use baseline::domain::histogram::Histogram;
use baseline::domain::run::RunState;
use baseline::domain::time_summary::TimeSummary;
use baseline::domain::verdict::Validity;
use baseline::domain::window::{
    CacheCounts, Counts, Histograms, MeasuredGroup, MeasuredWindow, Phases, Window,
};
use baseline::host::fingerprint::Fingerprint;
use baseline::store::heartbeat::Heartbeat;
use baseline::store::manifest::{Manifest, Mode, SCHEMA, hash_of};
use baseline::store::run_directory::{Commit, RunDirectory};
use jiff::Timestamp;

/// When runs made up here start.
pub(crate) fn started_at() -> Timestamp {
    "2026-11-21T04:15:00Z".parse().unwrap()
}

/// A manifest of a run with that identity.
pub(crate) fn manifest(run_id: &str) -> Manifest {
    let unknown = || "unknown".to_owned();
    let host = Fingerprint {
        system: unknown(),
        kernel: unknown(),
        cpu_model: unknown(),
        cores: 2,
        governor: unknown(),
    };
    let plan = serde_json::json!({ "plan": { "duration": "10s", "cycle": "1s" } });
    Manifest {
        schema: SCHEMA,
        run_id: run_id.to_owned(),
        scenario: "made_up".to_owned(),
        scenario_hash: hash_of(&plan),
        plan,
        seed: 1,
        mode: Mode::Rehearsal { faults: Vec::new(), daily_swing: None },
        host: host.into(),
        tool_version: "0.1.0".to_owned(),
        tool_commit: None,
        started_at: "2026-11-21T04:15:00.000Z".to_owned(),
        planned_end: "2026-11-21T04:15:10.000Z".to_owned(),
        planned_windows: 10,
        gaps: Vec::new(),
        baseline_hash: None,
        monitor: false,
    }
}

/// A valid window of one cell with no requests in it.
pub(crate) fn window(number: u64) -> Window {
    let millis = started_at().as_millisecond() + i64::try_from(number * 1_000).unwrap();
    Window {
        number,
        cycle: number - 1,
        started_at: Timestamp::from_millisecond(millis).unwrap(),
        cell: CellName::new("health", "light_load"),
        users: 1,
        duration: Duration::from_millis(100),
        backed_off: None,
        request_cap: None,
        counts: Counts::default(),
        validity: Validity::Valid,
        bytes: 0,
        times: [TimeSummary::default(); 3],
        statuses: BTreeMap::new(),
        decoded_bytes: None,
        odd_responses: 0,
        addresses: BTreeMap::new(),
        certificate_days: None,
        errors: ErrorCounts::default(),
        cache: CacheCounts::default(),
        phases: Phases::default(),
        late_starts: 0,
        redirects: 0,
        remarks: Vec::new(),
        generator: GeneratorHealth::default(),
    }
}

/// The same with requests that took these times, in microseconds.
pub(crate) fn measured(number: u64, times_us: &[u64]) -> MeasuredWindow {
    let mut histogram = Histogram::new().unwrap();
    for time in times_us {
        histogram.record(time * 1_000);
    }
    let mut window = window(number);
    window.counts.succeeded = times_us.len() as u64;
    window.statuses = [(200, times_us.len() as u64)].into();
    window.bytes = 2 * times_us.len() as u64;
    for summary in &mut window.times {
        summary.mean = histogram.mean_ns().map(|mean| (mean / 1e3).round());
        summary.percentiles = TimeSummary::percentiles_of(&histogram);
    }
    let histograms =
        Histograms { service_time: histogram.clone(), response_time: None, first_byte: histogram };
    MeasuredWindow { window, histograms, slowest: Vec::new() }
}

/// The same as a group of one.
pub(crate) fn group(number: u64, times_us: &[u64]) -> MeasuredGroup {
    MeasuredGroup::of_one(measured(number, times_us))
}

/// A run directory with this many committed windows, its lock released.
pub(crate) fn run_with(folder: &Path, windows: u64) -> PathBuf {
    let run = folder.join("made_up-20261121T041500Z");
    let mut directory = RunDirectory::create(
        &run,
        &manifest("made_up-20261121T041500Z"),
        &Heartbeat::new(RunState::Running, None),
        Commit::EachGroup,
    )
    .unwrap();
    for number in 1..=windows {
        directory.commit(&group(number, &[100 * number, 200, 300, 400, 500, 600, 700])).unwrap();
    }
    run
}
