//! How a run went, and how far it may be trusted.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::watch::{FLAG_SIGMAS, FlagCount};
use crate::domain::sample::ErrorCounts;
use crate::domain::tally::Tally;
use crate::domain::verdict::InvalidReason;
use crate::report::wording::numbers::{count, counted, listed, percent, whole};

/// A larger share of missing windows is worth a word.
const MANY_MISSING: f64 = 0.02;

/// How a run went.
#[derive(Debug, Clone, Default)]
pub struct RunHealth {
    /// Committed windows by validity, and their requests.
    pub tally: Tally,
    /// Of which must not be judged, by reason.
    pub invalid: BTreeMap<&'static str, (InvalidReason, u64)>,
    /// Windows that the plan had by now and that are not there: left out, lost, or cut off.
    pub missing: u64,
    /// Endpoints of the plan without a window.
    pub unmeasured: Vec<String>,
    /// When the last window ended.
    pub last_window_at: Option<Timestamp>,
    /// Failures by class.
    pub errors: ErrorCounts,
    /// How long the run was without measurements.
    pub gap_time: Duration,
    /// The generator's processor time for a request, over all windows that tell; microseconds.
    pub cpu_us_per_request: Option<f64>,
    /// The highest share of its core that the generator used in a window.
    pub highest_cpu_share: Option<f64>,
    /// The latest that a timer of the generator fired; microseconds.
    pub latest_timer_us: Option<f64>,
    /// Late starts of open loops.
    pub late_starts: u64,
    /// Flags of all cells.
    pub flags: FlagCount,
    /// Flags that are not in these counts, because noise does not bring such: of error ratios, and of what never varied.
    pub other_flags: u64,
    /// How many windows of a cell its baseline is learnt from.
    pub learning_windows: usize,
    /// Cells whose baseline is not learnt yet.
    pub cells_learning: u64,
}

impl RunHealth {
    /// One sentence on how far the run may be trusted.
    pub fn verdict(&self) -> String {
        if self.tally.windows == 0 {
            return "Nothing was measured yet.".to_owned();
        }
        let share = self.tally.valid as f64 / self.tally.windows as f64;
        let of_all = format!("{} of {}", count(self.tally.valid), counted(self.tally.windows, "window"));
        let mut text = match share {
            1.0 => "Every window is valid.".to_owned(),
            share if share > 0.95 => format!("{of_all} are valid."),
            share if share > 0.5 => format!("Only {of_all} are valid: read the reasons below first."),
            _ => format!("Only {of_all} can be judged: this run says little about its target."),
        };
        if self.has_holes() {
            let _ = write!(text, " {} that were planned are missing.", counted(self.missing, "window"));
        }
        if !self.unmeasured.is_empty() {
            let _ = write!(text, " Never measured: {}.", listed(&self.unmeasured));
        }
        if let Some(failed) = self.tally.counts.error_ratio().filter(|failed| *failed > 0.0) {
            text = format!("{} of the requests failed. {text}", percent(Some(failed)));
        }
        if self.cells_learning > 0 {
            let _ = write!(
                text,
                " For {} a baseline is not learnt yet: that takes {} valid windows each, and flags begin after.",
                counted(self.cells_learning, "cell"),
                self.learning_windows
            );
        }
        text
    }

    /// Whether more than a few of the planned windows are missing.
    pub fn has_holes(&self) -> bool {
        self.missing as f64 > MANY_MISSING * (self.tally.windows + self.missing) as f64
    }

    /// How the flags compare with noise, as a sentence.
    pub fn flags_sentence(&self) -> String {
        if self.flags.judged == 0 {
            return "No window was judged against a baseline yet.".to_owned();
        }
        let others = match self.other_flags {
            0 => String::new(),
            n => format!(
                " {} beside them, of error ratios and of what never varied before.",
                counted(n, "flag")
            ),
        };
        format!(
            "{} of {} judged values lie beyond +-{FLAG_SIGMAS:.0} sigma of their baseline; independent noise alone would flag about {}.{others}",
            count(self.flags.observed),
            count(self.flags.judged),
            whole(self.flags.expected)
        )
    }
}
