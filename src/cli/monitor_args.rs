//! The command line of `monitor`.

use std::io::Write;

use clap::Args;

use crate::commands::exporters::Exporters;
use crate::commands::monitor::{Monitor, MonitorOptions, once};
use crate::commands::{CommandError, Exit};
use crate::domain::units::parse_span;
use crate::run::feed::Feed;
use crate::run::options::{DEFAULT_SEED, RunOptions};
use crate::scenario::overrides::Overrides;

use super::drawn_line;
use super::export_args::ExportArguments;
use super::folders::{BaselinesFolder, OutFolder};
use super::formats::PlainFormat;

const PROBES: &str = "Probes";
const ALERTS: &str = "Alerts and recovery";
const WATCH: &str = "Watch and export";
const DEMO: &str = "Demo and rehearsal";

/// Watch a platform between load tests: probe it at an interval, alert, recover.
///
/// Sends a few requests to each endpoint, plays each journey a few times, and checks certificates, headers and content.
/// An endpoint is healthy, degraded (slow, or failing now and then) or unhealthy (down), by several probes. Alerts
/// are sent once when they begin and once when they end, also over restarts. Each day is a run of its own in --out.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct MonitorArguments {
    /// Scenario file, or a name from `baseline scenario list`
    #[arg(required_unless_present = "demo")]
    scenario: Option<String>,

    /// Interval of the probes, such as 60s [default: from the scenario, or 60s]
    #[arg(long, value_name = "DURATION", help_heading = PROBES)]
    every: Option<String>,
    /// Probe once, print the state, and exit: for cron.
    ///
    /// The state is kept in --out, so that several calls add up to a state. Exit code 0: everything is healthy; 1: something is not; 3: not measured yet.
    #[arg(long, conflicts_with_all = ["every", "duration", "demo", "rehearse"], help_heading = PROBES)]
    once: bool,
    /// Stop after this time [default: never]
    #[arg(long, value_name = "DURATION", help_heading = PROBES)]
    duration: Option<String>,
    /// Ignore the scenario's rate limits; use it only if the target exempts this client
    #[arg(long, help_heading = PROBES, hide_short_help = true)]
    ignore_rate_limits: bool,
    /// Also play journeys with `opt_in = "writes"`, which change data on the target
    #[arg(long, help_heading = PROBES, hide_short_help = true)]
    writes: bool,
    /// Compare with this baseline [default: with earlier probes].
    ///
    /// NAME is a baseline of the same scenario, saved with `baseline promote RUN... --as NAME`; best of days of its monitor.
    #[arg(long, value_name = "NAME", help_heading = PROBES)]
    baseline: Option<String>,
    #[command(flatten, next_help_heading = PROBES)]
    baselines: BaselinesFolder,

    /// Run the hooks of the scenario when a state changes [default: only note that they would run]
    #[arg(long, conflicts_with = "rehearse", help_heading = ALERTS)]
    recover: bool,

    /// Monitor the built-in demo server on a free loopback port
    #[arg(long, help_heading = DEMO)]
    demo: bool,
    /// Simulate the monitor on a virtual clock: a day in seconds, no requests sent; needs --duration
    #[arg(long, help_heading = DEMO)]
    rehearse: bool,
    /// Inject a fault, such as down:health:3h..4h (see `baseline start --help`); repeatable
    #[arg(long = "fault", value_name = "SPEC", help_heading = DEMO)]
    faults: Vec<String>,
    /// Seed for every random choice
    #[arg(long, value_name = "N", default_value_t = DEFAULT_SEED, help_heading = DEMO, hide_short_help = true)]
    seed: u64,

    #[command(flatten, next_help_heading = WATCH)]
    exports: ExportArguments,

    #[command(flatten, next_help_heading = "Output")]
    format: PlainFormat,
    #[command(flatten, next_help_heading = "Output")]
    folder: OutFolder,
}

impl MonitorArguments {
    /// Watches until it is stopped, or for a span, or once.
    pub(super) fn run(self, out: &mut dyn Write) -> Result<Exit, CommandError> {
        let format = self.format.chosen();
        let mut exports = self.exports.options()?;
        exports.log.clone().into_iter().for_each(drawn_line::log_to);
        exports.is_one_of_many = true;
        let alerts = exports.alerts.take();
        let is_once = self.once;
        let options = MonitorOptions { alerts, ..self.options()? };
        if is_once {
            return once(options, format, out, drawn_line::trouble);
        }
        let mut monitor = Monitor::new(options)?;
        monitor.introduction()?.iter().for_each(|line| drawn_line::trouble(line));
        loop {
            let mut feed = Feed::new();
            let exporter = monitor.exporter(drawn_line::trouble)?;
            let mut exporters = Exporters::start(&exports, &mut feed, drawn_line::trouble)?;
            exporters.add("monitor", Box::new(exporter), &mut feed)?;
            let goes_on = monitor.measure_day(&feed);
            // Ends the exporters.
            drop(feed);
            exporters.finish();
            if !matches!(goes_on, Ok(true)) {
                monitor.ends();
            }
            let goes_on = goes_on?;
            monitor.after_day(drawn_line::trouble);
            if !goes_on {
                return monitor.conclude(format, out);
            }
        }
    }

    fn options(self) -> Result<MonitorOptions, CommandError> {
        let span = |name: &str, text: Option<String>| {
            text.map(|text| {
                parse_span(&text).map_err(|error| CommandError::Usage {
                    what: format!("{name}: {error}"),
                    hint: "give a duration with its unit, such as 60s".to_owned(),
                })
            })
            .transpose()
        };
        let overrides = Overrides {
            ignore_rate_limits: self.ignore_rate_limits,
            writes: self.writes,
            ..Overrides::default()
        };
        // A fault happens only on request.
        let faults = if self.demo && self.faults.is_empty() { vec!["none".to_owned()] } else { self.faults };
        Ok(MonitorOptions {
            run: RunOptions {
                scenario: self.scenario,
                demo: self.demo,
                rehearse: self.rehearse,
                overrides,
                no_preflight: true,
                faults,
                seed: self.seed,
                out: self.folder.out,
                baseline: self.baseline,
                baselines: self.baselines.baselines,
                ..RunOptions::default()
            },
            every: span("--every", self.every)?,
            duration: span("--duration", self.duration)?,
            recovers: self.recover,
            alerts: None,
        })
    }
}
