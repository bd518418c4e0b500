//! Drives the rest of a run's plan on an engine, from its position to its end.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::demo::DemoServer;
use crate::domain::plan::Plan;
use crate::domain::run::RunState;
use crate::domain::tally::Tally;
use crate::domain::units::{after, format_span};
use crate::domain::window::Window;
use crate::host;
use crate::load::goose_engine::GooseEngine;
use crate::load::session::{self, Position, SessionEnd};
use crate::load::stop::Stop;
use crate::store::manifest::{Manifest, hash_of};
use crate::store::queue_ledger::QueueLedger;
use crate::store::record::baseline_of;
use crate::store::run_directory::RunDirectory;
use crate::store::window_log;

use super::checks;
use super::committer::{Beat, Committer};
use super::create::heartbeat;
use super::error::RunError;
use super::event::{Event, Subject};
use super::feed::{Feed, WhenFull};
use super::position::{gap_of_stop, position_of};
use super::runtime::runtime;
use super::watcher::watcher_of;

/// A terminal that takes longer to show the start of a run is stuck, and not waited for.
const LONGEST_FLUSH: Duration = Duration::from_secs(1);

/// A run that has ended, completed or stopped.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Folder of the run, with its files synced.
    pub folder: PathBuf,
    /// Run ID, which is also the name of the folder.
    pub run_id: String,
    /// Whether it was completed or stopped early.
    pub end: SessionEnd,
    /// Whether a target, the demo server or the model was measured.
    pub subject: Subject,
    /// Counts of its windows and requests, from its start.
    pub tally: Tally,
}

impl Finished {
    /// The state that it ended in.
    pub fn state(&self) -> RunState {
        match self.end {
            SessionEnd::Completed => RunState::Completed,
            SessionEnd::Stopped | SessionEnd::OutOfRows => RunState::Stopped,
        }
    }

    /// Whether it ran until its planned end.
    pub fn is_complete(&self) -> bool {
        self.end == SessionEnd::Completed
    }
}

/// A run that is ready to be driven, from its start or from where it was interrupted.
pub struct Launch<'a> {
    /// Cells, times and limits of the run.
    pub plan: Plan,
    /// Folder of the run, open for writing.
    pub directory: RunDirectory,
    /// Manifest of the run, as it is in the folder.
    pub manifest: Manifest,
    /// Start of the run, and the cells that are already measured.
    pub position: Position,
    /// Windows committed by an earlier session; `None` for a new run.
    pub taken_up: Option<Vec<Window>>,
    /// The demo server, if it is measured; it is stopped at the end.
    pub demo: Option<DemoServer>,
    /// Called at the end of the plan to decide whether to measure it once more, for the same time again.
    pub sequel: Option<Sequel<'a>>,
}

/// Reads a run's folder and decides whether to measure the plan once more.
pub type Sequel<'a> = Box<dyn FnMut(&Path) -> Result<bool, RunError> + 'a>;

/// Checks the allow-list before the run has a folder, so that a blocked plan leaves nothing behind. `false` where it
/// was interrupted.
/// # Errors
/// [`RunError::Engine`] where a host or address is not allowed.
pub fn check_allowed(plan: &Plan, stop: &mut Stop) -> Result<bool, RunError> {
    let runtime = runtime()?;
    let allowed = runtime.block_on(async {
        tokio::select! {
            allowed = GooseEngine::preflight(plan) => Some(allowed),
            () = stop.raised() => None,
        }
    });
    // A name server that does not respond is not waited for.
    runtime.shutdown_background();
    match allowed {
        Some(allowed) => allowed.map(|()| true).map_err(RunError::from),
        None => Ok(false),
    }
}

