//! Error budget: how long a platform may fail within a period, how much of that is used, and how fast it goes.
//!
//! Also what an interval of probes can see of it: an outage between two probes is missed.

use std::time::Duration;

const HOUR: Duration = Duration::from_hours(1);

/// The period over which an error budget is counted where nothing else is said.
pub const PERIOD: Duration = Duration::from_hours(30 * 24);

/// An availability objective over a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorBudget {
    /// Fraction of the time in which it has to work, 0 to 1.
    pub objective: f64,
    /// The time that it is counted over.
    pub period: Duration,
}

impl ErrorBudget {
    /// The budget of an objective over a period. What lies outside 0 to 1 is cut.
    pub fn new(objective: f64, period: Duration) -> Self {
        let objective = if objective.is_finite() { objective.clamp(0.0, 1.0) } else { 1.0 };
        Self { objective, period }
    }

    /// Fraction of the time in which it may fail, 0 to 1.
    pub fn allowed_ratio(&self) -> f64 {
        // Without what the subtraction leaves in the last bits: 1 - 0.999 is not 0.001.
        ((1.0 - self.objective) * 1e12).round() / 1e12
    }

    /// How long it may fail within the period: 43.2 minutes of 30 days at 99.9 %.
    pub fn allowed(&self) -> Duration {
        to_millis(self.period.as_secs_f64() * self.allowed_ratio())
    }

    /// Fraction of the budget that this much failure uses: 1 is all of it, 2 twice. `None` where nothing is allowed and
    /// something failed.
    pub fn used(&self, failed: Duration) -> Option<f64> {
        let allowed = self.allowed();
        if failed.is_zero() {
            return Some(0.0);
        }
        (!allowed.is_zero()).then(|| failed.as_secs_f64() / allowed.as_secs_f64())
    }

    /// How long it may still fail; zero once the budget is used up.
    pub fn left(&self, failed: Duration) -> Duration {
        self.allowed().saturating_sub(failed)
    }

    /// How far more than the budget was used; zero while some of it is left.
    pub fn overrun(&self, failed: Duration) -> Duration {
        failed.saturating_sub(self.allowed())
    }

    /// How fast the budget is used: 1 uses all of it within the period, 14.4 within 50 hours of 30 days.
    ///
    /// `failed_ratio`: fraction of the measured time that failed, 0 to 1. `None` where nothing is allowed and something failed.
    pub fn burn_rate(&self, failed_ratio: f64) -> Option<f64> {
        let allowed = self.allowed_ratio();
        if failed_ratio <= 0.0 {
            return Some(0.0);
        }
        (allowed > 0.0).then(|| failed_ratio / allowed)
    }

    /// What probes at this interval can see of the budget.
    pub fn visible(&self, interval: Duration) -> Visibility {
        Visibility { interval, allowed: self.allowed(), objective: self.objective, period: self.period }
    }
}

/// How fine a measurement by probes is, compared with an error budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visibility {
    /// Time from one probe to the next. An outage that is shorter can lie between two of them.
    pub interval: Duration,
    /// How long it may fail within the period.
    pub allowed: Duration,
    /// Fraction of the time in which it has to work, 0 to 1.
    pub objective: f64,
    /// The time that the objective is counted over.
    pub period: Duration,
}

/// Failed probes in a row that a budget should at least allow. With fewer, a single probe decides a large part of it.
const COARSE_BELOW: f64 = 5.0;

impl Visibility {
    /// Number of failed probes that use up the budget.
    pub fn probes(&self) -> f64 {
        if self.interval.is_zero() {
            f64::INFINITY
        } else {
            self.allowed.as_secs_f64() / self.interval.as_secs_f64()
        }
    }

    /// Whether an outage that uses up the budget meets at least one probe. Where not, the objective can be violated unseen.
    pub fn is_visible(&self) -> bool {
        self.interval <= self.allowed
    }

    /// Whether the objective can be seen, but a single failed probe uses more than a fifth of the budget.
    pub fn is_coarse(&self) -> bool {
        self.is_visible() && self.probes() < COARSE_BELOW
    }

    /// The strictest objective that this interval can see over the period.
    pub fn strictest_objective(&self) -> f64 {
        if self.period.is_zero() {
            return 0.0;
        }
        (1.0 - self.interval.as_secs_f64() / self.period.as_secs_f64()).max(0.0)
    }
}

/// How fast is too fast, over which time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BurnWindow {
    /// Fraction of the budget that is used within `long` at this rate.
    pub budget: f64,
    /// The time over which the rate is taken.
    pub long: Duration,
    /// A shorter one in which it still has to be as high, so that an alert ends soon after the trouble does.
    pub short: Duration,
    /// Whether somebody has to act at once; a ticket does otherwise.
    pub is_page: bool,
}

