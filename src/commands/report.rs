//! `baseline report`: creates the report files of a run from its folder, also while it is measured.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::report::Report;
use crate::report::drawing::{Drawing, draw, view};
use crate::report::schemas;
use crate::report::status_page::write as write_status_page;
use crate::store::manifest::Manifest;
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

/// Runs `report --status-page`, and prints the paths of the files: the status page of these runs; with `all` of all runs of
/// the first one's scenario in the folder.
/// # Errors
/// [`CommandError`] where a run cannot be found or read, the runs are of several scenarios, or a file cannot be written.
pub fn status_page(
    out_folder: &Path,
    wanted: &[String],
    all: bool,
    to: &Path,
    out: &mut dyn Write,
) -> Result<Exit, CommandError> {
    let found = wanted.iter().map(|run| runs::find(out_folder, run)).collect::<Result<Vec<_>, _>>()?;
    let mut folders = found;
    if let (true, Some(first)) = (all, folders.first()) {
        let scenario = Manifest::read(first)?.scenario;
        let is_of_it =
            |folder: &PathBuf| Manifest::read(folder).is_ok_and(|other| other.scenario == scenario);
        folders = runs::list(out_folder).into_iter().filter(is_of_it).collect();
    }
    // Sorted by start; a run that is named twice counts once.
    let start =
        |folder: &PathBuf| Manifest::read(folder).map_or_else(|_| String::new(), |run| run.started_at);
    folders.sort_by_cached_key(|folder| (start(folder), folder.clone()));
    folders.dedup();
    let written = write_status_page(&folders, to, all)?;
    if written.files.is_empty() {
        return Err(CommandError::Usage {
            what: format!("the runs are of several scenarios: {}", written.scenarios.join(", ")),
            hint: "name runs of one scenario, and give each scenario a folder of its own".to_owned(),
        });
    }
    for file in written.files {
        writeln!(out, "{}", file.display()).map_err(CommandError::Output)?;
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
