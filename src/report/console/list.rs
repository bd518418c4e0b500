//! Output of `baseline list`: one line per run.

use std::fmt::Write as _;
use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::formats::envelope::{Output, print};
use crate::report::formats::values::run_states;
use crate::report::wording::numbers::count;
use crate::run::state::state_of;
use crate::store::heartbeat::Heartbeat;
use crate::store::manifest::Manifest;
use crate::store::runs;

/// The runs of a folder, the latest last.
#[derive(Debug, Clone)]
pub struct Listing(Vec<(Manifest, &'static str, u64)>);

impl Listing {
    /// Reads the runs of a folder, and skips folders that cannot be read as a run.
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

    /// Renders one line per run as text, for people.
    pub fn text(&self, out_folder: &Path) -> String {
        if self.0.is_empty() {
            return format!("no runs in {}; `baseline start --demo` starts one\n", out_folder.display());
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

    /// Renders the runs as JSON, for programs.
    pub fn json(&self) -> String {
        print(ListOutput { runs: self.0.iter().map(ListedRun::from).collect() })
    }
}

/// The runs of a folder.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline list --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct ListOutput<'a> {
    /// Runs in the output folder, oldest first.
    runs: Vec<ListedRun<'a>>,
}

impl Output for ListOutput<'_> {
    const KIND: &'static str = "list";
}

/// A run in the output folder.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ListedRun<'a> {
    /// The run ID.
    run: &'a str,
    /// The scenario's name.
    scenario: &'a str,
    /// State of the run: `running`, `completed`, `stopped`, `failed`, `killed` or `unknown`.
    #[schemars(schema_with = "run_states")]
    state: &'static str,
    /// Start of the run.
    #[schemars(extend("format" = "date-time"))]
    started_at: &'a str,
    /// When it was planned to end.
    #[schemars(extend("format" = "date-time"))]
    planned_end: &'a str,
    /// Windows measured so far.
    windows: u64,
    /// Windows that the whole plan has.
    planned_windows: u64,
}

impl<'a> From<&'a (Manifest, &'static str, u64)> for ListedRun<'a> {
    fn from((manifest, state, windows): &'a (Manifest, &'static str, u64)) -> Self {
        Self {
            run: &manifest.run_id,
            scenario: &manifest.scenario,
            state,
            started_at: &manifest.started_at,
            planned_end: &manifest.planned_end,
            windows: *windows,
            planned_windows: manifest.planned_windows,
        }
    }
}
