//! Watches windows as they are committed, live or from disk with the same result: flags and alerts.
//!
//! A flag is a window beyond 2 sigma of its baseline: shown, but it does not alert, because on perfect noise one value in
//! twenty-two is flagged. Times and throughput are judged on logarithms. An alert is a confirmed change, one per incident.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::baseline::Baseline;
use crate::domain::cell_name::CellName;
use crate::domain::metric::{Direction, Metric};
use crate::domain::window::Window;
use crate::stats::normal::two_sided_tail_of_estimate;

use super::alert::{AlertKind, COOL_DOWN_S};
use super::baseline_model::{BaselineModel, Judgement, seconds};
use super::series::Scale;

/// How many sigmas from its baseline a window is flagged.
pub const FLAG_SIGMAS: f64 = 2.0;

/// Other metrics of a cell may show an incident this much later, unless it is over. Units: seconds.
const LONGEST_INCIDENT_S: f64 = 4.0 * COOL_DOWN_S;

/// What was told of a cell last.
#[derive(Debug, Clone, Copy)]
struct Incident {
    metric: Metric,
    is_worse: bool,
    since: f64,
}

/// Where something was noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The window's number.
    pub window: u64,
    /// When it started.
    pub started_at: Timestamp,
    /// The cell.
    pub cell: CellName,
}

/// A window outside of its baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Flag {
    /// Which window of which cell.
    pub place: Place,
    /// The metric.
    pub metric: Metric,
    /// Its value.
    pub value: f64,
    /// What is usual, and the band of +-2 sigma about it. Units: the metric's.
    pub band: Band,
    /// How many sigmas away, with its sign; infinite where the baseline never varied.
    pub sigmas: f64,
}

/// A baseline as a band. Units: the metric's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// The baseline's mean; of times and throughput the geometric one.
    pub usual: f64,
    /// Two sigmas below.
    pub low: f64,
    /// Two sigmas above.
    pub high: f64,
}

impl Band {
    /// The band of a baseline that lies on the scale of its metric.
    pub fn of(metric: Metric, mean: f64, sigma: f64) -> Self {
        let scale = Scale::of(metric);
        let reach = FLAG_SIGMAS * sigma;
        Self { usual: scale.take(mean), low: scale.take(mean - reach), high: scale.take(mean + reach) }
    }
}

/// A confirmed change, one an incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Which window of which cell confirmed it.
    pub place: Place,
    /// What kind of change.
    pub kind: AlertKind,
    /// The metric that showed it first.
    pub metric: Metric,
    /// Its value in that window.
    pub value: f64,
    /// What was expected there. Units: the metric's.
    pub expected: f64,
    /// Relative to what was expected: 0.2 is a fifth more; `None` for errors.
    pub effect: Option<f64>,
    /// In standard errors, with its sign.
    pub z: f64,
    /// How many windows it had lasted.
    pub windows: usize,
}

impl Alert {
    /// Whether the target got worse, not better.
    pub fn is_worse(&self) -> bool {
        is_worse(self.metric, self.z)
    }

    /// Where the level is by now: what was expected, moved by the effect. Units: the metric's.
    pub fn level(&self) -> f64 {
        self.effect.map_or(self.value, |effect| self.expected * (1.0 + effect))
    }
}

fn is_worse(metric: Metric, z: f64) -> bool {
    (z > 0.0) == (metric.direction() == Direction::LowerIsBetter)
}

/// How many windows of a series were judged, how many flagged, and how many flags noise alone would have brought.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FlagCount {
    /// Judged.
    pub judged: u64,
    /// Flagged.
    pub observed: u64,
    /// Flags that noise alone would have brought, on average.
    pub expected: f64,
}

/// What one window brought.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Noticed {
    /// In the order of the watched metrics.
    pub flags: Vec<Flag>,
    /// At most one of times and throughput, and one of errors.
    pub alerts: Vec<Alert>,
}

/// Watches a run.
#[derive(Debug, Clone)]
pub struct Watcher {
    model: BaselineModel,
    counts: BTreeMap<(CellName, String), FlagCount>,
    /// The open incident of a cell, of times and throughput or of errors.
    open: BTreeMap<(CellName, bool), Incident>,
    flags: u64,
    alerts: u64,
}

impl Watcher {
    /// Watches with baselines that are learnt from so many windows of each cell.
    pub fn learning(windows: usize) -> Self {
        Self::new(BaselineModel::learning(windows))
    }

