//! The runs that are served: the one that is measured here, a recorded one, or all of a folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::host::monotonic::Clock;
use crate::report::ReportError;
use crate::report::console::reported_outcome;
use crate::run::state::{RUNNING, RunStatus};
use crate::run::wake::Wake;
use crate::store::manifest::{Manifest, Mode};
use crate::store::runs;

use super::json::RunEntry;
use super::live_run::LiveRun;

/// How often runs of other processes are looked at.
const EVERY: Duration = Duration::from_millis(250);
/// The most runs that are followed at once; the one that nobody asked for longest makes room.
const MOST_OPEN: usize = 8;
/// The most runs in a list, the newest.
const MOST_LISTED: usize = 1_000;
/// How long a list of folders is current.
const CURRENT_MS: u64 = 1_000;

/// Why there is no run.
#[derive(Debug)]
pub(super) enum NoRun {
    /// The run has not begun yet.
    NotBegun,
    /// No run is called so, or there is none at all.
    Unknown,
    /// It cannot be read.
    Unreadable(ReportError),
}

/// The runs that are served.
#[derive(Debug)]
pub(super) enum Runs {
    /// One, once it has begun.
    One(OnceLock<Arc<LiveRun>>),
    /// All of a folder.
    Folder(Folder),
}

/// A folder of runs.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    clock: Clock,
    open: Mutex<Vec<(String, Arc<LiveRun>)>>,
    listed: Mutex<Option<(u64, Vec<PathBuf>)>>,
    /// What reports said, by run ID, with the number of windows they are of.
    outcomes: Mutex<HashMap<String, (u64, Option<String>)>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Runs {
    /// A recorded run, which may be measured by another process.
    /// # Errors
    /// [`ReportError`] where it cannot be read.
    pub(super) fn recorded(folder: &Path) -> Result<Self, ReportError> {
        Ok(Self::One(OnceLock::from(LiveRun::open(folder, Wake::Every(EVERY))?)))
    }

    /// All runs of a folder.
    pub(super) fn of_folder(path: &Path) -> Self {
        Self::Folder(Folder {
            path: path.to_owned(),
            clock: Clock::start(),
            open: Mutex::default(),
            listed: Mutex::default(),
            outcomes: Mutex::default(),
        })
    }

    /// The run with this ID; without one the only or the latest. May read from disk.
    /// # Errors
    /// [`NoRun`].
    pub(super) fn find(&self, id: Option<&str>) -> Result<Arc<LiveRun>, NoRun> {
        let run = match self {
            Self::One(run) => {
                let run = run.get().ok_or(NoRun::NotBegun)?;
                let is_it = id.is_none_or(|id| run.state().facts.run_id == id);
                if is_it { Ok(Arc::clone(run)) } else { Err(NoRun::Unknown) }
            }
            Self::Folder(folder) => folder.find(id),
        };
        run.inspect(|run| run.asked())
    }

    /// The runs from their small files, newest first. Reads from disk.
    pub(super) fn list(&self) -> Vec<RunEntry> {
        match self {
            Self::One(run) => run.get().and_then(|run| entry(run.folder(), reported)).into_iter().collect(),
            Self::Folder(folder) => folder.list(),
        }
    }

    /// Whether what is served was read.
    pub(super) fn is_ready(&self) -> bool {
        match self {
            Self::One(run) => run.get().is_some_and(|run| run.state().is_read),
            Self::Folder(_) => true,
        }
    }

    /// Whether anybody waits for events.
    pub(super) fn has_clients(&self) -> bool {
        match self {
            Self::One(run) => run.get().is_some_and(|run| run.has_clients()),
            Self::Folder(folder) => lock(&folder.open).iter().any(|(_, run)| run.has_clients()),
        }
    }

    /// Ends the threads of all runs soon.
    pub(super) fn stop(&self) {
        match self {
            Self::One(run) => run.get().into_iter().for_each(|run| run.stop()),
            Self::Folder(folder) => lock(&folder.open).iter().for_each(|(_, run)| run.stop()),
        }
    }
}

