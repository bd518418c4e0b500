//! Finds runs: by run ID, unique prefix, path, or `latest`.

use std::path::{Path, PathBuf};

use super::manifest::Manifest;
use super::{StoreError, manifest};

/// Word for the run that started last.
pub const LATEST: &str = "latest";

/// The folder of the run with this ID, unique prefix or path, or of the latest.
/// # Errors
/// [`StoreError::Unknown`], [`StoreError::Ambiguous`], [`StoreError::NotARun`] or [`StoreError::None`].
pub fn find(out: &Path, wanted: &str) -> Result<PathBuf, StoreError> {
    let as_path = Path::new(wanted);
    if wanted.contains('/') || as_path.join(manifest::FILE).is_file() {
        return if as_path.join(manifest::FILE).is_file() {
            Ok(as_path.to_owned())
        } else {
            Err(StoreError::NotARun { path: as_path.to_owned() })
        };
    }
    let mut folders = list(out);
    let unknown = || StoreError::Unknown { wanted: wanted.to_owned(), folder: out.to_owned() };
    if wanted == LATEST {
        return folders.pop().ok_or_else(|| StoreError::None { folder: out.to_owned() });
    }
    let exact = out.join(wanted);
    if folders.contains(&exact) {
        return Ok(exact);
    }
    folders.retain(|folder| name_of(folder).starts_with(wanted));
    match folders.as_slice() {
        [] => Err(unknown()),
        [folder] => Ok(folder.clone()),
        several => Err(StoreError::Ambiguous {
            wanted: wanted.to_owned(),
            matches: several.iter().map(|folder| name_of(folder)).collect(),
        }),
    }
}

/// The folders of all runs, latest last. Folders without a readable manifest are skipped.
pub fn list(out: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(out).into_iter().flatten().flatten();
    let mut runs: Vec<(String, std::time::SystemTime, PathBuf)> = entries
        .filter_map(|entry| {
            let folder = entry.path();
            let manifest = Manifest::read(&folder).ok()?;
            // Two runs may start in one second, and rehearsals on one virtual clock; then the folder's age decides.
            let made = entry.metadata().and_then(|data| data.modified()).unwrap_or(std::time::UNIX_EPOCH);
            let is_virtual = matches!(manifest.mode, manifest::Mode::Rehearsal { .. });
            let started_at = if is_virtual { rfc3339(made) } else { manifest.started_at };
            Some((started_at, made, folder))
        })
        .collect();
    runs.sort();
    runs.into_iter().map(|(_, _, folder)| folder).collect()
}

fn rfc3339(at: std::time::SystemTime) -> String {
    jiff::Timestamp::try_from(at).map(|at| format!("{at:.3}")).unwrap_or_default()
}

fn name_of(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
