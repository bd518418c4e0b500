//! Burn rates of the error budget over several windows, with the windows and factors of Sloth for 30 days.
//!
//! Source: `internal/alert/windows/google-30d.yaml` of github.com/slok/sloth, whose numbers are those of "Alerting on SLOs"
//! in Google's Site Reliability Workbook.

use std::time::Duration;

use crate::domain::alert::AlertKind;

use super::names::RuleName;
use super::promql::{number, span};
use super::rule::{Alerting, Case, Recording, Shown};
use super::scope::{Scope, subject};
use super::shown::percent;
use super::windows::BY;

/// The period of the objective.
pub(super) const PERIOD: Duration = Duration::from_hours(30 * 24);

/// A pair of windows, and which part of the budget of the period is spent when it alerts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pair {
    /// The window that decides when it has ended.
    pub(super) short: Duration,
    /// The window that decides how bad it is.
    pub(super) long: Duration,
    /// Fraction of the budget.
    pub(super) spent: f64,
}

/// Wakes somebody.
pub(super) const PAGE: [Pair; 2] = [
    Pair { short: Duration::from_mins(5), long: Duration::from_hours(1), spent: 0.02 },
    Pair { short: Duration::from_mins(30), long: Duration::from_hours(6), spent: 0.05 },
];
/// Makes a ticket.
pub(super) const TICKET: [Pair; 2] = [
    Pair { short: Duration::from_hours(2), long: Duration::from_hours(24), spent: 0.10 },
    Pair { short: Duration::from_hours(6), long: Duration::from_hours(72), spent: 0.10 },
];

impl Pair {
    /// How many times faster than the period allows the budget burns.
    pub(super) fn factor(self) -> f64 {
        self.spent * PERIOD.as_secs_f64() / self.long.as_secs_f64()
    }
}

