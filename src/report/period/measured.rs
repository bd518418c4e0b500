//! Reads the runs of a period, one after the other: what is kept of a window is a few sums, so that a month of a monitor
//! fits in memory and takes seconds. Histograms are not read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::availability::Availability;
use crate::domain::cell_name::CellName;
use crate::domain::measured_minutes::MeasuredMinutes;
use crate::domain::service::Assessment;
use crate::domain::units::after;
use crate::domain::window::Window;
use crate::run::state::RunStatus;
use crate::run::stored_plan::StoredPlan;
use crate::stats::robust::median;
use crate::store::StoreError;
use crate::store::manifest::Manifest;
use crate::store::record::Record;

use super::cells::CellDays;
use super::incidents::Chains;

/// A stretch of time that a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
}

impl Period {
    /// The stretch of a length that ends at a point in time.
    pub fn ending(until: Timestamp, length: Duration) -> Self {
        let length = jiff::SignedDuration::try_from(length).unwrap_or(jiff::SignedDuration::MAX);
        Self { from: until.saturating_sub(length).unwrap_or(Timestamp::MIN), until }
    }

    /// Its length.
    pub fn length(&self) -> Duration {
        Duration::try_from(self.until.duration_since(self.from)).unwrap_or_default()
    }

    pub(super) fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

/// A run of the period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PeriodRun {
    pub(super) id: String,
    pub(super) state: &'static str,
    pub(super) is_monitor: bool,
    pub(super) started_at: Timestamp,
    /// Windows of the period.
    pub(super) windows: u64,
}

/// What was measured of an endpoint, a journey or a mix.
#[derive(Debug, Clone, Default)]
pub(super) struct WorkloadSums {
    /// Each window counted for the time up to the next one.
    pub(super) time: Availability,
    pub(super) minutes: MeasuredMinutes,
    pub(super) failed: u64,
    pub(super) judged: u64,
}

/// Everything measured within a period.
#[derive(Debug)]
pub struct Measured {
    pub(super) scenario: String,
    pub(super) period: Period,
    pub(super) is_virtual: bool,
    pub(super) runs: Vec<PeriodRun>,
    pub(super) workloads: BTreeMap<Arc<str>, WorkloadSums>,
    pub(super) cells: BTreeMap<CellName, CellDays>,
    pub(super) chains: Chains,
    /// Availability objective of the latest run.
    pub(super) objective: f64,
    /// Time from one window of a cell to the next in the latest day of a monitor, or else the latest run.
    pub(super) interval: Option<Duration>,
    /// What is damaged or could not be read, a sentence each.
    pub(super) warnings: Vec<String>,
}

impl Measured {
    /// Nothing yet.
    pub fn new(scenario: String, period: Period, is_virtual: bool) -> Self {
        Self {
            scenario,
            period,
            is_virtual,
            runs: Vec::new(),
            workloads: BTreeMap::new(),
            cells: BTreeMap::new(),
            chains: Chains::default(),
            objective: Assessment::default().availability,
            interval: None,
            warnings: Vec::new(),
        }
    }

    /// Reads the runs of a scenario: folders in the order of their starts. Those that cannot be read are named, and left out.
    /// # Errors
    /// That of the first run, where none can be read.
    pub fn read(
        scenario: &str,
        folders: &[PathBuf],
        period: Period,
        is_virtual: bool,
    ) -> Result<Self, StoreError> {
        let mut measured = Self::new(scenario.to_owned(), period, is_virtual);
        let mut first_error = None;
        for folder in folders {
            if let Err(error) = measured.run(folder) {
                let name = folder.file_name().unwrap_or_default().to_string_lossy();
                measured.warnings.push(format!("{name} cannot be read and is left out: {error}"));
                first_error.get_or_insert(error);
            }
        }
        match first_error {
            Some(error) if measured.runs.is_empty() => Err(error),
            _ => Ok(measured),
        }
    }

