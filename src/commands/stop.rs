//! `baseline stop`: asks a run to end, and waits until it has ended.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use crate::run::state::{RUNNING, RunStatus};
use crate::store::manifest::Manifest;
use crate::store::run_directory::RunDirectory;
use crate::store::runs;

use super::{CommandError, Exit};

/// A run ends within two seconds; the rest is for slow disks.
const PATIENCE: u32 = 100;
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Runs `stop`, and prints the run's final state.
/// # Errors
/// [`CommandError`] where there is no such run, it is not running, or it does not end.
pub fn stop(out_folder: &Path, run: &str, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let folder = runs::find(out_folder, run)?;
    let manifest = Manifest::read(&folder)?;
    let RunStatus { state, heartbeat, trouble } = RunStatus::read(&folder, &manifest);
    if let Some(trouble) = trouble {
        return Err(CommandError::Usage {
            what: format!("cannot tell which process measures {}: {trouble}", manifest.run_id),
            hint: "end it with the tools of the operating system".to_owned(),
        });
    }
    // The process holds the lock of its run. Any other that the heartbeat names must not be ended.
    let is_running = state == RUNNING && RunDirectory::is_held(&folder);
    let process = heartbeat.filter(|_| is_running).and_then(|heartbeat| heartbeat.process());
    let Some(process) = process else {
        let state = if state == RUNNING { "killed" } else { state };
        return Err(CommandError::Usage {
            what: format!("{} is not running (state: {state})", manifest.run_id),
            hint: "`baseline list` lists the runs and their states".to_owned(),
        });
    };
    process.terminate().map_err(|source| CommandError::System { action: "signal the run", source })?;
    for _ in 0..PATIENCE {
        if !process.is_alive() {
            let state = RunStatus::read(&folder, &manifest).state;
            writeln!(out, "{}: {state}", manifest.run_id).map_err(CommandError::Output)?;
            return Ok(Exit::Accepted);
        }
        std::thread::sleep(LOOK_AGAIN);
    }
    Err(CommandError::Usage {
        what: format!("{} has not ended yet", manifest.run_id),
        hint: "its disk may be slow; `baseline status` shows its state".to_owned(),
    })
}
