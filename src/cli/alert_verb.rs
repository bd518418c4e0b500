//! The command line of `alert`: test receivers, list alerts, acknowledge one.

use std::io::Write;

use clap::{Args, Subcommand};

use crate::commands::alert::{ack, list, test};
use crate::commands::{CommandError, Exit};
use crate::domain::units::parse_span;

use super::alert_args::AlertArguments;
use super::folders::OutFolder;
use super::formats::PlainFormat;

// Subcommands without a comment are described where their options are.
#[derive(Debug, Subcommand)]
pub(super) enum AlertCommand {
    Test(TestArguments),
    List(ListArguments),
    Ack(AckArguments),
}

/// Send a test alert to receivers, and then its end
///
/// The alert is named `BaselineTest`, has priority P3, and says that nothing is wrong. Each receiver of --alertmanager and
/// --webhook is asked once, and gets one line of output.
#[derive(Debug, Args)]
pub(super) struct TestArguments {
    /// Scenario file, or a name from `baseline scenario list`, for the label `scenario` [default: test]
    scenario: Option<String>,
    #[command(flatten)]
    alerts: AlertArguments,
    /// Time between the alert and its end, such as 1m
    ///
    /// Alertmanager waits for `group_wait`, mostly 30s, before it notifies anybody. An alert that has ended by then is not
    /// passed on.
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    hold: String,
}

/// List open and recent alerts of runs and monitors
///
/// Reads the journals of the runs and monitors in --out. Open alerts come first, then those that have ended, the latest
/// first.
#[derive(Debug, Args)]
pub(super) struct ListArguments {
    /// Only alerts of this run (ID, unique prefix, path or `latest`) or of this scenario
    #[arg(value_name = "RUN|SCENARIO")]
    of: Option<String>,
    #[command(flatten)]
    folder: OutFolder,
    #[command(flatten)]
    format: PlainFormat,
}

/// Acknowledge an open alert: somebody is looking into it
///
/// Writes who and when to the journal of the run or monitor that raised it, which may be running. Reports show how long it
/// took.
#[derive(Debug, Args)]
pub(super) struct AckArguments {
    /// ID of the alert, or a unique prefix of it
    id: String,
    /// Who looks into it
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// A remark
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    folder: OutFolder,
}

/// Does what the subcommand says.
pub(super) fn alert(command: AlertCommand, out: &mut dyn Write) -> Result<Exit, CommandError> {
    match command {
        AlertCommand::Test(arguments) => {
            let hold = parse_span(&arguments.hold).map_err(|error| CommandError::Usage {
                what: format!("--hold: {error}"),
                hint: "give a duration with its unit, such as 1m".to_owned(),
            })?;
            let receivers = arguments.alerts.options()?.ok_or_else(|| CommandError::Usage {
                what: "no receiver was given".to_owned(),
                hint: "for example --alertmanager http://127.0.0.1:9093".to_owned(),
            })?;
            test::test(arguments.scenario.as_deref(), &receivers, hold, out)
        }
        AlertCommand::List(ListArguments { of, folder, format }) => {
            list::list(&folder.out, of.as_deref(), format.chosen(), out)
        }
        AlertCommand::Ack(AckArguments { id, by, note, folder }) => {
            ack::acknowledge(&folder.out, &id, by, note, out)
        }
    }
}
