//! The text of a scenario, and the name that messages give it.

/// A scenario's text and where it came from, for messages.
#[derive(Debug, Clone)]
pub struct Source {
    /// A path, or the name of a shipped scenario.
    pub label: String,
    /// The text; empty where the scenario was read from a run's manifest.
    pub text: String,
}
