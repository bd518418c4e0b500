//! The command line: every verb, its options, and the help that explains them.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::analysis::series::Scale;
use crate::commands::Format;
use crate::commands::report::Drawing;

use super::gate_args::GateArguments;

const EXIT_CODES: &str = "Exit codes:
  0  done, and everything that was judged is accepted
  1  an expectation failed, or the candidate regressed
  2  error: usage, scenario, environment, input or output
  3  inconclusive: the measurement is invalid or incomplete";

/// Measures how fast a web platform really is, for 48 hours or for one cell, and says when it cannot tell.
#[derive(Debug, Parser)]
#[command(name = "baseline", version, after_help = EXIT_CODES, max_term_width = 110)]
pub(super) struct Arguments {
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t = FormatArgument::Text)]
    pub(super) format: FormatArgument,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum FormatArgument {
    /// For people
    Text,
    /// For programs
    Json,
    /// A row for each row read (`detect`)
    Csv,
    /// For code hosts (`compare`)
    Markdown,
    /// For browsers, one file (`compare`)
    Html,
}

impl From<FormatArgument> for Format {
    fn from(argument: FormatArgument) -> Self {
        match argument {
            FormatArgument::Text => Self::Text,
            FormatArgument::Json => Self::Json,
            FormatArgument::Csv => Self::Csv,
            FormatArgument::Markdown => Self::Markdown,
            FormatArgument::Html => Self::Html,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run a scenario from the first request to the report, or resume a run
    Start(Box<StartArguments>),
    /// Measure one cell now
    Test(TestArguments),
    /// Show what a run is doing, or did before it ended or was killed
    Status {
        /// A run: its id, a unique beginning of it, a path, or `latest`
        #[arg(default_value = "latest")]
        run: String,
        /// Also the last minute, five minutes, quarter of an hour and hour, by endpoint
        #[arg(long)]
        rolling: bool,
        #[command(flatten)]
        folder: OutFolder,
    },
    /// Ask a running run to end
    Stop {
        /// A run: its id, a unique beginning of it, a path, or `latest`
        #[arg(default_value = "latest")]
        run: String,
        #[command(flatten)]
        folder: OutFolder,
    },
    /// List runs, the latest last
    List {
        #[command(flatten)]
        folder: OutFolder,
    },
    /// Draw a run's reports again from what is on disk, also while it goes on
    Report(ReportArguments),
    /// Make accepted runs the baseline that later ones are held against
    Promote(PromoteArguments),
    /// Show two runs or baselines side by side: before, after, improvement, interval, effect size
    Compare(CompareArguments),
    /// Judge whether a change made the platform slower, with an exit code for CI
    Gate(Box<GateArguments>),
    /// Find flags and alerts in any series: a CSV file with a column of values
    Detect(DetectArguments),
    /// Fit how throughput grows with users: a CSV file with both columns
    Capacity(CapacityArguments),
    /// Serve the demo target
    Target(TargetArguments),
    /// Check, list and describe scenarios
    Scenario {
        #[command(subcommand)]
        command: ScenarioCommand,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the man page
    Man,
}

#[derive(Debug, Args)]
pub(super) struct OutFolder {
    /// The folder that holds runs, each in a folder of its own
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub(super) out: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct BaselinesFolder {
    /// The folder that holds baselines, a folder a scenario
    #[arg(long, value_name = "DIR", default_value = "baselines")]
    pub(super) baselines: PathBuf,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct StartArguments {
    /// A scenario: a path, or a name that `baseline scenario list` shows
    #[arg(required_unless_present_any = ["demo", "resume"], conflicts_with = "resume")]
    pub(super) scenario: Option<String>,
    /// Measure the embedded target on a free loopback port, for about two minutes, with one slowdown to be found
    #[arg(long, conflicts_with = "resume")]
    pub(super) demo: bool,
    /// How long the run lasts, in place of the scenario's `duration`
    #[arg(long, value_name = "SPAN", conflicts_with = "resume")]
    pub(super) duration: Option<String>,
    /// How often a pass over all cells starts, in place of the scenario's `cycle`
    #[arg(long, value_name = "SPAN", conflicts_with = "resume")]
    pub(super) cycle: Option<String>,
    /// How long a cell is measured, in place of the scenario's `window`
    #[arg(long, value_name = "SPAN", conflicts_with = "resume")]
    pub(super) window: Option<String>,
    /// How long a cell is driven before it is measured, in place of the scenario's `warm_up`
    #[arg(long, value_name = "SPAN", conflicts_with = "resume")]
    pub(super) warm_up: Option<String>,
    /// Go on with a run that was stopped or killed: its id, a unique beginning of it, a path, or `latest`
    #[arg(long, value_name = "RUN")]
    pub(super) resume: Option<String>,
    /// Run on without this terminal; prints where the run is
    #[arg(long)]
    pub(super) detach: bool,
    /// Print what would be sent, against the documented rate limits, and send nothing
    #[arg(long, conflicts_with_all = ["resume", "detach"])]
    pub(super) dry_run: bool,
    /// Run the whole plan on a virtual clock against the demo target's latency model: 48 hours in seconds
    #[arg(long, conflicts_with_all = ["resume", "detach"])]
    pub(super) rehearse: bool,
    /// Hurt the embedded target or the rehearsal: slow:ENDPOINT:+20%:AT..UNTIL, errors:ENDPOINT:5%:AT..UNTIL,
    /// stall:ENDPOINT:AT..UNTIL, down:ENDPOINT:AT..UNTIL; `none` for no fault
    #[arg(long = "fault", value_name = "SPEC", conflicts_with = "resume")]
    pub(super) faults: Vec<String>,
    /// This client is exempt from the documented rate limits
    #[arg(long, conflicts_with = "resume")]
    pub(super) ignore_rate_limits: bool,
    /// Judge every window from the first on by a baseline that `baseline promote` made
    #[arg(long, value_name = "NAME", conflicts_with = "resume")]
    pub(super) baseline: Option<String>,
    /// Offer only this share of the load: of the users of every level (one at least) and of every rate
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(1..=1000), conflicts_with = "resume")]
    pub(super) share: Option<u32>,
    /// The seed of every random choice
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "resume")]
    pub(super) seed: u64,
    #[command(flatten)]
    pub(super) folder: OutFolder,
    #[command(flatten)]
    pub(super) baselines: BaselinesFolder,
}

#[derive(Debug, Args)]
pub(super) struct TestArguments {
    /// An endpoint of the scenario, or a URL: the host that is typed is the only one that gets packets
    pub(super) target: String,
    /// A level of the scenario, or any name and its users: `normal_load:5`
    pub(super) level: String,
    /// The scenario whose endpoint it is [default: pitchey]
    #[arg(long, value_name = "FILE")]
    pub(super) scenario: Option<String>,
    /// How long the cell is measured
    #[arg(long, value_name = "SPAN", default_value = "10s", conflicts_with = "requests")]
    pub(super) duration: String,
    /// How many requests are sent, in place of a duration
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) requests: Option<u64>,
    /// An open loop: so many arrivals a second, each measured from its intended start
    #[arg(long, value_name = "R")]
    pub(super) rate: Option<f64>,
    /// How long the cell is driven before it is measured
    #[arg(long, value_name = "SPAN", default_value = "1s")]
    pub(super) warm_up: String,
    /// This client is exempt from the documented rate limits
    #[arg(long)]
    pub(super) ignore_rate_limits: bool,
    /// The seed of every random choice
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
}

