//! `baseline gate`: whether a change made a platform slower, with an exit code for pipelines.

mod calibration;
mod evidence;
mod interleaved;
mod options;
mod outputs;
mod servers;
mod stored;

use std::io::Write;

use crate::analysis::gate::Outcome;
use crate::report::gate as report;
use crate::report::gate::GateView;
use crate::report::schemas;
use crate::run::feed::Feed;
use crate::scenario::environment::Environment;

use super::start::refuse_stray_faults;
use super::{CommandError, Exit, Format, unused_proxy};

pub use options::{Floors, GateOptions, Question};
pub use outputs::Outputs;

use options::Interrupt;

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
    let measures = !options.start.is_on_model() && options.runs.is_empty();
    let scenario = options.start.scenario.as_deref().filter(|_| measures);
    if let Some(notice) =
        scenario.and_then(|scenario| unused_proxy::notice_of(scenario, &Environment::of_process()))
    {
        feed.notice(notice);
    }
    if options.question == Question::Noise {
        return calibration::measure(options, &interrupt, format, out, feed);
    }
    let percents: Vec<Option<u32>> = match options.stages.as_slice() {
        [] => vec![None],
        stages => stages.iter().copied().map(Some).collect(),
    };
    refuse_stray_faults(&options.start, options.start.faults == ["none"])?;
    if let Question::Against(name) = &options.question {
        // Before anything is measured: a later stage may lack its baseline.
        for load_percent in &percents {
            crate::store::baselines::read(&stored::baseline_path(options, name, *load_percent)?)?;
        }
    }
    let mut views: Vec<GateView> = Vec::new();
    for load_percent in percents {
        let measured = match &options.question {
            Question::Interleaved { before, after } => {
                interleaved::measure(options, (before, after), load_percent, &interrupt, feed)
            }
            Question::Against(name) => stored::measure(options, name, load_percent, &interrupt, feed),
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
        view.load_percent = load_percent;
        let is_last = options.stages.last().copied() == load_percent || load_percent.is_none();
        let goes_on = exit_of(view.outcome(), options.inconclusive) == Exit::Accepted;
        if !goes_on && !is_last {
            view.remarks.push("later stages were not measured".to_owned());
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
    out.write_all(schemas::gate().as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}
