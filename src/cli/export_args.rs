//! Options of `start` that show a run while it is measured, or hand on what happens in it.

use clap::Args;

use crate::commands::CommandError;
use crate::commands::exporters::ExportOptions;

use super::alert_args::AlertArguments;
use super::live_args::LiveArguments;
use super::log_args::LogArguments;
use super::otlp_args::OtlpArguments;
use super::remote_write_args::RemoteWriteArguments;

/// What is shown and handed on while a run is measured.
#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    #[command(flatten)]
    live: LiveArguments,
    #[command(flatten)]
    log: LogArguments,
    #[command(flatten)]
    remote_write: RemoteWriteArguments,
    #[command(flatten)]
    otlp: OtlpArguments,
    #[command(flatten)]
    alerts: AlertArguments,
}

impl ExportArguments {
    /// The options, checked.
    pub(super) fn options(&self) -> Result<ExportOptions, CommandError> {
        Ok(ExportOptions {
            live: self.live.options(),
            log: self.log.open()?,
            remote_write: self.remote_write.receiver()?,
            otlp: self.otlp.receiver()?,
            alerts: self.alerts.options()?,
            is_one_of_many: false,
        })
    }
}
