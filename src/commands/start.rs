//! `baseline start`: runs a plan from the first request to the report, or resumes an interrupted run.

use std::io::Write;

use crate::load::session::SessionEnd;
use crate::report::console::dry_run::dry_run;
use crate::report::console::start::{ended_json, ended_lines, exit_words};
use crate::report::drawing::{Drawing, HTML, MARKDOWN, draw};
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
use crate::scenario::opt_in;
use crate::store::run_directory::Loss;
use crate::store::runs;

use super::busy::{LONGEST_FLUSH, idle, reporting};
use super::{CommandError, Exit, Format, open, outlook, unfinished, unused_proxy};

/// Options of the command `start`, after parsing.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct StartOptions {
    /// Options of the run, if a new one is started.
    pub run: RunOptions,
    /// Run to resume; `None` starts a new one.
    pub resume: Option<String>,
    /// Whether to resume the scenario's last run if it is unfinished.
    pub resume_unfinished: bool,
    /// Whether to print the plan without sending anything.
    pub dry_run: bool,
    /// Whether to resume a run although windows that it had committed are gone.
    pub accept_loss: bool,
    /// Whether to open the report in the browser.
    pub open: bool,
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
    if options.open && format == Format::Json {
        return Err(CommandError::Usage {
            what: "--open is for people, --format json for programs".to_owned(),
            hint: "use one of them".to_owned(),
        });
    }
    let environment = Environment::of_process();
    if let Some(run) = &options.resume {
        let folder = runs::find(&options.run.out, run)?;
        let finished = resume(&folder, &environment, options.loss(), interrupt::listen()?, feed)?;
        return conclude(&finished, format, options.open, out, feed);
    }
    let run = &options.run;
    refuse_stray_faults(run, run.faults.is_empty())?;
    let scenario = run.scenario.as_deref().unwrap_or(DEMO);
    let prepared = Prepared::new(scenario, &run.overrides, run.seed, &environment, run.is_on_model())?;
    // On a virtual clock there is nothing to check.
    let prepared = if run.rehearse { prepared.without_checks() } else { prepared };
    if options.dry_run {
        if !run.is_on_model() {
            check_sendable(&prepared.plan)?;
        }
        let waiting = if run.overrides.writes { Vec::new() } else { opt_in::waiting(&prepared.file) };
        let text = dry_run(&prepared.plan, &prepared.notes(), &waiting, format);
        out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
        return Ok(Exit::Accepted);
    }
    if options.resume_unfinished
        && let Some(folder) = unfinished::find(&run.out, &prepared, run.demo, feed)?
    {
        let finished = resume(&folder, &environment, options.loss(), interrupt::listen()?, feed)?;
        return conclude(&finished, format, options.open, out, feed);
    }
    outlook::announce(run, &prepared, feed)?;
    let about_proxy = unused_proxy::notice(&prepared.plan.access.transport, &environment);
    if let Some(note) = about_proxy.filter(|_| !run.is_on_model()) {
        feed.notice(note);
    }
    let finished = launch(run, &prepared, &environment, interrupt::listen()?, feed)?;
    let Some(finished) = finished else {
        let code = Exit::Inconclusive.code();
        feed.notice(format!("exit code {code}: interrupted before the first request"));
        return Ok(Exit::Inconclusive);
    };
    conclude(&finished, format, options.open, out, feed)
}

/// Rejects faults for a real target: they need the demo server or its model.
pub(in crate::commands) fn refuse_stray_faults(run: &RunOptions, has_none: bool) -> Result<(), CommandError> {
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
    is_open: bool,
    out: &mut dyn Write,
    feed: &Feed,
) -> Result<Exit, CommandError> {
    // From the windows, so that a report that cannot be drawn takes no verdict with it.
    let judged = judged(&finished.folder)?;
    let verdict = &judged.verdict;
    let exit = Exit::from(verdict.outcome());
    reporting(feed);
    let drawn = draw(&finished.folder, Drawing::ALL);
    idle(feed);
    let drawn = drawn.inspect_err(|_| {
        verdict.reasons.first().into_iter().for_each(|reason| feed.notice(reason_words(reason)));
    })?;
    ended_lines(&judged, &drawn.incidents)
        .into_iter()
        .chain(drawn.remarks)
        .for_each(|line| feed.notice(line));
    if finished.end == SessionEnd::Stopped && finished.subject != Subject::Rehearsal {
        feed.notice(format!(
            "stopped before the planned end; `baseline start --resume {}` continues it",
            finished.folder.display()
        ));
    }
    if let Some(why) = exit_words(verdict) {
        feed.notice(format!("exit code {}: {why}", exit.code()));
    }
    let html = finished.folder.join(HTML);
    feed.notice(format!("report: {}", html.display()));
    if is_open && let Err(why) = open::open(&html) {
        feed.notice(format!("warning: cannot open the report: {why}"));
    }
    // On a terminal, the result comes last.
    feed.flush(LONGEST_FLUSH);
    let text = match format {
        Format::Json => {
            let state = finished.state().name();
            ended_json(&finished.run_id, &finished.folder, state, &judged, exit.code())
        }
        _ => format!("{}\n", finished.folder.join(MARKDOWN).display()),
    };
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(exit)
}
