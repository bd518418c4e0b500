//! A run folder that is being written: locked, committed group by group, cut back to its last commit on resume.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::domain::window::{MeasuredGroup, Window};

use super::atomic_write::{remove_unfinished, sync_folder_of, write_atomically};
use super::heartbeat::Heartbeat;
use super::manifest::{Manifest, SCHEMA, hash_of_bytes};
use super::record::windows;
use super::run_lock::{self, lock};
pub use super::run_log::Commit;
use super::run_log::RunLog;
use super::window_log::{Committed, Sealer};
use super::{
    StoreError, anomaly_log, archive, baselines, bounded, heartbeat, histogram_log, manifest, slowest_log,
    window_log,
};

/// What to do on resume where files show that committed windows are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Stop, so that the user can bring back the file.
    Refuse,
    /// Continue without them.
    Accept,
}

/// A run folder open for writing. Only one process can have it.
#[derive(Debug)]
pub struct RunDirectory {
    folder: PathBuf,
    windows: RunLog,
    histograms: RunLog,
    /// `None` until a request with a trace was measured.
    slowest: Option<RunLog>,
    commit: Commit,
    sealer: Sealer,
    _lock: File,
}

impl RunDirectory {
    /// Creates a run folder with its manifest, its first heartbeat and empty logs.
    /// # Errors
    /// [`StoreError::Exists`] where the folder exists, or [`StoreError::Io`].
    pub fn create(
        folder: &Path,
        manifest: &Manifest,
        heartbeat: &Heartbeat,
        commit: Commit,
    ) -> Result<Self, StoreError> {
        Self::create_with(folder, manifest, heartbeat, commit, None)
    }

    /// As [`RunDirectory::create`], with the text of the baseline that the run is compared with.
    /// # Errors
    /// As [`RunDirectory::create`].
    pub fn create_with(
        folder: &Path,
        manifest: &Manifest,
        heartbeat: &Heartbeat,
        commit: Commit,
        baseline: Option<&str>,
    ) -> Result<Self, StoreError> {
        if let Some(parent) = folder.parent() {
            fs::create_dir_all(parent).map_err(StoreError::io("create the folder", parent))?;
        }
        match fs::create_dir(folder) {
            Ok(()) => (),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(StoreError::Exists { path: folder.to_owned() });
            }
            Err(error) => return Err(StoreError::io("create the folder", folder)(error)),
        }
        let lock = lock(folder)?;
        let started_at = manifest.start(folder)?;
        let log = |name: &str, head: &str| RunLog::create(folder.join(name), head, commit);
        let histograms = log(histogram_log::FILE, &histogram_log::header(started_at))?;
        let windows = log(window_log::FILE, &window_log::sealed_header_line())?;
        anomaly_log::replace(folder, &[])?;
        if let Some(baseline) = baseline {
            write_atomically(&folder.join(baselines::COPY), baseline.as_bytes())?;
        }
        heartbeat.write(folder)?;
        // Last: a folder with a manifest has all other files too.
        manifest.write(folder)?;
        sync_folder_of(folder)?;
        let sealer = Sealer::new(&manifest.run_id);
        let folder = folder.to_owned();
        Ok(Self { folder, windows, histograms, slowest: None, commit, sealer, _lock: lock })
    }

    /// Opens a run folder again: cuts what was not committed, brings a folder of an earlier version to today's columns, and
    /// returns the committed windows.
    /// # Errors
    /// [`StoreError::Locked`] where another process has it, [`StoreError::Loss`] where committed windows are gone, or the
    /// error of the file that cannot be read.
    pub fn resume(folder: &Path, commit: Commit) -> Result<(Self, Vec<Window>), StoreError> {
        Self::resume_with(folder, commit, Loss::Refuse)
    }

    /// As [`RunDirectory::resume`]; `loss` may accept that committed windows are gone.
    /// # Errors
    /// As [`RunDirectory::resume`].
    pub fn resume_with(folder: &Path, commit: Commit, loss: Loss) -> Result<(Self, Vec<Window>), StoreError> {
        Manifest::read(folder)?;
        let lock = lock(folder)?;
        let mut manifest = Manifest::read(folder)?;
        manifest.require_plan(folder)?;
        archive::restore(folder)?;
        remove_unfinished(
            folder,
            &[manifest::FILE, heartbeat::FILE, window_log::FILE, histogram_log::FILE, anomaly_log::FILE],
        );
        let windows_path = folder.join(window_log::FILE);
        let histograms_path = folder.join(histogram_log::FILE);
        let committed = window_log::read(&windows_path)?;
        committed.check_run(&manifest.run_id, &windows_path)?;
        let tail = histogram_log::tail(&histograms_path, &committed.windows)?;
        if loss == Loss::Refuse {
            refuse_loss(folder, &committed, tail)?;
        }
        let length = with_current_columns(&windows_path, &manifest.run_id, &committed)?;
        let histograms = RunLog::cut(histograms_path, tail.length, commit)?;
        let mut rows = RunLog::cut(windows_path, length, commit)?;
        let slowest = slowest_log::committed_length(folder, &committed.windows)?
            .map(|length| RunLog::cut(folder.join(slowest_log::FILE), length, commit))
            .transpose()?;
        if length == 0 {
            // The crash came before the header was complete.
            rows.append(window_log::sealed_header_line().as_bytes())?;
        }
        if manifest.schema < SCHEMA {
            manifest.schema = SCHEMA;
            let baseline = folder.join(baselines::COPY);
            if baseline.exists() {
                manifest.baseline_hash = Some(hash_of_bytes(&bounded::read(&baseline, bounded::MEDIUM)?));
            }
            manifest.write(folder)?;
        }
        let sealer = Sealer::new(&manifest.run_id);
        let folder = folder.to_owned();
        let directory = Self { folder, windows: rows, histograms, slowest, commit, sealer, _lock: lock };
        Ok((directory, committed.windows))
    }

    /// Path of the run folder, as it was given.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Commits a group: the histograms of all its windows in one append, then its slowest requests, then their rows in
    /// another, the whole last.
    /// # Errors
    /// [`StoreError`]; every group committed before is intact, or kept in a copy where its file was replaced.
    pub fn commit(&mut self, group: &MeasuredGroup) -> Result<(), StoreError> {
        let path = self.folder.join(histogram_log::FILE);
        let (mut lines, mut rows) = (Vec::new(), String::new());
        for measured in group.in_commit_order() {
            let of_window = histogram_log::lines(measured, &path)?;
            rows.push_str(&self.sealer.line(&measured.window, &of_window));
            lines.extend(of_window);
        }
        self.histograms.append(&lines)?;
        self.append_slowest(group)?;
        self.windows.append(rows.as_bytes())
    }

    /// Appends the slowest requests of a group, where any named a trace.
    fn append_slowest(&mut self, group: &MeasuredGroup) -> Result<(), StoreError> {
        let path = self.folder.join(slowest_log::FILE);
        let lines = slowest_log::lines(group, &path)?;
        match &mut self.slowest {
            _ if lines.is_empty() => Ok(()),
            Some(log) => log.append(lines.as_bytes()),
            log @ None => {
                *log = Some(RunLog::create(path, &lines, self.commit)?);
                sync_folder_of(&self.folder.join(slowest_log::FILE))
            }
        }
    }

    /// Syncs both logs to disk.
    /// # Errors
    /// [`StoreError::Io`], or [`StoreError::Replaced`] where another program replaced one of them.
    pub fn sync(&mut self) -> Result<(), StoreError> {
        self.histograms.sync()?;
        self.slowest.as_mut().map_or(Ok(()), RunLog::sync)?;
        self.windows.sync()
    }

    /// Removes the folder of a run: for replacing a rehearsal with the same rehearsal.
    /// # Errors
    /// [`StoreError`] where it is not a run, is being written, or cannot be removed.
    pub fn remove(folder: &Path) -> Result<(), StoreError> {
        Manifest::read(folder)?;
        let _lock = lock(folder)?;
        fs::remove_dir_all(folder).map_err(StoreError::io("remove", folder))
    }

    /// Whether a process is writing to this run.
    pub fn is_held(folder: &Path) -> bool {
        run_lock::is_held(folder)
    }
}

