//! `baseline scenario`: checks a file, lists the available scenarios, prints the schema.

use std::io::Write;

use crate::report::wording::numbers::{counted, span};
use crate::scenario;
use crate::scenario::environment::Environment;
use crate::scenario::{schema, shipped};

use super::{CommandError, Exit};

/// Runs `scenario check`, and prints the size of the plan.
/// # Errors
/// [`CommandError::Run`] with the place of the first mistake.
pub fn check(wanted: &str, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let source = shipped::find(wanted)?;
    let plan = scenario::check(&source, &Environment::of_process())?;
    writeln!(
        out,
        "{}: {}, {}, {} in {}",
        source.label,
        counted(plan.workloads.len() as u64, "endpoint"),
        counted(plan.cells.len() as u64, "cell"),
        counted(plan.windows(), "window"),
        span(plan.duration)
    )
    .map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}

/// Runs `scenario list`: shipped scenarios and those in the folder.
/// # Errors
/// [`CommandError::Output`] where the result cannot be written.
pub fn list(out: &mut dyn Write) -> Result<Exit, CommandError> {
    for (name, place) in shipped::list() {
        writeln!(out, "{name:<20} {place}").map_err(CommandError::Output)?;
    }
    Ok(Exit::Accepted)
}

/// Runs `scenario schema`: prints the JSON Schema of scenario files.
/// # Errors
/// [`CommandError::Output`] where the result cannot be written.
pub fn print_schema(out: &mut dyn Write) -> Result<Exit, CommandError> {
    writeln!(out, "{}", schema::json_schema()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}
