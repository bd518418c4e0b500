//! Options of `start` that show a run while it is measured, or hand on what happens in it.

use std::path::PathBuf;

use clap::Args;

use crate::commands::CommandError;
use crate::commands::exporters::{ExportOptions, unusable, unusable_otlp};
use crate::observe::otlp::{ATTRIBUTES, HEADERS, HISTOGRAMS, Settings, header_lines};
use crate::observe::remote_write::{Credentials, Receiver};

/// Variable with the bearer token for the receiver.
const TOKEN: &str = "BASELINE_REMOTE_WRITE_TOKEN";

/// What is shown and handed on while a run is measured.
#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    /// Push metrics to Prometheus or another receiver of remote write
    ///
    /// The URL ends with /api/v1/write for Prometheus, which needs --web.enable-remote-write-receiver. A user and password
    /// in the URL are sent as basic authentication. docs/metrics.md lists the metrics.
    #[arg(long, value_name = "URL", conflicts_with = "dry_run")]
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
    /// Send metrics and the slowest requests to an OpenTelemetry receiver (OTLP/HTTP)
    ///
    /// `/v1/metrics` and `/v1/traces` are added to the URL, such as http://127.0.0.1:4318. Headers with secrets come from the
    /// environment variable OTEL_EXPORTER_OTLP_HEADERS. docs/opentelemetry.md lists what is sent.
    #[arg(long, value_name = "URL", conflicts_with = "dry_run")]
    otlp: Option<String>,
    /// Send a header to the OpenTelemetry receiver, such as 'X-Scope-OrgID: team'; repeatable
    #[arg(long = "otlp-header", value_name = "HEADER", requires = "otlp", hide_short_help = true)]
    otlp_headers: Vec<String>,
}

impl ExportArguments {
    /// The options, checked.
    pub(super) fn options(&self) -> Result<ExportOptions, CommandError> {
        let Self { remote_write, .. } = self;
        let receiver = remote_write.as_ref().map(|url| {
            let credentials =
                Credentials { headers: self.remote_write_headers.clone(), token: self.token()? };
            Receiver::new(url, &credentials).map_err(unusable)
        });
        Ok(ExportOptions { remote_write: receiver.transpose()?, otlp: self.otlp()? })
    }

    /// The receiver of OTLP, with what the environment says about it.
    fn otlp(&self) -> Result<Option<(Receiver, Settings)>, CommandError> {
        let Some(url) = &self.otlp else { return Ok(None) };
        let text = |name| std::env::var(name).ok();
        let from_environment = text(HEADERS).map(|text| header_lines(&text)).unwrap_or_default();
        let mut headers = self.otlp_headers.clone();
        for line in from_environment {
            headers.push(line.ok_or_else(|| CommandError::Usage {
                what: format!("{HEADERS} is not of the form name=value,name=value"),
                hint: "values are percent-encoded: a space is %20, a comma %2C".to_owned(),
            })?);
        }
        let receiver = Receiver::new(url, &Credentials { headers, token: None }).map_err(unusable_otlp)?;
        let settings = Settings::of(text(ATTRIBUTES).as_deref(), text(HISTOGRAMS).as_deref());
        Ok(Some((receiver, settings)))
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
