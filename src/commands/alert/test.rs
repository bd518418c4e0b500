//! `baseline alert test`: one alert to each receiver, and its end.

use std::io::Write;
use std::time::Duration;

use crate::commands::exporters::{AlertOptions, unusable_alert};
use crate::commands::{CommandError, Exit};
use crate::domain::alert::{Alert, AlertKind};
use crate::host;
use crate::observe::alerts::try_once;
use crate::scenario::{self, shipped};

/// How long a receiver may take to respond.
const WITHIN: Duration = Duration::from_secs(10);

/// Runs `alert test`: 1 where a receiver does not take the alert or its end.
/// # Errors
/// [`CommandError`] where the scenario cannot be read, or the result not be written.
pub fn test(
    scenario: Option<&str>,
    options: &AlertOptions,
    hold: Duration,
    out: &mut dyn Write,
) -> Result<Exit, CommandError> {
    let name = match scenario {
        Some(wanted) => scenario::parse(&shipped::find(wanted)?)?.0.name,
        None => "test".to_owned(),
    };
    let mut alert = test_alert(&name);
    let mut tried = Vec::new();
    for receiver in &options.receivers {
        let taken = try_once(receiver, &options.runbooks, &alert, host::clock::now(), WITHIN);
        tried.push((receiver, taken.map_err(|error| unusable_alert(&error))?));
    }
    if tried.iter().any(|(_, taken)| taken.is_ok()) {
        std::thread::sleep(hold);
    }
    alert.closed_at = Some(host::clock::now());
    let mut exit = Exit::Accepted;
    for (receiver, taken) in tried {
        let line = match taken {
            Ok(()) => {
                let taken = try_once(receiver, &options.runbooks, &alert, host::clock::now(), WITHIN);
                match taken.map_err(|error| unusable_alert(&error))? {
                    Ok(()) => "ok: accepted the test alert and its end".to_owned(),
                    Err(why) => format!("FAILED: accepted the test alert, but not its end: {why}"),
                }
            }
            Err(why) => format!("FAILED: {why}"),
        };
        if line.starts_with("FAILED") {
            exit = Exit::Failed;
        }
        writeln!(out, "{receiver}: {line}").map_err(CommandError::Output)?;
    }
    Ok(exit)
}

/// An alert that says that nothing is wrong.
fn test_alert(scenario: &str) -> Alert {
    let (kind, opened_at) = (AlertKind::Test, host::clock::now());
    Alert {
        id: Alert::id_of(scenario, kind, None, opened_at),
        kind,
        scenario: scenario.into(),
        subject: None,
        level: None,
        summary: "Test alert: nothing is wrong".to_owned(),
        description: "Sent by `baseline alert test` to check that alerts arrive. Its end follows.".to_owned(),
        opened_at,
        closed_at: None,
    }
}