impl Folder {
    /// The folders of all runs, oldest first.
    fn folders(&self) -> Vec<PathBuf> {
        let now = self.clock.now_ns() / 1_000_000;
        let mut listed = lock(&self.listed);
        match &*listed {
            Some((at, folders)) if now < at + CURRENT_MS => folders.clone(),
            _ => {
                let folders = runs::list(&self.path);
                *listed = Some((now, folders.clone()));
                folders
            }
        }
    }

    /// A name from a URL is compared with the names of folders, and never made part of a path.
    fn find(&self, id: Option<&str>) -> Result<Arc<LiveRun>, NoRun> {
        let is_it = |folder: &&PathBuf| id.is_none_or(|id| name_of(folder) == id);
        let folder = self.folders().iter().rev().find(is_it).cloned().ok_or(NoRun::Unknown)?;
        let name = name_of(&folder);
        let mut open = lock(&self.open);
        if let Some((_, run)) = open.iter().find(|(known, _)| *known == name) {
            return Ok(Arc::clone(run));
        }
        let run = LiveRun::open(&folder, Wake::Every(EVERY)).map_err(NoRun::Unreadable)?;
        if open.len() >= MOST_OPEN {
            make_room(&mut open);
        }
        open.push((name, Arc::clone(&run)));
        Ok(run)
    }

    fn list(&self) -> Vec<RunEntry> {
        let outcome = |folder: &Path, id: &str, state: &str, windows: u64| {
            let mut known = lock(&self.outcomes);
            if let Some((of, outcome)) = known.get(id)
                && *of == windows
                && outcome.is_some()
            {
                return outcome.clone();
            }
            let outcome = reported(folder, id, state, windows);
            known.insert(id.to_owned(), (windows, outcome.clone()));
            outcome
        };
        let newest = self.folders().into_iter().rev().take(MOST_LISTED);
        newest.filter_map(|folder| entry(&folder, outcome)).collect()
    }
}

/// Lets the run go that nobody listens to, and that nobody asked for longest.
fn make_room(open: &mut Vec<(String, Arc<LiveRun>)>) {
    let idle = open.iter().enumerate().filter(|(_, (_, run))| !run.has_clients());
    if let Some((place, _)) = idle.max_by_key(|(_, (_, run))| run.asked_ago_ms()) {
        open.remove(place).1.stop();
    }
}

fn reported(folder: &Path, id: &str, state: &str, windows: u64) -> Option<String> {
    reported_outcome(folder, id, state, windows).map(|outcome| outcome.word().to_owned())
}

/// A run from its small files; `None` where it cannot be read.
fn entry(folder: &Path, outcome: impl Fn(&Path, &str, &str, u64) -> Option<String>) -> Option<RunEntry> {
    let manifest = Manifest::read(folder).ok()?;
    let RunStatus { state, heartbeat, .. } = RunStatus::read(folder, &manifest);
    let heartbeat = heartbeat.as_ref();
    let windows = heartbeat.map(|heartbeat| heartbeat.windows);
    let is_over = state != RUNNING;
    Some(RunEntry {
        outcome: windows
            .filter(|_| is_over)
            .and_then(|windows| outcome(folder, &manifest.run_id, state, windows)),
        mode: match manifest.mode {
            Mode::Real => "target",
            Mode::Demo { .. } => "demo",
            Mode::Rehearsal { .. } => "rehearsal",
        },
        run_id: manifest.run_id,
        scenario: manifest.scenario,
        state,
        started_at: manifest.started_at,
        planned_end: manifest.planned_end,
        updated_at: heartbeat.map(|heartbeat| heartbeat.updated_at.clone()),
        windows,
        planned_windows: manifest.planned_windows,
        requests: heartbeat.map(|heartbeat| heartbeat.requests),
        failed: heartbeat.map(|heartbeat| heartbeat.failed),
        incidents: heartbeat.map(|heartbeat| heartbeat.incidents.len() as u64),
    })
}

fn name_of(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
