//! Totals and last window of a cell or step.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::analysis::band::Band;
use crate::analysis::baseline_model::WATCHED;
use crate::domain::cell_name::CellName;
use crate::domain::error_counts::ErrorCounts;
use crate::domain::metric::{Metric, Reading};
use crate::domain::objective::{JudgedLimit, Objective, ObjectiveKind, ObjectiveState};
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::TimeKind;
use crate::domain::units::{epoch_seconds, seconds_of_us};
use crate::domain::verdict::Validity;
use crate::domain::window::{CacheCounts, Counts, Window};
use crate::run::follow::{FollowedWindow, RunFollower};

use super::catalogue::{self as names, Definition};
use super::collected::{Collected, Value};
use super::distribution::Distribution;

/// Most status codes with a series of their own per cell, so that a target cannot create any number of them.
const MOST_CODES: usize = 32;
/// Seconds of a day.
const DAY_S: f64 = 86_400.0;
/// The metrics of the three times.
const TIMES: [&Definition; TimeKind::ALL.len()] =
    [&names::SERVICE_TIME, &names::RESPONSE_TIME, &names::FIRST_BYTE];

/// What a run has measured of a cell so far.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    name: CellName,
    endpoint: Arc<str>,
    counts: Counts,
    errors: ErrorCounts,
    statuses: BTreeMap<u16, u64>,
    other_statuses: u64,
    cache: CacheCounts,
    bytes: u64,
    valid: u64,
    throttled: u64,
    invalid: u64,
    outliers: u64,
    connections: u64,
    times: [Option<Arc<Distribution>>; TimeKind::ALL.len()],
    last: Arc<Window>,
    bands: Vec<(Metric, Band)>,
    pub(super) objective: Objective,
    pub(super) limits: Vec<JudgedLimit>,
    /// Whether a window came since the limits were judged.
    pub(super) is_new: bool,
}

impl Cell {
    /// A cell before its first window, which is this one.
    pub(super) fn new(window: &Arc<Window>, objective: Objective) -> Self {
        Self {
            name: window.cell.clone(),
            endpoint: window.cell.series().into(),
            counts: Counts::default(),
            errors: ErrorCounts::default(),
            statuses: BTreeMap::new(),
            other_statuses: 0,
            cache: CacheCounts::default(),
            bytes: 0,
            valid: 0,
            throttled: 0,
            invalid: 0,
            outliers: 0,
            connections: 0,
            times: Default::default(),
            last: Arc::clone(window),
            bands: Vec::new(),
            objective,
            limits: Vec::new(),
            is_new: true,
        }
    }

    /// Adds its next window.
    pub(super) fn add(&mut self, run: &RunFollower, row: &FollowedWindow) {
        let window = &row.window;
        self.counts += window.counts;
        self.errors.merge(&window.errors);
        for (status, count) in &window.statuses {
            if self.statuses.len() < MOST_CODES || self.statuses.contains_key(status) {
                *self.statuses.entry(*status).or_insert(0) += count;
            } else {
                self.other_statuses += count;
            }
        }
        self.cache.hits += window.cache.hits;
        self.cache.misses += window.cache.misses;
        self.bytes += window.bytes;
        match window.validity {
            Validity::Valid => self.valid += 1,
            Validity::Throttled => self.throttled += 1,
            Validity::Invalid(_) => self.invalid += 1,
        }
        self.outliers += row.noticed.outliers.len() as u64;
        self.connections += window.phases.connections;
        if window.validity == Validity::Valid {
            for kind in TimeKind::ALL {
                let mean = window.time(kind).mean;
                if let (Some(times), Some(mean_us)) = (&row.times[kind as usize], mean) {
                    Arc::make_mut(self.times[kind as usize].get_or_insert_default()).add(times, mean_us);
                }
            }
        }
        self.last = Arc::clone(window);
        let model = run.watcher().model();
        let band = |metric: Metric| {
            let learnt = model.learnt(&self.name, metric)?;
            Some((metric, Band::of(metric, learnt.mean, learnt.sigma)))
        };
        self.bands = WATCHED.into_iter().filter_map(band).collect();
        self.is_new = true;
    }

    /// Writes all its samples.
    pub(super) fn collect(&self, scenario: &Arc<str>, to: &mut Collected) {
        let labels = CellLabels { scenario, endpoint: &self.endpoint, level: &self.name.level };
        self.collect_counters(&labels, to);
        for (kind, of) in TimeKind::ALL.into_iter().zip(TIMES) {
            if let Some(times) = &self.times[kind as usize] {
                to.push(of, labels.all(&[]), Value::Distribution(Arc::clone(times)));
            }
        }
        self.collect_window(&labels, to);
        self.collect_standards(&labels, to);
    }

