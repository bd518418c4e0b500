//! Error budgets in words: what is allowed, what is left, and what an interval of probes can see of it.

use std::time::Duration;

use crate::domain::error_budget::{ErrorBudget, Visibility};

use super::numbers::{chosen_percent, percent, span, trimmed};

/// A length of failure, to a tenth of a minute: `43.2 minutes`; below a minute in seconds.
pub fn minutes(length: Duration) -> String {
    let seconds = length.as_secs_f64();
    if seconds > 0.0 && seconds < 60.0 {
        return format!("{} seconds", trimmed(seconds));
    }
    // Tenths tell apart what an objective allows; more would claim more than probes can see.
    let rounded = (seconds / 6.0).round() / 10.0;
    match trimmed(rounded) {
        one if one == "1" => "1 minute".to_owned(),
        other => format!("{other} minutes"),
    }
}

/// What a budget allows: `99.9 % of 30 d allows 43.2 minutes`.
pub fn allowed(budget: &ErrorBudget) -> String {
    format!(
        "{} of {} allows {} of failure",
        chosen_percent(budget.objective),
        span(budget.period),
        minutes(budget.allowed())
    )
}

/// What probes at an interval can see of an objective, in sentences.
pub fn visible(seen: &Visibility) -> String {
    let interval = span(seen.interval);
    let budget = ErrorBudget::new(seen.objective, seen.period);
    let misses = format!("With a probe every {interval}, an outage of up to {interval} can be missed");
    let allowed = allowed(&budget);
    if !seen.is_visible() {
        return format!(
            "{misses}. {allowed}, which is less: this interval cannot show whether the objective is met. The strictest \
             objective that it can show is {}.",
            percent_floor(seen.strictest_objective())
        );
    }
    if seen.is_coarse() {
        return format!(
            "{misses}. {allowed}, so one failed probe uses {} of the error budget: probe more often for a finer figure.",
            percent(Some(1.0 / seen.probes()))
        );
    }
    format!("{misses}; {allowed}.")
}

/// A ratio near 1 as percent, rounded down to two digits after the nines.
fn percent_floor(ratio: f64) -> String {
    let percent = (ratio * 1e5).floor() / 1e3;
    format!("{percent} %")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error_budget::PERIOD;

    fn seen(objective: f64, interval: u64) -> String {
        visible(&ErrorBudget::new(objective, PERIOD).visible(Duration::from_mins(interval)))
    }

    #[test]
    fn it_says_what_an_interval_cannot_see() {
        let five = "With a probe every 5 min, an outage of up to 5 min can be missed";
        assert_eq!(seen(0.999, 5), format!("{five}; 99.9 % of 30 d allows 43.2 minutes of failure."));
        assert_eq!(
            seen(0.9999, 5),
            format!(
                "{five}. 99.99 % of 30 d allows 4.3 minutes of failure, which is less: this interval cannot show whether \
                 the objective is met. The strictest objective that it can show is 99.988 %."
            )
        );
        assert!(
            seen(0.9999, 1).contains("one failed probe uses 23.1 % of the error budget"),
            "{}",
            seen(0.9999, 1)
        );
    }

    #[test]
    fn lengths_have_a_tenth_of_a_minute() {
        let check =
            |seconds: u64, expected: &str| assert_eq!(minutes(Duration::from_secs(seconds)), expected);
        check(2_592, "43.2 minutes");
        check(259, "4.3 minutes");
        check(0, "0 minutes");
        check(26, "26 seconds");
        check(60, "1 minute");
        check(259_200, "4,320 minutes");
    }
}
