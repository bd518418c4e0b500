//! How requests went: their outcomes, and whether they mostly fail.

use std::collections::BTreeMap;

use super::availability::DOWN_FROM;
use super::error_counts::ErrorCounts;
use super::sample::ErrorClass;
use super::verdict::Validity;
use super::window::{Counts, Window};

/// Fraction of failed requests from which on a cell without an SLO for errors fails, 0 to 1.
pub const MOST_FAILED: f64 = DOWN_FROM;
/// A ratio of failed requests from here on counts as that limit unless the sample shows that the true ratio is below it: a
/// target that fails every second request is as often measured below a half as above.
const ABOUT_HALF: f64 = 0.4;
/// Standard errors by which a ratio must lie below the limit to show it.
const CLEARLY: f64 = 3.0;

/// How requests went: outcomes, statuses of the responses, classes of the failures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcomes {
    /// Requests per outcome.
    pub counts: Counts,
    /// Responses per status code.
    pub statuses: BTreeMap<u16, u64>,
    /// Failed requests per class.
    pub errors: ErrorCounts,
    /// Failed requests without a complete response while the load generator was in trouble, which may be its own failures.
    pub doubtful: u64,
}

impl Outcomes {
    /// Adds the requests of a window.
    pub fn add(&mut self, window: &Window) {
        self.counts += window.counts;
        self.errors.merge(&window.errors);
        if matches!(window.validity, Validity::Invalid(_)) {
            self.doubtful += window.errors.transport().min(window.counts.failed);
        }
        for (status, count) in &window.statuses {
            *self.statuses.entry(*status).or_insert(0) += count;
        }
    }

    /// Adds those of another cell.
    pub fn merge(&mut self, other: &Self) {
        self.counts += other.counts;
        self.errors.merge(&other.errors);
        self.doubtful += other.doubtful;
        for (status, count) in &other.statuses {
            *self.statuses.entry(*status).or_insert(0) += count;
        }
    }

    /// Whether the requests mostly fail.
    pub fn failing(&self) -> Failing {
        // Trouble of the load generator may fail some requests, but not each and every one.
        let doubtful = if self.counts.succeeded > 0 { self.doubtful } else { 0 };
        // What never left this machine says nothing about the target.
        let failed = self.counts.failed.saturating_sub(doubtful.max(self.errors.get(ErrorClass::Local)));
        let judged = failed + self.counts.succeeded;
        if failed == 0 {
            return Failing::No;
        }
        let ratio = failed as f64 / judged as f64;
        // The score test of a ratio of one half.
        let below = (MOST_FAILED - ratio) * 2.0 * (judged as f64).sqrt();
        if below >= CLEARLY {
            return Failing::No;
        }
        if ratio >= ABOUT_HALF {
            return Failing::Mostly;
        }
        let needed = (CLEARLY / (2.0 * (MOST_FAILED - ratio))).powi(2).ceil();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 225")]
        let needs = needed as u64;
        Failing::Undecided { needs }
    }
}

/// Whether requests mostly fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failing {
    /// Clearly fewer than half of them fail, or none was judged.
    No,
    /// About half of them fail, or more.
    Mostly,
    /// Some failed, of too few to say.
    Undecided {
        /// Requests that would decide it if the ratio stayed as it is.
        needs: u64,
    },
}
