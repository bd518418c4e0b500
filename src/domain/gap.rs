//! A gap: a stretch of a run in which nothing was measured, and why.

use std::time::Duration;

use jiff::Timestamp;

/// Why nothing was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapReason {
    /// The process ended (crash, kill, stop, reboot) and was resumed later.
    Stopped,
    /// The machine slept: wall time passed that the monotonic clock did not see.
    Suspended,
    /// The wall clock was set.
    ClockStep,
    /// The process was paused, or the generator did not get to run.
    Paused,
    /// Cells took longer than their cycle, and cycles were left out to keep the schedule.
    Overrun,
    /// Something that another version of the program knows.
    Unknown,
}

impl GapReason {
    /// Every reason.
    pub const ALL: [Self; 6] =
        [Self::Stopped, Self::Suspended, Self::ClockStep, Self::Paused, Self::Overrun, Self::Unknown];

    /// The name in files.
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

    /// The reason of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// A stretch without measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// When measuring ended.
    pub from: Timestamp,
    /// When it began again.
    pub to: Timestamp,
    /// Why.
    pub reason: GapReason,
}

impl Gap {
    /// How long it was; zero where the clock went backwards.
    pub fn length(&self) -> Duration {
        Duration::try_from(self.to.duration_since(self.from)).unwrap_or(Duration::ZERO)
    }
}
