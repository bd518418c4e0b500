//! A monitor: its scenario, its baseline, what it knows.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::baseline::Baseline;
use crate::domain::units::format_span;
use crate::load::stop::Stop;
use crate::monitor::{Judge, Ledger, MonitorExporter, Watch, forget, lock, status_of};
use crate::observe::Say;
use crate::observe::service::Between;
use crate::report::console::monitor::{monitored, sight};
use crate::run::drive::Finished;
use crate::run::interrupt;
use crate::run::launch::named_baseline;
use crate::run::options::RunOptions;
use crate::run::prepared::{DEMO, Prepared};
use crate::run::probing::Probing;
use crate::scenario::environment::Environment;
use crate::scenario::file::RateLimitPolicy;
use crate::scenario::overrides::Overrides;
use crate::store::StoreError;
use crate::store::monitor_folder::folder_of;

use crate::commands::exporters::{AlertOptions, between_runs, unusable_alert};
use crate::commands::start::refuse_stray_faults;
use crate::commands::{CommandError, Exit, Format};

pub(super) const DAY: Duration = Duration::from_hours(24);
/// Time from the end of a day until its logs are compressed.
pub(super) const COMPRESS_AFTER: Duration = Duration::from_hours(24);

/// Options of the command `monitor`, after parsing.
#[derive(Debug, Clone, Default)]
pub struct MonitorOptions {
    /// What is probed, and where it is kept.
    pub run: RunOptions,
    /// Time from one probe to the next; `None` is that of the scenario.
    pub every: Option<Duration>,
    /// How long it watches; `None` is for ever.
    pub duration: Option<Duration>,
    /// Whether the commands of the scenario are run.
    pub recovers: bool,
    /// Who gets alerts.
    pub alerts: Option<AlertOptions>,
}

/// A monitor, from its first day to its last.
pub struct Monitor {
    pub(super) options: MonitorOptions,
    pub(super) environment: Environment,
    pub(super) prepared: Prepared,
    pub(super) baseline: Option<Baseline>,
    pub(super) interval: Duration,
    pub(super) stop: Stop,
    /// How much of its time has passed.
    pub(super) passed: Duration,
    /// When the next round is due.
    pub(super) due: Option<Timestamp>,
    /// The run of the last day.
    pub(super) last: Option<Finished>,
    pub(super) service: Between,
    /// Keeps other monitors of the same scenario away.
    _lock: Option<File>,
}

impl Monitor {
    /// Reads the scenario and the baseline. Nothing is sent yet.
    /// # Errors
    /// [`CommandError`] where the scenario is not valid, or its probes do not fit.
    pub fn new(options: MonitorOptions) -> Result<Self, CommandError> {
        let environment = Environment::of_process();
        let run = &options.run;
        refuse_stray_faults(run, run.faults.is_empty())?;
        if run.rehearse && options.duration.is_none() {
            return Err(CommandError::Usage {
                what: "a rehearsal without an end never ends".to_owned(),
                hint: "add --duration, such as --duration 24h".to_owned(),
            });
        }
        let prepared = prepared(run, &environment)?;
        let interval = prepared.interval(options.every);
        let baseline = named_baseline(run, &prepared)?;
        let stop = interrupt::listen()?;
        let monitor = Self {
            options,
            environment,
            prepared,
            baseline,
            interval,
            stop,
            passed: Duration::ZERO,
            due: None,
            last: None,
            service: between_runs(),
            _lock: None,
        };
        // Reports what does not fit before anything begins.
        monitor.usual_day()?;
        let folder = monitor.folder();
        let lock = lock(&folder).map_err(|error| monitor.refused(error))?;
        if monitor.options.run.rehearse {
            forget(&folder)?;
        }
        Ok(Self { _lock: Some(lock), ..monitor })
    }

