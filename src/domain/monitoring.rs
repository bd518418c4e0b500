//! How a platform is watched between runs: probes, states, what is kept, and what is run when a state changes.

use std::time::Duration;

use super::health::{Health, HealthRules};

/// How a monitor probes, and what it keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Monitoring {
    /// Time from one round of probes to the next.
    pub every: Duration,
    /// Requests per probe of an endpoint, or iterations of a journey.
    pub requests: u64,
    /// Longest time that a probe sends requests.
    pub window: Duration,
    /// Time from one health check to the next.
    pub check_every: Duration,
    /// When a state changes.
    pub rules: HealthRules,
    /// How long the measurements of a day are kept.
    pub keep: Duration,
}

impl Default for Monitoring {
    fn default() -> Self {
        Self {
            every: Duration::from_mins(1),
            requests: 5,
            window: Duration::from_secs(5),
            check_every: Duration::from_mins(5),
            rules: HealthRules::default(),
            keep: Duration::from_hours(35 * 24),
        }
    }
}

/// A command that is run when the state of a workload changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Name in the journal.
    pub name: String,
    /// The state that a workload has to enter.
    pub when: Health,
    /// Endpoints and journeys that it is for; empty means all.
    pub workloads: Vec<String>,
    /// The program and its arguments; no shell reads them.
    pub run: Vec<String>,
    /// How long it may take; then it is killed with everything that it started.
    pub timeout: Duration,
    /// Time that has to pass from one start to the next.
    pub cool_down: Duration,
    /// How often it is started within an hour at most.
    pub most_per_hour: u32,
}