#[derive(Debug, Args)]
pub(super) struct ReportArguments {
    /// A run: its id, a unique beginning of it, a path, or `latest`
    #[arg(default_value = "latest")]
    pub(super) run: String,
    /// Draw only these
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FORMATS")]
    pub(super) only: Vec<DrawingArgument>,
    /// Print the JSON Schema of report.json, and draw nothing
    #[arg(long, conflicts_with_all = ["run", "only"])]
    pub(super) schema: bool,
    #[command(flatten)]
    pub(super) folder: OutFolder,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum DrawingArgument {
    /// report/summary.csv
    Csv,
    /// report.md
    Md,
    /// chart-*.png
    Png,
    /// report.html
    Html,
    /// report.json
    Json,
}

impl From<DrawingArgument> for Drawing {
    fn from(argument: DrawingArgument) -> Self {
        match argument {
            DrawingArgument::Csv => Self::Csv,
            DrawingArgument::Md => Self::Markdown,
            DrawingArgument::Png => Self::Png,
            DrawingArgument::Html => Self::Html,
            DrawingArgument::Json => Self::Json,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct CompareArguments {
    /// What was before: a run (its id, a unique beginning of it, a path, or `latest`), or a baseline (its name or file)
    pub(super) before: String,
    /// What came after, named likewise
    pub(super) after: String,
    #[command(flatten)]
    pub(super) folder: OutFolder,
    #[command(flatten)]
    pub(super) baselines: BaselinesFolder,
}

#[derive(Debug, Args)]
pub(super) struct PromoteArguments {
    /// Runs of one scenario: ids, unique beginnings, paths, or `latest`
    #[arg(required = true, value_name = "RUN")]
    pub(super) runs: Vec<String>,
    /// The baseline's name, such as `main`
    #[arg(long = "as", value_name = "NAME", required_unless_present = "suggest_thresholds")]
    pub(super) name: Option<String>,
    /// Print the objectives and limits that the runs support, with the alarms a day that each would bring
    #[arg(long)]
    pub(super) suggest_thresholds: bool,
    #[command(flatten)]
    pub(super) folder: OutFolder,
    #[command(flatten)]
    pub(super) baselines: BaselinesFolder,
}

#[derive(Debug, Args)]
pub(super) struct DetectArguments {
    /// A CSV file with a header; `-` reads standard input
    pub(super) file: PathBuf,
    /// The column of times: RFC 3339, `2026-01-31 13:05:00`, or seconds or milliseconds since 1970 [default: the first
    /// of timestamp, time, `started_at`, ts, date]
    #[arg(long, value_name = "COLUMN")]
    pub(super) time: Option<String>,
    /// The column of values [default: value, or the only other column]
    #[arg(long, value_name = "COLUMN")]
    pub(super) value: Option<String>,
    /// Only rows whose column has this text; may be given more than once
    #[arg(long = "where", value_name = "COLUMN=TEXT")]
    pub(super) only: Vec<String>,
    /// How values are compared
    #[arg(long, value_enum, default_value_t = ScaleArgument::Auto)]
    pub(super) scale: ScaleArgument,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ScaleArgument {
    /// By ratios where the values learnt from are all above 0, otherwise by differences
    Auto,
    /// By ratios
    Log,
    /// By differences
    Linear,
}

impl From<ScaleArgument> for Option<Scale> {
    fn from(argument: ScaleArgument) -> Self {
        match argument {
            ScaleArgument::Auto => None,
            ScaleArgument::Log => Some(Scale::Log),
            ScaleArgument::Linear => Some(Scale::Linear),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct CapacityArguments {
    /// A CSV file with a header; `-` reads standard input
    pub(super) file: PathBuf,
    /// The column of users
    #[arg(long, value_name = "COLUMN", default_value = "users")]
    pub(super) users: String,
    /// The column of throughput
    #[arg(long, value_name = "COLUMN", default_value = "throughput")]
    pub(super) throughput: String,
    /// Only rows whose column has this text; may be given more than once
    #[arg(long = "where", value_name = "COLUMN=TEXT")]
    pub(super) only: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct TargetArguments {
    /// Where it listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8787")]
    pub(super) listen: SocketAddr,
    /// The seed of its service times
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// A fault, in times since its start: slow:ENDPOINT:+20%:AT..UNTIL, errors:ENDPOINT:5%:AT..UNTIL,
    /// stall:ENDPOINT:AT..UNTIL, down:ENDPOINT:AT..UNTIL
    #[arg(long = "fault", value_name = "SPEC")]
    pub(super) faults: Vec<String>,
    /// Keep the documented rate limits
    #[arg(long)]
    pub(super) rate_limits: bool,
    /// Listen elsewhere than on loopback
    #[arg(long)]
    pub(super) allow_remote: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum ScenarioCommand {
    /// Check a scenario: shape, meaning, references, rate limits
    Check {
        /// A path, or a name that `baseline scenario list` shows
        file: String,
    },
    /// List the scenarios that a name finds
    List,
    /// Print the JSON Schema of scenario files
    Schema,
}
