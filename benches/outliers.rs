//! How many outliers series without a change have, and how often the range that is printed covers that number.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use baseline::analysis::baseline_model::MOST_WINDOWS;
use baseline::analysis::outliers::{OutlierCount, OutlierCounts};
use baseline::analysis::watch::Watcher;
use baseline::domain::cell_name::CellName;
use baseline::domain::error_counts::ErrorCounts;
use baseline::domain::generator::GeneratorHealth;
use baseline::domain::time_summary::TimeSummary;
use baseline::domain::units::moment;
use baseline::domain::verdict::Validity;
use baseline::domain::window::{CacheCounts, Counts, Phases, Window};

use crate::simulate::{Family, windows};

const RUNS: u64 = 100;
const CELLS: u64 = 15;
const SPACING_S: f64 = 300.0;

/// A window of a closed loop of one user, whose throughput is one over its mean service time.
fn window(number: u64, cell: &CellName, at: f64, mean_us: f64) -> Window {
    let times = TimeSummary { mean: Some(mean_us), ..TimeSummary::default() };
    Window {
        number,
        cycle: number - 1,
        started_at: moment(at),
        cell: cell.clone(),
        users: 1,
        duration: Duration::from_secs_f64(300.0 * mean_us / 1e6),
        counts: Counts { succeeded: 300, failed: 0, throttled: 0 },
        validity: Validity::Valid,
        bytes: 0,
        times: [times; 3],
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
        backed_off: None,
        request_cap: None,
    }
}

fn watched(family: Family, run: u64) -> Watcher {
    let mut watcher = Watcher::learning(MOST_WINDOWS);
    for nth in 0..CELLS {
        let cell = CellName::new(format!("endpoint_{nth}").as_str(), "normal_load");
        let series = family.series(run * 1_000 + nth, SPACING_S, windows(SPACING_S));
        for (number, (at, value)) in (1..).zip(series) {
            watcher.take(&window(number, &cell, at, 100.0 * value));
        }
    }
    watcher
}

/// Sums over runs, and in how many of them the range covers the number.
#[derive(Default)]
struct Row {
    observed: f64,
    expected: f64,
    covered: u64,
}

impl Row {
    fn add(&mut self, of: &OutlierCount) {
        self.observed += of.observed as f64 / RUNS as f64;
        self.expected += of.expected / RUNS as f64;
        let covers = |(low, high): (f64, f64)| (low.floor()..=high.ceil()).contains(&(of.observed as f64));
        self.covered += u64::from(of.range_95().is_some_and(covers));
    }
}

/// The table of the page.
pub(crate) fn outliers() -> String {
    let mut table = String::from(
        "| series without a change | beyond the baseline band (expected) | range covers | for the time of day (expected) | range covers | by the forecast (expected) |\n|---|---:|---:|---:|---:|---:|\n",
    );
    for family in Family::ALL {
        let (mut of_baseline, mut for_time_of_day, mut for_forecast) =
            (Row::default(), Row::default(), Row::default());
        for run in 0..RUNS {
            let watcher = watched(family, run);
            let cells = watcher.outliers().into_values().map(|cell| cell.counts);
            let counts = cells.fold(OutlierCounts::default(), OutlierCounts::and);
            of_baseline.add(&counts.of_baseline);
            for_time_of_day.add(&counts.for_time_of_day);
            for_forecast.add(&watcher.for_forecast());
        }
        let percent = |row: &Row| 100 * row.covered / RUNS;
        let _ = writeln!(
            table,
            "| {} | {:.0} ({:.0}) | {}% | {:.0} ({:.0}) | {}% | {:.0} ({:.0}) |",
            family.name(),
            of_baseline.observed,
            of_baseline.expected,
            percent(&of_baseline),
            for_time_of_day.observed,
            for_time_of_day.expected,
            percent(&for_time_of_day),
            for_forecast.observed,
            for_forecast.expected,
        );
    }
    table
}
