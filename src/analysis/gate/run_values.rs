//! The values of one run per cell. The run is the unit of the gate, because two runs of the same code differ by more
//! than their windows suggest.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::series::Scale;
use crate::domain::baseline::CellRun;
use crate::domain::cell_name::CellName;
use crate::domain::histogram::Histogram;
use crate::domain::metric::{Metric, Reading};
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::TimeSummary;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;

use super::JUDGED;

/// Where a smaller fraction of a run's windows supports a percentile, those that do are the busy ones: the run's merged
/// histogram replaces them. Units: fraction, 0 to 1.
const NEARLY_ALL: f64 = 0.95;
/// A window with fewer requests than this many times the least is a borderline case; another run's may not support it.
const NEAR_THE_BORDER: u64 = 2;

/// The cells of which some window has too few requests for a percentile, or nearly so: their merged histograms are
/// needed, because a gate reads all its runs in one way.
pub fn needing_histograms(windows: &[Window]) -> BTreeSet<CellName> {
    let is_near = |windows: &Vec<&Window>| {
        let least = NEAR_THE_BORDER * Percentile::P99.needs();
        windows.iter().any(|window| window.counts.succeeded < least)
    };
    by_cell(windows).into_iter().filter(|(_, windows)| is_near(windows)).map(|(cell, _)| cell).collect()
}

/// The values of a run for each of its cells. `merged` holds the service times of a cell's valid windows, for the cells
/// that [`needing_histograms`] names.
pub fn of_run(windows: &[Window], merged: &BTreeMap<CellName, Histogram>) -> BTreeMap<CellName, CellRun> {
    let mut runs: BTreeMap<CellName, CellRun> = BTreeMap::new();
    for window in windows {
        let run = runs.entry(window.cell.clone()).or_default();
        run.requests += window.counts.requests();
        run.throttled += window.counts.throttled;
    }
    for (key, windows) in by_cell(windows) {
        let Some(run) = runs.get_mut(&key) else { continue };
        run.windows = windows.len() as u64;
        run.failed = windows.iter().map(|window| window.counts.failed).sum();
        run.judged = run.failed + windows.iter().map(|window| window.counts.succeeded).sum::<u64>();
        let value = |metric: &Metric| Some((metric.name(), by_windows(*metric, &windows)?));
        run.values = JUDGED.iter().filter_map(value).collect();
        let percentiles = merged.get(&key).map(TimeSummary::percentiles_of);
        let together = |metric: &Metric| match metric {
            Metric::Time(_, Reading::Percentile(percentile)) => {
                let value = Scale::Log.put(percentiles?[*percentile as usize]?)?;
                Some((metric.name(), value))
            }
            _ => None,
        };
        run.merged = JUDGED.iter().filter_map(together).collect();
    }
    runs
}

/// The mean of the logarithms of the windows' values; `None` where too few windows have one.
fn by_windows(metric: Metric, windows: &[&Window]) -> Option<f64> {
    let values = windows.iter().filter_map(|window| metric.of(window));
    let places: Vec<f64> = values.filter_map(|value| Scale::Log.put(value)).collect();
    let is_carried = !places.is_empty() && places.len() as f64 >= NEARLY_ALL * windows.len() as f64;
    is_carried.then(|| places.iter().sum::<f64>() / places.len() as f64)
}

fn by_cell(windows: &[Window]) -> BTreeMap<CellName, Vec<&Window>> {
    let mut cells: BTreeMap<CellName, Vec<&Window>> = BTreeMap::new();
    for window in windows.iter().filter(|window| window.validity == Validity::Valid) {
        cells.entry(window.cell.clone()).or_default().push(window);
    }
    cells
}
