//! Finds runs: by run ID, unique prefix, path, or `latest`.

use std::path::{Path, PathBuf};

use super::manifest::Manifest;
use super::{StoreError, manifest, packed, window_log};

/// Word for the run that started last.
pub const LATEST: &str = "latest";

/// The folder of the run with this ID, unique prefix or path, or of the latest.
/// # Errors
/// [`StoreError::Unknown`], [`StoreError::Ambiguous`], [`StoreError::NotARun`] or [`StoreError::None`]; that of the manifest
/// where the run that is meant, or may be meant, cannot be read.
pub fn find(out: &Path, wanted: &str) -> Result<PathBuf, StoreError> {
    let as_path = Path::new(wanted);
    if wanted.contains('/') || as_path.join(manifest::FILE).is_file() {
        return if as_path.join(manifest::FILE).exists() {
            Ok(as_path.to_owned())
        } else {
            Err(StoreError::NotARun { path: as_path.to_owned() })
        };
    }
    let Found { mut runs, unreadable } = look(out);
    if wanted == LATEST {
        return latest(runs, unreadable, out);
    }
    let exact = out.join(wanted);
    if runs.contains(&exact) {
        return Ok(exact);
    }
    let mut unreadable = unreadable;
    unreadable.retain(|(folder, _)| name_of(folder).starts_with(wanted));
    if let Some(place) = unreadable.iter().position(|(folder, _)| *folder == exact) {
        return Err(unreadable.swap_remove(place).1);
    }
    runs.retain(|folder| name_of(folder).starts_with(wanted));
    runs.extend(unreadable.iter().map(|(folder, _)| folder.clone()));
    match (runs.as_slice(), unreadable.pop()) {
        ([], _) => Err(StoreError::Unknown { wanted: wanted.to_owned(), folder: out.to_owned() }),
        ([_], Some((_, error))) => Err(error),
        ([folder], None) => Ok(folder.clone()),
        (several, _) => Err(StoreError::Ambiguous {
            wanted: wanted.to_owned(),
            matches: several.iter().map(|folder| name_of(folder)).collect(),
        }),
    }
}

/// The latest run; an error where a run that cannot be read may have been later.
fn latest(
    mut runs: Vec<PathBuf>,
    unreadable: Vec<(PathBuf, StoreError)>,
    out: &Path,
) -> Result<PathBuf, StoreError> {
    let latest = runs.pop();
    let stamp = latest.as_deref().and_then(stamp_of);
    let may_be_later = |folder: &Path| stamp_of(folder).is_none() || stamp_of(folder) >= stamp;
    match unreadable.into_iter().find(|(folder, _)| may_be_later(folder)) {
        Some((_, error)) => Err(error),
        None => latest.ok_or_else(|| StoreError::None { folder: out.to_owned() }),
    }
}

/// The start in a run's ID, such as `20261121T041500Z`.
fn stamp_of(folder: &Path) -> Option<String> {
    let name = name_of(folder);
    let is_stamp = |part: &&str| part.len() == 16 && part.ends_with('Z') && part.as_bytes()[8] == b'T';
    name.rsplit('-').find(is_stamp).map(str::to_owned)
}

/// The folders of all runs, latest last, and those whose manifest cannot be read.
#[derive(Debug, Default)]
pub struct Found {
    /// Folders of the runs, in the order of their starts.
    pub runs: Vec<PathBuf>,
    /// Folders that have a manifest that cannot be read, by name, with the reason.
    pub unreadable: Vec<(PathBuf, StoreError)>,
}

/// The folders of all runs, latest last. Folders without a readable manifest are skipped.
pub fn list(out: &Path) -> Vec<PathBuf> {
    look(out).runs
}

/// Whether a folder has measured windows. A run that was killed while its folder was made has none, and no manifest.
fn has_windows(folder: &Path) -> bool {
    let head = window_log::sealed_header_line().len() as u64;
    packed::length(&folder.join(window_log::FILE)).is_some_and(|length| length > head)
}

/// Looks for runs in a folder.
pub fn look(out: &Path) -> Found {
    let entries = std::fs::read_dir(out).into_iter().flatten().flatten();
    let mut runs: Vec<(String, std::time::SystemTime, PathBuf)> = Vec::new();
    let mut unreadable = Vec::new();
    for entry in entries {
        let folder = entry.path();
        let manifest = match Manifest::read(&folder) {
            Ok(manifest) => manifest,
            Err(StoreError::NotARun { .. }) if !has_windows(&folder) => continue,
            Err(error) => {
                unreadable.push((folder, error));
                continue;
            }
        };
        // Two runs may start in one second, and rehearsals on one virtual clock; then the folder's age decides.
        let made = entry.metadata().and_then(|data| data.modified()).unwrap_or(std::time::UNIX_EPOCH);
        let is_virtual = matches!(manifest.mode, manifest::Mode::Rehearsal { .. });
        let started_at = if is_virtual { rfc3339(made) } else { manifest.started_at };
        runs.push((started_at, made, folder));
    }
    runs.sort();
    unreadable.sort_by(|(left, _), (right, _)| left.cmp(right));
    Found { runs: runs.into_iter().map(|(_, _, folder)| folder).collect(), unreadable }
}

/// The names of all run folders, the one that changed last first. Nothing is read of them but that they have a manifest, so
/// this is quick with thousands.
pub fn names(out: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(out).into_iter().flatten().flatten();
    let mut found: Vec<(std::time::SystemTime, String)> = entries
        .filter_map(|entry| {
            let changed = std::fs::metadata(entry.path().join(manifest::FILE)).ok()?.modified().ok()?;
            Some((changed, entry.file_name().into_string().ok()?))
        })
        .collect();
    found.sort_by(|left, right| right.cmp(left));
    found.into_iter().map(|(_, name)| name).collect()
}

fn rfc3339(at: std::time::SystemTime) -> String {
    jiff::Timestamp::try_from(at).map(|at| format!("{at:.3}")).unwrap_or_default()
}

fn name_of(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
