//! The command line of `gc`.

use std::io::Write;

use clap::Args;

use crate::commands::gc::{GcOptions, gc};
use crate::commands::{CommandError, Exit};
use crate::domain::units::parse_span;

use super::folders::{BaselinesFolder, OutFolder};
use super::formats::PlainFormat;

/// Compress runs that have ended, and remove old ones.
///
/// Compressed runs are read as before, and unpacked when they are resumed. Days of monitors are removed after the time in
/// their scenario (`[monitor] keep`), other runs only with --keep. A run that is measured, that can still be resumed, or that
/// a promoted baseline names is never removed.
#[derive(Debug, Args)]
pub(super) struct GcArguments {
    /// Scenarios, or runs: ID or unique prefix, path, or `latest` [default: all runs]
    #[arg(value_name = "SCENARIO|RUN")]
    wanted: Vec<String>,
    /// Remove runs that ended longer ago than this, such as 90d
    #[arg(long, value_name = "DURATION")]
    keep: Option<String>,
    /// Compress runs that ended longer ago than this
    #[arg(long, value_name = "DURATION", default_value = "1d")]
    compress_after: String,
    /// Change nothing; print what would be compressed and removed
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    format: PlainFormat,
    #[command(flatten)]
    folder: OutFolder,
    #[command(flatten)]
    baselines: BaselinesFolder,
}

impl GcArguments {
    /// Runs `gc`.
    /// # Errors
    /// [`CommandError`] where an option makes no sense, or as [`gc`].
    pub(super) fn run(self, out: &mut dyn Write) -> Result<Exit, CommandError> {
        let span = |option: &str, text: &str| {
            parse_span(text).map_err(|error| CommandError::Usage {
                what: format!("{option}: {error}"),
                hint: "give a duration with its unit, such as 14d".to_owned(),
            })
        };
        let format = self.format.chosen();
        let options = GcOptions {
            wanted: self.wanted,
            keep: self.keep.as_deref().map(|text| span("--keep", text)).transpose()?,
            compress_after: span("--compress-after", &self.compress_after)?,
            is_dry_run: self.dry_run,
            out: self.folder.out,
            baselines: self.baselines.baselines,
        };
        gc(&options, format, out)
    }
}
