//! Resumes a run where it was interrupted: by a crash, a reboot, an error or a stop.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use crate::demo::DemoServer;
use crate::domain::plan::Plan;
use crate::domain::units::format_span;
use crate::domain::window::Window;
use crate::host;
use crate::load::session::SessionEnd;
use crate::load::stop::Stop;
use crate::scenario::environment::Environment;
use crate::scenario::{Document, Settings, plan_of};
use crate::store::manifest::{self, Manifest, Mode};
use crate::store::run_directory::{Commit, Loss, RunDirectory};

use super::committer::Beat;
use super::drive::{Finished, Launch, announce, committer, conclude, drive};
use super::error::RunError;
use super::event::{Event, Subject};
use super::feed::{Feed, WhenFull};
use super::launch::demo_server;
use super::position::{gap_of_stop, position_of};
use super::prepared::{self, DEMO_ORIGIN};
use super::stored_plan::StoredPlan;

/// A clock that is behind by less was corrected, not set back.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(2);

/// Measures the rest of a run; one whose planned end has passed is only concluded. `loss` decides what happens where
/// committed windows are gone.
/// # Errors
/// [`RunError`] where it cannot be resumed; committed windows stay committed.
pub fn resume(
    folder: &Path,
    environment: &Environment,
    loss: Loss,
    stop: Stop,
    feed: &Feed,
) -> Result<Finished, RunError> {
    let manifest = Manifest::read(folder)?;
    let faults = match &manifest.mode {
        Mode::Real => Vec::new(),
        Mode::Demo { faults } => {
            faults.iter().map(|text| prepared::parse_fault(text)).collect::<Result<Vec<_>, _>>()?
        }
        Mode::Rehearsal { .. } => return Err(RunError::ResumeOfRehearsal),
    };
    let started_at = manifest.start(folder)?;
    let planned_end = manifest.end(folder)?;
    let (directory, committed) = RunDirectory::resume_with(folder, Commit::EachGroup, loss)?;
    // Read again: the process that held the lock may have changed it before we got the lock.
    let manifest = Manifest::read(folder)?;
    let now = host::clock::now();
    let is_demo = matches!(manifest.mode, Mode::Demo { .. });
    let running = Duration::try_from(now.duration_since(started_at)).unwrap_or(Duration::ZERO);
    let groups = committed.iter().filter(|window| window.cell.step.is_none()).count() as u64;
    let is_whole = groups >= manifest.planned_windows;
    let is_over = now >= planned_end || is_whole;
    let demo = (is_demo && !is_over).then(|| demo_server(manifest.seed, faults, running)).transpose()?;
    let plan = plan_of_manifest(&manifest, folder, demo.as_ref(), environment)?;
    if is_over {
        let subject = if is_demo { Subject::Demo } else { Subject::Target };
        announce(&plan, folder, subject, feed);
        let mut committer = committer(&plan, directory, manifest, planned_end, feed, Beat::EveryStep)?;
        committer.take_up(&committed)?;
        let gap = gap_of_stop(&committed, &committer.manifest, started_at, now.min(planned_end));
        if let Some(gap) = gap.filter(|_| !is_whole) {
            committer.gap(gap)?;
        }
        feed.publish(Event::PlannedEndPassed, WhenFull::Wait);
        return conclude(committer, subject, SessionEnd::Completed, now);
    }
    if let Some(behind) = clock_behind(&committed, started_at, now) {
        feed.notice(format!(
            "warning: the clock is {} behind the last window of this run: it was set back; measuring goes on when the next cycle is due",
            format_span(behind)
        ));
    }
    let position = position_of(&plan, started_at, &committed);
    let taken_up = Some(committed);
    drive(Launch { plan, directory, manifest, position, taken_up, demo, sequel: None }, stop, feed)
}

/// How far the clock is behind what the run has measured; `None` where it is not.
fn clock_behind(committed: &[Window], started_at: Timestamp, now: Timestamp) -> Option<Duration> {
    let last = committed.iter().map(Window::ended_at).max().unwrap_or(started_at);
    let behind = Duration::try_from(last.duration_since(now)).ok()?;
    (behind > CLOCK_TOLERANCE).then(|| Duration::from_secs(behind.as_secs()))
}

fn plan_of_manifest(
    manifest: &Manifest,
    folder: &Path,
    demo: Option<&DemoServer>,
    environment: &Environment,
) -> Result<Plan, RunError> {
    let mut file = StoredPlan::of(manifest).into_file(folder)?;
    if matches!(manifest.mode, Mode::Demo { .. }) {
        let url = demo.map_or_else(|| DEMO_ORIGIN.to_owned(), |demo| format!("http://{}", demo.address()));
        prepared::move_to(&mut file, &url);
    }
    let label = folder.join(manifest::FILE).display().to_string();
    let document = Document::without_text(&label);
    let settings = Settings { seed: manifest.seed, ..Settings::default() };
    Ok(plan_of(&file, &document, environment, &settings)?)
}
