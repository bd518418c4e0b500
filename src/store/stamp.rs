//! Whether a file may have changed since it was read, without reading it.

use std::path::Path;
use std::time::SystemTime;

/// When a file was last written and how long it is; all `None` where it is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamp {
    modified: Option<SystemTime>,
    length: Option<u64>,
}

impl Stamp {
    /// The stamp of a file as it is now. Files that are replaced within one tick of the file system's clock, and are as long as
    /// before, have the same.
    pub fn of(path: &Path) -> Self {
        let data = std::fs::metadata(path).ok();
        let modified = data.as_ref().and_then(|data| data.modified().ok());
        Self { modified, length: data.map(|data| data.len()) }
    }
}
