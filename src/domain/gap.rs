//! A gap: a stretch of a run in which nothing was measured, and why.

use std::time::Duration;

use jiff::Timestamp;

/// Why nothing was measured during a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapReason {
    /// The process ended (crash, kill, stop, reboot) and was resumed later.
    Stopped,
    /// The machine slept: wall time passed that the monotonic clock did not see.
    Suspended,
    /// The wall clock was set, forwards or backwards.
    ClockStep,
    /// The process was paused, or the generator did not get to run.
    Paused,
    /// Cells took longer than their cycle, and cycles were skipped to keep the schedule.
    Overrun,
    /// A reason written by another version of the program.
    Unknown,
}

impl GapReason {
    /// Every reason, in the order of their declaration.
    pub const ALL: [Self; 6] =
        [Self::Stopped, Self::Suspended, Self::ClockStep, Self::Paused, Self::Overrun, Self::Unknown];

    /// The value of `reason` in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Suspended => "suspended",
            Self::ClockStep => "clock_step",
            Self::Paused => "paused",
            Self::Overrun => "overrun",
            Self::Unknown => "unknown",
        }
    }

    /// The reason with this name in files; `None` for names of other versions.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// A stretch of a run without measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// When the last measurement before the gap ended.
    pub from: Timestamp,
    /// When measuring began again; before `from` only where the clock was set back.
    pub to: Timestamp,
    /// Cause of the interruption, as far as it is known.
    pub reason: GapReason,
}

impl Gap {
    /// Whether nothing was measured: a clock that is set changes what time it is, and measuring goes on.
    pub fn is_pause(&self) -> bool {
        self.reason != GapReason::ClockStep
    }

    /// How long it was; zero where the clock went backwards.
    pub fn length(&self) -> Duration {
        Duration::try_from(self.to.duration_since(self.from)).unwrap_or(Duration::ZERO)
    }
}
