//! The state of a run: the one in its heartbeat, unless its process is gone or the heartbeat cannot be trusted.

use std::error::Error;
use std::path::Path;

use crate::domain::run::RunState;
use crate::store::heartbeat::Heartbeat;
use crate::store::manifest::Manifest;
use crate::store::run_directory::RunDirectory;
use crate::store::window_log;

/// State of a run that is still being measured.
pub const RUNNING: &str = "running";

/// Every word that [`state_of`] has.
pub const STATES: [&str; 6] = [RUNNING, "completed", "stopped", "failed", "killed", "unknown"];

/// State of the run with this heartbeat: `running`, `completed`, `stopped`, `failed`, `killed` or `unknown`.
fn state_of(heartbeat: Option<&Heartbeat>) -> &'static str {
    let Some(heartbeat) = heartbeat else { return "killed" };
    match heartbeat.run_state() {
        Some(RunState::Running) => match heartbeat.process() {
            Some(process) if process.is_alive() => RUNNING,
            _ => "killed",
        },
        Some(state) => state.name(),
        None => "unknown",
    }
}

/// State of a run, with the heartbeat that it follows from.
#[derive(Debug, Clone)]
pub struct RunStatus {
    /// One of [`STATES`].
    pub state: &'static str,
    /// The last heartbeat; `None` where it cannot be trusted.
    pub heartbeat: Option<Heartbeat>,
    /// Why the heartbeat cannot be trusted.
    pub trouble: Option<String>,
}

impl RunStatus {
    /// The state of a run. Without a heartbeat it follows from the lock and the windows: a run whose windows are all there
    /// is completed, and otherwise nobody knows how it ended.
    pub fn read(folder: &Path, manifest: &Manifest) -> Self {
        match Heartbeat::of_run(folder, &manifest.run_id) {
            Ok(heartbeat) => {
                Self { state: state_of(Some(&heartbeat)), heartbeat: Some(heartbeat), trouble: None }
            }
            Err(error) => {
                let state = if RunDirectory::is_held(folder) {
                    RUNNING
                } else if wholes(folder).is_some_and(|groups| groups >= manifest.planned_windows) {
                    "completed"
                } else {
                    "unknown"
                };
                Self { state, heartbeat: None, trouble: Some(with_sources(&error)) }
            }
        }
    }
}

/// Number of committed groups; `None` where they cannot be read.
fn wholes(folder: &Path) -> Option<u64> {
    let windows = window_log::read(&folder.join(window_log::FILE)).ok()?.windows;
    Some(windows.iter().filter(|window| window.cell.step.is_none()).count() as u64)
}

/// An error with its causes, on one line.
fn with_sources(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Whether the run in this folder is still being measured.
pub fn is_running(folder: &Path) -> bool {
    Manifest::read(folder).is_ok_and(|manifest| RunStatus::read(folder, &manifest).state == RUNNING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_of_a_run_is_among_the_words() {
        for state in RunState::ALL {
            assert!(STATES.contains(&state.name()), "{state:?}");
        }
    }
}