/// An error where the files show that committed windows are gone. A kill leaves the histograms of at most one group
/// without its row, and a heartbeat that is at most one group behind.
fn refuse_loss(folder: &Path, committed: &Committed, tail: histogram_log::Tail) -> Result<(), StoreError> {
    let path = folder.join(window_log::FILE);
    let count = committed.windows.len() as u64;
    let rows = windows(count);
    if tail.groups > 1 || tail.is_within {
        let what = format!(
            "it has {rows}, but {} has {} more: their rows are gone",
            histogram_log::FILE,
            tail.groups
        );
        return Err(StoreError::Loss { path, what });
    }
    match Heartbeat::read(folder) {
        Some(heartbeat) if heartbeat.windows > count => {
            let what = format!(
                "it has {rows}, but the run had committed {} according to {}",
                heartbeat.windows,
                heartbeat::FILE
            );
            Err(StoreError::Loss { path, what })
        }
        _ => Ok(()),
    }
}

/// Rewrites the committed rows of a file whose columns are not today's, since rows of this version are appended next.
/// Returns the length of what is committed. Units: bytes.
fn with_current_columns(path: &Path, run_id: &str, committed: &Committed) -> Result<u64, StoreError> {
    let header = window_log::sealed_header_line();
    if committed.length == 0 || window_log::first_line(path)? == header {
        return Ok(committed.length);
    }
    let mut sealer = Sealer::new(run_id);
    let mut text = header;
    for (window, log_crc) in committed.windows.iter().zip(&committed.log_crcs) {
        text.push_str(&sealer.line_as_read(window, *log_crc));
    }
    write_atomically(path, text.as_bytes())?;
    Ok(text.len() as u64)
}
