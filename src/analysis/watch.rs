//! Watches windows as they are committed, live or from disk with the same result: flags and alerts.
//!
//! A flag marks an outlier, a window beyond 2 sigma of its baseline: shown, but it does not alert, because one value of
//! pure noise in twenty-two is flagged. Times and throughput are judged on logarithms. An alert is a confirmed change,
//! one per incident.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::baseline::Baseline;
use crate::domain::cell_name::CellName;
use crate::domain::metric::{Direction, Metric};
use crate::domain::verdict::Validity;
use crate::domain::window::Window;
use crate::stats::normal::two_sided_tail_of_estimate;

use super::alert::AlertKind;
use super::baseline_model::{BaselineModel, Judgement};
use super::incident::{Incident, Tracker, Update};
use super::series::Scale;

/// Distance from its baseline, in sigmas, beyond which a window is flagged.
pub const FLAG_SIGMAS: f64 = 2.0;

/// The window and cell in which something was noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Number of the window within its run.
    pub window: u64,
    /// Start of the window, after warm-up.
    pub started_at: Timestamp,
    /// Cell, or step of a cell.
    pub cell: CellName,
}

/// An outlier: a window outside the baseline band of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Flag {
    /// Window and cell of the outlier.
    pub place: Place,
    /// Metric that lies outside its band.
    pub metric: Metric,
    /// Value in the window. Units: the metric's.
    pub value: f64,
    /// Baseline value, and the band of +-2 sigma around it. Units: the metric's.
    pub band: Band,
    /// Distance from the baseline value in sigmas, with its sign; infinite where the baseline never varied.
    pub sigmas: f64,
}

/// A baseline as a band. Units: the metric's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Baseline value: the mean, geometric for times and throughput.
    pub baseline: f64,
    /// Lower end of the band, two sigmas below.
    pub low: f64,
    /// Upper end of the band, two sigmas above.
    pub high: f64,
}

impl Band {
    /// The band of a baseline whose mean and sigma lie on the metric's scale.
    pub fn of(metric: Metric, mean: f64, sigma: f64) -> Self {
        let scale = Scale::of(metric);
        let reach = FLAG_SIGMAS * sigma;
        Self { baseline: scale.take(mean), low: scale.take(mean - reach), high: scale.take(mean + reach) }
    }
}

/// A confirmed change, one per incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Window that confirmed it, and its cell.
    pub place: Place,
    /// Kind of the change: burst, shift or errors.
    pub kind: AlertKind,
    /// Metric that showed the change first.
    pub metric: Metric,
    /// Value in that window. Units: the metric's.
    pub value: f64,
    /// Value expected in that window. Units: the metric's.
    pub expected: f64,
    /// The level with the change. Units: the metric's; for errors the ratio in that window.
    pub level: f64,
    /// Change relative to the expected value: 0.2 is a fifth more; `None` for errors.
    pub effect: Option<f64>,
    /// Size of the change in standard errors; above 0 is a larger value.
    pub z: f64,
    /// Number of windows that had shown the change by then.
    pub windows: usize,
}

impl Alert {
    /// Whether the target got worse, not better.
    pub fn is_worse(&self) -> bool {
        is_worse(self.metric, self.z)
    }
}

fn is_worse(metric: Metric, z: f64) -> bool {
    (z > 0.0) == (metric.direction() == Direction::LowerIsBetter)
}

/// Judged and flagged windows of a series, and the number of outliers expected by chance.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FlagCount {
    /// Windows that were compared with a baseline.
    pub judged: u64,
    /// Windows that were flagged as outliers.
    pub observed: u64,
    /// Number of outliers expected by chance.
    pub expected: f64,
}

/// Flags and alerts of one window.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Noticed {
    /// Outliers, in the order of the watched metrics.
    pub flags: Vec<Flag>,
    /// Changes of the cell for the worse that this window confirmed: mostly none, at most one for each watched metric.
    pub alerts: Vec<Alert>,
    /// Incidents that began or ended.
    pub incidents: Vec<Update>,
}

/// Watches the windows of a run, keeping the baselines and counts of all its cells.
#[derive(Debug, Clone)]
pub struct Watcher {
    model: BaselineModel,
    counts: BTreeMap<(CellName, String), FlagCount>,
    tracker: Tracker,
    flags: u64,
}

impl Watcher {
    /// Watches with baselines that are learnt from this many windows of each cell.
    pub fn learning(windows: usize) -> Self {
        Self::new(BaselineModel::learning(windows))
    }

    /// Watches with a named baseline from the first window on; cells that it lacks are learnt.
    pub fn known(baseline: &Baseline, windows: usize) -> Self {
        Self::new(BaselineModel::known(baseline, windows))
    }

    fn new(model: BaselineModel) -> Self {
        Self { model, counts: BTreeMap::new(), tracker: Tracker::default(), flags: 0 }
    }

    /// Judges the next committed window, and learns from it.
    pub fn take(&mut self, window: &Window) -> Noticed {
        if window.validity != Validity::Valid {
            return Noticed::default();
        }
        let taken = self.model.take(window);
        let news = self.tracker.take(window, &taken);
        let mut noticed = Noticed { incidents: news.updates, ..Noticed::default() };
        for judgement in &taken.judgements {
            self.count_value(window, judgement);
            if judgement.sigmas.abs() > FLAG_SIGMAS {
                noticed.flags.push(flag(window, judgement));
            }
            if news.confirmed.contains(&judgement.metric) {
                noticed.alerts.extend(alert(window, judgement));
            }
        }
        self.flags += noticed.flags.len() as u64;
        noticed
    }

    /// Counts where noise would flag too: not error ratios, which are zero or rare, nor series that never varied.
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

    /// The baselines learnt or given so far.
    pub fn model(&self) -> &BaselineModel {
        &self.model
    }

    /// Number of flags so far, those of error ratios included.
    pub fn flags(&self) -> u64 {
        self.flags
    }

    /// Number of incidents that were reported so far, those included that were withdrawn.
    pub fn opened(&self) -> u64 {
        self.tracker.opened()
    }

    /// The incidents so far, in the order of their beginnings, seen with everything measured since.
    pub fn incidents(&self) -> Vec<Incident> {
        self.tracker.incidents()
    }

    /// Judged and flagged windows of one series.
    pub fn count(&self, cell: &CellName, metric: Metric) -> FlagCount {
        let key = (cell.clone(), metric.name());
        self.counts.get(&key).copied().unwrap_or_default()
    }

    /// Judged and flagged windows of all series of a cell together.
    pub fn count_of_cell(&self, cell: &CellName) -> FlagCount {
        let of_cell = self.counts.iter().filter(|((known, _), _)| known == cell);
        of_cell.fold(FlagCount::default(), |sum, (_, count)| FlagCount {
            judged: sum.judged + count.judged,
            observed: sum.observed + count.observed,
            expected: sum.expected + count.expected,
        })
    }
}

/// The fraction of values that noise flags where the baseline comes from `n` windows.
fn expected_share(n: usize) -> f64 {
    two_sided_tail_of_estimate(FLAG_SIGMAS, n).unwrap_or(0.0)
}

fn place(window: &Window) -> Place {
    Place { window: window.number, started_at: window.started_at, cell: window.cell.clone() }
}

fn alert(window: &Window, judgement: &Judgement) -> Option<Alert> {
    let change = judgement.change?;
    Some(Alert {
        place: place(window),
        kind: change.kind,
        metric: judgement.metric,
        value: judgement.value,
        expected: change.expected,
        level: change.level,
        effect: change.effect,
        z: change.z,
        windows: change.windows,
    })
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
