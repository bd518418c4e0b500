//! The one rule for what a run comes to: accepted, failed or inconclusive, with every reason.
//!
//! `test`, `start`, `report`, `status`, `promote` and `gate` ask it. What it asks for itself is what was measured of each
//! cell, and what was planned.

use std::collections::BTreeMap;

use super::availability::Availability;
use super::cell_name::CellName;
use super::objective::{Basis, JudgedLimit, ObjectiveKind, ObjectiveState};
use super::outcomes::{Failing, MOST_FAILED, Outcomes};
use super::sample::ErrorClass;
use super::tally::{Shortfall, Tally};

/// What a run comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunOutcome {
    /// Enough was measured, and nothing that was judged is beyond its limit.
    Accepted,
    /// An SLO is violated, or more requests fail than may.
    Failed,
    /// Too little was measured, or too badly, to say either.
    Inconclusive,
}

impl RunOutcome {
    /// Every outcome, in the order of their declaration.
    pub const ALL: [Self; 3] = [Self::Accepted, Self::Failed, Self::Inconclusive];

    /// The value of `outcome` in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Failed => "failed",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// What a run measured of one cell, as far as verdicts need it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CellEvidence {
    /// What its requests show.
    pub outcomes: Outcomes,
    /// Its measured time, by whether it worked.
    pub availability: Availability,
    /// The limits of its SLO, judged.
    pub limits: Vec<JudgedLimit>,
}

impl CellEvidence {
    /// Whether its SLO limits errors, so that the default limit does not apply.
    fn limits_errors(&self) -> bool {
        self.limits.iter().any(|limit| limit.kind == ObjectiveKind::ErrorRate)
    }
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunProgress {
    /// It is being measured.
    Running,
    /// It reached its planned end.
    Completed,
    /// It ended before, as this word says: `stopped`, `killed` or `failed`.
    Cut(&'static str),
}

/// Why a run is not accepted.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// Not one request succeeded.
    NothingWorked(Outcomes),
    /// A limit of an SLO is violated.
    Violated {
        /// Cell that violated it.
        cell: CellName,
        /// The limit and what was measured.
        limit: JudgedLimit,
    },
    /// Without an SLO for errors: more requests fail than may.
    MostlyFails {
        /// The cell; `None` for all of them together.
        cell: Option<CellName>,
        /// Its requests.
        outcomes: Outcomes,
    },
    /// Without an SLO for errors: it was down for longer than it may.
    MostlyDown {
        /// The cell.
        cell: CellName,
        /// Its measured time.
        availability: Availability,
    },
    /// It ended before its planned end.
    Cut {
        /// How: `stopped`, `killed` or `failed`.
        word: &'static str,
        /// Number of its windows.
        windows: u64,
        /// Number of planned windows.
        planned: u64,
    },
    /// Too few of the planned windows are there, or too few of those can be judged.
    TooFewWindows {
        /// What is short.
        shortfall: Shortfall,
        /// Windows by validity.
        tally: Tally,
        /// Number of planned windows.
        planned: u64,
    },
    /// The data cannot decide a limit of an SLO.
    Undecided {
        /// Cell that it belongs to.
        cell: CellName,
        /// The limit, what was measured, and what would decide it.
        limit: JudgedLimit,
    },
    /// Without an SLO for errors: some requests failed, of too few to say whether most do.
    FewRequests {
        /// The cell.
        cell: CellName,
        /// Its requests.
        outcomes: Outcomes,
        /// Requests that would decide it.
        needs: u64,
    },
}

impl Reason {
    /// What this reason alone would make of the run.
    pub fn outcome(&self) -> RunOutcome {
        match self {
            Self::NothingWorked(_)
            | Self::Violated { .. }
            | Self::MostlyFails { .. }
            | Self::MostlyDown { .. } => RunOutcome::Failed,
            Self::Cut { .. }
            | Self::TooFewWindows { .. }
            | Self::Undecided { .. }
            | Self::FewRequests { .. } => RunOutcome::Inconclusive,
        }
    }

    /// The name of the reason in files.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NothingWorked(_) => "nothing_worked",
            Self::Violated { .. } => "slo_violated",
            Self::MostlyFails { .. } => "mostly_fails",
            Self::MostlyDown { .. } => "mostly_down",
            Self::Cut { .. } => "ended_early",
            Self::TooFewWindows { shortfall: Shortfall::Empty | Shortfall::Missing, .. } => "windows_missing",
            Self::TooFewWindows { .. } => "windows_invalid",
            Self::Undecided { .. } => "slo_undecided",
            Self::FewRequests { .. } => "few_requests",
        }
    }

    /// Every name of a reason in files.
    pub const WORDS: [&'static str; 9] = [
        "nothing_worked",
        "slo_violated",
        "mostly_fails",
        "mostly_down",
        "ended_early",
        "windows_missing",
        "windows_invalid",
        "slo_undecided",
        "few_requests",
    ];

    /// The cell that it is about; `None` where it is about the whole run.
    pub fn cell(&self) -> Option<&CellName> {
        match self {
            Self::Violated { cell, .. }
            | Self::MostlyDown { cell, .. }
            | Self::Undecided { cell, .. }
            | Self::FewRequests { cell, .. } => Some(cell),
            Self::MostlyFails { cell, .. } => cell.as_ref(),
            Self::NothingWorked(_) | Self::Cut { .. } | Self::TooFewWindows { .. } => None,
        }
    }

    /// The order of importance: a reason decides over all with a higher rank.
    fn rank(&self) -> u8 {
        match self {
            // Whoever stops a run asks for no verdict.
            Self::Cut { .. } => 0,
            Self::NothingWorked(_) => 1,
            // Whether a target works is known from invalid windows too.
            Self::MostlyFails { cell: None, .. } => 2,
            Self::MostlyFails { .. } | Self::MostlyDown { .. } => 3,
            Self::Violated { limit: JudgedLimit { basis: Basis::Time(_), .. }, .. } => 4,
            Self::TooFewWindows { .. } => 5,
            Self::Violated { .. } => 6,
            Self::Undecided { .. } | Self::FewRequests { .. } => 7,
        }
    }

    /// Whether a run with this reason is no baseline: its times are not those of a working target, or too few.
    fn spoils_baseline(&self) -> bool {
        match self {
            Self::Cut { .. } | Self::Undecided { .. } | Self::FewRequests { .. } => false,
            reason => reason.outcome() == RunOutcome::Failed || matches!(reason, Self::TooFewWindows { .. }),
        }
    }
}

