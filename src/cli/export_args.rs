//! Options of `start` that show a run while it is measured, or hand on what happens in it.

use clap::Args;

use crate::commands::CommandError;
use crate::commands::exporters::ExportOptions;

use super::log_args::LogArguments;

/// What is shown and handed on while a run is measured.
#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    #[command(flatten)]
    log: LogArguments,
}

impl ExportArguments {
    /// The options, checked.
    pub(super) fn options(&self) -> Result<ExportOptions, CommandError> {
        let Self { log } = self;
        Ok(ExportOptions { log: log.open()? })
    }
}
