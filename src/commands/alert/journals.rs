//! The journals of runs and monitors.

use std::path::{Path, PathBuf};

use crate::store::journal::{self, JournalAlert, alerts_of};
use crate::store::{StoreError, runs};

/// The folder below that of the runs in which monitors keep what they know.
const MONITORS: &str = "monitor";

/// A journal with its alerts.
pub(super) struct Found {
    /// ID of the run, or `monitor/NAME`.
    pub(super) source: String,
    pub(super) folder: PathBuf,
    pub(super) alerts: Vec<JournalAlert>,
}

/// The journals of a folder of runs that have alerts, and those that cannot be read.
pub(super) fn journals(out: &Path) -> (Vec<Found>, Vec<StoreError>) {
    let (mut found, mut unreadable) = (Vec::new(), Vec::new());
    let monitors = out.join(MONITORS);
    let mut folders: Vec<(String, PathBuf)> =
        names(&monitors).map(|name| (format!("{MONITORS}/{name}"), monitors.join(name))).collect();
    folders.extend(runs::names(out).into_iter().map(|name| (name.clone(), out.join(name))));
    for (source, folder) in folders {
        match journal::read(&folder) {
            Ok(known) => {
                let alerts = alerts_of(&known.entries);
                if !alerts.is_empty() {
                    found.push(Found { source, folder, alerts });
                }
            }
            Err(error) => unreadable.push(error),
        }
    }
    (found, unreadable)
}

/// Names of the folders in a folder, sorted.
fn names(folder: &Path) -> impl Iterator<Item = String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names.into_iter()
}
