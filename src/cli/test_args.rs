//! The command line of `test`.

use clap::Args;

use super::formats::PlainFormat;
use super::help::DURATIONS;

const LOAD: &str = "Load";

const SHORT_EXAMPLES: &str = "\
Examples:
  baseline test health normal_load:5 --duration 2s
  baseline test http://127.0.0.1:8787/api/health heavy_load:10 --requests 500";

const EXAMPLES: &str = "\
Examples:
  One endpoint of a scenario, with 5 concurrent users for 10 seconds:
    baseline test health normal_load:5 --scenario my-service.toml

  A URL, with a fixed number of requests:
    baseline test http://127.0.0.1:8787/api/health heavy_load:10 --requests 500

  An open loop at 300 requests/s:
    baseline test http://127.0.0.1:8787/api/health heavy_load:10 --rate 300

Exits with 1 if the endpoint's SLO (`slo` in the scenario) is violated, and with 3 if there are too few requests to tell. \
Without an SLO for the error rate, any failed request is a violation.

";

/// Measure one endpoint at one load level now.
#[derive(Debug, Args)]
#[command(after_help = SHORT_EXAMPLES, after_long_help = format!("{EXAMPLES}{DURATIONS}"))]
pub(super) struct TestArguments {
    /// Endpoint of the scenario, or a URL; for a URL, all other hosts are blocked
    pub(super) target: String,
    /// Level of the scenario, or NAME:USERS such as `normal_load:5` (1 to 10000 users)
    pub(super) level: String,

    /// Scenario file or name that defines the endpoint [default: pitchey]
    #[arg(long, value_name = "FILE")]
    pub(super) scenario: Option<String>,

    /// Length of the measurement
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "10s",
        conflicts_with = "requests",
        help_heading = LOAD
    )]
    pub(super) duration: String,
    /// Send N requests (at least 1) instead of --duration; ends after 1h
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = LOAD)]
    pub(super) requests: Option<u64>,
    /// Open loop: send R requests/s, timed from the scheduled start.
    ///
    /// Response times then include the time a request waits because the server or all users are busy. Unit: requests
    /// per second. Range: above 0, up to 1000000. Default: closed loop, where each user waits for a response before
    /// it sends the next request.
    #[arg(long, value_name = "R", help_heading = LOAD)]
    pub(super) rate: Option<f64>,
    /// Unmeasured load before the measurement
    #[arg(long, value_name = "DURATION", default_value = "1s", help_heading = LOAD)]
    pub(super) warm_up: String,
    /// Ignore the scenario's rate limits, if the target exempts this client
    #[arg(long, help_heading = LOAD)]
    pub(super) ignore_rate_limits: bool,
    /// Seed for every random choice
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = LOAD, hide_short_help = true)]
    pub(super) seed: u64,

    #[command(flatten, next_help_heading = "Output")]
    pub(super) format: PlainFormat,
}