impl Scope<'_> {
    /// The error budget: the fraction of requests that may fail.
    pub(super) fn budget(self) -> f64 {
        1.0 - self.plan.assessment.availability
    }

    /// Name of the error ratio over a window. It says over which range it really is.
    fn ratio(self, window: Duration) -> String {
        format!("slo:sli_error:ratio_rate{}", span(self.timing().range(window)))
    }

    /// Error ratios and budgets.
    pub(super) fn budget_recordings(self) -> Vec<Recording> {
        let workloads = self.workloads();
        let mut windows: Vec<Duration> = PAGE
            .iter()
            .chain(&TICKET)
            .flat_map(|pair| [pair.short, pair.long])
            .map(|of| self.timing().range(of))
            .collect();
        windows.sort();
        windows.dedup();
        let mut recordings: Vec<Recording> = windows
            .iter()
            .map(|window| {
                let rate = |outcome: &str| {
                    let range = span(*window);
                    format!("sum {BY} (rate(baseline_requests_total{{{workloads},{outcome}}}[{range}]))")
                };
                let expr =
                    format!("{}\n/ ({} > 0)", rate("outcome=\"failed\""), rate("outcome!=\"throttled\""));
                Recording::new(self.ratio(*window), expr)
            })
            .collect();
        let scenario = self.scenario();
        let shortest = self.ratio(PAGE[0].short);
        let period = format!("slo:sli_error:ratio_rate{}", span(PERIOD));
        let days = span(PERIOD);
        let budget = number(self.budget());
        recordings.extend([
            // As Sloth does: a range of 30 days over every counter would be slow.
            Recording::new(
                &period,
                format!(
                    "sum_over_time({shortest}{{{scenario}}}[{days}])\n/ count_over_time({shortest}{{{scenario}}}[{days}])"
                ),
            ),
            Recording::new("slo:current_burn_rate:ratio", format!("{shortest}{{{scenario}}} / {budget}")),
            Recording::new("slo:period_burn_rate:ratio", format!("{period}{{{scenario}}} / {budget}")),
            Recording::new(
                "slo:period_error_budget_remaining:ratio",
                format!("1 - slo:period_burn_rate:ratio{{{scenario}}}"),
            ),
        ]);
        let constant = |name: &str, value: f64| Recording {
            labels: vec![("scenario", self.plan.name.to_string())],
            ..Recording::new(name, format!("vector({})", number(value)))
        };
        recordings.push(constant("slo:objective:ratio", self.plan.assessment.availability));
        recordings.push(constant("slo:error_budget:ratio", self.budget()));
        recordings
    }

    /// The alerts of the error budget; none where there is no budget.
    pub(super) fn budget_alerts(self) -> Vec<Alerting> {
        let page = self.burn(AlertKind::BudgetFast, &PAGE, "fast enough to be gone within days");
        let ticket = self.burn(AlertKind::BudgetSlow, &TICKET, "faster than it refills");
        page.into_iter().chain(ticket).collect()
    }

    fn burn(self, kind: AlertKind, pairs: &[Pair], how: &str) -> Option<Alerting> {
        let (scenario, budget) = (self.scenario(), self.budget());
        // A ratio cannot be above 1, so a large budget cannot burn as fast as that.
        let possible: Vec<&Pair> =
            pairs.iter().filter(|pair| budget > 1e-9 && pair.factor() * budget < 1.0).collect();
        let one = |pair: &&Pair| {
            let limit = format!("({} * {})", number(pair.factor()), number(budget));
            let above = |window| format!("{}{{{scenario}}} > {limit}", self.ratio(window));
            format!("(\n  {}\n  and {}\n)", above(pair.short), above(pair.long))
        };
        let expr = possible.iter().map(one).collect::<Vec<_>>().join("\nor\n");
        let described = possible.iter().map(|pair| {
            let [short, long] = [pair.short, pair.long].map(|of| span(self.timing().range(of)));
            format!("{} times over {long} and {short}", number(pair.factor()))
        });
        let described = described.collect::<Vec<_>>().join(", or ");
        let objective = percent(self.plan.assessment.availability);
        Some(Alerting {
            name: RuleName::Known(kind),
            expr,
            hold: Duration::ZERO,
            shown: Shown::Percent,
            summary: format!("The error budget of {{endpoint}} burns {how}"),
            description: format!(
                "{{value}} of the requests of {{endpoint}} at {{level}} fail. The objective is {objective} over {}. \
                 Limit of the burn rate: {described}.",
                span(PERIOD)
            ),
            cases: self.burn_cases(&possible),
        })
        .filter(|_| !possible.is_empty())
    }

    /// A quarter faster than the last pair allows, and no failure during the short windows. Ranges that are longer than the
    /// test contain what there is.
    fn burn_cases(self, pairs: &[&Pair]) -> Vec<Case> {
        let (Some(cell), Some(pair)) = (self.example(), pairs.last()) else { return Vec::new() };
        let step = self.timing().evaluation().as_secs();
        let short = pairs.iter().map(|pair| self.timing().range(pair.short)).max().unwrap_or_default();
        let (failing, clean) = (30, short.as_secs() / step + 10);
        let count = failing + clean;
        let at = Duration::from_secs(count * step);
        let ratio = (1.25 * pair.factor() * self.budget()).min(1.0);
        let [failed, succeeded] = [1000.0 * ratio, 1000.0 * (1.0 - ratio)].map(number);
        let case = |name: String, failed: String, succeeded: String, fires| {
            let requests = |outcome, values| {
                self.series("baseline_requests_total", &cell, &[("outcome", outcome)], values)
            };
            let series = vec![requests("failed", failed), requests("succeeded", succeeded)];
            Case { name, series, at, fires }
        };
        let half = 500 * failing;
        vec![
            case(
                format!("{} fail all the time", percent(ratio)),
                format!("0+{failed}x{count}"),
                format!("0+{succeeded}x{count}"),
                Some((subject(&cell), percent(ratio))),
            ),
            case(
                "it is over".to_owned(),
                format!("0+500x{failing} {half}x{clean}"),
                format!("0+500x{failing} {half}+1000x{clean}"),
                None,
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_and_factors_are_those_of_sloth() {
        // github.com/slok/sloth, internal/alert/windows/google-30d.yaml: budget in percent, short and long window; the
        // factors are those in the rules that it generates.
        let published = [
            (2.0, "5m", "1h", 14.4),
            (5.0, "30m", "6h", 6.0),
            (10.0, "2h", "1d", 3.0),
            (10.0, "6h", "3d", 1.0),
        ];
        for (pair, (percent, short, long, factor)) in PAGE.iter().chain(&TICKET).zip(published) {
            assert!((pair.spent * 100.0 - percent).abs() < 1e-9);
            assert_eq!((span(pair.short).as_str(), span(pair.long).as_str()), (short, long));
            assert!((pair.factor() - factor).abs() < 1e-9, "{}", pair.factor());
        }
    }
}
