//! The command line of `test`.

use clap::Args;

use crate::commands::CommandError;
use crate::commands::test_cell::TestOptions;

use super::curl;
use super::formats::PlainFormat;
use super::help::DURATIONS;
use super::request_args::RequestArguments;

const LOAD: &str = "Load";

const SHORT_EXAMPLES: &str = "\
Examples:
  baseline test health normal_load:5 --duration 2s
  baseline test http://127.0.0.1:8787/api/health heavy_load:10 --requests 500
  baseline test --curl 'curl https://api.example/items -H \"accept: text/html\"' normal_load:5";

const EXAMPLES: &str = "\
Examples:
  One endpoint of a scenario, with 5 concurrent users for 10 seconds:
    baseline test health normal_load:5 --scenario my-service.toml

  A URL, with a fixed number of requests:
    baseline test http://127.0.0.1:8787/api/health heavy_load:10 --requests 500

  An open loop at 300 requests/s:
    baseline test http://127.0.0.1:8787/api/health heavy_load:10 --rate 300

  A request with headers and data, as curl takes them:
    baseline test https://api.example/items normal_load:5 -H 'x-team: blue' --json '{{\"name\": \"a\"}}'

  A command that a browser copied (\"Copy as cURL\"):
    baseline test --curl 'curl https://api.example/items --compressed' normal_load:5

The options for requests and connections also change the endpoint of a scenario: headers are added to its own, data \
replaces its body, and everything else replaces what the scenario says. Values of headers, data and passwords are never \
printed. Redirects are not followed.

Interrupted with Ctrl-C, it prints what it has measured so far, and exits with 3.

Exits with 1 if the endpoint's SLO (`slo` in the scenario) is violated, and with 3 if there are too few requests to tell. \
Without an SLO for the error rate, any failed request is a violation.

";

/// Measure one endpoint at one load level now.
#[derive(Debug, Args)]
#[command(
    override_usage = "baseline test [OPTIONS] <TARGET> <LEVEL>\n       baseline test [OPTIONS] --curl <COMMAND> <LEVEL>",
    after_help = SHORT_EXAMPLES,
    after_long_help = format!("{EXAMPLES}{DURATIONS}")
)]
pub(super) struct TestArguments {
    /// Endpoint of the scenario, or a URL; for a URL, all other hosts are blocked
    #[arg(required_unless_present = "curl")]
    pub(super) target: Option<String>,
    /// Level of the scenario, or NAME:USERS such as `normal_load:5` (1 to 10000 users)
    #[arg(required_unless_present = "curl")]
    pub(super) level: Option<String>,
    /// Take URL and request from a curl command, such as a browser copies it
    #[arg(long, value_name = "COMMAND", allow_hyphen_values = true)]
    pub(super) curl: Option<String>,

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

    /// Longest time for one request [default: 10s, or the scenario's]
    #[arg(long, value_name = "DURATION", help_heading = LOAD)]
    pub(super) timeout: Option<String>,

    #[command(flatten)]
    pub(super) request: RequestArguments,

    #[command(flatten, next_help_heading = "Output")]
    pub(super) format: PlainFormat,
}

impl TestArguments {
    /// The options of the command.
    /// # Errors
    /// [`CommandError::Usage`] where a pasted command cannot be read, or comes with a target of its own.
    pub(super) fn options(self) -> Result<TestOptions, CommandError> {
        let mut request = self.request.options(self.timeout);
        let mut notices = Vec::new();
        let (target, level) = match (self.curl, self.target, self.level) {
            (Some(command), Some(level), None) => {
                let pasted = curl::parse(&command)?;
                notices = pasted.notices;
                request = request.over(pasted.request);
                (pasted.url, level)
            }
            (None, Some(target), Some(level)) => (target, level),
            (Some(_), Some(_), Some(_)) => {
                return Err(CommandError::Usage {
                    what: "--curl contains the target already".to_owned(),
                    hint: "give only a level: baseline test --curl 'curl …' normal_load:5".to_owned(),
                });
            }
            _ => {
                return Err(CommandError::Usage {
                    what: "there is no load level".to_owned(),
                    hint: "write a level and its users, such as normal_load:5".to_owned(),
                });
            }
        };
        Ok(TestOptions {
            target,
            level,
            scenario: self.scenario,
            duration: self.duration,
            requests: self.requests,
            rate: self.rate,
            warm_up: self.warm_up,
            ignore_rate_limits: self.ignore_rate_limits,
            seed: self.seed,
            request,
            notices,
        })
    }
}
