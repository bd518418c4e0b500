//! Recommendations on the validity of the measurement, and on the baseline for the next run.

use crate::report::charts::Subject;
use crate::report::wording::numbers::{count, counted, listed, percent, span};
use crate::report::wording::outliers::expected_words;

use super::{Advisor, Priority, Recommendation};

/// Invalid windows, or time in gaps, are reported if they are more than this fraction of the run.
const MANY_INVALID: f64 = 0.05;
/// Outliers are reported if there are more than this multiple of the number expected by chance.
const MANY_OUTLIERS: f64 = 3.0;

impl Advisor<'_> {
    /// Invalid windows, missing windows and gaps.
    pub(super) fn measurement(&self) -> Vec<Recommendation> {
        let health = &self.view.health;
        let mut all = Vec::new();
        let invalid = health.tally.invalid;
        let share = invalid as f64 / health.tally.windows.max(1) as f64;
        let is_short = health.tally.shortfall(0).is_some();
        if let Some((reason, n)) = health.invalid.values().max_by_key(|(_, n)| *n)
            && share > MANY_INVALID
        {
            all.push(Recommendation {
                id: format!("measurement/{}", reason.name()),
                priority: if is_short { Priority::Critical } else { Priority::Medium },
                issue: if is_short {
                    "Most of this run is invalid".to_owned()
                } else {
                    "Part of this run is invalid".to_owned()
                },
                evidence: format!(
                    "{} of {} are invalid; the most common reason is {} ({})",
                    count(invalid),
                    counted(health.tally.windows, "window"),
                    reason.name(),
                    count(*n)
                ),
                chart: None,
                impact: "Invalid windows are excluded from all numbers, so intervals are wider than planned"
                    .to_owned(),
                action: format!("Fix the cause and measure again: {}", reason.advice()),
            });
        }
        if health.has_holes() || !health.unmeasured.is_empty() {
            let unmeasured = match health.unmeasured.as_slice() {
                [] => String::new(),
                names => format!("; never measured: {}", listed(names)),
            };
            all.push(Recommendation {
                id: "measurement/missing".to_owned(),
                priority: if health.unmeasured.is_empty() { Priority::Medium } else { Priority::Critical },
                issue: "Part of the plan was not measured".to_owned(),
                evidence: format!(
                    "{} of {} are missing{unmeasured}",
                    count(health.missing),
                    counted(health.tally.windows + health.missing, "planned window")
                ),
                chart: self.chart(Subject::Course, None),
                impact: "Problems in the missing windows do not appear in this report".to_owned(),
                action: "Check the gaps and the output of the run, and measure again".to_owned(),
            });
        }
        let length = self.view.span().map_or(0.0, |(from, to)| to.duration_since(from).as_secs_f64());
        if length > 0.0 && health.gap_time.as_secs_f64() > MANY_INVALID * length {
            all.push(Recommendation {
                id: "measurement/gaps".to_owned(),
                priority: Priority::Low,
                issue: "The run has gaps".to_owned(),
                evidence: format!(
                    "{} without measurements, in {}",
                    span(health.gap_time),
                    counted(self.view.facts.gaps.len() as u64, "gap")
                ),
                chart: self.chart(Subject::Course, None),
                impact: "Problems during the gaps were not measured, and hours of the day may be missing"
                    .to_owned(),
                action: "Run on a machine that stays up, and use the figures by hour of day with care"
                    .to_owned(),
            });
        }
        all
    }

    pub(super) fn throttling(&self) -> Vec<Recommendation> {
        let health = &self.view.health;
        if health.tally.throttled == 0 {
            return Vec::new();
        }
        vec![Recommendation {
            id: "measurement/throttled".to_owned(),
            priority: if health.tally.throttled * 2 > health.tally.windows { Priority::Critical } else { Priority::Medium },
            issue: "The target rate-limited requests (429)".to_owned(),
            evidence: format!(
                "{} of {} are rate-limited",
                count(health.tally.throttled),
                counted(health.tally.windows, "window")
            ),
            chart: self.chart(Subject::Errors, None),
            impact: "Rate-limited windows measure the limiter, so they are excluded from all numbers".to_owned(),
            action: "Add the documented limits to the scenario with `rate_limits = \"fit\"`, or have this client exempted"
                .to_owned(),
        }]
    }

    /// The baseline for the next run.
    pub(super) fn baseline(&self) -> Vec<Recommendation> {
        let view = self.view;
        let outliers = &view.health.outliers.for_time_of_day;
        let run = &view.facts.run_id;
        let mut all = Vec::new();
        if outliers.expected > 0.0 && outliers.observed as f64 > MANY_OUTLIERS * outliers.expected {
            let swing = view.findings.daily_swing.as_ref();
            all.push(Recommendation {
                id: "baseline/flags".to_owned(),
                priority: Priority::Low,
                issue: "There are many more outliers for the time of day than expected by chance".to_owned(),
                evidence: format!(
                    "{} outliers, {} expected by chance{}",
                    count(outliers.observed),
                    expected_words(outliers),
                    swing.map_or_else(String::new, |(_, swing)| format!(
                        "; the daily cycle is +-{}",
                        percent(Some(*swing))
                    ))
                ),
                chart: self.chart(Subject::Course, None).or_else(|| self.chart(Subject::Hours, None)),
                impact: "The daily cycle is taken into account already: these windows belong to incidents, or to bursts too \
                         short for one"
                    .to_owned(),
                action: "Start with the incidents, then look for what runs at the times of the largest deviations".to_owned(),
            });
        }
        let is_clean = view.findings.incidents.is_empty() && view.findings.step_changes.is_empty();
        let is_learnt = view.health.cells_learning == 0 && view.health.tally.windows > 0;
        let is_over = view.facts.state == "completed";
        if view.findings.comparison.is_none() && is_clean && is_learnt && is_over {
            all.push(Recommendation {
                id: "baseline/promote".to_owned(),
                priority: Priority::Low,
                issue: "No baseline was given".to_owned(),
                evidence: "No incidents and no level shifts: this run is suitable as a baseline".to_owned(),
                chart: None,
                impact: "Without a named baseline, changes between runs are not detected".to_owned(),
                action: format!("`baseline promote {run} --as main`, with more runs if available"),
            });
        }
        all
    }
}
