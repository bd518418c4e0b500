//! What the program's exit code means.

/// How a command ended, when it ended without an error of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, and everything that was judged is accepted.
    Accepted,
    /// 1: an expectation failed, or the candidate regressed.
    Failed,
    /// 2: usage, scenario, environment, input or output.
    Error,
    /// 3: inconclusive: the measurement is invalid or incomplete.
    Inconclusive,
}

impl Exit {
    /// What a code means; a code that is none of ours is an error.
    pub fn from_code(code: i32) -> Self {
        match code {
            0 => Self::Accepted,
            1 => Self::Failed,
            3 => Self::Inconclusive,
            _ => Self::Error,
        }
    }

    /// The code.
    pub fn code(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Failed => 1,
            Self::Error => 2,
            Self::Inconclusive => 3,
        }
    }
}
