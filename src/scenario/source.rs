//! The text of a scenario, and the name that messages give it.

use std::path::{Path, PathBuf};

/// Far above any real scenario; bounds what a wrong path can cost. Units: bytes.
pub(super) const LARGEST_FILE: usize = 4 * 1024 * 1024;

/// A scenario's text and where it came from, for messages.
#[derive(Debug, Clone)]
pub struct Source {
    /// A path, or the name of a shipped scenario.
    pub label: String,
    /// The text; empty where the scenario was read from a run's manifest.
    pub text: String,
}

impl Source {
    /// The path of a file that the scenario names: relative to the folder of the scenario file, made absolute.
    pub(super) fn path(&self, named: &str) -> PathBuf {
        let folder = Path::new(&self.label).parent().unwrap_or(Path::new(""));
        let path = folder.join(named);
        std::path::absolute(&path).unwrap_or(path)
    }
}
