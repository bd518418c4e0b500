//! Output of `baseline list`: one line per run.

use std::fmt::Write as _;
use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::formats::envelope::{Output, print};
use crate::report::formats::values::run_states;
use crate::report::wording::numbers::count;
use crate::run::state::RunStatus;
use crate::store::manifest::Manifest;
use crate::store::runs::{self, Found};
use crate::store::window_log;

/// The runs of a folder, the latest last.
#[derive(Debug, Clone)]
pub struct Listing {
    runs: Vec<(Manifest, &'static str, u64)>,
    /// What cannot be read, a sentence each.
    warnings: Vec<String>,
}

impl Listing {
    /// Reads the runs of a folder. Folders without a manifest are skipped; damaged ones become a warning.
    pub fn read(out_folder: &Path) -> Self {
        let Found { runs, unreadable } = runs::look(out_folder);
        let mut listing = Self { runs: Vec::new(), warnings: Vec::new() };
        for folder in runs {
            let manifest = match Manifest::read(&folder) {
                Ok(manifest) => manifest,
                Err(error) => {
                    listing.warnings.push(error.to_string());
                    continue;
                }
            };
            let status = RunStatus::read(&folder, &manifest);
            let counted = status.heartbeat.as_ref().map(|heartbeat| Ok(heartbeat.windows));
            let counted = counted.unwrap_or_else(|| {
                window_log::read(&folder.join(window_log::FILE)).map(|log| log.windows.len() as u64)
            });
            let windows = counted.unwrap_or_else(|error| {
                listing.warnings.push(error.to_string());
                0
            });
            listing.warnings.extend(status.trouble);
            listing.runs.push((manifest, status.state, windows));
        }
        listing.warnings.extend(unreadable.into_iter().map(|(_, error)| error.to_string()));
        listing
    }

    /// Renders one line per run as text, for people.
    pub fn text(&self, out_folder: &Path) -> String {
        if self.runs.is_empty() && self.warnings.is_empty() {
            return format!("no runs in {}; `baseline start --demo` starts one\n", out_folder.display());
        }
        let mut text = String::new();
        for (manifest, state, windows) in &self.runs {
            let planned = count(manifest.planned_windows);
            let windows = count(*windows);
            let _ =
                writeln!(text, "{:<44} {state:<10} {windows:>7} of {planned:>7} windows", manifest.run_id);
        }
        for warning in &self.warnings {
            let _ = writeln!(text, "warning: {warning}");
        }
        text
    }

    /// Renders the runs as JSON, for programs.
    pub fn json(&self) -> String {
        print(ListOutput { runs: self.runs.iter().map(ListedRun::from).collect(), warnings: &self.warnings })
    }
}

/// The runs of a folder.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline list --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct ListOutput<'a> {
    /// Runs in the output folder, oldest first.
    runs: Vec<ListedRun<'a>>,
    /// Runs and files that cannot be read, a sentence each.
    warnings: &'a [String],
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