    /// What it will do and what it can see, a sentence each.
    /// # Errors
    /// [`CommandError`] where what an earlier monitor kept cannot be read.
    pub fn introduction(&self) -> Result<Vec<String>, CommandError> {
        let ledger = self.ledger()?;
        let plan = &self.prepared.plan;
        let mut lines = vec![sight(&status_of(&ledger))];
        let day = self.usual_day()?.plan;
        for cell in &day.left_out {
            lines.push(format!(
                "not probed: {}, because its documented rate limit does not allow a probe every {}",
                day.workload(*cell).name(),
                format_span(self.interval)
            ));
        }
        let check_every = plan.monitoring.check_every.max(self.interval);
        if let Some(rarer) = day.check_every.filter(|every| *every > check_every) {
            lines.push(format!(
                "health checks every {}: the documented rate limits do not allow one every {}",
                format_span(rarer),
                format_span(check_every)
            ));
        }
        if !plan.hooks.is_empty() && !self.options.recovers {
            lines.push("the hooks of the scenario are not run; --recover runs them".to_owned());
        }
        if self.options.alerts.is_none() && !self.options.run.rehearse {
            lines.push("nobody is alerted; --alertmanager URL or --webhook URL sends alerts".to_owned());
        }
        Ok(lines)
    }

    fn refused(&self, error: StoreError) -> CommandError {
        match error {
            StoreError::Locked { path } => CommandError::Usage {
                what: format!(
                    "another monitor of {} is running: {}",
                    self.prepared.plan.name,
                    path.display()
                ),
                hint: "stop it, or choose another folder with --out".to_owned(),
            },
            error => error.into(),
        }
    }

    /// The probes of a whole day.
    fn usual_day(&self) -> Result<Prepared, CommandError> {
        // Limits over hours leave less of a day than of a round.
        let probing = Probing { every: self.options.every, duration: DAY.max(self.interval) };
        Ok(self.prepared.probing(probing, &self.environment)?)
    }

    fn ledger(&self) -> Result<Ledger, CommandError> {
        let plan = self.usual_day()?.plan;
        let judge = Judge::new(&plan, self.interval, self.baseline.as_ref());
        Ok(Ledger::open(&self.folder(), judge)?)
    }

    /// Where it keeps what it knows.
    pub(super) fn folder(&self) -> PathBuf {
        let run = &self.options.run;
        folder_of(&run.out, &self.prepared.plan.name, run.rehearse, run.demo)
    }

    /// What follows the next day.
    /// # Errors
    /// [`CommandError`] where a file cannot be read, or a connection to a receiver not be prepared.
    pub fn exporter(&self, say: Say) -> Result<MonitorExporter, CommandError> {
        let plan = &self.prepared.plan;
        let alerts = self.options.alerts.clone();
        let (receivers, runbooks) =
            alerts.map(|alerts| (alerts.receivers, alerts.runbooks)).unwrap_or_default();
        let watch = Watch {
            hooks: plan.hooks.clone(),
            recovers: self.options.recovers,
            silences: plan.silences.clone(),
            is_rehearsal: self.options.run.rehearse,
            receivers,
            runbooks,
            out: self.options.run.out.clone(),
        };
        MonitorExporter::new(self.ledger()?, watch, say).map_err(|error| unusable_alert(&error))
    }

    /// Prints what is known at the end.
    /// # Errors
    /// [`CommandError`] where it cannot be read or written.
    pub fn conclude(&self, format: Format, out: &mut dyn Write) -> Result<Exit, CommandError> {
        let text = monitored(&status_of(&self.ledger()?), format);
        out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
        Ok(Exit::Accepted)
    }
}

fn prepared(run: &RunOptions, environment: &Environment) -> Result<Prepared, CommandError> {
    let scenario = run.scenario.as_deref().unwrap_or(DEMO);
    let with = |overrides| Prepared::new(scenario, overrides, run.seed, environment, run.is_on_model());
    let error = match with(&run.overrides) {
        Ok(prepared) => return Ok(prepared),
        Err(error) => error,
    };
    // Limits that leave no room for its load may leave some for probes.
    let unlimited = Overrides { ignore_rate_limits: true, ..run.overrides.clone() };
    let Ok(mut prepared) = with(&unlimited) else { return Err(error.into()) };
    prepared.file.plan.rate_limits = RateLimitPolicy::Fit;
    Ok(prepared)
}
