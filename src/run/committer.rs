//! The listener of a run: commits each group, watches it, writes the heartbeat, and publishes events.
//!
//! Commit first, then publish: everything that the feed reports can be read from the folder.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::outliers::OutlierCount;
use crate::analysis::watch::Watcher;
use crate::domain::gap::Gap;
use crate::domain::plan::Plan;
use crate::domain::run::RunState;
use crate::domain::tally::Tally;
use crate::domain::window::{MeasuredGroup, Window};
use crate::load::event::RunEvent;
use crate::store::StoreError;
use crate::store::anomaly_log;
use crate::store::heartbeat::Heartbeat;
use crate::store::manifest::Manifest;
use crate::store::run_directory::RunDirectory;

use super::anomalies::{entry, outlier_entry, rows_of};
use super::event::{Event, Progress};
use super::feed::{Feed, WhenFull};

/// When a run writes its heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beat {
    /// At every step of the run.
    EveryStep,
    /// At the end only: a rehearsal is over before anybody looks.
    AtEnd,
}

/// State of a run while it is measured; takes the session's events.
pub(super) struct Committer<'a> {
    pub(super) plan: &'a Plan,
    pub(super) directory: RunDirectory,
    pub(super) manifest: Manifest,
    pub(super) heartbeat: Heartbeat,
    pub(super) watcher: Watcher,
    pub(super) tally: Tally,
    pub(super) beat: Beat,
    pub(super) planned_end: Timestamp,
    /// End of the last window; of a rehearsal, it is the time on its clock.
    pub(super) reached: Option<Timestamp>,
    /// Current time: of the wall clock, or a constant for rehearsals.
    pub(super) now: fn() -> Timestamp,
    pub(super) feed: &'a Feed,
}

impl Committer<'_> {
    /// Processes the windows that an earlier session committed, and rewrites `anomalies.csv` from them.
    pub(super) fn take_up(&mut self, committed: &[Window]) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        for window in committed {
            rows.extend(rows_of(window, &self.watcher.take(window)));
            self.count(window);
        }
        self.count_anomalies(true);
        anomaly_log::replace(self.directory.folder(), &rows)
    }

    /// Processes the next event of the session.
    pub(super) fn take(&mut self, event: RunEvent) -> Result<(), StoreError> {
        match event {
            RunEvent::Waiting { until, cycle } => {
                self.heartbeat.cycle = cycle;
                self.heartbeat.cell = None;
                self.heartbeat.next_cycle_at = Some(format!("{until:.3}"));
                self.step(|progress| Event::Waiting { until, progress })
            }
            RunEvent::WindowOpened { number, cycle, cell } => {
                let cell = self.plan.describe(cell);
                self.heartbeat.cycle = cycle;
                self.heartbeat.cell = Some(cell.clone());
                self.heartbeat.next_cycle_at = None;
                self.step(|progress| Event::Opened { number, cell, progress })
            }
            RunEvent::WindowMeasured(group) => self.commit(*group),
            RunEvent::OutOfRows { data } => {
                let notice = format!("data {data:?} has no rows left, so the run ends here");
                self.feed.publish(Event::Notice(notice), WhenFull::Wait);
                Ok(())
            }
            RunEvent::Gap(gap) => self.gap(gap),
        }
    }

    /// Writes a heartbeat, so that readers see this process and not the one before it.
    pub(super) fn beat_now(&mut self) -> Result<(), StoreError> {
        self.heartbeat.updated_at = format!("{:.3}", (self.now)());
        self.heartbeat.write(self.directory.folder())
    }

    /// Records a stretch without measurements in the manifest.
    pub(super) fn gap(&mut self, gap: Gap) -> Result<(), StoreError> {
        self.manifest.gaps.push(gap.into());
        self.heartbeat.gaps = self.manifest.gaps.len() as u64;
        self.manifest.write(self.directory.folder())?;
        self.publish(Event::Gap(gap));
        Ok(())
    }

    /// Syncs the logs, writes the last heartbeat and publishes the end.
    pub(super) fn finish(&mut self, state: RunState, at: Timestamp) -> Result<(), StoreError> {
        self.directory.sync()?;
        // As the report shows them, with everything that was measured since.
        self.count_anomalies(true);
        let outliers = self.watcher.outliers().into_values().map(|cell| cell.counts.for_time_of_day);
        self.heartbeat.outliers =
            Some(outlier_entry(&outliers.fold(OutlierCount::default(), OutlierCount::and)));
        state.name().clone_into(&mut self.heartbeat.state);
        self.heartbeat.cell = None;
        self.heartbeat.next_cycle_at = None;
        self.heartbeat.updated_at = format!("{at:.3}");
        self.heartbeat.write(self.directory.folder())?;
        self.feed.publish(Event::Ended { state }, WhenFull::Wait);
        Ok(())
    }

    fn commit(&mut self, group: MeasuredGroup) -> Result<(), StoreError> {
        self.directory.commit(&group)?;
        let rows: Vec<Window> =
            group.parts.into_iter().chain([group.whole]).map(|measured| measured.window).collect();
        let (mut flags, mut incidents, mut anomalies) = (Vec::new(), Vec::new(), Vec::new());
        for window in &rows {
            self.count(window);
            let noticed = self.watcher.take(window);
            anomalies.extend(rows_of(window, &noticed));
            flags.extend(noticed.flags);
            incidents.extend(noticed.incidents);
        }
        self.count_anomalies(!incidents.is_empty());
        anomaly_log::append(self.directory.folder(), &anomalies)?;
        let rows: Arc<[Window]> = rows.into();
        self.publish(Event::Committed { rows, flags, incidents, progress: self.progress() });
        Ok(())
    }

    fn count_anomalies(&mut self, is_news: bool) {
        self.heartbeat.flags = self.watcher.flags();
        self.heartbeat.outliers = Some(outlier_entry(&self.watcher.for_forecast()));
        self.heartbeat.alerts = self.watcher.opened();
        if is_news {
            self.heartbeat.incidents = self.watcher.incidents().iter().map(entry).collect();
        }
    }

    fn count(&mut self, window: &Window) {
        self.tally.add(window);
        self.reached = Some(window.ended_at());
        self.heartbeat.cycle = window.cycle;
        self.heartbeat.count(&self.tally);
    }

    /// A rehearsal is not held up by waiting for a slow terminal, as its clock is virtual; real load is never held up.
    fn publish(&self, event: Event) {
        let when_full = match self.beat {
            Beat::EveryStep => WhenFull::DropOldest,
            Beat::AtEnd => WhenFull::WaitInBatches,
        };
        self.feed.publish(event, when_full);
    }

    fn progress(&self) -> Progress {
        let at = self.reached.filter(|_| self.beat == Beat::AtEnd).unwrap_or_else(self.now);
        Progress {
            cycle: self.heartbeat.cycle,
            cycles: self.plan.cycles(),
            tally: self.tally,
            planned_windows: self.plan.windows(),
            outliers: self.watcher.for_forecast().observed,
            incidents: self.heartbeat.alerts,
            duration: self.plan.duration,
            left: Duration::try_from(self.planned_end.duration_since(at)).unwrap_or(Duration::ZERO),
        }
    }

    /// A step between commits. A rehearsal spends no time on it, so there is nothing to show.
    fn step(&mut self, event: impl FnOnce(Progress) -> Event) -> Result<(), StoreError> {
        if self.beat == Beat::AtEnd {
            return Ok(());
        }
        self.beat_now()?;
        self.publish(event(self.progress()));
        Ok(())
    }
}
