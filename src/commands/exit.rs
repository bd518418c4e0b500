//! The meaning of the program's exit codes.

use crate::domain::run_verdict::RunOutcome;

/// Result of a command that ended without an error of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Code 0: done, and everything that was judged is accepted.
    Accepted,
    /// Code 1: an SLO was violated, too many requests failed, or the candidate regressed.
    Failed,
    /// Code 2: wrong usage or scenario, or an error of environment, input or output.
    Error,
    /// Code 3: inconclusive, because the measurement is invalid or incomplete.
    Inconclusive,
}

impl From<RunOutcome> for Exit {
    fn from(outcome: RunOutcome) -> Self {
        match outcome {
            RunOutcome::Accepted => Self::Accepted,
            RunOutcome::Failed => Self::Failed,
            RunOutcome::Inconclusive => Self::Inconclusive,
        }
    }
}

impl Exit {
    /// The meaning of a code; an unknown code is an error.
    pub fn from_code(code: i32) -> Self {
        match code {
            0 => Self::Accepted,
            1 => Self::Failed,
            3 => Self::Inconclusive,
            _ => Self::Error,
        }
    }

    /// The exit code, 0 to 3.
    pub fn code(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Failed => 1,
            Self::Error => 2,
            Self::Inconclusive => 3,
        }
    }
}
