//! The command lines of the verbs that work on recorded runs: `status`, `watch`, `stop`, `list`, `report`, `promote`, `compare`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::commands::promote::PromoteOptions;
use crate::report::drawing::Drawing;

use super::folders::{BaselinesFolder, OutFolder};
use super::formats::{CompareFormat, PlainFormat};

/// Show the progress of a run, or how it ended.
#[derive(Debug, Args)]
pub(super) struct StatusArguments {
    /// Run ID or unique prefix, path, or `latest`
    #[arg(default_value = "latest")]
    pub(super) run: String,
    /// Add statistics per endpoint for the last 1, 5, 15 and 60 minutes
    #[arg(long)]
    pub(super) rolling: bool,
    /// Show the status again and again until the run ends.
    ///
    /// On a terminal the status is redrawn in place. Elsewhere, it is printed whenever the state, the verdict, the number of
    /// windows or an incident has changed. The exit code is 0 however the run ends. Ctrl-C ends the display, not the run.
    #[arg(long)]
    pub(super) watch: bool,
    /// With --watch: how often to read the status
    #[arg(long, value_name = "DURATION", default_value = "2s", requires = "watch")]
    pub(super) every: String,
    #[command(flatten)]
    pub(super) format: PlainFormat,
    #[command(flatten)]
    pub(super) folder: OutFolder,
}

/// Watch a run live in the terminal, window by window.
///
/// Shows the verdict so far, and for every endpoint and level the last windows against SLO and baseline, errors and incidents.
/// Press ? for the keys. When the run ends, the display stays until q is pressed. Without a terminal, it prints one line per
/// window until the run ends, then the verdict. The exit code is 0 however the run ends.
#[derive(Debug, Args)]
pub(super) struct WatchArguments {
    /// Run ID or unique prefix, path, or `latest`
    #[arg(default_value = "latest")]
    pub(super) run: String,
    /// Print one line per window, even on a terminal
    #[arg(long)]
    pub(super) lines: bool,
    /// Quit when the run ends
    #[arg(long)]
    pub(super) exit: bool,
    #[command(flatten)]
    pub(super) folder: OutFolder,
}

/// Stop a run and wait until it has ended.
///
/// The windows that were measured are kept. `baseline start --resume RUN` continues the run.
#[derive(Debug, Args)]
pub(super) struct StopArguments {
    /// Run ID or unique prefix, path, or `latest`
    #[arg(default_value = "latest")]
    pub(super) run: String,
    #[command(flatten)]
    pub(super) folder: OutFolder,
}

/// List runs, newest last, each with its state, verdict and incidents.
#[derive(Debug, Args)]
pub(super) struct ListArguments {
    #[command(flatten)]
    pub(super) format: PlainFormat,
    #[command(flatten)]
    pub(super) folder: OutFolder,
}

/// Regenerate a run's reports, even while it is running.
#[derive(Debug, Args)]
pub(super) struct ReportArguments {
    /// Run ID or unique prefix, path, or `latest`; several for --status-page; also a scenario for --last
    #[arg(default_value = "latest", value_name = "RUN")]
    pub(super) runs: Vec<String>,
    /// Write a status page into DIR instead: index.html and summary.json.
    ///
    /// The page shows uptime, incidents and 90 days of every endpoint and journey. summary.json has the shape of Upptime's.
    /// Also while the run is measured; each file is replaced at once, and other files in DIR stay.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["only", "format"])]
    pub(super) status_page: Option<PathBuf>,
    /// With --status-page: all runs of the scenario of RUN
    #[arg(long, requires = "status_page")]
    pub(super) all: bool,
    /// Report all runs of the scenario within the last 30d, 7d or any other duration instead.
    ///
    /// Availability and error budget of every endpoint, incidents, changes of the service time, and what was not measured:
    /// over the days of a monitor and all other runs. Writes SCENARIO-last-30d.md, .html and .json into the folder of the runs.
    #[arg(long, value_name = "DURATION", conflicts_with_all = ["only", "status_page"])]
    pub(super) last: Option<String>,
    /// With --last: folder to write the files to [default: that of the runs]
    #[arg(long, value_name = "DIR", requires = "last")]
    pub(super) to: Option<PathBuf>,
    /// Write only these files, separated by commas [default: all]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FILES")]
    pub(super) only: Vec<DrawingArgument>,
    /// Print the JSON Schema of report.json instead
    #[arg(long, conflicts_with_all = ["runs", "only", "format", "status_page", "last"])]
    pub(super) schema: bool,
    /// Output format: paths of the files, or the report itself (json), which then is printed and not written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ReportFormat::Text, conflicts_with = "only")]
    pub(super) format: ReportFormat,
    #[command(flatten)]
    pub(super) folder: OutFolder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    /// The paths of the files
    Text,
    /// What report.json contains
    Json,
    /// With --last: the report, for people
    Markdown,
    /// With --last: the report, for browsers
    Html,
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

/// Save one or more runs as a baseline.
///
/// Writes BASELINES/SCENARIO/NAME.json and prints the changes from the baseline that it replaces. Windows that are
/// invalid or rate-limited (429) are left out. The runs must match in scenario, load and machine. `baseline
/// gate` accepts a change only against a baseline of five or more runs.
#[derive(Debug, Args)]
pub(super) struct PromoteArguments {
    /// Runs of one scenario: run ID or unique prefix, path, or `latest`
    #[arg(required = true, value_name = "RUN")]
    pub(super) runs: Vec<String>,
    /// Name of the baseline, such as `main`
    #[arg(long = "as", value_name = "NAME", required_unless_present = "suggest_thresholds")]
    pub(super) name: Option<String>,
    /// Promote runs that violate an SLO of the scenario.
    ///
    /// Runs that mostly fail, or of which most planned windows are missing or invalid, are refused nevertheless.
    #[arg(long)]
    pub(super) allow_violated: bool,
    /// Print SLOs and limits that fit these runs, with the alarms per day to expect from each.
    ///
    /// Without --as, nothing is saved.
    #[arg(long)]
    pub(super) suggest_thresholds: bool,
    #[command(flatten)]
    pub(super) format: PlainFormat,
    #[command(flatten)]
    pub(super) folder: OutFolder,
    #[command(flatten)]
    pub(super) baselines: BaselinesFolder,
}

impl PromoteArguments {
    pub(super) fn options(self) -> PromoteOptions {
        PromoteOptions {
            runs: self.runs,
            name: self.name,
            allow_violated: self.allow_violated,
            suggest_thresholds: self.suggest_thresholds,
            out: self.folder.out,
            baselines: self.baselines.baselines,
        }
    }
}

/// Compare two runs or baselines: change, 95% confidence interval and effect size.
///
/// This only shows the differences. `baseline gate` decides whether a difference is a regression.
#[derive(Debug, Args)]
pub(super) struct CompareArguments {
    /// Before: a run (ID or unique prefix, path, or `latest`) or a baseline (name or file)
    pub(super) before: String,
    /// After: a run or a baseline, named in the same way
    pub(super) after: String,
    /// List every value, not only what changed
    #[arg(long)]
    pub(super) all: bool,
    #[command(flatten)]
    pub(super) format: CompareFormat,
    #[command(flatten)]
    pub(super) folder: OutFolder,
    #[command(flatten)]
    pub(super) baselines: BaselinesFolder,
}
