//! Listens to a run: commits each window, flags it, beats the heart, and tells the observer.

use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::watch::{Alert, Flag, Noticed, Watcher};
use crate::domain::gap::Gap;
use crate::domain::plan::Plan;
use crate::domain::run::RunState;
use crate::domain::verdict::Validity;
use crate::domain::window::{MeasuredWindow, Window};
use crate::load::event::RunEvent;
use crate::store::StoreError;
use crate::store::anomaly_log::{self, AnomalyRow};
use crate::store::heartbeat::Heartbeat;
use crate::store::manifest::Manifest;
use crate::store::run_directory::RunDirectory;

use crate::report::sentences::describe_alert;

use super::observer::{Observer, Progress};

/// How often the heart beats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beat {
    /// At every step.
    EveryStep,
    /// At the end only: a rehearsal is over before anybody looks.
    AtEnd,
}

/// Listens to a run.
pub(super) struct Committer<'a> {
    pub(super) plan: &'a Plan,
    pub(super) directory: RunDirectory,
    pub(super) manifest: Manifest,
    pub(super) heartbeat: Heartbeat,
    pub(super) watcher: Watcher,
    pub(super) beat: Beat,
    pub(super) planned_end: Timestamp,
    /// Tells the time: the wall clock's, or a rehearsal's own.
    pub(super) now: fn() -> Timestamp,
    pub(super) observer: &'a mut dyn Observer,
}

impl Committer<'_> {
    /// Takes windows that an earlier session committed.
    pub(super) fn take_up(&mut self, committed: &[Window]) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        for window in committed {
            rows.extend(rows_of(&self.watcher.take(window)));
            self.count(window);
        }
        self.heartbeat.flags = self.watcher.flags();
        self.heartbeat.alerts = self.watcher.alerts();
        anomaly_log::replace(self.directory.folder(), &rows)
    }

    /// Takes the next event.
    pub(super) fn take(&mut self, event: RunEvent) -> Result<(), StoreError> {
        match event {
            RunEvent::Waiting { until, cycle } => {
                self.heartbeat.cycle = cycle;
                self.heartbeat.cell = None;
                self.heartbeat.next_cycle_at = Some(format!("{until:.3}"));
                self.tell(Some(until))
            }
            RunEvent::WindowOpened { cycle, cell, .. } => {
                self.heartbeat.cycle = cycle;
                self.heartbeat.cell = Some(self.plan.describe(cell));
                self.heartbeat.next_cycle_at = None;
                self.tell(None)
            }
            RunEvent::WindowMeasured(measured) => self.commit(&measured),
            RunEvent::Gap(gap) => self.gap(gap),
        }
    }

    /// Writes a heartbeat, so that who looks sees this process and not the one before it.
    pub(super) fn beat_now(&mut self) -> Result<(), StoreError> {
        self.heartbeat.updated_at = format!("{:.3}", (self.now)());
        self.heartbeat.write(self.directory.folder())
    }

    /// Records a stretch without measurements.
    pub(super) fn gap(&mut self, gap: Gap) -> Result<(), StoreError> {
        self.manifest.gaps.push(gap.into());
        self.heartbeat.gaps = self.manifest.gaps.len() as u64;
        self.manifest.write(self.directory.folder())
    }

    /// Writes the last heartbeat and syncs everything.
    pub(super) fn finish(&mut self, state: RunState, at: Timestamp) -> Result<(), StoreError> {
        self.directory.sync()?;
        state.name().clone_into(&mut self.heartbeat.state);
        self.heartbeat.cell = None;
        self.heartbeat.next_cycle_at = None;
        self.heartbeat.updated_at = format!("{at:.3}");
        self.heartbeat.write(self.directory.folder())
    }

    fn commit(&mut self, measured: &MeasuredWindow) -> Result<(), StoreError> {
        self.directory.commit(measured)?;
        self.count(&measured.window);
        let noticed = self.watcher.take(&measured.window);
        self.heartbeat.flags = self.watcher.flags();
        self.heartbeat.alerts = self.watcher.alerts();
        for alert in &noticed.alerts {
            self.observer.remark(&format!("{:.0}  {}", alert.place.started_at, describe_alert(alert)));
        }
        anomaly_log::append(self.directory.folder(), &rows_of(&noticed))
    }

    fn count(&mut self, window: &Window) {
        let heartbeat = &mut self.heartbeat;
        heartbeat.windows += 1;
        heartbeat.cycle = window.cycle;
        heartbeat.requests += window.counts.requests();
        heartbeat.failed += window.counts.failed;
        heartbeat.throttled += window.counts.throttled;
        heartbeat.invalid_windows += u64::from(matches!(window.validity, Validity::Invalid(_)));
    }

    fn tell(&mut self, waiting_until: Option<Timestamp>) -> Result<(), StoreError> {
        let now = (self.now)();
        let heartbeat = &mut self.heartbeat;
        self.observer.progress(&Progress {
            cycle: heartbeat.cycle,
            cycles: self.plan.cycles(),
            cell: heartbeat.cell.clone(),
            waiting_until,
            windows: heartbeat.windows,
            planned_windows: self.plan.windows(),
            requests: heartbeat.requests,
            failed: heartbeat.failed,
            flags: heartbeat.flags,
            alerts: heartbeat.alerts,
            left: Duration::try_from(self.planned_end.duration_since(now)).unwrap_or(Duration::ZERO),
        });
        if self.beat == Beat::AtEnd {
            return Ok(());
        }
        self.beat_now()
    }
}

fn rows_of(noticed: &Noticed) -> Vec<AnomalyRow> {
    noticed.flags.iter().map(flag_row).chain(noticed.alerts.iter().map(alert_row)).collect()
}

fn flag_row(flag: &Flag) -> AnomalyRow {
    AnomalyRow {
        window: flag.place.window,
        started_at: flag.place.started_at,
        endpoint: flag.place.endpoint.clone(),
        level: flag.place.level.clone(),
        kind: "flag",
        metric: flag.metric.name(),
        direction: direction(flag.sigmas),
        value: flag.value,
        expected: flag.band.usual,
        low: Some(flag.band.low),
        high: Some(flag.band.high),
        change: (flag.band.usual != 0.0).then(|| flag.value / flag.band.usual - 1.0),
        sigmas: Some(flag.sigmas),
    }
}

fn alert_row(alert: &Alert) -> AnomalyRow {
    AnomalyRow {
        window: alert.place.window,
        started_at: alert.place.started_at,
        endpoint: alert.place.endpoint.clone(),
        level: alert.place.level.clone(),
        kind: alert.kind.name(),
        metric: alert.metric.name(),
        direction: direction(alert.z),
        value: alert.value,
        expected: alert.expected,
        low: None,
        high: None,
        change: alert.effect,
        sigmas: Some(alert.z),
    }
}

fn direction(sigmas: f64) -> &'static str {
    if sigmas > 0.0 { "above" } else { "below" }
}
