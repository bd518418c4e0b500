//! Watches windows as they are committed, live or from disk with the same result: flags and alerts.
//!
//! A flag marks a window beyond 2 sigma of its learned baseline; an outlier for the time of day is one beyond 2 sigma of the
//! forecast, which knows the daily cycle. Both are shown and neither alerts, because one value of pure noise in twenty-two is
//! that far out. Times and throughput are judged on logarithms. An alert is a confirmed change, one per incident.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::baseline::Baseline;
use crate::domain::cell_name::CellName;
use crate::domain::metric::{Direction, Metric};
use crate::domain::units::epoch_seconds;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;
use crate::stats::normal::two_sided_tail_of_estimate;
use crate::stats::robust::Description;

use super::alert::AlertKind;
use super::baseline_model::{BaselineModel, Judgement, WATCHED};
use super::incident::{Incident, Tracker, Update};
use super::outliers::{CellOutliers, Chances, OutlierCount, OutlierCounts, for_time_of_day};
use super::series::Scale;

pub use super::band::{Band, FLAG_SIGMAS};

/// A spread that is smaller than this fraction of the mean is rounding.
const ROUNDING: f64 = 1e-12;

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

/// An outlier: a value outside the band that it was compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Flag {
    /// Window and cell of the outlier.
    pub place: Place,
    /// Metric that lies outside its band.
    pub metric: Metric,
    /// Value in the window. Units: the metric's.
    pub value: f64,
    /// The value it was compared with, and the band of +-2 sigma around it. Units: the metric's.
    pub band: Band,
    /// Distance from that value in sigmas, with its sign; infinite where a baseline never varied.
    pub sigmas: f64,
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

/// Flags and alerts of one window.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Noticed {
    /// Values beyond the band of their learned baseline, in the order of the watched metrics.
    pub flags: Vec<Flag>,
    /// Values beyond the band of their forecast, in the same order; their band is that of the forecast.
    pub outliers: Vec<Flag>,
    /// Changes of the cell for the worse that this window confirmed: mostly none, at most one for each watched metric.
    pub alerts: Vec<Alert>,
    /// Incidents that began or ended.
    pub incidents: Vec<Update>,
}

/// Watches the windows of a run, keeping the baselines and counts of all its cells.
#[derive(Debug, Clone)]
pub struct Watcher {
    model: BaselineModel,
    counts: BTreeMap<(CellName, String), SeriesCount>,
    for_forecast: OutlierCount,
    tracker: Tracker,
    flags: u64,
}

/// What was counted of one series.
#[derive(Debug, Clone, Copy, Default)]
struct SeriesCount {
    /// Number of values that its baseline comes from.
    learned_from: usize,
    judged: u64,
    flagged: u64,
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
        Self {
            model,
            counts: BTreeMap::new(),
            for_forecast: OutlierCount::default(),
            tracker: Tracker::default(),
            flags: 0,
        }
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
            noticed.outliers.extend(outlier(window, judgement));
            if news.confirmed.contains(&judgement.metric) {
                noticed.alerts.extend(alert(window, judgement));
            }
        }
        self.flags += noticed.flags.len() as u64;
        noticed
    }

    /// Counts where noise would flag too: not error ratios, which are zero or rare, nor series that never varied.
    fn count_value(&mut self, window: &Window, judgement: &Judgement) {
        if !is_counted(judgement) {
            return;
        }
        let key = (window.cell.clone(), judgement.metric.name());
        let count = self.counts.entry(key).or_default();
        count.learned_from = judgement.baseline.n;
        count.judged += 1;
        count.flagged += u64::from(judgement.sigmas.abs() > FLAG_SIGMAS);
        if let Some(seen) = judgement.seen {
            // The forecast knows its noise from what it learned from and from what it has judged since.
            let known = count.learned_from + usize::try_from(count.judged).unwrap_or(usize::MAX / 2);
            self.for_forecast.judged += 1;
            self.for_forecast.observed += u64::from(seen.z.abs() > FLAG_SIGMAS);
            self.for_forecast.expected += two_sided_tail_of_estimate(FLAG_SIGMAS, known).unwrap_or(0.0);
        }
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

    /// The incidents that were reported and are open.
    pub fn open_incidents(&self) -> impl Iterator<Item = &Incident> {
        self.tracker.open()
    }

    /// All incidents that were reported, and whether each is over, in the order in which they were reported.
    pub fn reported_incidents(&self) -> impl Iterator<Item = (&Incident, bool)> {
        self.tracker.reported()
    }

    /// Outliers for the time of day so far, as the forecast saw each window when it came; without a range.
    pub fn for_forecast(&self) -> OutlierCount {
        self.for_forecast
    }

    /// Judged and flagged windows of one series.
    pub fn count(&self, cell: &CellName, metric: Metric) -> OutlierCount {
        let key = (cell.clone(), metric.name());
        let SeriesCount { learned_from, judged, flagged } =
            self.counts.get(&key).copied().unwrap_or_default();
        Chances::default().count(learned_from, judged, flagged)
    }

    /// The outliers of every cell that was judged, seen with everything that was measured since.
    pub fn outliers(&self) -> BTreeMap<CellName, CellOutliers> {
        let mut chances = Chances::default();
        let incidents = self.incidents();
        let mut found: BTreeMap<CellName, CellOutliers> = BTreeMap::new();
        for metric in WATCHED {
            for ((cell, _), count) in self.counts.iter().filter(|((_, name), _)| *name == metric.name()) {
                let of_cell = found.entry(cell.clone()).or_default();
                let of_baseline = chances.count(count.learned_from, count.judged, count.flagged);
                let series = for_time_of_day(
                    metric,
                    &self.tracker.series(cell, metric),
                    count.judged,
                    &stretches_of(cell, &incidents),
                );
                // Too few values for a profile: then the baseline is all that is known.
                let for_time_of_day = series.as_ref().map_or(of_baseline, |series| series.count);
                of_cell.counts = of_cell.counts.and_same(OutlierCounts { for_time_of_day, of_baseline });
                of_cell.series.extend(series.map(|series| (metric, series)));
            }
        }
        found
    }
}

/// The stretches of the incidents that a cell takes part in, in seconds; an open one has no end.
fn stretches_of(cell: &CellName, incidents: &[Incident]) -> Vec<(f64, f64)> {
    let of_cell = incidents.iter().filter(|incident| incident.cells.iter().any(|of| of.cell == *cell));
    let until = |incident: &Incident| incident.resolved_at.map_or(f64::INFINITY, epoch_seconds);
    of_cell.map(|incident| (epoch_seconds(incident.opened_at), until(incident))).collect()
}

/// Whether noise has a number of outliers to bring. A spread that is only rounding is none.
fn is_counted(judgement: &Judgement) -> bool {
    let Description { mean, sigma, .. } = judgement.baseline;
    judgement.metric != Metric::ErrorRatio && sigma > ROUNDING * mean.abs()
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

/// The window as an outlier for its time of day; `None` where it lies within the band of the forecast.
fn outlier(window: &Window, judgement: &Judgement) -> Option<Flag> {
    let Judgement { metric, value, .. } = *judgement;
    let seen = judgement.seen.filter(|seen| seen.z.abs() > FLAG_SIGMAS && is_counted(judgement))?;
    let scale = Scale::of(metric);
    let expected = scale.put(seen.expected)?;
    let sigma = (scale.put(value)? - expected) / seen.z;
    Some(Flag {
        place: place(window),
        metric,
        value,
        band: Band::of(metric, expected, sigma),
        sigmas: seen.z,
    })
}