/// Measures the rest of a run's plan.
/// # Errors
/// [`RunError`]; windows that were committed before stay committed.
pub fn drive(launch: Launch<'_>, mut stop: Stop, feed: &Feed) -> Result<Finished, RunError> {
    let Launch { plan, directory, manifest, position, taken_up, demo, sequel } = launch;
    let subject = if demo.is_some() { Subject::Demo } else { Subject::Target };
    announce(&plan, directory.folder(), subject, feed);
    let plan = Arc::new(plan);
    let longer = Plan { duration: plan.duration * 2, ..(*plan).clone() };
    let started_at = position.started_at;
    let planned_end = manifest.end(directory.folder())?;
    let mut committer = committer(&plan, directory, manifest, planned_end, feed, Beat::EveryStep)?;
    if let Some(committed) = taken_up {
        committer.take_up(&committed)?;
        let gap = gap_of_stop(&committed, &committer.manifest, started_at, host::clock::now());
        if let Some(gap) = gap {
            committer.gap(gap)?;
        }
        committer.beat_now()?;
    }
    let ledger = QueueLedger::open(committer.directory.folder())?;
    let runtime = runtime()?;
    let folder = committer.directory.folder().to_owned();
    let measure = || {
        runtime.block_on(async {
            let mut engine = GooseEngine::start(Arc::clone(&plan), Some(ledger)).await?;
            let mut end =
                session::run(&plan, position, &mut engine, &mut stop, &mut |event| committer.take(event))
                    .await;
            if let (Ok(SessionEnd::Completed), Some(mut wants_more)) = (&end, sequel)
                && wants_more(committer.directory.folder())?
            {
                let committed = lengthen(&mut committer, &longer)?;
                let position = position_of(&longer, started_at, &committed);
                end = session::run(&longer, position, &mut engine, &mut stop, &mut |event| {
                    committer.take(event)
                })
                .await;
            }
            engine.finish().await;
            Ok::<SessionEnd, RunError>(end?)
        })
    };
    let result = checks::beside(&plan, started_at, &folder, feed, measure);
    // Exchanges in progress are not waited for.
    runtime.shutdown_background();
    if let Some(demo) = demo {
        demo.stop();
    }
    let now = host::clock::now();
    match result {
        Ok(end) => conclude(committer, subject, end, now),
        Err(error) => {
            // The first error is the one to report; a heartbeat that cannot be written changes nothing about it.
            let _ = committer.finish(RunState::Failed, now);
            Err(error)
        }
    }
}

/// Publishes the start of a run, and the cells that its plan leaves out.
pub(super) fn announce(plan: &Plan, folder: &Path, subject: Subject, feed: &Feed) {
    let (windows, duration) = (plan.windows(), plan.duration);
    feed.publish(Event::Began { folder: folder.to_owned(), subject, windows, duration }, WhenFull::Wait);
    let cells: Vec<String> = plan.left_out.iter().map(|cell| plan.describe(*cell)).collect();
    if !cells.is_empty() {
        feed.publish(Event::LeftOut { cells }, WhenFull::Wait);
    }
    // Standard output is discarded while load is generated, and a detached run has to print its folder before.
    feed.flush(LONGEST_FLUSH);
}

/// Extends the plan of a run; committed windows stay.
fn lengthen<'a>(committer: &mut Committer<'a>, longer: &'a Plan) -> Result<Vec<Window>, RunError> {
    let folder = committer.directory.folder().to_owned();
    let manifest = &mut committer.manifest;
    committer.planned_end = after(manifest.start(&folder)?, longer.duration);
    manifest.planned_end = format!("{:.3}", committer.planned_end);
    manifest.planned_windows = longer.windows();
    manifest.plan["plan"]["duration"] = format_span(longer.duration).into();
    manifest.scenario_hash = hash_of(&manifest.plan);
    manifest.write(&folder)?;
    committer.plan = longer;
    Ok(window_log::read(&folder.join(window_log::FILE))?.windows)
}

/// Ends a run: syncs it and writes its last heartbeat.
pub(super) fn conclude(
    mut committer: Committer<'_>,
    subject: Subject,
    end: SessionEnd,
    at: Timestamp,
) -> Result<Finished, RunError> {
    let folder = committer.directory.folder().to_owned();
    let (run_id, tally) = (committer.manifest.run_id.clone(), committer.tally);
    let finished = Finished { folder, run_id, end, subject, tally };
    committer.finish(finished.state(), at)?;
    Ok(finished)
}

pub(super) fn committer<'a>(
    plan: &'a Plan,
    directory: RunDirectory,
    manifest: Manifest,
    planned_end: Timestamp,
    feed: &'a Feed,
    beat: Beat,
) -> Result<Committer<'a>, RunError> {
    let baseline = baseline_of(directory.folder(), &manifest)?;
    let heartbeat = heartbeat(&manifest, beat);
    let watcher = watcher_of(&manifest, baseline.as_ref());
    Ok(Committer {
        plan,
        directory,
        manifest,
        heartbeat,
        watcher,
        tally: Tally::default(),
        beat,
        planned_end,
        reached: None,
        now: host::clock::now,
        feed,
    })
}