impl BurnWindow {
    /// The windows for a period of 30 days, the fastest first: 14.4 over an hour, 6 over 6 hours, 3 over a day, 1 over 3 days.
    ///
    /// Source: The Site Reliability Workbook (2018), chapter 5, table 5-8.
    pub const ALL: [Self; 4] = [
        Self { budget: 0.02, long: HOUR, short: Duration::from_mins(5), is_page: true },
        Self { budget: 0.05, long: Duration::from_hours(6), short: Duration::from_mins(30), is_page: true },
        Self { budget: 0.1, long: Duration::from_hours(24), short: Duration::from_hours(2), is_page: false },
        Self { budget: 0.1, long: Duration::from_hours(72), short: Duration::from_hours(6), is_page: false },
    ];

    /// The burn rate from which on it is too fast, for a budget over this period.
    pub fn rate(&self, period: Duration) -> f64 {
        let rate = self.budget * period.as_secs_f64() / self.long.as_secs_f64();
        (rate * 1e9).round() / 1e9
    }
}

fn to_millis(seconds: f64) -> Duration {
    Duration::try_from_secs_f64((seconds * 1e3).round() / 1e3).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(objective: f64, days: u64) -> ErrorBudget {
        ErrorBudget::new(objective, Duration::from_hours(24 * days))
    }

    const fn minutes(minutes: u64) -> Duration {
        Duration::from_mins(minutes)
    }

    #[test]
    fn a_month_at_three_nines_allows_43_minutes() {
        let check = |objective, days, seconds: f64| {
            assert_eq!(
                budget(objective, days).allowed(),
                Duration::from_secs_f64(seconds),
                "{objective} {days}"
            );
        };
        check(0.999, 30, 2_592.0);
        check(0.9999, 30, 259.2);
        check(0.99, 30, 25_920.0);
        check(0.999, 7, 604.8);
        check(1.0, 30, 0.0);
        check(0.0, 1, 86_400.0);
    }

    #[test]
    fn what_is_used_and_left_adds_up() {
        let month = budget(0.999, 30);
        let used = |failed| (month.used(failed), month.left(failed), month.overrun(failed));
        assert_eq!(used(Duration::ZERO), (Some(0.0), Duration::from_secs(2_592), Duration::ZERO));
        assert_eq!(used(Duration::from_secs(1_296)), (Some(0.5), Duration::from_secs(1_296), Duration::ZERO));
        assert_eq!(used(Duration::from_secs(5_184)), (Some(2.0), Duration::ZERO, Duration::from_secs(2_592)));
        let none = budget(1.0, 30);
        assert_eq!((none.used(Duration::ZERO), none.used(minutes(1))), (Some(0.0), None));
        assert_eq!((none.burn_rate(0.0), none.burn_rate(0.1)), (Some(0.0), None));
    }

    #[test]
    fn a_burn_rate_of_one_uses_the_budget_within_the_period() {
        let rate = |ratio: f64| budget(0.999, 30).burn_rate(ratio).unwrap();
        for (ratio, expected) in [(0.001, 1.0), (0.0144, 14.4), (1.0, 1_000.0), (0.0, 0.0)] {
            assert!((rate(ratio) - expected).abs() < 1e-9, "{ratio}");
        }
        let rates = BurnWindow::ALL.map(|window| window.rate(PERIOD));
        for (rate, expected) in rates.into_iter().zip([14.4, 6.0, 3.0, 1.0]) {
            assert!((rate - expected).abs() < 1e-9, "{rates:?}");
        }
    }

    #[test]
    fn five_minutes_cannot_see_four_nines_of_a_month() {
        let check = |objective, interval: Duration, expected: (bool, bool)| {
            let seen = budget(objective, 30).visible(interval);
            assert_eq!((seen.is_visible(), seen.is_coarse()), expected, "{objective} {interval:?}");
        };
        check(0.9999, minutes(5), (false, false));
        check(0.9999, minutes(1), (true, true));
        check(0.999, minutes(5), (true, false));
        check(0.999, minutes(10), (true, true));
        check(0.999, minutes(60), (false, false));
        check(0.999, Duration::ZERO, (true, false));
        let seen = budget(0.9999, 30).visible(minutes(5));
        assert!((seen.probes() - 0.864).abs() < 1e-9);
        assert!((seen.strictest_objective() - 0.999_884).abs() < 1e-6);
    }

    #[test]
    fn numbers_without_meaning_are_cut() {
        assert_eq!(budget(f64::NAN, 30).allowed(), Duration::ZERO);
        assert_eq!(budget(-3.0, 1).allowed(), Duration::from_hours(24));
        assert!(!ErrorBudget::new(0.5, Duration::MAX).allowed().is_zero());
        assert!(budget(0.9, 0).visible(minutes(1)).strictest_objective() <= 0.0);
    }
}
