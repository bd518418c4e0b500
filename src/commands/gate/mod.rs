//! `baseline gate`: whether a change made a platform slower, with an exit code that a pipeline can act on.

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

/// What is held against what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Runs against a baseline by its name or file.
    Against(String),
    /// Two URLs, measured in turn.
    Interleaved {
        /// What is before.
        before: String,
        /// What is after.
        after: String,
    },
    /// Runs of the same code against each other.
    Noise,
}

/// What `gate` was asked to do.
#[derive(Debug, Clone)]
pub struct GateOptions {
    /// What is held against what.
    pub question: Question,
    /// Whether both sides are known to be the same, so that what fails is a false alarm.
    pub is_same: bool,
    /// Recorded runs; the gate measures its own where there are none.
    pub runs: Vec<String>,
    /// How many runs the candidate has, or are measured for `--aa`.
    pub repetitions: Option<usize>,
    /// How often both sides are measured in turn.
    pub rounds: usize,
    /// Windows of each cell and side in a round.
    pub windows: u64,
    /// Commands that serve the two sides.
    pub servers: [Option<String>; 2],
    /// How long those may take until they answer.
    pub ready: Duration,
    /// Shares of the load, one stage after the other. Units: percent.
    pub stages: Vec<u32>,
    /// Floors and drift.
    pub floors: Floors,
    /// What an inconclusive gate ends with.
    pub inconclusive: Exit,
    /// How runs are measured.
    pub start: RunOptions,
    /// Where the verdict goes beside standard output.
    pub outputs: Outputs,
}

/// Floors and drift, as ratios less 1 or differences of ratios.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Floors {
    /// Of throughput, mean and median.
    pub center: f64,
    /// Of p95 and p99.
    pub tail: f64,
    /// Of errors and throttled requests.
    pub errors: f64,
    /// What all cells may do together between stored runs.
    pub drift: f64,
}

impl GateOptions {
    fn settings(&self, design: Design) -> Settings {
        let Floors { center, tail, errors, drift } = self.floors;
        Settings { design, floor: center, tail_floor: tail, error_floor: errors, drift }
    }

    /// The same at a share of the load.
    fn at(&self, share: Option<u32>) -> RunOptions {
        let mut start = self.start.clone();
        start.overrides.share = share.filter(|share| *share != 100);
        start
    }
}

/// The interrupt, listened for once and only where something is measured.
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

/// Runs `gate`.
/// # Errors
/// [`CommandError`] where nothing could be judged. A regression is a result.
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
                // What earlier stages came to is not lost to a later one.
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

/// Prints the JSON Schema of what `gate --format json` prints.
/// # Errors
/// [`CommandError::Output`].
pub fn print_schema(out: &mut dyn Write) -> Result<Exit, CommandError> {
    out.write_all(report::GATE_SCHEMA.as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}

/// The folder of the baselines and the scenario, for files beside them.
fn noise_path(options: &GateOptions, scenario: &str, identity: &str) -> PathBuf {
    crate::store::noise::path(&options.start.baselines, scenario, identity)
}
