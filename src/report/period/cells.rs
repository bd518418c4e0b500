//! Mean service time of a cell by day, and whether it has changed.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::domain::baseline::{Baseline, SeriesBaseline};
use crate::domain::cell_name::CellName;
use crate::domain::metric::{Metric, Reading};
use crate::domain::time_summary::TimeKind;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;
use crate::stats::t_test::{Mean, welch};
use crate::stats::{Estimate, trend};

/// Days at the beginning that later ones are compared with, where no run has a baseline.
const MOST_FIRST: usize = 7;
/// Fewest days on each side of a comparison: one day has no spread.
const LEAST_DAYS: usize = 2;

/// What was measured of a cell on one day.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct DayTimes {
    requests: f64,
    /// Sum over all requests. Units: microseconds.
    sum_us: f64,
}

impl DayTimes {
    /// Mean over all requests of the day. Units: microseconds.
    pub(super) fn mean_us(&self) -> Option<f64> {
        (self.requests > 0.0).then(|| self.sum_us / self.requests)
    }
}

/// The days of a cell.
#[derive(Debug, Clone, Default)]
pub(super) struct CellDays {
    /// By day, UTC.
    pub(super) days: BTreeMap<Date, DayTimes>,
    /// The cell in the baseline of the last run that has one, with its name.
    baseline: Option<(String, SeriesBaseline)>,
}

/// What the later days are compared with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reference {
    /// A promoted baseline, by its name.
    Baseline(String),
    /// The first days of the period.
    FirstDays(usize),
}

/// How a cell has changed over the period.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CellTrend {
    pub(super) cell: CellName,
    pub(super) reference: Reference,
    /// Typical mean in the reference, and in the days compared with it. Units: microseconds.
    pub(super) before_us: f64,
    pub(super) after_us: f64,
    /// Number of days compared with the reference.
    pub(super) days: usize,
    /// After relative to before, with its interval; `None` with too few days.
    pub(super) change: Option<Estimate>,
    /// Change within a week as a ratio, with its interval, and the probability of such a trend by chance; `None` below ten days.
    pub(super) per_week: Option<(Estimate, f64)>,
}

fn metric() -> Metric {
    Metric::Time(TimeKind::Service, Reading::Mean)
}

impl CellDays {
    /// Counts a window.
    pub(super) fn add(&mut self, day: Date, window: &Window) {
        let Some(mean) = window.time(TimeKind::Service).mean else { return };
        if window.validity != Validity::Valid {
            return;
        }
        let times = self.days.entry(day).or_default();
        let requests = window.counts.succeeded as f64;
        (times.requests, times.sum_us) = (times.requests + requests, times.sum_us + requests * mean);
    }

    /// Takes over what a baseline says of it.
    pub(super) fn compare_with(&mut self, cell: &CellName, baseline: &Baseline) {
        let series = baseline.cells.get(cell).and_then(|cell| cell.series.get(&metric().name()));
        if let Some(series) = series {
            self.baseline = Some((baseline.name.clone(), series.clone()));
        }
    }

