//! What became of a run: what its heartbeat says, unless its process is gone.

use std::path::Path;

use crate::domain::run::RunState;
use crate::store::heartbeat::Heartbeat;

/// The state of a run that is still being measured.
pub const RUNNING: &str = "running";

/// What became of the run of a heartbeat: `running`, `completed`, `stopped`, `failed`, `killed` or `unknown`.
pub fn state_of(heartbeat: Option<&Heartbeat>) -> &'static str {
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

/// Whether a run is still being measured.
pub fn is_running(folder: &Path) -> bool {
    state_of(Heartbeat::read(folder).as_ref()) == RUNNING
}
