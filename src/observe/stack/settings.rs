//! What the files are made of, and where they are installed.

use crate::domain::plan::Plan;
use crate::observe::exported_file::ExportedFile;

/// Where the folder is installed on the machine that runs the stack without containers, and where containers see it.
pub(super) const FOLDER: &str = "/etc/baseline-stack";
/// The scenario below that folder.
pub(super) const SCENARIO: &str = "scenario.toml";

/// What the stack is made of.
#[derive(Debug, Clone, Copy)]
pub struct StackFiles<'a> {
    /// The scenario.
    pub plan: &'a Plan,
    /// Its text.
    pub text: &'a str,
    /// Names of the environment variables that it refers to.
    pub variables: &'a [String],
    /// Endpoints, journeys and mixes.
    pub workloads: &'a [String],
    /// Files of rules for Prometheus. Those named `*.rules.yml` are loaded.
    pub rules: &'a [ExportedFile],
    /// URL of the folder of the runbooks.
    pub runbooks: &'a str,
}
