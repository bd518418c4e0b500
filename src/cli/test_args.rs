//! The command line of `test`.

use clap::Args;

use crate::commands::CommandError;
use crate::commands::test_cell::TestOptions;

use super::curl;
use super::formats::PlainFormat;
use super::request_args::RequestArguments;
use super::trace_args::TraceparentArgument;

const LOAD: &str = "Load";
/// The load where none is given.
const ONE_USER: &str = "1";

/// Measure one endpoint or journey at one load level now.
#[derive(Debug, Args)]
#[command(
    override_usage = "baseline test [OPTIONS] <TARGET> [LEVEL]\n       baseline test [OPTIONS] --curl <COMMAND> [LEVEL]"
)]
pub(super) struct TestArguments {
    /// Endpoint or journey of the scenario, URL, or HOST/PATH such as `api.example/health`.
    ///
    /// For a URL, all other hosts are blocked. Without a scheme it is http:// on loopback and on port 80, and otherwise
    /// https://.
    #[arg(required_unless_present = "curl")]
    pub(super) target: Option<String>,
    /// Number of users (1 to 10000), level of the scenario, or NAME:USERS [default: 1].
    ///
    /// A level of the scenario, such as `normal_load`, has the users that the scenario gives it. `normal_load:5` is 5
    /// users under that name.
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
    /// Send a `traceparent` header (W3C Trace Context) with each request [default: from the scenario, or sampled].
    ///
    /// The slowest requests of each window are then reported with their trace IDs.
    #[arg(long, value_name = "WORD", help_heading = LOAD, hide_short_help = true)]
    pub(super) traceparent: Option<TraceparentArgument>,
    /// Ignore the scenario's rate limits, if the target exempts this client
    #[arg(long, help_heading = LOAD)]
    pub(super) ignore_rate_limits: bool,
    /// Also run journeys with `opt_in = "writes"`, which change data on the target
    #[arg(long, help_heading = LOAD, hide_short_help = true)]
    pub(super) writes: bool,
    /// Play a journey once and show every request and response.
    ///
    /// Secrets are masked, and nothing is measured: this is the way to see what a journey sends, what it captures, and
    /// where it stops.
    #[arg(long, conflicts_with_all = ["requests", "rate"], help_heading = LOAD)]
    pub(super) once: bool,
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
            (Some(command), level, None) => {
                let pasted = curl::parse(&command)?;
                notices = pasted.notices;
                request = request.over(pasted.request);
                (pasted.url, level)
            }
            (None, Some(target), level) => (target, level),
            _ => {
                return Err(CommandError::Usage {
                    what: "--curl contains the target already".to_owned(),
                    hint: "give only a number of users: baseline test --curl 'curl …' 5".to_owned(),
                });
            }
        };
        let level = level.unwrap_or_else(|| ONE_USER.to_owned());
        Ok(TestOptions {
            target,
            level,
            scenario: self.scenario,
            duration: self.duration,
            requests: self.requests,
            rate: self.rate,
            warm_up: self.warm_up,
            traceparent: self.traceparent.map(Into::into),
            ignore_rate_limits: self.ignore_rate_limits,
            writes: self.writes,
            once: self.once,
            seed: self.seed,
            request,
            notices,
        })
    }
}