    fn collect_counters(&self, labels: &CellLabels<'_>, to: &mut Collected) {
        let Counts { succeeded, failed, throttled } = self.counts;
        for (outcome, count) in [("succeeded", succeeded), ("failed", failed), ("throttled", throttled)] {
            labels.count(to, &names::REQUESTS, &[outcome], count);
        }
        for (class, count) in self.errors.iter() {
            labels.count(to, &names::ERRORS, &[class.name()], count);
        }
        for (status, count) in &self.statuses {
            labels.count(to, &names::RESPONSES, &[&status.to_string()], *count);
        }
        if self.other_statuses > 0 {
            labels.count(to, &names::RESPONSES, &["other"], self.other_statuses);
        }
        if self.cache.known() > 0 {
            for (result, count) in [("hit", self.cache.hits), ("miss", self.cache.misses)] {
                labels.count(to, &names::CACHE_RESPONSES, &[result], count);
            }
        }
        labels.count(to, &names::RECEIVED_BYTES, &[], self.bytes);
        for (validity, count) in
            [("valid", self.valid), ("throttled", self.throttled), ("invalid", self.invalid)]
        {
            labels.count(to, &names::WINDOWS, &[validity], count);
        }
        labels.count(to, &names::OUTLIERS, &[], self.outliers);
        labels.count(to, &names::CONNECTIONS, &[], self.connections);
    }

    fn collect_window(&self, labels: &CellLabels<'_>, to: &mut Collected) {
        let window = &self.last;
        let times = window.time(TimeKind::Service);
        for percentile in Percentile::ALL {
            if let Some(us) = times.percentile(percentile) {
                let word = Reading::Percentile(percentile).name();
                labels.number(to, &names::WINDOW_SERVICE_TIME, &[word], seconds_of_us(us));
            }
        }
        let days = window.certificate_days;
        for (of, value) in [
            (&names::WINDOW_SERVICE_TIME_MEAN, times.mean.map(seconds_of_us)),
            (&names::WINDOW_THROUGHPUT, Metric::Throughput.of(window)),
            (&names::WINDOW_ERROR_RATIO, Metric::ErrorRatio.of(window)),
            (&names::WINDOW_TIMESTAMP, Some(epoch_seconds(window.ended_at()))),
            (&names::WINDOW_USERS, Some(f64::from(window.users))),
            (&names::CERTIFICATE_EXPIRY, days.map(|days| days * DAY_S)),
        ] {
            if let Some(value) = value {
                labels.number(to, of, &[], value);
            }
        }
    }

    fn collect_standards(&self, labels: &CellLabels<'_>, to: &mut Collected) {
        for (metric, band) in &self.bands {
            for (bound, value) in [("low", band.low), ("baseline", band.baseline), ("high", band.high)] {
                match metric {
                    Metric::Time(_, reading) => {
                        labels.number(to, &names::BAND, &[reading.name(), bound], seconds_of_us(value));
                    }
                    Metric::Throughput => labels.number(to, &names::BAND_THROUGHPUT, &[bound], value),
                    _ => (),
                }
            }
        }
        for (kind, limit) in self.objective.limits() {
            match kind {
                ObjectiveKind::Mean | ObjectiveKind::P95 => {
                    labels.number(to, &names::OBJECTIVE, &[kind.name()], seconds_of_us(limit));
                }
                ObjectiveKind::ErrorRate => labels.number(to, &names::OBJECTIVE_ERROR_RATIO, &[], limit),
                ObjectiveKind::CacheHitRatio | ObjectiveKind::CertificateDays => (),
            }
        }
        for limit in &self.limits {
            let is_met = match limit.state {
                ObjectiveState::Met => 1.0,
                ObjectiveState::Violated => 0.0,
                ObjectiveState::Undecided => continue,
            };
            labels.number(to, &names::OBJECTIVE_MET, &[limit.kind.name()], is_met);
        }
    }
}

/// The labels that all samples of a cell have.
struct CellLabels<'a> {
    scenario: &'a Arc<str>,
    endpoint: &'a Arc<str>,
    level: &'a Arc<str>,
}

impl CellLabels<'_> {
    fn all(&self, further: &[&str]) -> Vec<Arc<str>> {
        let own = [self.scenario, self.endpoint, self.level].map(Arc::clone);
        own.into_iter().chain(further.iter().map(|text| Arc::from(*text))).collect()
    }

    fn number(&self, to: &mut Collected, of: &'static Definition, further: &[&str], value: f64) {
        to.push(of, self.all(further), Value::Number(value));
    }

    fn count(&self, to: &mut Collected, of: &'static Definition, further: &[&str], count: u64) {
        self.number(to, of, further, count as f64);
    }
}
