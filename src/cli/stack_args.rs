//! Options of `stack`.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::commands::stack::{VerifyOptions, verify};
use crate::commands::{CommandError, Exit};
use crate::observe::stack::Part;

use super::formats::PlainFormat;

// Described where its options are.
#[derive(Debug, Subcommand)]
pub(super) enum StackCommand {
    Verify(VerifyArguments),
}

/// Ask each part of the stack whether it is ready
///
/// Prometheus must also have loaded rules, have all targets up, and know an Alertmanager. Without a folder and without URLs,
/// all parts are asked on this machine at their usual ports; with URLs only, just these parts.
#[derive(Debug, Args)]
pub(super) struct VerifyArguments {
    /// Folder that `baseline export stack` wrote
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// URL of Prometheus, such as <http://127.0.0.1:9090>
    #[arg(long, value_name = "URL")]
    prometheus: Option<String>,
    /// URL of Alertmanager
    #[arg(long, value_name = "URL")]
    alertmanager: Option<String>,
    /// URL of Grafana
    #[arg(long, value_name = "URL")]
    grafana: Option<String>,
    /// URL of the blackbox exporter
    #[arg(long, value_name = "URL")]
    blackbox: Option<String>,
    /// URL of the node exporter
    #[arg(long, value_name = "URL")]
    node: Option<String>,
    /// URL of the monitor's live page
    #[arg(long, value_name = "URL")]
    baseline: Option<String>,
    #[command(flatten)]
    format: PlainFormat,
}

/// Runs the subcommand.
pub(super) fn run(command: StackCommand, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let StackCommand::Verify(arguments) = command;
    let format = arguments.format.chosen();
    verify(&arguments.options(), format, out)
}

impl VerifyArguments {
    /// The options.
    fn options(self) -> VerifyOptions {
        let urls = [
            (Part::Prometheus, self.prometheus),
            (Part::Alertmanager, self.alertmanager),
            (Part::Grafana, self.grafana),
            (Part::Blackbox, self.blackbox),
            (Part::Node, self.node),
            (Part::Baseline, self.baseline),
        ];
        let urls = urls.into_iter().filter_map(|(part, url)| Some((part, url?))).collect();
        VerifyOptions { folder: self.folder, urls }
    }
}