    /// How it has changed; `None` where there is nothing to compare.
    pub(super) fn trend(&self, cell: &CellName) -> Option<CellTrend> {
        let days: Vec<(Date, f64)> = self
            .days
            .iter()
            .filter_map(|(day, times)| Some((*day, times.mean_us().filter(|mean| *mean > 0.0)?.ln())))
            .collect();
        let logs: Vec<f64> = days.iter().map(|(_, log)| *log).collect();
        let (reference, before, before_log, compared) = if let Some((name, series)) = &self.baseline {
            let before = Mean::of_described_series(series.n.max(2), series.mean, series.sigma, series.lag_1);
            (Reference::Baseline(name.clone()), Some(before), series.mean, logs.as_slice())
        } else {
            let first = (logs.len() / 2).min(MOST_FIRST);
            let (first, rest) = logs.split_at(first);
            let enough = first.len() >= LEAST_DAYS;
            let before = enough.then(|| Mean::of_independent(first)).flatten();
            (Reference::FirstDays(first.len()), before, mean(first)?, rest)
        };
        let after_log = mean(compared)?;
        let after = (compared.len() >= LEAST_DAYS).then(|| Mean::of_independent(compared)).flatten();
        let change = before.zip(after).and_then(|(before, after)| welch(&before, &after));
        Some(CellTrend {
            cell: cell.clone(),
            reference,
            before_us: before_log.exp(),
            after_us: after_log.exp(),
            days: compared.len(),
            change: change.map(|difference| difference.estimate.map(f64::exp)),
            per_week: per_week(&days),
        })
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn per_week(days: &[(Date, f64)]) -> Option<(Estimate, f64)> {
    let first = days.first()?.0;
    let weeks: Vec<f64> = days.iter().map(|(day, _)| f64::from((*day - first).get_days()) / 7.0).collect();
    let logs: Vec<f64> = days.iter().map(|(_, log)| *log).collect();
    let trend = trend::of_dependent(&weeks, &logs)?;
    Some((trend.slope.map(f64::exp), trend.p))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(means: impl IntoIterator<Item = f64>) -> CellDays {
        let first: Date = "2026-01-01".parse().unwrap();
        let day = |(place, mean): (usize, f64)| {
            let day = first + jiff::Span::new().days(i64::try_from(place).unwrap());
            (day, DayTimes { requests: 10.0, sum_us: 10.0 * mean })
        };
        CellDays { days: means.into_iter().enumerate().map(day).collect(), baseline: None }
    }

    #[test]
    fn later_days_are_compared_with_the_first_ones() {
        let cell = CellName::new("a", "probe");
        let trend = days([100.0, 102.0, 98.0, 100.0, 150.0, 153.0, 147.0, 150.0]).trend(&cell).unwrap();
        assert_eq!((trend.reference, trend.days, trend.per_week), (Reference::FirstDays(4), 4, None));
        let change = trend.change.unwrap();
        assert!((change.value - 1.5).abs() < 0.01 && change.low > 1.4 && change.high < 1.6, "{change:?}");
        assert_eq!(days([100.0]).trend(&cell), None);
        assert_eq!(days([100.0, 120.0]).trend(&cell).unwrap().change, None);
    }

    #[test]
    fn a_steady_rise_has_a_slope() {
        let cell = CellName::new("a", "probe");
        // Five percent a week, with noise of one percent.
        let noise = |day: i32| 1.0 + 0.01 * f64::from(day * 7 % 5 - 2);
        let rising = (0..30).map(|day| 100.0 * 1.05_f64.powf(f64::from(day) / 7.0) * noise(day));
        let (slope, p) = days(rising).trend(&cell).unwrap().per_week.unwrap();
        assert!(slope.covers(1.05) && p < 0.001, "{slope:?} {p}");
    }

    #[test]
    fn a_baseline_comes_before_the_first_days() {
        let cell = CellName::new("a", "probe");
        let outlook = crate::domain::baseline::Outlook {
            state: [0.0; 5],
            covariance: [0.0; 15],
            variance: 0.01,
            lag_1: 0.0,
            count: 100.0,
            spacing_s: 60.0,
        };
        let level = 100.0_f64.ln();
        let series = SeriesBaseline {
            n: 100,
            mean: level,
            sigma: 0.1,
            median: level,
            mad_sigma: 0.1,
            lag_1: 0.0,
            runs: vec![level],
            outlook,
        };
        let mut days = days([120.0, 121.0, 119.0]);
        days.baseline = Some(("main".to_owned(), series));
        let trend = days.trend(&cell).unwrap();
        assert_eq!((trend.reference, trend.days), (Reference::Baseline("main".to_owned()), 3));
        assert!(trend.change.unwrap().covers(1.2));
    }
}
