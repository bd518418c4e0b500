//! Reads a run's folder while it is being written, and judges each group as the run did: what exporters and live views see.
//!
//! Everything comes from the disk, so that a reader which was slow, or came late, loses nothing and sees the same.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::analysis::watch::{Noticed, Watcher};
use crate::domain::baseline::Baseline;
use crate::domain::gap::Gap;
use crate::domain::trace::SlowRequest;
use crate::domain::window::Window;
use crate::store::check_log::{self, CheckRecord};
use crate::store::histogram_log::{self, Times};
use crate::store::manifest::{self, GapEntry, Manifest};
use crate::store::record::baseline_of;
use crate::store::stamp::Stamp;
use crate::store::{StoreError, slowest_log, window_log};

use super::state::{RUNNING, RunStatus};
use super::watcher::watcher_of;

/// Whether a follower reads the distributions of the windows, which takes a thousand times as long as their rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distributions {
    /// They are not read.
    Skip,
    /// They are read.
    Read,
}

/// A committed group of windows: the steps of a workload first, the whole last. An endpoint is a group of one.
#[derive(Debug, Clone)]
pub struct Group {
    /// The rows in the order of the file; at least one.
    pub rows: Vec<FollowedWindow>,
}

impl Group {
    /// Number of the group within its run, from 1.
    pub fn number(&self) -> u64 {
        self.whole().map_or(0, |row| row.window.number)
    }

    /// The row of the whole.
    pub fn whole(&self) -> Option<&FollowedWindow> {
        self.rows.last()
    }
}

/// A committed window with what the watcher noticed.
#[derive(Debug, Clone)]
pub struct FollowedWindow {
    /// The row.
    pub window: Arc<Window>,
    /// Flags, outliers, alerts and incidents, as the run published them.
    pub noticed: Noticed,
    /// The distributions; all `None` with [`Distributions::Skip`].
    pub times: Times,
    /// Its slowest requests with their traces, the slowest first; empty where the run names no traces.
    pub slowest: Vec<SlowRequest>,
}

/// What else is new in the folder of a run.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// Stretches without measurements that were recorded since.
    pub gaps: Vec<Gap>,
    /// Health checks that were made since.
    pub checks: Vec<CheckRecord>,
}

/// Follows a run, from its first window.
#[derive(Debug)]
pub struct RunFollower {
    folder: PathBuf,
    manifest: Manifest,
    baseline: Option<Baseline>,
    watcher: Watcher,
    windows: window_log::Follower,
    /// Windows that were read and not handed over yet.
    read: VecDeque<Window>,
    times: Option<histogram_log::Follower>,
    slowest: slowest_log::Follower,
    gaps: usize,
    checks: usize,
    /// Of the files with gaps and checks, before they were read last.
    stamps: Option<[Stamp; 2]>,
    last: u64,
}

impl RunFollower {
    /// Opens the folder of a run, which may be measured or have ended.
    /// # Errors
    /// [`StoreError`] where it is not a run, or its baseline cannot be read.
    pub fn open(folder: &Path, distributions: Distributions) -> Result<Self, StoreError> {
        let manifest = Manifest::read(folder)?;
        let baseline = baseline_of(folder, &manifest)?;
        Ok(Self {
            watcher: watcher_of(&manifest, baseline.as_ref()),
            windows: window_log::Follower::new(folder),
            read: VecDeque::new(),
            times: (distributions == Distributions::Read).then(|| histogram_log::Follower::new(folder)),
            slowest: slowest_log::Follower::new(folder),
            folder: folder.to_owned(),
            manifest,
            baseline,
            gaps: 0,
            checks: 0,
            stamps: None,
            last: 0,
        })
    }

    /// Calls back for each group that was committed since the last call, in order. Nothing is skipped: a group that
    /// cannot be read is an error, and the next call tries it again.
    /// # Errors
    /// [`StoreError`] where a file cannot be read.
    pub fn poll(&mut self, mut take: impl FnMut(&Self, Group)) -> Result<(), StoreError> {
        loop {
            if self.read.is_empty() {
                self.read = self.windows.read_some()?.into();
            }
            let Some(first) = self.read.front() else { return Ok(()) };
            let number = first.number;
            let length = self.read.iter().take_while(|window| window.number == number).count();
            let rows: Vec<Window> = self.read.range(..length).cloned().collect();
            let mut times = match &mut self.times {
                Some(log) => log.of_group(&rows)?,
                None => Vec::new(),
            };
            times.resize_with(rows.len(), Times::default);
            let slowest = self.slowest.of_group(&rows)?;
            self.read.drain(..length);
            self.last = number;
            let group = self.group(rows, times, slowest);
            take(self, group);
        }
    }

    fn group(&mut self, rows: Vec<Window>, times: Vec<Times>, slowest: Vec<Vec<SlowRequest>>) -> Group {
        let rows = rows.into_iter().zip(times).zip(slowest).map(|((window, times), slowest)| {
            FollowedWindow { noticed: self.watcher.take(&window), window: Arc::new(window), times, slowest }
        });
        Group { rows: rows.collect() }
    }

    /// Gaps and health checks since the last call.
    /// # Errors
    /// [`StoreError`] where a file cannot be read.
    pub fn beside(&mut self) -> Result<Beside, StoreError> {
        let stamps = [manifest::FILE, check_log::FILE].map(|name| Stamp::of(&self.folder.join(name)));
        if self.stamps == Some(stamps) {
            return Ok(Beside::default());
        }
        self.manifest = Manifest::read(&self.folder)?;
        let gaps = self.manifest.gaps.iter().skip(self.gaps).filter_map(GapEntry::gap).collect();
        self.gaps = self.manifest.gaps.len();
        let (checks, _) = check_log::read(&self.folder)?;
        let new = checks.get(self.checks..).unwrap_or_default().to_vec();
        self.checks = checks.len();
        self.stamps = Some(stamps);
        Ok(Beside { gaps, checks: new })
    }

    /// State and heartbeat of the run, as they are now.
    pub fn status(&self) -> RunStatus {
        RunStatus::read(&self.folder, &self.manifest)
    }

    /// Whether the run is being measured.
    pub fn is_running(&self) -> bool {
        self.status().state == RUNNING
    }

    /// Folder of the run.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Manifest of the run, as it was at the last call of [`RunFollower::beside`].
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The baseline that the run was started with.
    pub fn baseline(&self) -> Option<&Baseline> {
        self.baseline.as_ref()
    }

    /// What was noticed up to the last group, with the bands of all cells.
    pub fn watcher(&self) -> &Watcher {
        &self.watcher
    }

    /// Number of the last group that was taken; 0 before the first.
    pub fn last(&self) -> u64 {
        self.last
    }
}
