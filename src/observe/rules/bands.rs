//! Rules of baselines: slower than the baseline, and a throughput that is not as usual.
//!
//! The bands are numbers of a named baseline, or those that a run exports once it has learned them.

use std::time::Duration;

use crate::analysis::band::Band;
use crate::domain::alert::AlertKind;
use crate::domain::metric::{Metric, Reading};
use crate::domain::time_summary::TimeKind;
use crate::domain::units::seconds_of_us;

use super::names::RuleName;
use super::promql::{number, span};
use super::rule::{Alerting, Case, Recording, Series, Shown};
use super::scope::{Scope, subject};
use super::shown::duration;
use super::windows::{BY, MEAN, THROUGHPUT};

/// Above this, a window is slower than the baseline.
const SLOW: &str = "scenario_endpoint_level:baseline_band_seconds:slow";
/// Below and above this, the throughput is unusual.
const LOW_THROUGHPUT: &str = "scenario_endpoint_level:baseline_band_throughput_per_second:low";
const HIGH_THROUGHPUT: &str = "scenario_endpoint_level:baseline_band_throughput_per_second:high";

/// How far a bound is beyond the baseline, in units of the band, which is two sigmas wide on either side: three sigmas.
pub const REACH: f64 = 1.5;
/// Fewer than this factor beyond the baseline is no reason to look, however quiet the series is.
pub const LEAST_FACTOR: f64 = 1.2;
/// Windows in a row beyond the bound that make a workload slower than its baseline.
pub const SLOW_WINDOWS: u32 = 3;
/// The same for the throughput, of which a light probe says less.
const THROUGHPUT_WINDOWS: u32 = 5;
/// Factor from the same time of a day and a week before at which a throughput is unusual.
const UNUSUAL_FACTOR: f64 = 2.0;
/// The stretch that is compared with a day and a week before.
const STRETCH: Duration = Duration::from_mins(30);

/// The bound beyond which a window is slower than its baseline; a band as it is exported: baseline value and upper end.
///
/// Units: those of the band.
pub fn slow_bound(baseline: f64, high: f64) -> f64 {
    baseline * (high / baseline).powf(REACH).max(LEAST_FACTOR)
}

