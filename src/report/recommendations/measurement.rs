//! Whether the measurement itself may be trusted, and what the next run should be held against.

use crate::report::charts::Subject;
use crate::report::wording::numbers::{count, counted, listed, percent, span, whole};

use super::{Advisor, Priority, Recommendation};

/// More windows than this share that cannot be judged are worth a word.
const MANY_INVALID: f64 = 0.05;
/// More flags than so many times what noise brings are worth a word.
const MANY_FLAGS: f64 = 3.0;

impl Advisor<'_> {
    /// Whether the measurement itself may be trusted.
    pub(super) fn measurement(&self) -> Vec<Recommendation> {
        let health = &self.view.health;
        let mut all = Vec::new();
        let invalid = health.tally.invalid;
        let share = invalid as f64 / health.tally.windows.max(1) as f64;
        if let Some((reason, n)) = health.invalid.values().max_by_key(|(_, n)| *n)
            && share > MANY_INVALID
        {
            all.push(Recommendation {
                id: format!("measurement/{}", reason.name()),
                priority: if share > 0.5 { Priority::Critical } else { Priority::Medium },
                issue: if share > 0.5 {
                    "Most of this run did not measure the target".to_owned()
                } else {
                    "Part of this run did not measure the target".to_owned()
                },
                evidence: format!(
                    "{} of {} are invalid; the most common reason is {} ({})",
                    count(invalid),
                    counted(health.tally.windows, "window"),
                    reason.name(),
                    count(*n)
                ),
                chart: None,
                impact: "Invalid windows are left out of every number, so intervals are wider than planned"
                    .to_owned(),
                action: format!("Measure again: {}", reason.advice()),
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
                issue: "Not all that was planned was measured".to_owned(),
                evidence: format!(
                    "{} of {} are missing{unmeasured}",
                    count(health.missing),
                    counted(health.tally.windows + health.missing, "planned window")
                ),
                chart: self.chart(Subject::Course, None),
                impact: "What was not measured may be broken; this report cannot say".to_owned(),
                action: "Look at the gaps and at what the run said while it went on, and measure again"
                    .to_owned(),
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
                impact: "What happened meanwhile is not known, and hours of the day may be missing"
                    .to_owned(),
                action: "Run on a machine that stays up, and read the times of day with care".to_owned(),
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
            issue: "The target refused requests for their number".to_owned(),
            evidence: format!(
                "{} of {} met a limit (429)",
                count(health.tally.throttled),
                counted(health.tally.windows, "window")
            ),
            chart: self.chart(Subject::Errors, None),
            impact: "Throttled windows measure the limiter; they are left out of every number".to_owned(),
            action: "Write the documented limits into the scenario with `rate_limits = \"fit\"`, or have this client exempted"
                .to_owned(),
        }]
    }

    /// What the next run should be held against.
    pub(super) fn baseline(&self) -> Vec<Recommendation> {
        let view = self.view;
        let flags = &view.health.flags;
        let run = &view.facts.run_id;
        let mut all = Vec::new();
        if flags.expected > 0.0 && flags.observed as f64 > MANY_FLAGS * flags.expected {
            let swing = view.findings.daily_swing.as_ref();
            all.push(Recommendation {
                id: "baseline/flags".to_owned(),
                priority: Priority::Low,
                issue: "Far more windows are flagged than noise explains".to_owned(),
                evidence: format!(
                    "{} flags, where independent noise brings {}{}",
                    count(flags.observed),
                    whole(flags.expected),
                    swing.map_or_else(String::new, |(_, swing)| format!(
                        "; the daily swing is +-{}",
                        percent(Some(*swing))
                    ))
                ),
                chart: self.chart(Subject::Hours, None).or_else(|| self.chart(Subject::Course, None)),
                impact: "Flags tell the time of day or a drift here; alerts allow for both".to_owned(),
                action:
                    "Read the alerts, not the flags; a baseline promoted from whole days has a wider band"
                        .to_owned(),
            });
        }
        let is_clean = view.findings.alerts.is_empty() && view.findings.regimes.is_empty();
        let is_learnt = view.health.cells_learning == 0 && view.health.tally.windows > 0;
        let is_over = view.facts.state == "completed";
        if view.findings.comparison.is_none() && is_clean && is_learnt && is_over {
            all.push(Recommendation {
                id: "baseline/promote".to_owned(),
                priority: Priority::Low,
                issue: "This run is held against itself only".to_owned(),
                evidence: "No alert and no lasting change: it is fit to be a baseline".to_owned(),
                chart: None,
                impact: "Without a named baseline, a change between runs is not seen".to_owned(),
                action: format!("`baseline promote {run} --as main`, with further runs when there are some"),
            });
        }
        all
    }
}
