//! Whether the error budget of a workload burns too fast, over several windows at once.
//!
//! Outages have an alert of their own. This is about failures that come and go, each too short for one.

use jiff::Timestamp;

use crate::domain::error_budget::{BurnWindow, ErrorBudget};

use super::history::History;

/// A single failed probe in a minute burns a budget of 99.9 % sixteen times too fast for an hour, and says nothing.
const LEAST_PROBES: u64 = 3;

/// The fastest burn rate that is too fast, by whether somebody has to act at once.
pub(super) fn too_fast(
    history: &History,
    budget: &ErrorBudget,
    now: Timestamp,
    is_page: bool,
) -> Option<f64> {
    let rate = |span| budget.burn_rate(history.failed(now, span, true).ratio()).unwrap_or(f64::INFINITY);
    let recent = history.failed(now, std::time::Duration::from_hours(6), true).probes;
    if recent < LEAST_PROBES && is_page {
        return None;
    }
    let windows = BurnWindow::ALL.into_iter().filter(|window| window.is_page == is_page);
    let exceeded = windows.filter_map(|window| {
        let most = window.rate(budget.period);
        let long = rate(window.long);
        let is_enough = is_page || history.failed(now, window.short, true).probes >= LEAST_PROBES;
        (long > most && rate(window.short) > most && is_enough).then_some(long)
    });
    exceeded.reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::error_budget::PERIOD;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    #[test]
    fn failures_that_come_and_go_burn_and_a_single_one_does_not() {
        let budget = ErrorBudget::new(0.999, PERIOD);
        let mut history = History::default();
        for minute in 0..600 {
            history.add(at(minute), Duration::from_mins(1), minute == 590, false);
        }
        assert_eq!(too_fast(&history, &budget, at(599), true), None);
        // One in four for half an hour: 8 of 60 minutes are 133 times what is allowed.
        for minute in 600..630 {
            history.add(at(minute), Duration::from_mins(1), minute % 4 == 0, false);
        }
        let rate = too_fast(&history, &budget, at(629), true).unwrap();
        assert!((140.0..160.0).contains(&rate), "{rate}");
        // Half an hour after the last one, neither 5 nor 30 minutes burn.
        for minute in 630..662 {
            history.add(at(minute), Duration::from_mins(1), false, false);
        }
        assert_eq!(too_fast(&history, &budget, at(661), true), None);
    }
}
