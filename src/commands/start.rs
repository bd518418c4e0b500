//! `baseline start`: runs a plan from the first request to the report, or resumes an interrupted run.

use std::io::Write;

use crate::load::session::SessionEnd;
use crate::report::console::dry_run::dry_run;
use crate::report::console::start::ended_json;
use crate::report::drawing::{Drawing, MARKDOWN, draw};
use crate::report::wording::verdicts::reason_words;
use crate::run::drive::Finished;
use crate::run::event::Subject;
use crate::run::feed::Feed;
use crate::run::interrupt;
use crate::run::judged::judged;
use crate::run::launch::launch;
use crate::run::options::RunOptions;
use crate::run::prepared::{DEMO, Prepared, check_sendable};
use crate::run::resume::resume;
use crate::scenario::environment::Environment;
use crate::store::run_directory::Loss;
use crate::store::runs;

use super::{CommandError, Exit, Format, outlook, unused_proxy};

/// Options of the command `start`, after parsing.
#[derive(Debug, Clone, Default)]
pub struct StartOptions {
    /// Options of the run, if a new one is started.
    pub run: RunOptions,
    /// Run to resume; `None` starts a new one.
    pub resume: Option<String>,
    /// Whether to print the plan without sending anything.
    pub dry_run: bool,
    /// Whether to resume a run although windows that it had committed are gone.
    pub accept_loss: bool,
}

impl StartOptions {
    fn loss(&self) -> Loss {
        if self.accept_loss { Loss::Accept } else { Loss::Refuse }
    }
}

/// Runs `start`, and prints the path of the report.
/// # Errors
/// [`CommandError`]; windows that were committed before stay committed.
pub fn start(
    options: &StartOptions,
    format: Format,
    out: &mut dyn Write,
    feed: &Feed,
) -> Result<Exit, CommandError> {
    let environment = Environment::of_process();
    if let Some(run) = &options.resume {
        let folder = runs::find(&options.run.out, run)?;
        return conclude(&resume(&folder, &environment, options.loss(), feed)?, format, out, feed);
    }
    let run = &options.run;
    refuse_stray_faults(run, run.faults.is_empty())?;
    let scenario = run.scenario.as_deref().unwrap_or(DEMO);
    let prepared = Prepared::new(scenario, &run.overrides, run.seed, &environment, run.is_on_model())?;
    if options.dry_run {
        if !run.is_on_model() {
            check_sendable(&prepared.plan)?;
        }
        let text = dry_run(&prepared.plan, &prepared.notes(), format);
        out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
        return Ok(Exit::Accepted);
    }
    outlook::announce(run, &prepared, feed)?;
    let about_proxy = unused_proxy::notice(&prepared.plan.access.transport, &environment);
    if let Some(note) = about_proxy.filter(|_| !run.is_on_model()) {
        feed.notice(note);
    }
    match launch(run, &prepared, &environment, interrupt::listen()?, feed)? {
        Some(finished) => conclude(&finished, format, out, feed),
        None => Ok(Exit::Inconclusive),
    }
}

/// Rejects faults for a real target: they need the demo server or its model.
pub(super) fn refuse_stray_faults(run: &RunOptions, has_none: bool) -> Result<(), CommandError> {
    if run.is_on_model() || has_none {
        return Ok(());
    }
    Err(CommandError::Usage {
        what: "--fault is for the demo server".to_owned(),
        hint: "add --demo or --rehearse".to_owned(),
    })
}

/// Gives the verdict of a run that has ended, creates its reports, and prints the path of the Markdown report.
fn conclude(
    finished: &Finished,
    format: Format,
    out: &mut dyn Write,
    feed: &Feed,
) -> Result<Exit, CommandError> {
    // From the windows, so that a report that cannot be drawn takes no verdict with it.
    let judged = judged(&finished.folder)?;
    let verdict = &judged.verdict;
    let drawn = draw(&finished.folder, Drawing::ALL).inspect_err(|_| {
        verdict.reasons.first().into_iter().for_each(|reason| feed.notice(reason_words(reason)));
    })?;
    feed.notice(drawn.summary);
    if finished.end == SessionEnd::Stopped && finished.subject != Subject::Rehearsal {
        feed.notice(format!(
            "stopped before the planned end; `baseline start --resume {}` continues it",
            finished.run_id
        ));
    }
    let report = finished.folder.join(MARKDOWN);
    let text = match format {
        Format::Json => {
            let state = finished.state().name();
            ended_json(&finished.run_id, &finished.folder, &report, state, &judged)
        }
        _ => format!("{}\n", report.display()),
    };
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(verdict.outcome().into())
}
