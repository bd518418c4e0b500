//! The series of a run: their windows, bands and limits.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::analysis::watch::{Band, Watcher};
use crate::domain::baseline::Baseline;
use crate::domain::cell_name::CellName;
use crate::domain::metric::{Metric, Reading};
use crate::domain::objective::{Objective, ObjectiveKind, ObjectiveState};
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::TimeKind;
use crate::run::follow::FollowedWindow;

use super::json::{BandEntry, Bands, FlagEntry, Kind, ObjectiveEntry, SeriesEntry};
use super::stored::Stored;

/// Values of the small chart of a series.
const RECENT: usize = 60;
/// Windows that room is made for at once: doubling would take twice the memory of a long run.
const STEP: usize = 256;

const MEAN: Metric = Metric::Time(TimeKind::Service, Reading::Mean);
const P95: Metric = Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P95));

/// A series with everything that is kept of it.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) cell: CellName,
    pub(super) id: Arc<str>,
    parent: Option<Arc<str>>,
    kind: Kind,
    users: u32,
    /// Place among the rows of its group when it first came.
    pub(super) place: usize,
    pub(super) windows: Vec<Stored>,
    is_mean: bool,
    pub(super) objectives: Vec<ObjectiveEntry>,
    bands: Bands,
    band_source: Option<String>,
    /// Values beyond the bands, with the numbers of their windows.
    flags: Vec<(u64, Metric, f64, Band, f64)>,
}

impl Series {
    /// The series that a window belongs to.
    pub(super) fn new(
        row: &FollowedWindow,
        place: usize,
        kind: Kind,
        parent: Option<Arc<str>>,
        objective: Option<&Objective>,
    ) -> Self {
        let cell = row.window.cell.clone();
        let objective = objective.copied().unwrap_or_default();
        Self {
            id: cell.to_string().into(),
            parent,
            kind,
            users: row.window.users,
            place,
            windows: Vec::new(),
            is_mean: objective.p95.is_none() && objective.mean.is_some(),
            objectives: objective.limits().map(|(kind, limit)| unjudged(kind, limit)).collect(),
            bands: Bands::default(),
            band_source: None,
            flags: Vec::new(),
            cell,
        }
    }

    /// Takes its next window.
    pub(super) fn take(&mut self, row: &FollowedWindow) {
        if self.windows.len() == self.windows.capacity() {
            self.windows.reserve_exact(STEP);
        }
        self.windows.push(Stored::of(&row.window, &row.noticed.flags));
        let flags = row.noticed.flags.iter();
        self.flags
            .extend(flags.map(|flag| (row.window.number, flag.metric, flag.value, flag.band, flag.sigmas)));
    }

    /// The values of a window beyond their bands.
    pub(super) fn flags_of(&self, number: u64) -> Vec<FlagEntry> {
        let first = self.flags.partition_point(|flag| flag.0 < number);
        let of_window = self.flags.iter().skip(first).take_while(|flag| flag.0 == number);
        let entry = |(_, metric, value, band, sigmas): &(u64, Metric, f64, Band, f64)| FlagEntry {
            metric: metric.name(),
            value: *value,
            low: band.low,
            baseline: band.baseline,
            high: band.high,
            sigmas: sigmas.is_finite().then_some(*sigmas),
        };
        of_window.map(entry).collect()
    }

    /// Looks its bands up.
    pub(super) fn look_up_bands(&mut self, watcher: &Watcher, baseline: Option<&Baseline>) {
        let model = watcher.model();
        let band = |metric: Metric| {
            let learnt = model.learnt(&self.cell, metric)?;
            let Band { baseline, low, high } = Band::of(metric, learnt.mean, learnt.sigma);
            let is_plain = [low, baseline, high].iter().all(|value| value.is_finite());
            is_plain.then_some(BandEntry { low, baseline, high })
        };
        self.bands = Bands {
            service_time_mean_us: band(MEAN),
            service_time_p50_us: None,
            service_time_p95_us: band(P95),
            throughput_per_s: band(Metric::Throughput),
            error_ratio: band(Metric::ErrorRatio),
        };
        let named = baseline.filter(|baseline| baseline.cells.contains_key(&self.cell));
        self.band_source = match named {
            Some(baseline) => Some(format!("baseline {}", baseline.name)),
            None => model.learnt(&self.cell, MEAN).map(|learnt| format!("learned from {} windows", learnt.n)),
        };
    }

    /// The window with this number.
    pub(super) fn window(&self, number: u64) -> Option<&Stored> {
        let place = self.windows.binary_search_by_key(&number, |window| window.number).ok()?;
        self.windows.get(place)
    }

    /// The windows that began within these times. Units: milliseconds since 1970.
    pub(super) fn between(&self, from: Option<i64>, to: Option<i64>) -> Vec<Stored> {
        let is_within = |window: &&Stored| {
            from.is_none_or(|from| window.started_ms >= from) && to.is_none_or(|to| window.started_ms <= to)
        };
        self.windows.iter().filter(is_within).copied().collect()
    }

    /// As it is sent; `recent` adds its last values.
    pub(super) fn entry(&self, recent: bool, incident: Option<usize>) -> SeriesEntry {
        let last = self.windows.last();
        // Windows of few requests have no p95.
        let is_mean = self.is_mean || last.is_some_and(|window| window.mean_or_p95(false).is_none());
        let values = || {
            let last = self.windows.iter().skip(self.windows.len().saturating_sub(RECENT));
            // As the page adds them later: what is invalid is no value.
            last.map(|window| window.mean_or_p95(is_mean).filter(|_| !window.is_invalid())).collect()
        };
        SeriesEntry {
            id: Arc::clone(&self.id),
            endpoint: Arc::clone(&self.cell.workload),
            step: self.cell.step.clone(),
            parent: self.parent.clone(),
            kind: self.kind,
            level: Arc::clone(&self.cell.level),
            users: self.users,
            windows: self.windows.len(),
            metric: if is_mean { "service_time_mean_us" } else { "service_time_p95_us" },
            objectives: self.objectives.clone(),
            bands: self.bands,
            band_source: self.band_source.clone(),
            last: last.map(Stored::point),
            recent: recent.then(values),
            incident,
        }
    }

    /// Takes over what the SLO's limits were judged as; returns whether that changed.
    pub(super) fn judge(&mut self, judged: &BTreeMap<CellName, Vec<ObjectiveEntry>>) -> bool {
        let Some(judged) = judged.get(&self.cell) else { return false };
        let mut is_changed = false;
        for own in &mut self.objectives {
            if let Some(found) = judged.iter().find(|found| found.metric == own.metric && *found != own) {
                own.clone_from(found);
                is_changed = true;
            }
        }
        is_changed
    }
}

/// A limit that was not compared with anything yet.
fn unjudged(kind: ObjectiveKind, limit: f64) -> ObjectiveEntry {
    ObjectiveEntry {
        metric: kind.metric().name(),
        limit,
        at_most: !kind.is_lower_limit(),
        unit: kind.metric().unit(),
        state: ObjectiveState::Undecided.label(),
        sentence: String::new(),
    }
}
