//! The command line of `export`: what it writes files for, one subcommand each.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::commands::export_alertmanager::{self, AlertmanagerOptions};
use crate::commands::export_grafana::{self, GrafanaOptions};
use crate::commands::export_rules::{self, RulesOptions};
use crate::commands::export_stack::{self, StackOptions};
use crate::commands::export_systemd::{self, SystemdOptions};
use crate::commands::test_cell::DEFAULT_SCENARIO;
use crate::commands::{CommandError, Exit};
use crate::domain::alert::RUNBOOKS;

use super::folders::BaselinesFolder;

// Subcommands without a comment are described where their options are.
#[derive(Debug, Subcommand)]
pub(super) enum ExportCommand {
    Alertmanager(AlertmanagerArguments),
    Grafana(GrafanaArguments),
    Rules(RulesArguments),
    Stack(StackArguments),
    Systemd(SystemdArguments),
}

/// Write the configuration of Alertmanager from the receivers of a scenario
///
/// Who gets which alerts, and when, is in the `[[receiver]]` and `[[silence]]` sections; scenarios/README.md explains them.
/// The folder gets alertmanager.yml, message templates, tests of the routes, rules for escalations, and a README.
/// Secrets are never written: Alertmanager reads them from files, or a script puts them in before it starts.
#[derive(Debug, Args)]
pub(super) struct AlertmanagerArguments {
    /// Folder to write to; made if there is none
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Scenario file, or a name from `baseline scenario list` [default: pitchey]
    #[arg(value_name = "SCENARIO")]
    scenario: Option<String>,
    #[command(flatten)]
    runbooks: RunbookArguments,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
}

/// Where runbooks are.
#[derive(Debug, Args)]
pub(super) struct RunbookArguments {
    /// URL of the folder with the runbooks, which alerts link to
    #[arg(long, value_name = "URL", default_value = RUNBOOKS)]
    runbooks: String,
}

/// Write dashboards for Grafana, and the files that provision it
///
/// Three dashboards: overview, performance, security and certificates. They show the metrics that Prometheus gets from
/// `/metrics` or `--remote-write`; docs/metrics.md lists them. The folder gets a README that says how to import them.
#[derive(Debug, Args)]
pub(super) struct GrafanaArguments {
    /// Folder to write the dashboards to; made if there is none
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// URL of Prometheus, as Grafana reaches it
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9090")]
    prometheus: String,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
}

/// Write recording and alerting rules for Prometheus, with their tests
///
/// Alerts of priority P0 to P3: availability, errors, times, error budget, baseline, certificates, health checks, memory, and a
/// monitor that has stopped. Limits come from the SLOs of the scenario, and from defaults where it sets none; ranges fit
/// the interval of its monitor. docs/alerts.md lists the alerts.
#[derive(Debug, Args)]
pub(super) struct RulesArguments {
    /// Folder to write the rules to; made if there is none
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Scenario file, or a name from `baseline scenario list`
    #[arg(value_name = "SCENARIO", default_value = DEFAULT_SCENARIO)]
    scenario: String,
    /// Write the bands of this baseline into the rules [default: the bands that runs export]
    #[arg(long, value_name = "NAME")]
    baseline: Option<String>,
    #[command(flatten)]
    baselines: BaselinesFolder,
    /// URL of the folder that has the runbooks, for the annotation `runbook_url`
    #[arg(long, value_name = "URL", default_value = RUNBOOKS)]
    runbooks: String,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
}

/// Write a monitoring stack: Prometheus, Alertmanager, exporters, Grafana and the monitor
///
/// For Docker Compose and for systemd, with the same configuration. Everything listens on loopback. Alerts go to the
/// receivers of the scenario. `baseline stack verify DIR` asks each part whether it is ready.
#[derive(Debug, Args)]
pub(super) struct StackArguments {
    /// Folder to write to; made if there is none
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Scenario file, or a name from `baseline scenario list` [default: pitchey]
    #[arg(value_name = "SCENARIO")]
    scenario: Option<String>,
    #[command(flatten)]
    runbooks: RunbookArguments,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
}

/// Write a hardened systemd service and a timer that run a scenario, or a service that monitors it
///
/// The service resumes its run after a crash, a kill, a hang or a reboot. systemd knows when the run has begun, shows its
/// progress in `systemctl status`, and restarts it when it hangs. The folder gets a README with the commands that install
/// the units, and an example of the file for secrets.
#[derive(Debug, Args)]
pub(super) struct SystemdArguments {
    /// Folder to write the units to; made if there is none
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Scenario file, or a name from `baseline scenario list` [default: one that you install as
    /// /etc/baseline/scenario.toml]
    #[arg(value_name = "SCENARIO")]
    scenario: Option<String>,
    /// Write a service that runs `baseline monitor` for ever, without a timer
    #[arg(long, conflicts_with = "calendar")]
    monitor: bool,
    /// Serve the live page of each run on this address: `--live=ADDR`
    #[arg(long, value_name = "ADDR")]
    live: Option<String>,
    /// When the timer starts a run, in the format of `OnCalendar=`, such as "Mon 02:00"
    #[arg(long, value_name = "WHEN", default_value = "daily")]
    calendar: String,
    /// Path of this program on the machine of the service
    #[arg(long, value_name = "PATH", default_value = "/usr/local/bin/baseline")]
    program: PathBuf,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
    /// Further options of `start`, or of `monitor` with --monitor, after `--`
    #[arg(value_name = "OPTION", last = true, allow_hyphen_values = true)]
    options: Vec<String>,
}

/// Writes what the subcommand names.
pub(super) fn export(command: ExportCommand, out: &mut dyn Write) -> Result<Exit, CommandError> {
    match command {
        ExportCommand::Alertmanager(arguments) => {
            let AlertmanagerArguments { folder, scenario, runbooks, force } = arguments;
            let options = AlertmanagerOptions { folder, scenario, runbooks: runbooks.runbooks, force };
            export_alertmanager::export(&options, out)
        }
        ExportCommand::Grafana(GrafanaArguments { folder, prometheus, force }) => {
            export_grafana::export(&GrafanaOptions { folder, prometheus, force }, out)
        }
        ExportCommand::Rules(arguments) => export_rules::export(&arguments.into_options(), out),
        ExportCommand::Stack(StackArguments { folder, scenario, runbooks, force }) => {
            let runbooks = runbooks.runbooks;
            export_stack::export(&StackOptions { folder, scenario, runbooks, force }, out)
        }
        ExportCommand::Systemd(arguments) => export_systemd::export(&arguments.into_options(), out),
    }
}

impl RulesArguments {
    fn into_options(self) -> RulesOptions {
        RulesOptions {
            folder: self.folder,
            scenario: self.scenario,
            baseline: self.baseline,
            baselines: self.baselines.baselines,
            runbooks: self.runbooks,
            force: self.force,
        }
    }
}

impl SystemdArguments {
    fn into_options(self) -> SystemdOptions {
        let live = self.live.into_iter().map(|address| format!("--live={address}"));
        SystemdOptions {
            folder: self.folder,
            scenario: self.scenario,
            program: self.program,
            calendar: self.calendar,
            is_monitor: self.monitor,
            options: live.chain(self.options).collect(),
            force: self.force,
        }
    }
}