impl Scope<'_> {
    /// The bounds, per cell.
    pub(super) fn band_recordings(self) -> Vec<Recording> {
        if self.baseline.is_some() {
            return self.named_bounds();
        }
        let workloads = self.workloads();
        let bound = |gauge: &str, metric: &str, bound: &str| {
            format!("max {BY} ({gauge}{{{workloads}{metric},bound=\"{bound}\"}})")
        };
        let (reach, least) = (number(REACH), number(LEAST_FACTOR));
        let times = |of: &str| bound("baseline_band_seconds", ",metric=\"mean\"", of);
        let slow = format!(
            "{}\n* clamp_min(({}\n  / {}) ^ {reach}, {least})",
            times("baseline"),
            times("high"),
            times("baseline")
        );
        let throughput = |of: &str| bound("baseline_band_throughput_per_second", "", of);
        let beyond = |of: &str, clamp: &str| {
            format!(
                "{}\n* {clamp}(({}\n  / {}) ^ {reach}, {})",
                throughput("baseline"),
                throughput(of),
                throughput("baseline"),
                if of == "high" { number(LEAST_FACTOR) } else { number(1.0 / LEAST_FACTOR) }
            )
        };
        vec![
            Recording::new(SLOW, slow),
            Recording::new(LOW_THROUGHPUT, beyond("low", "clamp_max")),
            Recording::new(HIGH_THROUGHPUT, beyond("high", "clamp_min")),
        ]
    }

    /// The bounds of the named baseline, as numbers. Cells that the scenario does not have are left out, and so are steps.
    fn named_bounds(self) -> Vec<Recording> {
        let band = |cell: &crate::domain::baseline::CellBaseline, metric: Metric| {
            cell.series.get(&metric.name()).map(|series| Band::of(metric, series.mean, series.sigma))
        };
        let mean = Metric::Time(TimeKind::Service, Reading::Mean);
        let cells = self.baseline.into_iter().flat_map(|baseline| &baseline.cells);
        let known = cells.filter(|(name, _)| {
            name.step.is_none() && self.plan.workloads.iter().any(|of| *of.name() == name.workload)
        });
        known
            .flat_map(|(name, cell)| {
                let labels = vec![
                    ("scenario", self.plan.name.to_string()),
                    ("endpoint", name.workload.to_string()),
                    ("level", name.level.to_string()),
                ];
                let record = move |record: &str, value: f64| Recording {
                    labels: labels.clone(),
                    ..Recording::new(record, format!("vector({})", number(value)))
                };
                let slow = band(cell, mean).map(|band| {
                    record(SLOW, slow_bound(seconds_of_us(band.baseline), seconds_of_us(band.high)))
                });
                let throughput = band(cell, Metric::Throughput).map(|band| {
                    let low = band.baseline * (band.low / band.baseline).powf(REACH).min(1.0 / LEAST_FACTOR);
                    [
                        record(LOW_THROUGHPUT, low),
                        record(HIGH_THROUGHPUT, slow_bound(band.baseline, band.high)),
                    ]
                });
                slow.into_iter().chain(throughput.into_iter().flatten())
            })
            .filter(|rule| !rule.expr.contains("NaN") && !rule.expr.contains("inf"))
            .collect()
    }

    /// The rules.
    pub(super) fn band_alerts(self) -> Vec<Alerting> {
        vec![self.slower(), self.unusual_traffic()]
    }

    fn slower(self) -> Alerting {
        let timing = self.timing();
        let (scenario, steps) = (self.scenario(), timing.steps(SLOW_WINDOWS));
        let (range, step) = (span(steps), span(timing.step()));
        let count = format!(
            "count_over_time(({MEAN}{{{scenario}}} > {SLOW}{{{scenario}}})[{range}:{step}]) >= {SLOW_WINDOWS}"
        );
        // A band that was learned in an hour does not know the day. The run does: its own forecast must agree.
        let agrees = format!("\nand max {BY} (baseline_incident_open{{{scenario},cause=\"slowdown\"}}) == 1");
        let (agrees, of) = match self.baseline {
            Some(baseline) => (String::new(), format!("baseline {:?}", baseline.name)),
            None => (agrees, "baseline of the run".to_owned()),
        };
        Alerting {
            name: RuleName::Known(AlertKind::Slow),
            // The value shown is the mean, not the count.
            expr: format!("{MEAN}{{{scenario}}}\nand {count}{agrees}"),
            hold: Duration::ZERO,
            shown: Shown::Duration,
            summary: "{endpoint} is slower than its baseline".to_owned(),
            description: format!(
                "The mean service time of {{endpoint}} at {{level}} is {{value}}. {SLOW_WINDOWS} windows in a row were more \
                 than 3 sigma and a fifth above the {of}."
            ),
            cases: self.slower_cases(),
        }
    }

    fn slower_cases(self) -> Vec<Case> {
        let Some((cell, bound)) = self.band_example() else { return Vec::new() };
        let per_window = self.timing().step().as_secs() / self.timing().evaluation().as_secs();
        let (slow, usual) = (number(bound * 1.1), number(bound / 1.2));
        // The value of each window repeats until the next one.
        let windows = |slows: &[bool]| -> String {
            let one = |is_slow: &bool| {
                let value = if *is_slow { &slow } else { &usual };
                format!("{value}x{}", per_window.saturating_sub(1))
            };
            slows.iter().map(one).collect::<Vec<_>>().join(" ")
        };
        let case = |name: &str, slows: &[bool], fires: bool| {
            let count = slows.len() as u64 * per_window - 1;
            let mean = self.series("baseline_window_service_time_mean_seconds", &cell, &[], windows(slows));
            let mut series = vec![self.measured(&cell, count), mean];
            series.extend(self.exported_band(&cell, count));
            Case {
                name: name.to_owned(),
                series,
                at: Duration::from_secs(count * self.timing().evaluation().as_secs()),
                fires: fires.then(|| (subject(&cell), duration(bound * 1.1))),
            }
        };
        vec![
            case("three slow windows", &[false, false, true, true, true], true),
            case("two of three", &[false, true, true, false, true], false),
        ]
    }

    /// A cell whose bound is known, and its bound.
    fn band_example(self) -> Option<((String, String), f64)> {
        if self.baseline.is_none() {
            return Some((self.example()?, slow_bound(0.1, 0.12)));
        }
        let rule = self.named_bounds().into_iter().find(|rule| rule.name == SLOW)?;
        let label = |of| rule.labels.iter().find(|(label, _)| *label == of).map(|(_, value)| value.clone());
        let bound = rule.expr.strip_prefix("vector(")?.strip_suffix(')')?.parse().ok()?;
        Some(((label("endpoint")?, label("level")?), bound))
    }

    /// What a run exports of the cell that [`Scope::band_example`] names, where no baseline is named.
    fn exported_band(self, cell: &(String, String), count: u64) -> Vec<Series> {
        if self.baseline.is_some() {
            return Vec::new();
        }
        let bound = |bound, value: &str| {
            let labels = [("metric", "mean"), ("bound", bound)];
            self.series("baseline_band_seconds", cell, &labels, format!("{value}x{count}"))
        };
        let incident = [("cause", "slowdown")];
        let open = self.series("baseline_incident_open", cell, &incident, format!("1x{count}"));
        vec![bound("baseline", "0.1"), bound("high", "0.12"), open]
    }

    fn unusual_traffic(self) -> Alerting {
        let timing = self.timing();
        let scenario = self.scenario();
        let (range, step) = (span(timing.steps(THROUGHPUT_WINDOWS)), span(timing.step()));
        let beyond = |sign, bound: &str| {
            format!(
                "count_over_time(({THROUGHPUT}{{{scenario}}} {sign} {bound}{{{scenario}}})[{range}:{step}]) >= {THROUGHPUT_WINDOWS}"
            )
        };
        let stretch = span(timing.range(STRETCH));
        let mean = |offset: &str| format!("avg_over_time({THROUGHPUT}{{{scenario}}}[{stretch}]{offset})");
        let earlier = format!("({} or {})", mean(" offset 1w"), mean(" offset 1d"));
        let factor = number(UNUSUAL_FACTOR);
        let hold = timing.hold(Duration::from_mins(5));
        Alerting {
            name: RuleName::TrafficUnusual,
            expr: format!(
                "{THROUGHPUT}{{{scenario}}}\nand (\n  {}\n  or {}\n  or {now} > {factor} * {earlier}\n  or {now} < {earlier} / {factor}\n)",
                beyond("<", LOW_THROUGHPUT),
                beyond(">", HIGH_THROUGHPUT),
                now = mean("")
            ),
            hold,
            shown: Shown::Number,
            summary: "The throughput of {endpoint} is unusual".to_owned(),
            description: format!(
                "{{endpoint}} at {{level}} completes {{value}} requests per second: {THROUGHPUT_WINDOWS} windows in a row \
                 outside the baseline band, or {factor} times more or less than at this time a week or a day ago."
            ),
            cases: self.traffic_cases(hold),
        }
    }

    fn traffic_cases(self, hold: Duration) -> Vec<Case> {
        let Some(cell) = self.example() else { return Vec::new() };
        let step = self.timing().evaluation().as_secs();
        let day = 86_400 / step;
        let after = (self.timing().range(STRETCH) + hold).as_secs().div_ceil(step) + 2;
        // Inside the band of the named baseline, if there is one.
        let bounds = self.baseline.map(|_| self.named_bounds()).unwrap_or_default();
        let bound = |name| {
            let labels = [("endpoint", cell.0.clone()), ("level", cell.1.clone())];
            let of_cell = |rule: &&Recording| {
                rule.name == name && labels.iter().all(|label| rule.labels.contains(label))
            };
            let value = bounds.iter().find(of_cell)?.expr.strip_prefix("vector(")?.strip_suffix(')')?;
            value.parse::<f64>().ok()
        };
        let usual = match (bound(LOW_THROUGHPUT), bound(HIGH_THROUGHPUT)) {
            (Some(low), Some(high)) => number(f64::midpoint(low, high)),
            _ => "200".to_owned(),
        };
        let case = |name: &str, before: u64, then: &str, fires: bool| {
            let count = before + after;
            let first = if fires { "200" } else { then };
            let values = format!("{first}x{} {then}x{after}", before - 1);
            let throughput = self.series("baseline_window_throughput_per_second", &cell, &[], values);
            Case {
                name: name.to_owned(),
                series: vec![self.measured(&cell, count), throughput],
                at: Duration::from_secs(count * step),
                fires: fires.then(|| (subject(&cell), then.to_owned())),
            }
        };
        vec![case("a quarter of the day before", day, "50", true), case("as before", after, &usual, false)]
    }
}
