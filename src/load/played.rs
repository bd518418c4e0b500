//! How an iteration and its steps went, and what stops a user.

use crate::domain::error_reason::ErrorReason;

use super::client::{Outcome, Started};
use super::recorder::Recorder;
use super::tracer::Ids;

/// An iteration that has ended. Times are nanoseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Played {
    /// How it went: as its first failed step did.
    pub(super) outcome: Outcome,
    /// Status of the response that decided that; `None` where there was none.
    pub(super) status: Option<u16>,
    /// Time of all its steps, without its pauses.
    pub(super) active_ns: u64,
    /// When its last step had ended.
    pub(super) ended_ns: u64,
    /// The pause after its last step, which is one between iterations.
    pub(super) last_pause_ns: u64,
    /// When its first request was sent that has left, and the trace of the iteration; `None` without either.
    pub(super) named: Option<(u64, Ids)>,
}

impl Played {
    /// One that begins.
    pub(super) fn begun(now: u64) -> Self {
        Self {
            outcome: Outcome::Succeeded,
            status: None,
            active_ns: 0,
            ended_ns: now,
            last_pause_ns: 0,
            named: None,
        }
    }

    /// One that was not begun.
    pub(super) fn unsent(now: u64, reason: ErrorReason) -> Self {
        Self { outcome: Outcome::Failed(reason), ..Self::begun(now) }
    }
}

/// Why a user cannot go on.
#[derive(Debug)]
pub(super) enum Halt {
    /// A feeder has no more rows.
    NoRows(usize),
    /// Its setup failed: which step, and why.
    SetupFailed(String),
}

/// Where steps are recorded; `None` in a warm-up.
pub(super) type Records<'a> = Option<&'a mut [Recorder]>;

/// A step that was sent. Times are nanoseconds of the run's clock.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) started: Started,
    pub(super) ended_ns: u64,
    pub(super) outcome: Outcome,
    /// Status of the last response; `None` without one.
    pub(super) status: Option<u16>,
    /// What was missing in the response, for people.
    pub(super) remark: Option<String>,
}

impl Sent {
    /// Which step failed, and why.
    pub(super) fn failure(&self, step: &str) -> String {
        let why = match (&self.remark, self.outcome, self.status) {
            (Some(remark), ..) => remark.clone(),
            (None, Outcome::Failed(ErrorReason::UnexpectedStatus), Some(status)) => {
                format!("unexpected status {status}")
            }
            (None, Outcome::Throttled, _) => "rate-limited (429)".to_owned(),
            (None, Outcome::Failed(reason), _) => reason.brief().to_owned(),
            (None, Outcome::Succeeded, _) => "succeeded".to_owned(),
        };
        format!("setup step {step}: {why}")
    }
}
