//! The command line of `check`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::commands::CommandError;
use crate::commands::check::CheckOptions;
use crate::commands::test_cell::RequestOptions;
use crate::domain::finding::Priority;
use crate::domain::units::parse_span;
use crate::report::check::CheckFormat;

use super::request_args::ConnectionArguments;

const VERDICT: &str = "Verdict";
const OUTPUT: &str = "Output";
const LIMITS: &str = "Rate limits";

/// Check the health of every service once, and report what to fix.
///
/// Times each phase of a connection, and looks at certificates, security headers, CORS, WebSocket connections, logins
/// and what responses say. Sends a few dozen requests, within the documented rate limits, and changes nothing.
#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// Scenario file or name, or a URL [default: pitchey]
    pub(super) target: Option<String>,
    /// Check only this service of the scenario; repeatable
    #[arg(long = "service", value_name = "NAME")]
    pub(super) services: Vec<String>,
    /// Requests on new connections to each endpoint [default: 10, or the scenario's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) samples: Option<u32>,
    /// Send this header with each request to a URL; repeatable
    #[arg(short = 'H', long, value_name = "LINE", allow_hyphen_values = true)]
    pub(super) header: Vec<String>,
    /// Basic authentication, for a URL
    #[arg(short, long, value_name = "NAME:PASSWORD", allow_hyphen_values = true, hide_short_help = true)]
    pub(super) user: Option<String>,

    /// Verify the documented rate limits: sends one request more than each allows
    #[arg(long, help_heading = LIMITS)]
    pub(super) rate_limits: bool,
    /// Longest time to spend on one rate limit, with waiting until requests are allowed again
    #[arg(long, value_name = "DURATION", default_value = "16m", requires = "rate_limits", help_heading = LIMITS)]
    pub(super) max_wait: String,

    /// Exit with 1 for findings of this priority or above [default: high, or the scenario's]
    #[arg(long, value_enum, value_name = "PRIORITY", help_heading = VERDICT)]
    pub(super) fail_on: Option<PriorityArgument>,
    /// Exit with 3 if any part could not be checked
    #[arg(long, help_heading = VERDICT)]
    pub(super) strict: bool,
    /// Report only what changed since an earlier check: its JSON, or a folder of --out
    #[arg(long, value_name = "PATH", help_heading = VERDICT)]
    pub(super) against: Option<PathBuf>,

    /// Output format
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = FormatArgument::Text, help_heading = OUTPUT)]
    pub(super) format: FormatArgument,
    /// Also write the report to this folder, as Markdown, HTML, JUnit XML and JSON, with the time in the names
    #[arg(long, value_name = "DIR", help_heading = OUTPUT)]
    pub(super) out: Option<PathBuf>,
    /// Print the JSON Schema of `--format json`
    #[arg(long, exclusive = true, help_heading = OUTPUT, hide_short_help = true)]
    pub(super) schema: bool,

    #[command(flatten)]
    pub(super) connection: ConnectionArguments,
}

/// How urgent a finding is.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum PriorityArgument {
    /// Down, or open to an attack
    Critical,
    /// To be done soon
    High,
    /// To be planned
    Medium,
    /// Worth knowing
    Low,
}

/// The formats of a health check.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum FormatArgument {
    /// For people
    Text,
    /// For programs
    Json,
    /// For tickets and wikis
    Markdown,
    /// For browsers, in one file
    Html,
    /// For CI
    Junit,
    /// For Prometheus, in the names of blackbox exporter
    Prometheus,
}

impl FormatArgument {
    /// The format that was chosen.
    pub(super) fn chosen(self) -> CheckFormat {
        match self {
            Self::Text => CheckFormat::Text,
            Self::Json => CheckFormat::Json,
            Self::Markdown => CheckFormat::Markdown,
            Self::Html => CheckFormat::Html,
            Self::Junit => CheckFormat::Junit,
            Self::Prometheus => CheckFormat::Prometheus,
        }
    }
}

impl CheckArguments {
    /// The options of the command.
    /// # Errors
    /// [`CommandError::Usage`] where the longest wait is no duration.
    pub(super) fn options(self) -> Result<CheckOptions, CommandError> {
        let max_wait: Duration = parse_span(&self.max_wait).map_err(|error| CommandError::Usage {
            what: format!("--max-wait: {error}"),
            hint: "give a duration with its unit, such as 20m".to_owned(),
        })?;
        Ok(CheckOptions {
            target: self.target,
            services: self.services,
            samples: self.samples,
            against: self.against,
            fail_on: self.fail_on.map(|priority| match priority {
                PriorityArgument::Critical => Priority::Critical,
                PriorityArgument::High => Priority::High,
                PriorityArgument::Medium => Priority::Medium,
                PriorityArgument::Low => Priority::Low,
            }),
            strict: self.strict,
            rate_limits: self.rate_limits.then_some(max_wait),
            out: self.out,
            request: self.connection.options(RequestOptions {
                headers: self.header,
                user: self.user,
                ..RequestOptions::default()
            }),
        })
    }
}
