//! How much room a disk has.

use std::path::Path;

/// Free bytes on the disk that holds a folder, or would hold it; `None` where that is unknown.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let existing =
        folder.ancestors().map(|path| if path.as_os_str().is_empty() { Path::new(".") } else { path });
    let existing = existing.into_iter().find(|path| path.exists())?;
    let stat = rustix::fs::statvfs(existing).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}
