//! Scenario files: from text to a validated plan.
//!
//! `file` knows the shape, `validate` the meaning, `limits` whether the target's documented limits allow it.
//! Nothing here sends anything.

mod check;
pub mod environment;
mod error;
pub mod file;
mod key_path;
pub mod limits;
mod locate;
pub mod notes;
pub mod objectives;
pub mod origin;
pub mod overrides;
mod request_path;
pub mod schema;
pub mod shipped;
mod source;
mod validate;
mod validate_endpoint;
mod validate_transport;

pub use check::Settings;
pub use error::ScenarioError;
pub use source::Source;
pub use validate::plan_of;
pub use validate_endpoint::OWN_HEADERS;

use environment::Environment;
use file::ScenarioFile;

/// Reads the shape of a scenario file.
/// # Errors
/// [`ScenarioError`] with line and key where the text is not TOML or not of the shape.
pub fn parse(source: &Source) -> Result<ScenarioFile, ScenarioError> {
    locate::read(source)
}

/// Checks a whole file: shape, meaning, references.
/// # Errors
/// The first [`ScenarioError`] found.
pub fn check(source: &Source, environment: &Environment) -> Result<crate::domain::plan::Plan, ScenarioError> {
    let file = parse(source)?;
    plan_of(&file, source, environment, &Settings::default())
}
