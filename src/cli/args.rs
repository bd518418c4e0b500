//! The command line as a whole: the list of verbs.
//!
//! The options of a verb are in a file of their own.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::alert_verb::AlertCommand;
use super::annotate_args::AnnotateArguments;
use super::check_args::CheckArguments;
use super::completions::Shell;
use super::data_args::{CapacityArguments, DetectArguments};
use super::export_verb::ExportCommand;
use super::formats::PlainFormat;
use super::gate_args::GateArguments;
use super::gc_args::GcArguments;
use super::monitor_args::MonitorArguments;
use super::run_args::{
    CompareArguments, ListArguments, PromoteArguments, ReportArguments, StatusArguments, StopArguments,
    WatchArguments,
};
use super::serve_args::ServeArguments;
use super::stack_args::StackCommand;
use super::start_args::StartArguments;
use super::target_args::TargetArguments;
use super::test_args::TestArguments;

/// Load-test a web service and detect when it gets slower.
///
/// Measures every endpoint at several load levels, for seconds or for 48 hours. Reports every number with its
/// confidence interval, reports incidents during a run, and compares runs with a baseline.
#[derive(Debug, Parser)]
#[command(name = "baseline", version = env!("BASELINE_VERSION"), max_term_width = 100)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

// Verbs without a comment are described where their options are.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Start(Box<StartArguments>),
    Test(Box<TestArguments>),
    Check(Box<CheckArguments>),
    Monitor(Box<MonitorArguments>),
    Status(StatusArguments),
    Watch(WatchArguments),
    Stop(StopArguments),
    List(ListArguments),
    Report(ReportArguments),
    Gc(GcArguments),
    Serve(ServeArguments),
    Annotate(AnnotateArguments),
    Promote(PromoteArguments),
    Compare(CompareArguments),
    Gate(Box<GateArguments>),
    Detect(DetectArguments),
    Capacity(CapacityArguments),
    Target(TargetArguments),
    /// List and acknowledge alerts, and test who receives them
    Alert {
        #[command(subcommand)]
        command: AlertCommand,
    },
    /// Write files with which other programs run a scenario or show its results
    Export {
        #[command(subcommand)]
        command: ExportCommand,
    },
    /// Ask the parts of a monitoring stack whether they are ready
    Stack {
        #[command(subcommand)]
        command: StackCommand,
    },
    /// Check and list scenarios, or print their JSON Schema
    Scenario {
        #[command(subcommand)]
        command: ScenarioCommand,
    },
    /// Print a shell completion script
    Completions {
        /// Shell to complete in
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the man page, or write the pages of all commands
    Man {
        /// Folder to write them to, one file per command [default: print that of the program]
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ScenarioCommand {
    /// Check a scenario, including its references and rate limits
    Check {
        /// Scenario file, or a name from `baseline scenario list`
        file: String,
        #[command(flatten)]
        format: PlainFormat,
    },
    /// List the scenarios that can be given by name
    List {
        #[command(flatten)]
        format: PlainFormat,
    },
    /// Print the JSON Schema of scenario files
    Schema,
}
