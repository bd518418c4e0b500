//! The state of a run: the one in its heartbeat, unless its process is gone.

use std::path::Path;

use crate::domain::run::RunState;
use crate::store::heartbeat::Heartbeat;

/// State of a run that is still being measured.
pub const RUNNING: &str = "running";

/// Every word that [`state_of`] has.
pub const STATES: [&str; 6] = [RUNNING, "completed", "stopped", "failed", "killed", "unknown"];

/// State of the run with this heartbeat: `running`, `completed`, `stopped`, `failed`, `killed` or `unknown`.
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

/// Whether the run in this folder is still being measured.
pub fn is_running(folder: &Path) -> bool {
    state_of(Heartbeat::read(folder).as_ref()) == RUNNING
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
