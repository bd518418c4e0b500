//! `baseline status`: what a run is doing, or how it ended.

use std::io::Write;
use std::path::Path;

use crate::report::console::status::Status;
use crate::store::runs;

use super::{CommandError, Exit, Format};

/// Runs `status`. `is_rolling` adds statistics of the last 1 to 60 minutes.
/// # Errors
/// [`CommandError`] where the run cannot be found or read.
pub fn status(
    out_folder: &Path,
    run: &str,
    is_rolling: bool,
    format: Format,
    out: &mut dyn Write,
) -> Result<Exit, CommandError> {
    let folder = runs::find(out_folder, run)?;
    let status = Status::read(&folder, is_rolling)?;
    let text = match format {
        Format::Json => status.json(),
        _ => status.text(),
    };
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}
