//! The health of a run: valid, invalid and missing windows, errors, gaps, outliers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::outliers::OutlierCounts;
use crate::domain::error_counts::ErrorCounts;
use crate::domain::tally::Tally;
use crate::domain::verdict::InvalidReason;
use crate::report::wording::numbers::{count, counted, listed, percent};
use crate::report::wording::outliers::outliers_words;

/// With a larger fraction of valid windows the reasons for the others matter little.
const MOST_VALID: f64 = 0.95;
/// Missing windows are reported if they are more than this fraction of the plan.
const MANY_MISSING: f64 = 0.02;

/// The health of a run.
#[derive(Debug, Clone, Default)]
pub struct RunHealth {
    /// Committed windows by validity, and their requests.
    pub tally: Tally,
    /// Whether journeys or mixes were measured, whose iterations are counted beside requests.
    pub has_iterations: bool,
    /// Number of invalid windows per reason, by the name of the reason in files.
    pub invalid: BTreeMap<&'static str, (InvalidReason, u64)>,
    /// Windows that were planned up to now but are missing: skipped, lost, or cut off.
    pub missing: u64,
    /// Endpoints of the plan without a window.
    pub unmeasured: Vec<String>,
    /// When the last window ended.
    pub last_window_at: Option<Timestamp>,
    /// Number of failed requests per error class and reason.
    pub errors: ErrorCounts,
    /// Number of responses per status code.
    pub statuses: BTreeMap<u16, u64>,
    /// How long the run was without measurements.
    pub gap_time: Duration,
    /// CPU time of the generator per request, over all windows that recorded it; microseconds.
    pub cpu_us_per_request: Option<f64>,
    /// The highest fraction of its core that the generator used in a window.
    pub highest_cpu_share: Option<f64>,
    /// The latest that a timer of the generator fired; microseconds.
    pub latest_timer_us: Option<f64>,
    /// Late starts of open loops.
    pub late_starts: u64,
    /// Outliers of all cells, and the number expected by chance.
    pub outliers: OutlierCounts,
    /// Outliers with no number expected by chance: of error ratios, and of metrics with a constant baseline.
    pub other_flags: u64,
    /// How many windows of a cell its baseline is learned from.
    pub learning_windows: usize,
    /// Cells whose baseline is not learned yet.
    pub cells_learning: u64,
}

impl RunHealth {
    /// One or more sentences on the validity of the run.
    pub fn verdict(&self) -> String {
        self.sentences(": check the reasons below first")
    }

    /// The same for a place where no reasons follow.
    pub fn remark(&self) -> String {
        self.sentences("; the report has the reasons")
    }

    fn sentences(&self, reasons: &str) -> String {
        if self.tally.windows == 0 {
            return "Nothing has been measured yet.".to_owned();
        }
        let share = self.tally.valid as f64 / self.tally.windows as f64;
        let of_all = format!("{} of {}", count(self.tally.valid), counted(self.tally.windows, "window"));
        let mut text = match (self.tally.shortfall(0), share) {
            (Some(_), _) => format!("Only {of_all} are valid, too few to judge the target."),
            (None, 1.0) => "Every window is valid.".to_owned(),
            (None, share) if share > MOST_VALID => format!("{of_all} are valid."),
            (None, _) => format!("Only {of_all} are valid{reasons}."),
        };
        if self.has_holes() {
            let verb = if self.missing == 1 { "is" } else { "are" };
            let _ = write!(text, " {} {verb} missing.", counted(self.missing, "planned window"));
        }
        if !self.unmeasured.is_empty() {
            let _ = write!(text, " Never measured: {}.", listed(&self.unmeasured));
        }
        if let Some(failed) = self.tally.counts.error_ratio().filter(|failed| *failed > 0.0) {
            text = format!("{} of the {} failed. {text}", percent(Some(failed)), self.units());
        }
        if self.cells_learning > 0 {
            let verb = if self.cells_learning == 1 { "has" } else { "have" };
            let _ = write!(
                text,
                " {} {verb} no baseline yet: a cell needs {} valid windows before outliers are counted.",
                counted(self.cells_learning, "cell"),
                self.learning_windows
            );
        }
        text
    }

    /// What was counted: requests, and iterations where there are journeys or mixes.
    pub fn units(&self) -> &'static str {
        if self.has_iterations { "requests and iterations" } else { "requests" }
    }

    /// Whether more than a few of the planned windows are missing.
    pub fn has_holes(&self) -> bool {
        self.missing as f64 > MANY_MISSING * (self.tally.windows + self.missing) as f64
    }

    /// Whether any value has been compared with a baseline.
    pub fn has_judged(&self) -> bool {
        self.outliers.of_baseline.judged > 0
    }

    /// The numbers of outliers next to those expected by chance, in sentences.
    pub fn outliers_sentence(&self) -> String {
        if !self.has_judged() {
            return "No window has been compared with a baseline yet.".to_owned();
        }
        let others = match self.other_flags {
            0 => String::new(),
            n => format!(
                " Not included: {} of error ratios or of metrics with a constant baseline.",
                counted(n, "outlier")
            ),
        };
        format!("{}{others}", outliers_words(&self.outliers))
    }
}
