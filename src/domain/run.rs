//! A run: its identity, and the state that its heartbeat tells.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The identity of a run: scenario and UTC start, such as `pitchey-20261121T041500Z`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(String);

impl RunId {
    /// The identity of a run of a scenario that starts now.
    pub fn new(scenario: &str, started_at: Timestamp) -> Self {
        let stamp = started_at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ");
        Self(format!("{scenario}-{stamp}"))
    }

    /// The same start, told apart by a number: for a second run within one second.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        Self(format!("{}-{number}", self.0))
    }

    /// As written, and as the folder is called.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a run is doing, as far as its own heartbeat knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// Measuring, or waiting for the next cycle.
    Running,
    /// Ended at its planned end.
    Completed,
    /// Ended early, on request.
    Stopped,
    /// Ended early, by an error.
    Failed,
}

impl RunState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Running, Self::Completed, Self::Stopped, Self::Failed];

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }

    /// The state of that name.
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
