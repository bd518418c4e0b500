//! A run: its ID, and the state that its heartbeat reports.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// ID of a run: scenario and UTC start, such as `pitchey-20261121T041500Z`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(String);

impl RunId {
    /// ID of a run of a scenario that starts at `started_at`; fractions of a second are dropped.
    pub fn new(scenario: &str, started_at: Timestamp) -> Self {
        let stamp = started_at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ");
        Self(format!("{scenario}-{stamp}"))
    }

    /// The same ID with a number appended: for a second run within one second.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        Self(format!("{}-{number}", self.0))
    }

    /// The ID as text, which is also the name of the run's folder.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a run is doing, according to its own heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// Measuring, or waiting for the next cycle.
    Running,
    /// Ran until its planned end.
    Completed,
    /// Ended early, on request (`stop`, or a signal).
    Stopped,
    /// Ended early, because of an error.
    Failed,
}

impl RunState {
    /// Every state, in the order of declaration.
    pub const ALL: [Self; 4] = [Self::Running, Self::Completed, Self::Stopped, Self::Failed];

    /// The value of `state` in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }

    /// The state with this name in files.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_scenario_and_start() {
        let start: Timestamp = "2026-11-21T04:15:00Z".parse().unwrap();
        assert_eq!(RunId::new("pitchey", start).as_str(), "pitchey-20261121T041500Z");
    }
}
