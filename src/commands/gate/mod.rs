//! `baseline gate`: whether a change made a platform slower, with an exit code for pipelines.

mod calibration;
mod evidence;
mod interleaved;
mod outputs;
mod servers;
mod stored;

use std::cell::OnceCell;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use crate::analysis::gate::{Design, Outcome, Settings};
use crate::load::stop::Stop;
use crate::report::gate as report;
use crate::report::gate::GateView;
use crate::run::feed::Feed;
use crate::run::interrupt;
use crate::run::options::RunOptions;

use super::start::refuse_stray_faults;
use super::{CommandError, Exit, Format};

pub use outputs::Outputs;

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
    fn settings(&self, design: Design) -> Settings {
        let Floors { center, tail, errors, drift } = self.floors;
        Settings { design, floor: center, tail_floor: tail, error_floor: errors, drift }
    }

    /// The run options for a percentage of the planned load.
    fn at(&self, share: Option<u32>) -> RunOptions {
        let mut start = self.start.clone();
        start.overrides.share = share.filter(|share| *share != 100);
        start
    }
}

/// The interrupt handler, installed once and only if something is measured.
#[derive(Default)]
struct Interrupt(OnceCell<Stop>);

impl Interrupt {
    fn stop(&self) -> Result<Stop, CommandError> {
        if let Some(stop) = self.0.get() {
            return Ok(stop.clone());
        }
        let stop = interrupt::listen()?;
        Ok(self.0.get_or_init(|| stop).clone())
    }
}

/// Runs `gate` for each stage until one is not accepted.
/// # Errors
/// [`CommandError`] where nothing could be judged. A regression is a result, not an error.
pub fn gate(
    options: &GateOptions,
    format: Format,
    out: &mut dyn Write,
    feed: &Feed,
) -> Result<Exit, CommandError> {
    let interrupt = Interrupt::default();
    outputs::clear(&options.outputs);
    if options.question == Question::Noise {
        return calibration::measure(options, &interrupt, format, out, feed);
    }
    let shares: Vec<Option<u32>> = match options.stages.as_slice() {
        [] => vec![None],
        stages => stages.iter().copied().map(Some).collect(),
    };
    refuse_stray_faults(&options.start, options.start.faults == ["none"])?;
    if let Question::Against(name) = &options.question {
        // Before anything is measured: a later stage may lack its baseline.
        for share in &shares {
            crate::store::baselines::read(&stored::baseline_path(options, name, *share)?)?;
        }
    }
    let mut views: Vec<GateView> = Vec::new();
    for share in shares {
        let measured = match &options.question {
            Question::Interleaved { before, after } => {
                interleaved::measure(options, (before, after), share, &interrupt, feed)
            }
            Question::Against(name) => stored::measure(options, name, share, &interrupt, feed),
            Question::Noise => continue,
        };
        let mut view = match measured {
            Ok(view) => view,
            Err(error) => {
                // The results of earlier stages are not lost because of a later one.
                if !views.is_empty() {
                    outputs::write(&options.outputs, &views, format, out, feed)?;
                }
                return Err(error);
            }
        };
        view.share = share;
        let is_last = options.stages.last().copied() == share || share.is_none();
        let goes_on = exit_of(view.outcome(), options.inconclusive) == Exit::Accepted;
        if !goes_on && !is_last {
            view.remarks.push("larger shares of the load were not tried".to_owned());
        }
        views.push(view);
        if !goes_on {
            break;
        }
    }
    outputs::write(&options.outputs, &views, format, out, feed)?;
    Ok(exit_of(report::outcome(&views), options.inconclusive))
}

fn exit_of(outcome: Outcome, inconclusive: Exit) -> Exit {
    match outcome {
        Outcome::Accepted => Exit::Accepted,
        Outcome::Regressed => Exit::Failed,
        Outcome::Inconclusive => inconclusive,
    }
}

/// Prints the JSON Schema of the output of `gate --format json`.
/// # Errors
/// [`CommandError::Output`] where it cannot be written.
pub fn print_schema(out: &mut dyn Write) -> Result<Exit, CommandError> {
    out.write_all(report::GATE_SCHEMA.as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}

/// Path of the file with the measured false-positive rate.
fn noise_path(options: &GateOptions, scenario: &str, identity: &str) -> PathBuf {
    crate::store::noise::path(&options.start.baselines, scenario, identity)
}
