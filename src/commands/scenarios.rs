//! `baseline scenario`: checks a file, lists the available scenarios, prints the schema.

use std::io::Write;

use crate::report::console::scenarios::{checked_json, checked_text, known_json, known_text, problems_json};
use crate::run::prepared::check_sendable;
use crate::scenario::environment::Environment;
use crate::scenario::notes::notes;
use crate::scenario::{self, Settings, Source};
use crate::scenario::{schema, shipped};

use super::{CommandError, Exit, Format};

/// Runs `scenario check`, and prints the size of the plan; as JSON also the problems of one that cannot be run.
/// # Errors
/// [`CommandError::Run`] with every problem and its place.
pub fn check(wanted: &str, format: Format, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let source = shipped::find(wanted)?;
    let text = checked(&source, format).or_else(|error| {
        let problems = error.problems();
        if format == Format::Json && !problems.is_empty() {
            let text = problems_json(&source.label, problems);
            out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
        }
        Err(error)
    })?;
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}

fn checked(source: &Source, format: Format) -> Result<String, CommandError> {
    let (file, document) = scenario::parse(source)?;
    let has_load = !file.endpoint.is_empty() || !file.journey.is_empty() || file.service.is_empty();
    let settings = Settings { needs_load: has_load, ..Settings::default() };
    let plan = scenario::plan_of(&file, &document, &Environment::of_process(), &settings)?;
    check_sendable(&plan)?;
    let notes = notes(&file, &plan);
    Ok(match format {
        Format::Json => checked_json(&source.label, &plan, &notes),
        _ => checked_text(&source.label, &plan, &notes),
    })
}

/// Runs `scenario list`: shipped scenarios and those in the folder.
/// # Errors
/// [`CommandError::Output`] where the result cannot be written.
pub fn list(format: Format, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let known = shipped::list();
    let text = match format {
        Format::Json => known_json(&known),
        _ => known_text(&known),
    };
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}

/// Runs `scenario schema`: prints the JSON Schema of scenario files.
/// # Errors
/// [`CommandError::Output`] where the result cannot be written.
pub fn print_schema(out: &mut dyn Write) -> Result<Exit, CommandError> {
    writeln!(out, "{}", schema::json_schema()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}
