//! Options of `start` for a receiver of remote write.

use std::path::PathBuf;

use clap::Args;

use crate::commands::CommandError;
use crate::commands::exporters::unusable;
use crate::observe::remote_write::{Credentials, Receiver};

/// Variable with the bearer token for the receiver.
const TOKEN: &str = "BASELINE_REMOTE_WRITE_TOKEN";

/// The receiver of remote write.
#[derive(Debug, Args)]
pub(super) struct RemoteWriteArguments {
    /// Push metrics to Prometheus or another receiver of remote write
    ///
    /// The URL ends with /api/v1/write for Prometheus, which needs --web.enable-remote-write-receiver. A user and password
    /// in the URL are sent as basic authentication. docs/metrics.md lists the metrics.
    #[arg(long, value_name = "URL", conflicts_with = "dry_run", hide_short_help = true)]
    remote_write: Option<String>,
    /// Send a header to the receiver, such as 'X-Scope-OrgID: team'; repeatable
    #[arg(
        long = "remote-write-header",
        value_name = "HEADER",
        requires = "remote_write",
        hide_short_help = true
    )]
    remote_write_headers: Vec<String>,
    /// Read the bearer token for the receiver from this file
    ///
    /// Default: the environment variable BASELINE_REMOTE_WRITE_TOKEN, if it is set.
    #[arg(long, value_name = "FILE", requires = "remote_write", hide_short_help = true)]
    remote_write_token_file: Option<PathBuf>,
}

impl RemoteWriteArguments {
    /// The receiver, checked; `None` without `--remote-write`.
    pub(super) fn receiver(&self) -> Result<Option<Receiver>, CommandError> {
        let Some(url) = &self.remote_write else { return Ok(None) };
        let credentials = Credentials { headers: self.remote_write_headers.clone(), token: self.token()? };
        Receiver::new(url, &credentials).map(Some).map_err(unusable)
    }

    /// The bearer token for the receiver.
    fn token(&self) -> Result<Option<String>, CommandError> {
        let Some(file) = &self.remote_write_token_file else { return Ok(std::env::var(TOKEN).ok()) };
        let read = std::fs::read_to_string(file);
        let failed =
            |source| CommandError::System { action: "read the file of --remote-write-token-file", source };
        read.map(Some).map_err(failed)
    }
}
