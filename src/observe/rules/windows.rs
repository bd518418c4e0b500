//! Rules of the last window of each workload: whether it works, fails, or is slow.

use std::time::Duration;

use crate::domain::alert::AlertKind;
use crate::domain::objective::ObjectiveKind;
use crate::domain::sample::ErrorClass;
use crate::domain::units::seconds_of_us;

use super::limits::{Limited, beyond, described};
use super::names::RuleName;
use super::promql::{number, one_of, span};
use super::rule::{Alerting, Case, Recording, Series, Shown};
use super::scope::{Scope, subject};
use super::shown::{duration, percent};

/// Labels of a recorded series.
pub(super) const BY: &str = "by (scenario, endpoint, level)";
/// Seconds since the end of the last window.
pub(super) const AGE: &str = "scenario_endpoint_level:baseline_window_age_seconds";
/// Failed over failed and succeeded requests in the last window, unless it is stale; so are the following.
pub(super) const ERRORS: &str = "scenario_endpoint_level:baseline_window_error_ratio:fresh";
/// Mean service time.
pub(super) const MEAN: &str = "scenario_endpoint_level:baseline_window_service_time_mean_seconds:fresh";
/// The p95 service time.
pub(super) const P95: &str = "scenario_endpoint_level:baseline_service_time_p95_seconds:fresh";
/// Throughput.
pub(super) const THROUGHPUT: &str = "scenario_endpoint_level:baseline_window_throughput_per_second:fresh";

/// Fraction of failed requests at which a workload is down.
const DOWN: f64 = 0.5;
/// Limits where the scenario sets none.
const ERRORS_CRITICAL: f64 = 0.05;
const ERRORS_HIGH: f64 = 0.02;
const MEAN_US: f64 = 2e6;
const P95_US: f64 = 3e6;
/// By how much more than the SLO allows requests fail before it is critical: the ratio of the defaults.
const CRITICAL_OVER_HIGH: f64 = ERRORS_CRITICAL / ERRORS_HIGH;

const ONE_MINUTE: Duration = Duration::from_mins(1);
const TWO_MINUTES: Duration = Duration::from_mins(2);
const FIVE_MINUTES: Duration = Duration::from_mins(5);

