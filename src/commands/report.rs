//! `baseline report`: creates the report files of a run from its folder, also while it is measured.

use std::io::Write;
use std::path::Path;

use crate::report::Report;
use crate::report::drawing::{Drawing, draw, view};
use crate::report::schemas;
use crate::store::runs;

use super::{CommandError, Exit};

/// Runs `report`, and prints the paths of the files.
/// # Errors
/// [`CommandError`] where the run cannot be found or read, or a file cannot be written.
pub fn report(
    out_folder: &Path,
    run: &str,
    drawings: &[Drawing],
    out: &mut dyn Write,
) -> Result<Exit, CommandError> {
    let folder = runs::find(out_folder, run)?;
    for file in draw(&folder, drawings)?.files {
        writeln!(out, "{}", folder.join(file).display()).map_err(CommandError::Output)?;
    }
    Ok(Exit::Accepted)
}

/// Prints what `report.json` contains, and writes nothing.
/// # Errors
/// [`CommandError`] where the run cannot be found or read.
pub fn print(out_folder: &Path, run: &str, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let view = view(&runs::find(out_folder, run)?)?;
    out.write_all(Report::of(&view).json().as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}

/// Prints the JSON Schema of `report.json`.
/// # Errors
/// [`CommandError::Output`] where it cannot be written.
pub fn print_schema(out: &mut dyn Write) -> Result<Exit, CommandError> {
    out.write_all(schemas::report().as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}
