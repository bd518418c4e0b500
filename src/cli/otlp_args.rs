//! Options of `start` for a receiver of OpenTelemetry.

use clap::Args;

use crate::commands::CommandError;
use crate::commands::exporters::unusable_otlp;
use crate::observe::otlp::{ATTRIBUTES, HEADERS, HISTOGRAMS, Settings, header_lines};
use crate::observe::remote_write::{Credentials, Receiver};

/// The receiver of OpenTelemetry.
#[derive(Debug, Args)]
pub(super) struct OtlpArguments {
    /// Send metrics and slow requests to an OpenTelemetry receiver
    ///
    /// The protocol is OTLP/HTTP with protobuf. `/v1/metrics` and `/v1/traces` are added to the URL, such as
    /// `http://127.0.0.1:4318`. Headers with secrets come from the environment variable `OTEL_EXPORTER_OTLP_HEADERS`.
    /// docs/opentelemetry.md lists what is sent.
    #[arg(long, value_name = "URL", conflicts_with = "dry_run", hide_short_help = true)]
    otlp: Option<String>,
    /// Send a header to the OpenTelemetry receiver, such as 'X-Scope-OrgID: team'; repeatable
    #[arg(long = "otlp-header", value_name = "HEADER", requires = "otlp", hide_short_help = true)]
    otlp_headers: Vec<String>,
}

impl OtlpArguments {
    /// The receiver of OTLP, with what the environment says about it.
    pub(super) fn receiver(&self) -> Result<Option<(Receiver, Settings)>, CommandError> {
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
        let receiver = Receiver::new(url, &Credentials { headers, token: None })
            .map_err(|error| unusable_otlp(&error))?;
        let settings = Settings::of(text(ATTRIBUTES).as_deref(), text(HISTOGRAMS).as_deref());
        Ok(Some((receiver, settings)))
    }
}
