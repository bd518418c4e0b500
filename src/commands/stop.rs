//! `baseline stop`: asks a run to end, and waits until it has ended.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use crate::run::state::{RUNNING, state_of};
use crate::store::heartbeat::Heartbeat;
use crate::store::manifest::Manifest;
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
    let heartbeat = Heartbeat::read(&folder);
    let state = state_of(heartbeat.as_ref());
    let process = heartbeat.filter(|_| state == RUNNING).and_then(|heartbeat| heartbeat.process());
    let Some(process) = process else {
        return Err(CommandError::Usage {
            what: format!("{} is not running (state: {state})", manifest.run_id),
            hint: "`baseline list` lists the runs and their states".to_owned(),
        });
    };
    process.terminate().map_err(|source| CommandError::System { action: "signal the run", source })?;
    for _ in 0..PATIENCE {
        if !process.is_alive() {
            writeln!(out, "{}: {}", manifest.run_id, state_of(Heartbeat::read(&folder).as_ref()))
                .map_err(CommandError::Output)?;
            return Ok(Exit::Accepted);
        }
        std::thread::sleep(LOOK_AGAIN);
    }
    Err(CommandError::Usage {
        what: format!("{} has not ended yet", manifest.run_id),
        hint: "its disk may be slow; `baseline status` shows its state".to_owned(),
    })
}
