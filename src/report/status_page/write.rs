//! Writes a status page into a folder that a web server may serve meanwhile.

use std::path::{Path, PathBuf};

use crate::report::error::ReportError;
use crate::store::write_drawing;

use super::history::History;
use super::html::html;
use super::page::StatusPage;
use super::summary::summary;

/// The page.
pub const INDEX: &str = "index.html";
/// The same for programs.
pub const SUMMARY: &str = "summary.json";

/// What was written.
#[derive(Debug, Clone)]
pub struct Written {
    /// Paths of the files.
    pub files: Vec<PathBuf>,
    /// The scenarios of the runs, sorted, each once; more than one where nothing was written.
    pub scenarios: Vec<String>,
}

/// Writes the status page of these runs, in the order of their starts. Each file is replaced at once; others stay.
///
/// `is_lenient`: runs that cannot be read are named on the page and left out, as long as one can be read. Runs of several
/// scenarios are not one service: nothing is written then.
/// # Errors
/// [`ReportError`] where a run cannot be read, or a file not be written.
pub fn write(folders: &[PathBuf], to: &Path, is_lenient: bool) -> Result<Written, ReportError> {
    let mut histories = Vec::new();
    let mut warnings = Vec::new();
    let mut first_error = None;
    for folder in folders {
        match History::read(folder) {
            Ok(history) => histories.push(history),
            Err(error) if is_lenient => {
                let name = folder.file_name().unwrap_or_default().to_string_lossy();
                warnings.push(format!("{name} cannot be read and is left out: {error}"));
                first_error.get_or_insert(error);
            }
            Err(error) => return Err(error.into()),
        }
    }
    if let (true, Some(error)) = (histories.is_empty(), first_error) {
        return Err(error.into());
    }
    let mut scenarios: Vec<String> = histories.iter().map(|history| history.scenario.clone()).collect();
    scenarios.sort();
    scenarios.dedup();
    if scenarios.len() > 1 {
        return Ok(Written { files: Vec::new(), scenarios });
    }
    let page = StatusPage::of(histories, warnings);
    let mut files = Vec::new();
    for (name, text) in [(SUMMARY, summary(&page)), (INDEX, html(&page))] {
        let path = to.join(name);
        write_drawing(&path, text.as_bytes())?;
        files.push(path);
    }
    files.reverse();
    Ok(Written { files, scenarios })
}
