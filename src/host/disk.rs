//! Free space on a disk.

use std::path::Path;

/// Free bytes on the disk of a folder, which need not exist yet; `None` where it is unknown.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let existing =
        folder.ancestors().map(|path| if path.as_os_str().is_empty() { Path::new(".") } else { path });
    let existing = existing.into_iter().find(|path| path.exists())?;
    let stat = rustix::fs::statvfs(existing).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}
