//! `baseline list`: the runs in a folder, latest last.

use std::io::Write;
use std::path::Path;

use crate::report::console::list::Listing;

use super::{CommandError, Exit, Format};

/// What a list is printed on.
#[derive(Debug, Clone, Copy)]
pub struct Paper {
    /// Columns of a row.
    pub columns: usize,
    /// Whether run IDs stay whole although a row gets wider then.
    pub keeps_ids: bool,
}

/// Runs `list`. An empty folder is not an error.
/// # Errors
/// [`CommandError::Output`] where the result cannot be written.
pub fn list(
    out_folder: &Path,
    format: Format,
    paper: Paper,
    out: &mut dyn Write,
) -> Result<Exit, CommandError> {
    let listing = Listing::read(out_folder);
    let text = match format {
        Format::Json => listing.json(),
        _ => listing.text(out_folder, paper.columns, paper.keeps_ids),
    };
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}
