//! Scenario files: from text to a validated plan.
//!
//! `file` is the shape, `document` the text and its positions, `syntax` and `shape` find what does not fit the shape,
//! `validate` what has no meaning, `limits` whether the target's documented limits allow it. All of them report every
//! problem that they find. Nothing here sends anything.

mod busiest;
mod check;
mod document;
pub mod environment;
mod error;
pub mod file;
mod key_path;
pub mod limits;
pub mod notes;
pub mod objectives;
pub mod opt_in;
pub mod origin;
pub mod overrides;
mod placeholders;
mod planned_checks;
mod positions;
mod problem;
mod read;
mod request_path;
mod rows;
pub mod schema;
mod service_requests;
mod shape;
pub mod shipped;
pub mod silences;
mod source;
mod spans;
mod step_body;
mod syntax;
mod validate;
mod validate_data;
mod validate_endpoint;
mod validate_journey;
mod validate_mix;
mod validate_monitor;
mod validate_request;
mod validate_service;
mod validate_slo;
mod validate_times;
mod validate_transport;

pub use check::Settings;
pub use document::Document;
pub use error::ScenarioError;
pub use problem::{Place, Problem};
pub use source::Source;
pub use validate::plan_of;
pub use validate_request::OWN_HEADERS;

use environment::Environment;
use file::ScenarioFile;

/// Reads a scenario file. Values that cannot be read are empty, and the document lists them: [`plan_of`] reports them with
/// all other problems.
/// # Errors
/// [`ScenarioError::Invalid`] where the text is not TOML, or of another schema.
pub fn parse(source: &Source) -> Result<(ScenarioFile, Document), ScenarioError> {
    read::read(source)
}

/// Checks a whole file: shape, meaning, references.
/// # Errors
/// [`ScenarioError::Invalid`] with every problem of the file.
pub fn check(source: &Source, environment: &Environment) -> Result<crate::domain::plan::Plan, ScenarioError> {
    let (file, document) = parse(source)?;
    plan_of(&file, &document, environment, &Settings::default())
}