    fn run(&mut self, folder: &Path) -> Result<(), StoreError> {
        let record = Record::read(folder)?;
        let baseline = record.baseline()?;
        let Record { manifest, committed, warnings, .. } = record;
        let id = &manifest.run_id;
        self.warnings.extend(warnings.into_iter().map(|warning| format!("{id}: {warning}")));
        let mut run = PeriodRun {
            id: id.clone(),
            state: RunStatus::read(folder, &manifest).state,
            is_monitor: manifest.monitor,
            started_at: manifest.start(folder)?,
            windows: 0,
        };
        let wholes = || committed.windows.iter().filter(|window| window.cell.step.is_none());
        let interval = interval_of(wholes(), &manifest);
        let spans = stands_for(wholes(), interval);
        let chain = self.chains.run(folder, &manifest, baseline.as_ref())?;
        let mut spans = spans.into_iter();
        for window in committed.windows {
            let stands_for = if window.cell.step.is_none() { spans.next() } else { None };
            if self.period.contains(window.started_at) {
                run.windows += 1;
                if let Some(stands_for) = stands_for {
                    self.whole(&window, stands_for);
                }
            }
            self.chains.window(chain, window);
        }
        if let Some(baseline) = &baseline {
            for (cell, days) in &mut self.cells {
                days.compare_with(cell, baseline);
            }
        }
        if let Some(objective) = objective_of(&manifest) {
            self.objective = objective;
        }
        if manifest.monitor || !self.runs.iter().any(|run| run.is_monitor) {
            self.interval = interval.or(self.interval);
        }
        self.runs.push(run);
        Ok(())
    }

    fn whole(&mut self, window: &Window, stands_for: Duration) {
        let day = day_of(window.started_at);
        self.cells.entry(window.cell.clone()).or_default().add(day, window);
        let sums = self.workloads.entry(Arc::clone(&window.cell.workload)).or_default();
        sums.failed += window.counts.failed;
        sums.judged += window.counts.failed + window.counts.succeeded;
        let Some(worked) = window.worked() else { return };
        let (time, windows) = if worked {
            (&mut sums.time.up, &mut sums.time.windows_up)
        } else {
            (&mut sums.time.down, &mut sums.time.windows_down)
        };
        (*time, *windows) = (*time + stands_for, *windows + 1);
        sums.minutes.add(window.started_at, stands_for, worked);
    }
}

/// The day that a moment belongs to, UTC.
pub(super) fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// The typical time from one window of a cell to its next; the one of the plan where no cell has two.
fn interval_of<'a>(wholes: impl Iterator<Item = &'a Window>, manifest: &Manifest) -> Option<Duration> {
    let mut last: BTreeMap<&CellName, Timestamp> = BTreeMap::new();
    let mut spacings = Vec::new();
    for window in wholes {
        if let Some(before) = last.insert(&window.cell, window.started_at) {
            spacings.push(window.started_at.duration_since(before).as_secs_f64());
        }
    }
    // Probes start some milliseconds early or late.
    let typical =
        median(&spacings).and_then(|seconds| Duration::try_from_secs_f64(seconds.round().max(1.0)).ok());
    typical.or_else(|| StoredPlan::of(manifest).span("cycle"))
}

/// The time that each window stands for: up to the next one of its cell, and at most one and a half intervals, so that a gap
/// counts as nothing.
fn stands_for<'a>(wholes: impl Iterator<Item = &'a Window>, interval: Option<Duration>) -> Vec<Duration> {
    let wholes: Vec<&Window> = wholes.collect();
    let mut next: BTreeMap<&CellName, Timestamp> = BTreeMap::new();
    let mut spans: Vec<Duration> = wholes
        .iter()
        .rev()
        .map(|window| {
            let longest = interval.unwrap_or(window.duration).max(window.duration);
            let until = next.insert(&window.cell, window.started_at);
            let until = until.unwrap_or_else(|| after(window.started_at, longest));
            let span = Duration::try_from(until.duration_since(window.started_at)).unwrap_or_default();
            if span > longest.mul_f64(1.5) { longest } else { span }
        })
        .collect();
    spans.reverse();
    spans
}

fn objective_of(manifest: &Manifest) -> Option<f64> {
    StoredPlan::of(manifest).availability().filter(|objective| (0.0..=1.0).contains(objective))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(minutes: &[i64]) -> Vec<Window> {
        let at = |minute: &i64| Timestamp::from_second(minute * 60).unwrap();
        minutes.iter().map(|minute| Window { started_at: at(minute), ..Window::sample() }).collect()
    }

    #[test]
    fn a_window_stands_for_the_time_up_to_the_next_but_not_for_a_gap() {
        let windows = windows(&[0, 5, 10, 60, 65]);
        let spans = stands_for(windows.iter(), Some(Duration::from_mins(5)));
        assert_eq!(spans, [5, 5, 5, 5, 5].map(Duration::from_mins));
    }
}
