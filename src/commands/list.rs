//! `baseline list`: the runs that are there, the latest last.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use serde_json::json;

use crate::report::numbers::count;
use crate::store::heartbeat::Heartbeat;
use crate::store::manifest::Manifest;
use crate::store::runs;

use super::report::state_of;
use super::{CommandError, Exit, Format};

/// Runs `list`.
/// # Errors
/// [`CommandError::Output`] where the result cannot be written.
pub fn list(out_folder: &Path, format: Format, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let mut entries = Vec::new();
    for folder in runs::list(out_folder) {
        let Ok(manifest) = Manifest::read(&folder) else { continue };
        let heartbeat = Heartbeat::read(&folder);
        let windows = heartbeat.as_ref().map_or(0, |heartbeat| heartbeat.windows);
        entries.push((manifest, state_of(heartbeat.as_ref()), windows));
    }
    let text = match format {
        Format::Text if entries.is_empty() => {
            format!("no runs in {}; `baseline start --demo` makes one\n", out_folder.display())
        }
        Format::Json => {
            let runs: Vec<_> = entries
                .iter()
                .map(|(manifest, state, windows)| {
                    json!({
                        "run": manifest.run_id, "scenario": manifest.scenario, "state": state,
                        "started_at": manifest.started_at, "planned_end": manifest.planned_end,
                        "windows": windows, "planned_windows": manifest.planned_windows,
                    })
                })
                .collect();
            serde_json::to_string_pretty(&json!({ "schema": 1, "runs": runs })).unwrap_or_default() + "\n"
        }
        _ => {
            let mut text = String::new();
            for (manifest, state, windows) in &entries {
                let planned = count(manifest.planned_windows);
                let windows = count(*windows);
                let _ = writeln!(
                    text,
                    "{:<44} {state:<10} {windows:>7} of {planned:>7} windows",
                    manifest.run_id
                );
            }
            text
        }
    };
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}