impl Scope<'_> {
    /// The last windows that are not stale, with the labels of a cell only.
    pub(super) fn window_recordings(self) -> Vec<Recording> {
        let workloads = self.workloads();
        let stale = number(self.timing().stale_after().as_secs_f64());
        let fresh = |gauge: &str, ignored: &str| {
            format!(
                "({gauge}\n  and{ignored} baseline_window_timestamp_seconds{{{workloads}}} > time() - {stale})"
            )
        };
        let last =
            |name: &str| format!("max {BY} {}", fresh(&format!("baseline_window_{name}{{{workloads}}}"), ""));
        let range = span(self.timing().range(FIVE_MINUTES));
        let percentile = format!("baseline_window_service_time_seconds{{{workloads},percentile=\"p95\"}}");
        let p95 = format!(
            "max {BY} {}\nor histogram_quantile(0.95, sum by (scenario, endpoint, level, le) \
             (rate(baseline_service_time_seconds_bucket{{{workloads}}}[{range}])))\nor histogram_quantile(0.95, sum {BY} \
             (rate(baseline_service_time_seconds{{{workloads}}}[{range}])))",
            fresh(&percentile, " ignoring (percentile)")
        );
        vec![
            Recording::new(
                AGE,
                format!("time() - max {BY} (baseline_window_timestamp_seconds{{{workloads}}})"),
            ),
            Recording::new(ERRORS, last("error_ratio")),
            Recording::new(MEAN, last("service_time_mean_seconds")),
            Recording::new(P95, p95),
            Recording::new(THROUGHPUT, last("throughput_per_second")),
        ]
    }

    /// Rules of availability, errors and times.
    pub(super) fn window_alerts(self) -> Vec<Alerting> {
        let high = self.limits(ObjectiveKind::ErrorRate, ERRORS_HIGH, FIVE_MINUTES);
        let critical = high.iter().map(|of| Limited {
            limit: (CRITICAL_OVER_HIGH * of.limit).max(ERRORS_CRITICAL),
            hold: self.timing().hold(TWO_MINUTES),
            ..of.clone()
        });
        let critical: Vec<Limited> = critical.filter(|of| of.limit < 1.0).collect();
        let high: Vec<Limited> = high.iter().filter(|of| of.limit < 1.0).cloned().collect();
        let errors = [(RuleName::ErrorsCritical, critical), (RuleName::Known(AlertKind::Errors), high)];
        let errors = errors.iter().filter(|(_, limits)| !limits.is_empty());
        let mut alerts = vec![self.down(), self.unreachable()];
        alerts.extend(errors.map(|(name, limits)| self.errors(*name, limits)));
        alerts.extend([self.slow(), self.p95()]);
        alerts
    }

    fn down(self) -> Alerting {
        let hold = self.timing().brief(ONE_MINUTE);
        let case = |name, value: f64, fires: bool| {
            self.constant(
                name,
                "baseline_window_error_ratio",
                &[],
                value,
                hold,
                fires.then(|| percent(value)),
            )
        };
        Alerting {
            name: RuleName::Known(AlertKind::Down),
            expr: format!("{ERRORS}{{{}}} >= {}", self.scenario(), number(DOWN)),
            hold,
            shown: Shown::Percent,
            summary: "{endpoint} is down: at least half of its requests fail".to_owned(),
            description: "{value} of the requests of {endpoint} at {level} failed in the last window."
                .to_owned(),
            cases: [case("60 % fail", 0.6, true), case("40 % fail", 0.4, false)]
                .into_iter()
                .flatten()
                .collect(),
        }
    }

    fn unreachable(self) -> Alerting {
        let timing = self.timing();
        let range = span(timing.range(Duration::ZERO));
        let without_response = [
            ErrorClass::Resolve,
            ErrorClass::Connect,
            ErrorClass::Tls,
            ErrorClass::Timeout,
            ErrorClass::Reset,
            ErrorClass::Deadline,
        ];
        let classes = one_of(without_response.iter().map(|class| class.name()));
        let workloads = self.workloads();
        let hold = timing.hold(ONE_MINUTE);
        let case = |name, class, fires: bool| {
            let mut case = self.constant(
                name,
                "baseline_window_error_ratio",
                &[],
                1.0,
                hold,
                fires.then(|| percent(1.0)),
            )?;
            let cell = self.example()?;
            case.series.push(self.series("baseline_errors_total", &cell, &[("class", class)], "0+5x300"));
            Some(case)
        };
        Alerting {
            name: RuleName::Unreachable,
            expr: format!(
                "{ERRORS}{{{}}} == 1\nunless sum {BY} (increase(baseline_errors_total{{{workloads},class!~{classes}}}[{range}])) > 0",
                self.scenario()
            ),
            hold,
            shown: Shown::Percent,
            summary: "{endpoint} cannot be reached".to_owned(),
            description:
                "No request of {endpoint} at {level} gets a response: name, connection, TLS or time-out."
                    .to_owned(),
            cases: [case("no connection", "connect", true), case("wrong status", "status", false)]
                .into_iter()
                .flatten()
                .collect(),
        }
    }

    fn errors(self, name: RuleName, limits: &[Limited]) -> Alerting {
        let (expr, hold) = beyond(ERRORS, ">", limits, |limit| limit, |_| String::new());
        let gauge = ("baseline_window_error_ratio", &[][..]);
        Alerting {
            name,
            expr,
            hold,
            shown: Shown::Percent,
            summary: "{value} of the requests of {endpoint} fail".to_owned(),
            description: format!(
                "{{value}} of the requests of {{endpoint}} at {{level}} failed. {}",
                described(limits, percent)
            ),
            cases: self.beyond_cases(
                limits,
                gauge,
                |limit| f64::midpoint(limit, 1.0),
                |limit| limit,
                percent,
            ),
        }
    }

    fn slow(self) -> Alerting {
        let limits = self.limits(ObjectiveKind::Mean, MEAN_US, FIVE_MINUTES);
        let (expr, hold) = beyond(MEAN, ">", &limits, seconds_of_us, |_| String::new());
        let gauge = ("baseline_window_service_time_mean_seconds", &[][..]);
        let twice = |limit: f64| 2.0 * seconds_of_us(limit);
        Alerting {
            name: RuleName::Slow,
            expr,
            hold,
            shown: Shown::Duration,
            summary: "{endpoint} is slow: its mean service time is {value}".to_owned(),
            description: of_time("mean", &limits),
            cases: self.beyond_cases(&limits, gauge, twice, seconds_of_us, duration),
        }
    }

    fn p95(self) -> Alerting {
        let limits = self.limits(ObjectiveKind::P95, P95_US, FIVE_MINUTES);
        let (expr, hold) = beyond(P95, ">", &limits, seconds_of_us, |_| String::new());
        let gauge = ("baseline_window_service_time_seconds", &[("percentile", "p95")][..]);
        let twice = |limit: f64| 2.0 * seconds_of_us(limit);
        let mut cases = self.beyond_cases(&limits, gauge, twice, seconds_of_us, duration);
        if let Some(of) = limits.iter().find(|of| !of.is_own()) {
            // Windows of few requests have no percentile; then the buckets of several windows do.
            let bucket = |le, values: &str| {
                self.series("baseline_service_time_seconds_bucket", &of.example, &[("le", le)], values)
            };
            let at = self.after(of.hold + self.timing().range(FIVE_MINUTES)).0;
            let series = vec![bucket("2.5", "0x300"), bucket("5", "0+5x300"), bucket("+Inf", "0+5x300")];
            let fires = Some((subject(&of.example), duration(4.875)));
            cases.push(Case { name: "slow, from buckets".to_owned(), series, at, fires });
        }
        Alerting {
            name: RuleName::P95High,
            expr,
            hold,
            shown: Shown::Duration,
            summary: "{endpoint} is slow: its p95 service time is {value}".to_owned(),
            description: of_time("p95", &limits),
            cases,
        }
    }

    /// Of each limit: beyond it for as long as it holds, and for one window only.
    fn beyond_cases(
        self,
        limits: &[Limited],
        (gauge, further): (&str, &[(&str, &str)]),
        bad: impl Fn(f64) -> f64,
        unit: impl Fn(f64) -> f64,
        shown: impl Fn(f64) -> String,
    ) -> Vec<Case> {
        let of_one = |of: &Limited| {
            let (bad, good) = (bad(of.limit), unit(of.limit));
            let of_values = |name, values: &str, fires| {
                self.case(name, &of.example, gauge, further, values, of.hold, fires)
            };
            [
                of_values("beyond the limit", &steady(bad), Some(shown(bad))),
                of_values("one window beyond the limit", &self.once(bad, good), None),
            ]
        };
        limits.iter().flat_map(of_one).collect()
    }

    /// A gauge of the example that stays the same.
    fn constant(
        self,
        name: &str,
        gauge: &str,
        further: &[(&str, &str)],
        value: f64,
        hold: Duration,
        fires: Option<String>,
    ) -> Option<Case> {
        Some(self.case(name, &self.example()?, gauge, further, &steady(value), hold, fires))
    }

    /// A gauge of a cell while its windows come, looked at when the rule must have fired.
    #[expect(clippy::too_many_arguments, reason = "each case names all of them")]
    fn case(
        self,
        name: &str,
        cell: &(String, String),
        gauge: &str,
        further: &[(&str, &str)],
        values: &str,
        hold: Duration,
        fires: Option<String>,
    ) -> Case {
        let (at, count) = self.after(hold);
        let gauge = self.series(gauge, cell, further, format!("{values}{count}"));
        let series: Vec<Series> = vec![self.measured(cell, count), gauge];
        Case { name: name.to_owned(), series, at, fires: fires.map(|shown| (subject(cell), shown)) }
    }

    /// When a rule must have fired that holds for this long, and the number of evaluations until then.
    pub(super) fn after(self, hold: Duration) -> (Duration, u64) {
        let step = self.timing().evaluation();
        let count = hold.as_secs().div_ceil(step.as_secs()) + 2;
        (Duration::from_secs(count * step.as_secs()), count)
    }

    /// One window with the first value, all others with the second; without the count.
    fn once(self, first: f64, then: f64) -> String {
        let timing = self.timing();
        let evaluations = timing.every.as_secs().div_ceil(timing.evaluation().as_secs());
        format!("{}x{} {}x", number(first), evaluations.saturating_sub(1), number(then))
    }
}

fn of_time(which: &str, limits: &[Limited]) -> String {
    let limits = described(limits, |limit| duration(seconds_of_us(limit)));
    format!("The {which} service time of {{endpoint}} at {{level}} is {{value}}. {limits}")
}

/// A value that stays; without the count.
fn steady(value: f64) -> String {
    format!("{}x", number(value))
}
