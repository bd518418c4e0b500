//! A recorded run, read for its values per cell.

use std::collections::BTreeMap;
use std::path::Path;

use crate::analysis::gate::RunOfCells;
use crate::analysis::gate::run_values::{needing_histograms, of_run};
use crate::analysis::promotion::Run;
use crate::domain::cell_name::CellName;
use crate::domain::histogram::Histogram;
use crate::domain::tally::Tally;
use crate::domain::time_summary::TimeKind;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;
use crate::scenario::notes::INSECURE;
use crate::store::histogram_log::LogCheck;
use crate::store::manifest::Manifest;
use crate::store::record::Record;
use crate::store::{StoreError, histogram_log, window_log};

use super::stored_plan::StoredPlan;

/// A run's manifest and windows, with the values derived from them.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Manifest of the run, gaps included.
    pub manifest: Manifest,
    /// Committed windows, steps included, in the order of the file.
    pub windows: Vec<Window>,
    /// Values of each cell, as gates and baselines use them.
    pub values: RunOfCells,
    /// What is missing or cannot be checked, a sentence each; empty for an intact run.
    pub warnings: Vec<String>,
    /// What disagrees between its histograms and its rows.
    pub log: LogCheck,
}

impl Recorded {
    /// Reads a run. Its histograms are read only where windows have too few requests for a percentile.
    /// # Errors
    /// [`StoreError`] where a file cannot be read.
    pub fn read(folder: &Path) -> Result<Self, StoreError> {
        let record = Record::read(folder)?;
        let log = record.log_of_values()?;
        let Record { manifest, committed, mut warnings, .. } = record;
        let windows = committed.windows;
        // Percentiles of single windows are in the rows; those of merged histograms must not come from damaged ones.
        for cell in needing_histograms(&windows) {
            if let Some(what) = log.damaged.get(&cell) {
                return Err(StoreError::Damaged {
                    path: folder.join(histogram_log::FILE),
                    what: what.clone(),
                    remedy: "restore it from a copy; `baseline report` reports the run without these percentiles",
                });
            }
        }
        warnings.extend(log.warnings());
        if StoredPlan::of(&manifest).is_insecure() {
            warnings.push(INSECURE.to_owned());
        }
        let values = of_run(&windows, &merged(folder, &windows)?);
        Ok(Self { manifest, windows, values, warnings, log })
    }

    /// Counts of its windows and requests.
    pub fn tally(&self) -> Tally {
        Tally::of(&self.windows)
    }

    /// The run as the source of a baseline.
    pub fn into_run(self) -> Run {
        let Self { manifest, windows, values, .. } = self;
        Run { run_id: manifest.run_id, started_at: manifest.started_at, windows, values }
    }
}

/// Merged service times of the cells whose windows have too few requests; empty where the run has no histograms.
/// # Errors
/// [`StoreError`] where the log cannot be read, or contradicts the rows.
pub fn merged(folder: &Path, windows: &[Window]) -> Result<BTreeMap<CellName, Histogram>, StoreError> {
    let mut merged: BTreeMap<CellName, Histogram> = BTreeMap::new();
    let (needing, path) = (needing_histograms(windows), folder.join(histogram_log::FILE));
    if needing.is_empty() || !histogram_log::exists(&path) {
        return Ok(merged);
    }
    let wanted: Vec<Window> = windows
        .iter()
        .filter(|window| window.validity == Validity::Valid)
        .filter(|window| needing.contains(&window.cell))
        .cloned()
        .collect();
    histogram_log::read_each(&path, &wanted, |window, kind, histogram| {
        if kind != TimeKind::Service {
            return Ok(());
        }
        match merged.entry(window.cell.clone()) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(histogram);
                Ok(())
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => entry
                .get_mut()
                .merge(&histogram)
                .map_err(|error| StoreError::Corrupt { path: path.clone(), what: error.to_string() }),
        }
    })?;
    // A truncated log would shift every percentile without notice.
    for cell in &needing {
        let of_cell = |window: &&Window| window.cell == *cell;
        let in_rows: u64 = wanted.iter().filter(of_cell).map(|window| window.counts.succeeded).sum();
        let in_log = merged.get(cell).map_or(0, Histogram::count);
        if in_log != in_rows {
            let what =
                format!("contains {in_log} requests of {cell}, but {} contains {in_rows}", window_log::FILE);
            return Err(StoreError::Corrupt { path, what });
        }
    }
    Ok(merged)
}
