//! What `baseline list` prints: one line per run.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;

use crate::report::wording::numbers::count;
use crate::run::state::state_of;
use crate::store::heartbeat::Heartbeat;
use crate::store::manifest::Manifest;
use crate::store::runs;

/// The runs of a folder, the latest last.
#[derive(Debug, Clone)]
pub struct Listing(Vec<(Manifest, &'static str, u64)>);

impl Listing {
    /// Reads the runs of a folder; what is no run, or none that can be read, is passed over.
    pub fn read(out_folder: &Path) -> Self {
        let mut entries = Vec::new();
        for folder in runs::list(out_folder) {
            let Ok(manifest) = Manifest::read(&folder) else { continue };
            let heartbeat = Heartbeat::read(&folder);
            let windows = heartbeat.as_ref().map_or(0, |heartbeat| heartbeat.windows);
            entries.push((manifest, state_of(heartbeat.as_ref()), windows));
        }
        Self(entries)
    }

    /// For people.
    pub fn text(&self, out_folder: &Path) -> String {
        if self.0.is_empty() {
            return format!("no runs in {}; `baseline start --demo` makes one\n", out_folder.display());
        }
        let mut text = String::new();
        for (manifest, state, windows) in &self.0 {
            let planned = count(manifest.planned_windows);
            let windows = count(*windows);
            let _ =
                writeln!(text, "{:<44} {state:<10} {windows:>7} of {planned:>7} windows", manifest.run_id);
        }
        text
    }

    /// For programs.
    pub fn json(&self) -> String {
        let run = |(manifest, state, windows): &(Manifest, &'static str, u64)| {
            json!({
                "run": manifest.run_id, "scenario": manifest.scenario, "state": state,
                "started_at": manifest.started_at, "planned_end": manifest.planned_end,
                "windows": windows, "planned_windows": manifest.planned_windows,
            })
        };
        let runs: Vec<_> = self.0.iter().map(run).collect();
        serde_json::to_string_pretty(&json!({ "schema": 1, "runs": runs })).unwrap_or_default() + "\n"
    }
}
