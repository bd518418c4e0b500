//! Where a monitor keeps what it knows over its days, beside the folders of the days.

use std::path::{Path, PathBuf};

use super::manifest::{Manifest, Mode};
use super::notes;

/// The folder of a monitor, beside the runs. Rehearsals and the demo have others than the real platform.
pub fn folder_of(out: &Path, scenario: &str, is_rehearsal: bool, is_demo: bool) -> PathBuf {
    let kind = match (is_rehearsal, is_demo) {
        (true, _) => "-rehearsal",
        (false, true) => "-demo",
        (false, false) => "",
    };
    out.join("monitor").join(format!("{scenario}{kind}"))
}

/// The folder of the monitor whose day a run is; `None` for a run of another kind.
pub fn folder_of_day(folder: &Path, manifest: &Manifest) -> Option<PathBuf> {
    let is_rehearsal = matches!(manifest.mode, Mode::Rehearsal { .. });
    let is_demo = matches!(manifest.mode, Mode::Demo { .. });
    let of = || folder_of(&notes::folder_of(folder), &manifest.scenario, is_rehearsal, is_demo);
    manifest.monitor.then(of)
}
