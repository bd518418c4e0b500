//! What `gate` was asked to do, and what its ways of measuring share.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::time::Duration;

use crate::analysis::gate::{Design, Settings};
use crate::commands::{CommandError, Exit};
use crate::load::stop::Stop;
use crate::run::RunError;
use crate::run::interrupt;
use crate::run::options::RunOptions;
use crate::run::prepared::Prepared;
use crate::scenario::environment::Environment;

use super::outputs::Outputs;

/// The comparison that a gate makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Runs of a candidate against a baseline, given by name or file.
    Against(String),
    /// Two URLs, measured interleaved by one process.
    Interleaved {
        /// URL of the state before the change.
        before: String,
        /// URL of the state after the change.
        after: String,
    },
    /// Runs of the same code against each other, to measure false alarms.
    Noise,
}

/// Options of the command `gate`, after parsing.
#[derive(Debug, Clone)]
pub struct GateOptions {
    /// The comparison that the gate makes.
    pub question: Question,
    /// Whether both sides are known to be the same, so that a failure is a false alarm.
    pub is_same: bool,
    /// Recorded runs to judge; if empty, the gate measures its own.
    pub runs: Vec<String>,
    /// Number of runs of the candidate, or of all runs for `--aa`; `None` uses the default.
    pub repetitions: Option<usize>,
    /// Number of interleaved rounds, for `--ab`.
    pub rounds: usize,
    /// Number of windows per cell and side in a round.
    pub windows: u64,
    /// Shell commands that start the servers of the two sides; `None` for one that is already running.
    pub servers: [Option<String>; 2],
    /// How long these servers may take until they respond.
    pub ready: Duration,
    /// Stages of the load, measured one after the other. Units: percent of the planned load.
    pub stages: Vec<u32>,
    /// Smallest changes that fail, and the allowance for drift.
    pub floors: Floors,
    /// Exit of a gate that is inconclusive.
    pub inconclusive: Exit,
    /// Options for runs that the gate measures.
    pub start: RunOptions,
    /// Files for the verdict, besides standard output.
    pub outputs: Outputs,
}

/// Smallest changes that fail, and the allowance for drift. Units: ratio less 1, or difference of ratios.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Floors {
    /// For throughput, mean and median service time.
    pub center: f64,
    /// For p95 and p99, which vary more.
    pub tail: f64,
    /// For the ratios of errors and rate-limited requests.
    pub errors: f64,
    /// How much all cells may move together between stored runs.
    pub drift: f64,
}

impl GateOptions {
    pub(super) fn settings(&self, design: Design) -> Settings {
        let Floors { center, tail, errors, drift } = self.floors;
        Settings { design, floor: center, tail_floor: tail, error_floor: errors, drift }
    }

    /// The run options for a percentage of the planned load.
    pub(super) fn at(&self, load_percent: Option<u32>) -> RunOptions {
        let mut start = self.start.clone();
        start.overrides.load_percent = load_percent.filter(|load_percent| *load_percent != 100);
        start
    }
}

/// The plan of a run that a gate measures: without health checks, which would disturb the measurement.
/// # Errors
/// [`RunError::Scenario`] with every problem of the scenario.
pub(super) fn prepare(
    scenario: &str,
    start: &RunOptions,
    environment: &Environment,
) -> Result<Prepared, RunError> {
    let on_model = start.is_on_model();
    Ok(Prepared::new(scenario, &start.overrides, start.seed, environment, on_model)?.without_checks())
}

/// The interrupt handler, installed once and only if something is measured.
#[derive(Default)]
pub(super) struct Interrupt(OnceCell<Stop>);

impl Interrupt {
    pub(super) fn stop(&self) -> Result<Stop, CommandError> {
        if let Some(stop) = self.0.get() {
            return Ok(stop.clone());
        }
        let stop = interrupt::listen()?;
        Ok(self.0.get_or_init(|| stop).clone())
    }
}

/// Path of the file with the measured false-positive rate.
pub(super) fn noise_path(options: &GateOptions, scenario: &str, identity: &str) -> PathBuf {
    crate::store::noise::path(&options.start.baselines, scenario, identity)
}
