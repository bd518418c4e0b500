//! The command line of `annotate`.

use std::io::Write;
use std::time::Duration;

use clap::Args;

use crate::commands::annotate::{self, AnnotateOptions};
use crate::commands::{CommandError, Exit};
use crate::domain::units::parse_span;

use super::folders::OutFolder;
use super::formats::PlainFormat;

/// Note what was done at a time, such as a deployment, and silence alerts meanwhile.
///
/// Notes are shown on the charts, in the reports and on the live page of every run that was measured at that time, also of runs
/// that are being measured. In a silence no alerts are sent and no hooks run; everything is measured and judged as always.
#[derive(Debug, Args)]
pub(super) struct AnnotateArguments {
    /// What was done, on one line of at most 500 characters; secrets in it are masked
    #[arg(value_name = "TEXT", required_unless_present = "list", conflicts_with = "list")]
    text: Option<String>,
    /// Scenario that the note is about, by name or file [default: every scenario]
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
    /// When it was done or begins, such as 2026-12-01T02:00:00Z [default: now]
    #[arg(long, value_name = "TIME", conflicts_with = "list")]
    at: Option<String>,
    /// How long it lasts, such as 30m; at most 31 days
    #[arg(long = "for", value_name = "SPAN", value_parser = parse_span, conflicts_with = "list")]
    length: Option<Duration>,
    /// Send no alerts meanwhile; needs --for
    #[arg(long, conflicts_with = "list")]
    silence: bool,
    /// Endpoint, journey or mix that the note is about; repeatable [default: all]
    #[arg(long, value_name = "WORKLOAD", conflicts_with = "list")]
    only: Vec<String>,
    /// List the notes instead
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    format: PlainFormat,
    #[command(flatten)]
    folder: OutFolder,
}

impl AnnotateArguments {
    /// Runs the verb.
    pub(super) fn run(self, out: &mut dyn Write) -> Result<Exit, CommandError> {
        let format = self.format.chosen();
        let Self { text, scenario, at, length, silence, only, folder, .. } = self;
        match text {
            Some(text) if !self.list => {
                let options = AnnotateOptions { text, scenario, at, length, silence, only, out: folder.out };
                annotate::annotate(&options, format, out)
            }
            _ => annotate::list(&folder.out, scenario.as_deref(), format, out),
        }
    }
}
