//! Who is told how a run goes: the progress bar.

use std::time::Duration;

use jiff::Timestamp;

/// How far a run is.
#[derive(Debug, Clone)]
pub struct Progress {
    /// The cycle, from 0.
    pub cycle: u64,
    /// How many there will be.
    pub cycles: u64,
    /// The cell that is measured, as `endpoint at level:users`; `None` while waiting.
    pub cell: Option<String>,
    /// When the next cycle begins, while waiting for it.
    pub waiting_until: Option<Timestamp>,
    /// Committed windows.
    pub windows: u64,
    /// How many there will be.
    pub planned_windows: u64,
    /// Requests so far.
    pub requests: u64,
    /// Of which failed.
    pub failed: u64,
    /// Flags so far.
    pub flags: u64,
    /// Alerts so far.
    pub alerts: u64,
    /// Until the planned end.
    pub left: Duration,
}

/// Is told how a run goes.
pub trait Observer {
    /// The run began, or goes on, in this folder.
    fn began(&mut self, folder: &std::path::Path, mode: &str);
    /// Something changed.
    fn progress(&mut self, progress: &Progress);
    /// A remark for people.
    fn remark(&mut self, text: &str);
    /// The run is over.
    fn ended(&mut self);
}
