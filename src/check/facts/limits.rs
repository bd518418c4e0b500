//! Documented rate limits, and how the service keeps them.

use std::time::Duration;

/// How one documented limit was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitFacts {
    /// The paths that it is about, as in the scenario.
    pub path: String,
    /// Requests that it allows.
    pub requests: u64,
    /// In how long.
    pub per: Duration,
    /// What was found.
    pub outcome: LimitOutcome,
    /// Number of requests that were sent for it.
    pub sent: u64,
    /// What differs from the documentation in the 429, a phrase each; empty where nothing does.
    pub problems: Vec<String>,
    /// `Retry-After` in seconds, of the 429.
    pub retry_after_s: Option<u64>,
    /// Whether a request after that time succeeded; `None` where it was not tried.
    pub retry_succeeded: Option<bool>,
}

/// What was found of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitOutcome {
    /// The first request beyond it was refused, as documented.
    AsDocumented,
    /// A request within it was refused: the number of the request, from 1.
    TooEarly(u64),
    /// The first request beyond it was served.
    NotEnforced,
    /// Other documented limits do not let it be reached.
    Unreachable,
    /// It was not verified: what is missing is in the list of what was not checked.
    NotVerified,
}
