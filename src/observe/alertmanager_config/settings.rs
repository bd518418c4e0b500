//! What the files are made of.

use crate::domain::receiver::Receiver;
use crate::domain::silence::Silence;

/// What the configuration is made of.
#[derive(Debug, Clone, Copy)]
pub struct AlertmanagerFiles<'a> {
    /// Name of the scenario.
    pub scenario: &'a str,
    /// Endpoints, journeys and mixes, whose routes are tested.
    pub workloads: &'a [String],
    /// Who gets what.
    pub receivers: &'a [Receiver],
    /// When nobody gets anything.
    pub silences: &'a [Silence],
    /// URL of the folder of the runbooks.
    pub runbooks: &'a str,
}
