//! The command line of `gate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::folders::{BaselinesFolder, OutFolder};
use super::formats::GateFormat;
use super::help::RUN_FAULT;
use super::trace_args::TraceparentArgument;

const AGAINST: &str = "Compare with a baseline (--against)";
const INTERLEAVED: &str = "Compare two servers (--ab)";
const SAME: &str = "Measure the false-positive rate (--aa)";
const LOAD: &str = "Load";
const DEMO: &str = "Demo and rehearsal";
const THRESHOLDS: &str = "Thresholds";
const OUTPUT: &str = "Output";

/// Check a change for performance regressions, with an exit code for CI.
///
/// Choose one comparison. `--ab` measures two builds side by side and suits shared CI runners. `--against` compares
/// runs with a stored baseline and suits a dedicated machine. `--aa` compares the same code with itself and measures
/// how often the gate fails by mistake.
///
/// A cell is one endpoint at one load level. A suspected regression is measured again before the gate fails. The
/// SLOs of the scenario (`slo`) are checked as well, independently of the comparison.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[command(override_usage = "\
baseline gate [OPTIONS] <--against <NAME>|--aa> [RUN]...
       baseline gate [OPTIONS] --ab <URL_A> <URL_B>")]
#[command(group = clap::ArgGroup::new("question").required(true).multiple(true).args(["against", "ab", "aa", "schema"]))]
pub(super) struct GateArguments {
    /// Recorded runs to judge, instead of measuring new ones.
    ///
    /// Each is a run ID or unique prefix, a path, or `latest`. With --against, these are runs of the candidate. If there are at least twice as many as --runs, the first
    /// --runs of them are judged and the others confirm the result; otherwise the result is marked unconfirmed. With
    /// --aa, all are runs of the same code.
    #[arg(value_name = "RUN", conflicts_with = "ab")]
    pub(super) runs: Vec<String>,

