//! A user's progress through one window.

use super::recorder::Recorder;

/// A user's progress through one window.
pub(super) struct Progress {
    /// What was measured.
    pub(super) recorder: Recorder,
    /// When its first measured request started; `None` without one.
    pub(super) started_ns: Option<u64>,
    /// When its last measured request or pause ended.
    pub(super) ended_ns: u64,
}

impl Progress {
    /// Since its last request or pause ended, the user had none in flight.
    pub(super) fn idle_until(&mut self, now: u64) {
        if self.started_ns.is_some() {
            self.recorder.idle(now.saturating_sub(self.ended_ns));
            self.ended_ns = self.ended_ns.max(now);
        }
    }

    /// The user paused only because requests failed.
    pub(super) fn backed_off(&mut self, from_ns: u64, until_ns: u64) {
        if self.started_ns.is_some() {
            self.recorder.backed_off(until_ns.saturating_sub(from_ns));
        }
    }
}