    /// Watches with a named baseline from the first window on; cells that it does not know are learnt.
    pub fn known(baseline: &Baseline, windows: usize) -> Self {
        Self::new(BaselineModel::known(baseline, windows))
    }

    fn new(model: BaselineModel) -> Self {
        Self { model, counts: BTreeMap::new(), open: BTreeMap::new(), flags: 0, alerts: 0 }
    }

    /// Takes the next committed window.
    pub fn take(&mut self, window: &Window) -> Noticed {
        let mut noticed = Noticed::default();
        for judgement in self.model.take(window) {
            self.count_value(window, &judgement);
            if judgement.sigmas.abs() > FLAG_SIGMAS {
                noticed.flags.push(flag(window, &judgement));
            }
            noticed.alerts.extend(self.alert(window, &judgement));
        }
        self.flags += noticed.flags.len() as u64;
        self.alerts += noticed.alerts.len() as u64;
        noticed
    }

    /// Counts what noise would flag too: not error ratios, which are none or rare, and not what never varied.
    fn count_value(&mut self, window: &Window, judgement: &Judgement) {
        if judgement.metric == Metric::ErrorRatio || judgement.baseline.sigma <= 0.0 {
            return;
        }
        let key = (window.cell.clone(), judgement.metric.name());
        let count = self.counts.entry(key).or_default();
        count.judged += 1;
        count.expected += expected_share(judgement.baseline.n);
        count.observed += u64::from(judgement.sigmas.abs() > FLAG_SIGMAS);
    }

    /// One incident shows in several metrics of a cell, some of them late; the first of them is told.
    fn alert(&mut self, window: &Window, judgement: &Judgement) -> Option<Alert> {
        let metric = judgement.metric;
        let key = |is_errors| (window.cell.clone(), is_errors);
        if judgement.is_back && self.open.get(&key(false)).is_some_and(|incident| incident.metric == metric) {
            self.open.remove(&key(false));
        }
        let change = judgement.change?;
        let key = key(change.kind == AlertKind::Errors);
        let now = seconds(window);
        let is_worse = is_worse(metric, change.z);
        // The series itself knows what is more of the same; other metrics of the cell show it too, and late.
        let is_same = |incident: &Incident| {
            let since = now - incident.since;
            let is_echo = incident.metric != metric && incident.is_worse == is_worse;
            is_echo && (0.0..LONGEST_INCIDENT_S).contains(&since)
        };
        if self.open.get(&key).is_some_and(is_same) {
            return None;
        }
        self.open.insert(key, Incident { metric, is_worse, since: now });
        Some(Alert {
            place: place(window),
            kind: change.kind,
            metric,
            value: judgement.value,
            expected: change.expected,
            effect: change.effect,
            z: change.z,
            windows: change.windows,
        })
    }

    /// The baselines known so far.
    pub fn model(&self) -> &BaselineModel {
        &self.model
    }

    /// All flags so far.
    pub fn flags(&self) -> u64 {
        self.flags
    }

    /// All alerts so far.
    pub fn alerts(&self) -> u64 {
        self.alerts
    }

    /// What became of one series.
    pub fn count(&self, cell: &CellName, metric: Metric) -> FlagCount {
        let key = (cell.clone(), metric.name());
        self.counts.get(&key).copied().unwrap_or_default()
    }

    /// What became of all series of a cell together.
    pub fn count_of_cell(&self, cell: &CellName) -> FlagCount {
        let of_cell = self.counts.iter().filter(|((known, _), _)| known == cell);
        of_cell.fold(FlagCount::default(), |sum, (_, count)| FlagCount {
            judged: sum.judged + count.judged,
            observed: sum.observed + count.observed,
            expected: sum.expected + count.expected,
        })
    }
}

/// The share of values that noise flags where the baseline comes from `n` windows.
fn expected_share(n: usize) -> f64 {
    two_sided_tail_of_estimate(FLAG_SIGMAS, n).unwrap_or(0.0)
}

fn place(window: &Window) -> Place {
    Place { window: window.number, started_at: window.started_at, cell: window.cell.clone() }
}

fn flag(window: &Window, judgement: &Judgement) -> Flag {
    let Judgement { metric, value, baseline, sigmas, .. } = *judgement;
    Flag {
        place: place(window),
        metric,
        value,
        band: Band::of(metric, baseline.mean, baseline.sigma),
        sigmas,
    }
}