    /// Compare the candidate with this baseline: name or file.
    ///
    /// Without RUN, the gate measures the candidate itself: as many runs as --runs asks for, and as many again to
    /// confirm a suspected regression. The baseline should contain five runs or more.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["ab", "aa"], help_heading = AGAINST)]
    pub(super) against: Option<String>,
    /// Number of runs to measure or judge [default: 3, with --aa: 8].
    ///
    /// With --against, 3 are the minimum to accept a change and 2 the minimum to fail it. With --aa, 8 are the
    /// minimum. Range: 1 to 1000.
    #[arg(
        long = "runs",
        value_name = "K",
        value_parser = clap::value_parser!(u32).range(1..=1000),
        conflicts_with = "ab",
        help_heading = AGAINST
    )]
    pub(super) repetitions: Option<u32>,

    /// Compare two servers, interleaved: URL_A is before, URL_B is after.
    ///
    /// One process measures both in alternation, so machine noise affects both equally. All other hosts are blocked.
    #[arg(long, num_args = 2, value_names = ["URL_A", "URL_B"], help_heading = INTERLEAVED)]
    pub(super) ab: Option<Vec<String>>,
    /// Shell command that starts the server at URL_A.
    ///
    /// The server is started before and stopped after the measurement. Its output goes to `server-a.log` in the run's
    /// folder. The measurement begins when the server responds as the first endpoint of the scenario expects.
    #[arg(
        long,
        value_name = "CMD",
        requires = "ab",
        conflicts_with = "against",
        help_heading = INTERLEAVED
    )]
    pub(super) start_a: Option<String>,
    /// Shell command that starts the server at URL_B.
    ///
    /// As --start-a, with its output in `server-b.log`.
    #[arg(
        long,
        value_name = "CMD",
        requires = "ab",
        conflicts_with = "against",
        help_heading = INTERLEAVED
    )]
    pub(super) start_b: Option<String>,
    /// How long to wait for a started server to respond
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "1m",
        help_heading = INTERLEAVED,
        hide_short_help = true
    )]
    pub(super) ready: String,
    /// Number of rounds; as many again to confirm a suspected regression (5 to 1000)
    #[arg(
        long,
        value_name = "K",
        default_value_t = 5,
        value_parser = clap::value_parser!(u32).range(5..=1000),
        conflicts_with = "against",
        help_heading = INTERLEAVED,
        hide_short_help = true
    )]
    pub(super) rounds: u32,
    /// Windows per cell and server in each round (1 to 10000)
    #[arg(
        long,
        value_name = "N",
        default_value_t = 4,
        value_parser = clap::value_parser!(u32).range(1..=10_000),
        conflicts_with = "against",
        help_heading = INTERLEAVED,
        hide_short_help = true
    )]
    pub(super) windows: u32,

    /// Run the gate on identical code to count its false alarms.
    ///
    /// Alone, it takes 8 or more runs of the same code, recorded (RUN) or measured now, and splits them into baseline
    /// and candidate in every way that keeps their order. With --ab, both servers must run the same code, and the
    /// result counts as one gate. The rate is stored in the --baselines folder for this machine and scenario, and is
    /// printed with later verdicts.
    #[arg(long, help_heading = SAME)]
    pub(super) aa: bool,

    /// Scenario file or name [default: the baseline's; with --ab: pitchey].
    ///
    /// With --aa, the default is `demo` if --demo or --rehearse is given.
    #[arg(long, value_name = "FILE", help_heading = LOAD)]
    pub(super) scenario: Option<String>,
    /// Load percentages to measure one after the other, such as 10,50,100.
    ///
    /// Stops at the first one that is not accepted. With --against, each percentage other than 100 has its own
    /// baseline, such as NAME-10. Unit: percent of the planned load. Range: 1 to 1000.
    #[arg(
        long,
        value_name = "PERCENT,...",
        value_delimiter = ',',
        value_parser = clap::value_parser!(u32).range(1..=1000),
        conflicts_with_all = ["runs", "aa"],
        help_heading = LOAD,
        hide_short_help = true
    )]
    pub(super) stages: Vec<u32>,
    /// Length of each run [default: from the scenario]; not with --ab
    #[arg(long, value_name = "DURATION", conflicts_with = "ab", help_heading = LOAD)]
    pub(super) duration: Option<String>,
    /// Interval between cycle starts [default: from the scenario; with --ab: as short as possible]
    #[arg(long, value_name = "DURATION", help_heading = LOAD, hide_short_help = true)]
    pub(super) cycle: Option<String>,
    /// Measured time per cell [default: from the scenario]
    #[arg(long, value_name = "DURATION", help_heading = LOAD, hide_short_help = true)]
    pub(super) window: Option<String>,
    /// Unmeasured load before each window [default: from the scenario]
    #[arg(long, value_name = "DURATION", help_heading = LOAD, hide_short_help = true)]
    pub(super) warm_up: Option<String>,
    /// Send a `traceparent` header (W3C Trace Context) with each request [default: from the scenario, or sampled].
    ///
    /// The slowest requests of each window are then reported with their trace IDs.
    #[arg(long, value_name = "WORD", help_heading = LOAD, hide_short_help = true)]
    pub(super) traceparent: Option<TraceparentArgument>,
    /// Ignore the scenario's rate limits, if the target exempts this client
    #[arg(long, help_heading = LOAD, hide_short_help = true)]
    pub(super) ignore_rate_limits: bool,
    /// Also run journeys with `opt_in = "writes"`, which change data on the target
    #[arg(long, help_heading = LOAD, hide_short_help = true)]
    pub(super) writes: bool,
    /// Seed for every random choice; each further run adds 1
    #[arg(long, value_name = "N", default_value_t = 1001, help_heading = LOAD, hide_short_help = true)]
    pub(super) seed: u64,

    /// Measure the built-in demo server; not with --ab
    #[arg(long, conflicts_with = "ab", help_heading = DEMO, hide_short_help = true)]
    pub(super) demo: bool,
    /// Simulate the runs on a virtual clock, no requests sent; not with --ab
    #[arg(long, conflicts_with = "ab", help_heading = DEMO, hide_short_help = true)]
    pub(super) rehearse: bool,
    /// Inject a fault into the demo server or the rehearsal; repeatable
    #[arg(
        long = "fault",
        value_name = "SPEC",
        long_help = RUN_FAULT,
        conflicts_with = "ab",
        help_heading = DEMO,
        hide_short_help = true
    )]
    pub(super) faults: Vec<String>,

    /// Minimum change of throughput, mean or p50 to fail on.
    ///
    /// Unit: percent. Range: 0 to 1000.
    #[arg(
        long,
        value_name = "PERCENT",
        default_value = "5",
        value_parser = percent,
        help_heading = THRESHOLDS
    )]
    pub(super) floor: f64,
    /// Minimum change of p95 or p99 to fail on.
    ///
    /// Unit: percent. Range: 0 to 1000.
    #[arg(
        long,
        value_name = "PERCENT",
        default_value = "10",
        value_parser = percent,
        help_heading = THRESHOLDS
    )]
    pub(super) tail_floor: f64,
    /// Minimum rise of the error or rate-limited (429) ratio to fail on.
    ///
    /// Unit: percentage points. Range: 0 to 1000.
    #[arg(
        long,
        value_name = "POINTS",
        default_value = "0.5",
        value_parser = percent,
        help_heading = THRESHOLDS,
        hide_short_help = true
    )]
    pub(super) error_floor: f64,
    /// Largest system-wide shift between runs that does not fail the gate; not with --ab.
    ///
    /// A shift of all cells together that exceeds the floor but not this limit is inconclusive, because the machine may
    /// have caused it. Unit: percent. Range: 0 to 1000.
    #[arg(
        long,
        value_name = "PERCENT",
        default_value = "10",
        value_parser = percent,
        conflicts_with = "ab",
        help_heading = THRESHOLDS,
        hide_short_help = true
    )]
    pub(super) drift: f64,
    /// If inconclusive, exit with 0 (pass) or 1 (fail) [default: exit 3]
    #[arg(
        long,
        value_enum,
        value_name = "RESULT",
        hide_possible_values = true,
        help_heading = THRESHOLDS
    )]
    pub(super) inconclusive: Option<InconclusiveArgument>,

    /// Also write the verdict as JSON
    #[arg(long, value_name = "FILE", help_heading = OUTPUT, hide_short_help = true)]
    pub(super) json: Option<PathBuf>,
    /// Also write the verdict as Markdown for a pull request, at most 65,000 bytes
    #[arg(long, value_name = "FILE", help_heading = OUTPUT, hide_short_help = true)]
    pub(super) markdown: Option<PathBuf>,
    /// Also write the verdict as JUnit XML, one test case per value
    #[arg(long, value_name = "FILE", help_heading = OUTPUT, hide_short_help = true)]
    pub(super) junit: Option<PathBuf>,
    /// Also write the candidate's values for the metrics report of GitLab
    #[arg(long, value_name = "FILE", help_heading = OUTPUT, hide_short_help = true)]
    pub(super) gitlab_metrics: Option<PathBuf>,
    /// List every value with the rule that was applied, not only what changed
    #[arg(long, help_heading = OUTPUT, hide_short_help = true)]
    pub(super) all: bool,
    /// Also print GitHub annotations and append the verdict to the step summary
    #[arg(long, help_heading = OUTPUT)]
    pub(super) github: bool,
    /// Print the JSON Schema of the `--format json` output instead
    #[arg(
        long,
        conflicts_with_all = ["runs", "against", "ab", "aa"],
        help_heading = OUTPUT,
        hide_short_help = true
    )]
    pub(super) schema: bool,
    #[command(flatten, next_help_heading = OUTPUT)]
    pub(super) format: GateFormat,
    #[command(flatten, next_help_heading = OUTPUT)]
    pub(super) folder: OutFolder,
    #[command(flatten, next_help_heading = OUTPUT)]
    pub(super) baselines: BaselinesFolder,
}

/// Reads a percentage, with or without its sign, as a ratio.
fn percent(text: &str) -> Result<f64, String> {
    let percent: f64 = text.trim_end_matches('%').trim().parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1000.0).contains(&percent) {
        Ok(percent / 100.0)
    } else {
        Err("not between 0 and 1000".to_owned())
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum InconclusiveArgument {
    /// Exit code 0
    Pass,
    /// Exit code 1
    Fail,
}