/// What a run comes to, and why.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunVerdict {
    /// Every reason, the one that decides first; empty where the run is accepted.
    pub reasons: Vec<Reason>,
}

impl RunVerdict {
    /// The verdict of a run with these windows and cells.
    pub fn of(
        tally: &Tally,
        planned: u64,
        progress: RunProgress,
        cells: &BTreeMap<CellName, CellEvidence>,
    ) -> Self {
        let mut reasons = Vec::new();
        let mut all = Outcomes::default();
        for cell in cells.values() {
            all.merge(&cell.outcomes);
        }
        let is_silent = tally.windows > 0 && tally.silent == tally.windows;
        let reached = all.counts.failed.saturating_sub(all.errors.get(ErrorClass::Local));
        if is_silent || (reached > 0 && all.counts.succeeded == 0 && all.counts.throttled == 0) {
            reasons.push(Reason::NothingWorked(all.clone()));
        }
        if let RunProgress::Cut(word) = progress {
            reasons.push(Reason::Cut { word, windows: tally.windows, planned });
        }
        let due = if progress == RunProgress::Running { 0 } else { planned };
        if let Some(shortfall) = tally.shortfall(due) {
            reasons.push(Reason::TooFewWindows { shortfall, tally: *tally, planned: due });
        }
        let has_default = cells.values().any(|cell| !cell.limits_errors());
        if cells.len() > 1 && has_default && all.failing() == Failing::Mostly {
            reasons.push(Reason::MostlyFails { cell: None, outcomes: all });
        }
        for (cell, evidence) in cells {
            reasons.extend(reasons_of(cell, evidence));
        }
        let used = |reason: &Reason| match reason {
            Reason::Violated { limit, .. } | Reason::Undecided { limit, .. } => {
                limit.used().unwrap_or(f64::MAX)
            }
            _ => f64::MAX,
        };
        // Within a rank, what is furthest beyond its limit comes first.
        reasons.sort_by(|left, right| {
            left.rank().cmp(&right.rank()).then_with(|| used(right).total_cmp(&used(left)))
        });
        let mut verdict = Self { reasons };
        // The outcome's own reasons come first, so that the first sentence explains it.
        let outcome = verdict.outcome();
        verdict.reasons.sort_by_key(|reason| reason.outcome() != outcome);
        verdict
    }

    /// What the run comes to.
    pub fn outcome(&self) -> RunOutcome {
        let first = self.reasons.iter().min_by_key(|reason| reason.rank());
        first.map_or(RunOutcome::Accepted, Reason::outcome)
    }

    /// The weightiest reason in what was measured: not that the run ended early, nor that the rest is missing then.
    pub fn measured(&self) -> Option<&Reason> {
        let is_cut = self.reasons.iter().any(|reason| matches!(reason, Reason::Cut { .. }));
        let is_about_end = |reason: &&Reason| match reason {
            Reason::Cut { .. } => true,
            Reason::TooFewWindows { shortfall, .. } => is_cut && *shortfall == Shortfall::Missing,
            _ => false,
        };
        self.reasons.iter().filter(|reason| !is_about_end(reason)).min_by_key(|reason| reason.rank())
    }

    /// Why the run is no baseline, the weightiest reason first; none where it may be one.
    pub fn refusals(&self) -> impl Iterator<Item = &Reason> {
        let mut refusals: Vec<&Reason> =
            self.reasons.iter().filter(|reason| reason.spoils_baseline()).collect();
        refusals.sort_by_key(|reason| reason.rank());
        refusals.into_iter()
    }
}

fn reasons_of(cell: &CellName, evidence: &CellEvidence) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for limit in &evidence.limits {
        let (cell, limit) = (cell.clone(), *limit);
        match limit.state {
            ObjectiveState::Violated => reasons.push(Reason::Violated { cell, limit }),
            ObjectiveState::Undecided => reasons.push(Reason::Undecided { cell, limit }),
            ObjectiveState::Met => (),
        }
    }
    if evidence.limits_errors() {
        return reasons;
    }
    let (cell, outcomes, availability) = (cell.clone(), evidence.outcomes.clone(), evidence.availability);
    match outcomes.failing() {
        Failing::Mostly => reasons.push(Reason::MostlyFails { cell: Some(cell), outcomes }),
        _ if availability.ratio().is_some_and(|up| up < 1.0 - MOST_FAILED) => {
            reasons.push(Reason::MostlyDown { cell, availability });
        }
        Failing::Undecided { needs } => reasons.push(Reason::FewRequests { cell, outcomes, needs }),
        Failing::No => (),
    }
    reasons
}

#[cfg(test)]
mod tests;
