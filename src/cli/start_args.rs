//! The command line of `start`.

use clap::Args;

use crate::run::options::DEFAULT_SEED;

use super::export_args::ExportArguments;
use super::folders::{BaselinesFolder, OutFolder};
use super::formats::PlainFormat;
use super::help::RUN_FAULT;
use super::trace_args::TraceparentArgument;

const CONTROL: &str = "Preview, resume, run in the background";
const LOAD: &str = "Load and schedule";
const BASELINE: &str = "Compare with a baseline";
const WATCH: &str = "Watch and export";
const DEMO: &str = "Demo and rehearsal";

/// Run a scenario: measure every endpoint at every load level, then write a report.
///
/// A cell is one endpoint at one load level. A cycle measures every cell once, for one window each, and cycles repeat
/// until the run ends. Each window is saved before the next one starts, so a run that crashes, is killed or loses its
/// machine can be resumed.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct StartArguments {
    /// Scenario file, or a name from `baseline scenario list`
    #[arg(required_unless_present_any = ["demo", "resume"], conflicts_with = "resume")]
    pub(super) scenario: Option<String>,

    /// Print the plan and check it against the rate limits; send nothing
    #[arg(long, conflicts_with_all = ["resume", "detach"], help_heading = CONTROL)]
    pub(super) dry_run: bool,
    /// Start even if the target does not work.
    ///
    /// A run of a real target that is planned for more than a minute first sends one GET, HEAD or OPTIONS request per
    /// endpoint, within the rate limits. If none gets the expected response, it ends with exit code 1 and no run is
    /// created.
    #[arg(long, conflicts_with = "resume", help_heading = CONTROL, hide_short_help = true)]
    pub(super) no_preflight: bool,
    /// Run in the background and print the run's folder.
    ///
    /// Progress, incidents and warnings go to `detached.log` in that folder. `baseline status` shows the progress, `baseline stop`
    /// stops the run.
    #[arg(long, conflicts_with = "format", help_heading = CONTROL)]
    pub(super) detach: bool,
    /// Resume a run: run ID or unique prefix, path, or `latest`.
    ///
    /// Continues a stopped or killed run to its planned end and records the gap. After the planned end, only the
    /// report is written.
    #[arg(long, value_name = "RUN", help_heading = CONTROL)]
    pub(super) resume: Option<String>,
    /// Resume the scenario's last run in --out if it is unfinished, otherwise start a new one.
    ///
    /// For service managers: a run is unfinished if it was killed, has failed or has no report, or if it was stopped and
    /// its planned end has not passed. A run that is resumed keeps its own plan; other options of the load are ignored.
    #[arg(long, conflicts_with_all = ["resume", "dry_run", "rehearse"], help_heading = CONTROL, hide_short_help = true)]
    pub(super) resume_unfinished: bool,
    /// With --resume: continue although windows that the run had committed are gone
    #[arg(long, requires = "resume", help_heading = CONTROL, hide_short_help = true)]
    pub(super) accept_loss: bool,

    /// Length of the run, such as 48h [default: from the scenario]
    #[arg(long, value_name = "DURATION", conflicts_with = "resume", help_heading = LOAD)]
    pub(super) duration: Option<String>,
    /// Interval between cycle starts, such as 5m [default: from the scenario]
    #[arg(long, value_name = "DURATION", conflicts_with = "resume", help_heading = LOAD)]
    pub(super) cycle: Option<String>,
    /// Measured time per cell, such as 10s [default: from the scenario]
    #[arg(long, value_name = "DURATION", conflicts_with = "resume", help_heading = LOAD)]
    pub(super) window: Option<String>,
    /// Unmeasured load before each window [default: from the scenario]
    #[arg(long, value_name = "DURATION", conflicts_with = "resume", help_heading = LOAD, hide_short_help = true)]
    pub(super) warm_up: Option<String>,
    /// Scale the load to this percentage of the scenario's.
    ///
    /// Applies to the users of every level (rounded down, at least 1) and to every open-loop rate. Unit: percent.
    /// Range: 1 to 1000. Default: 100.
    #[arg(
        long = "load-percent",
        alias = "share",
        value_name = "PERCENT",
        value_parser = clap::value_parser!(u32).range(1..=1000),
        conflicts_with = "resume",
        help_heading = LOAD,
        hide_short_help = true
    )]
    pub(super) load_percent: Option<u32>,
    /// Send a `traceparent` header (W3C Trace Context) with each request [default: from the scenario, or sampled].
    ///
    /// The slowest requests of each window are then reported with their trace IDs.
    #[arg(long, value_name = "WORD", conflicts_with = "resume", help_heading = LOAD, hide_short_help = true)]
    pub(super) traceparent: Option<TraceparentArgument>,
    /// Ignore the scenario's rate limits.
    ///
    /// Use it only if the target exempts this client from its limits.
    #[arg(long, conflicts_with = "resume", help_heading = LOAD, hide_short_help = true)]
    pub(super) ignore_rate_limits: bool,
    /// Also run journeys with `opt_in = "writes"`, which change data on the target
    #[arg(long, conflicts_with = "resume", help_heading = LOAD, hide_short_help = true)]
    pub(super) writes: bool,
    /// Seed for every random choice, such as the order of the cells within a cycle
    #[arg(
        long,
        value_name = "N",
        default_value_t = DEFAULT_SEED,
        conflicts_with = "resume",
        help_heading = LOAD,
        hide_short_help = true
    )]
    pub(super) seed: u64,

    /// Judge the run against this baseline [default: learn from its first windows].
    ///
    /// NAME is a baseline of the same scenario, saved with `baseline promote RUN... --as NAME`. It applies to every
    /// window from the first one on.
    #[arg(long, value_name = "NAME", conflicts_with = "resume", help_heading = BASELINE)]
    pub(super) baseline: Option<String>,
    #[command(flatten, next_help_heading = BASELINE)]
    pub(super) baselines: BaselinesFolder,

    /// Measure the built-in demo server on a free loopback port.
    ///
    /// Without SCENARIO, runs the `demo` scenario for about two minutes. One endpoint is slowed down for part of
    /// the run, so that there is something to detect; `--fault none` turns that off.
    #[arg(long, conflicts_with = "resume", help_heading = DEMO)]
    pub(super) demo: bool,
    /// Simulate the run on a virtual clock: 48 hours in seconds, no requests sent.
    ///
    /// Response times come from the latency model of the demo server. The same seed gives the same files.
    #[arg(long, conflicts_with_all = ["resume", "detach"], help_heading = DEMO)]
    pub(super) rehearse: bool,
    /// With --rehearse: how much service times rise and fall in the course of a day.
    ///
    /// 20 is 20% more six hours after the start and 20% less eighteen hours after it. Unit: percent. Range: 0 to 90.
    /// Default: 10.
    #[arg(
        long,
        value_name = "PERCENT",
        value_parser = clap::value_parser!(u32).range(0..=90),
        requires = "rehearse",
        help_heading = DEMO,
        hide_short_help = true
    )]
    pub(super) daily_swing: Option<u32>,
    /// Inject a fault, such as slow:browse:+20%:60s..90s (see --help); repeatable
    #[arg(
        long = "fault",
        value_name = "SPEC",
        long_help = RUN_FAULT,
        conflicts_with = "resume",
        help_heading = DEMO
    )]
    pub(super) faults: Vec<String>,

    #[command(flatten, next_help_heading = WATCH)]
    pub(super) exports: ExportArguments,

    /// Open the report in the browser when the run has ended
    #[arg(long, conflicts_with_all = ["detach", "dry_run"], help_heading = "Output")]
    pub(super) open: bool,
    #[command(flatten, next_help_heading = "Output")]
    pub(super) format: PlainFormat,
    #[command(flatten, next_help_heading = "Output")]
    pub(super) folder: OutFolder,
}
