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
    /// The first measured iteration begins; what was before it is no idle time.
    pub(super) fn begin(&mut self, now: u64) {
        if self.started_ns.is_none() {
            self.started_ns = Some(now);
            self.ended_ns = self.ended_ns.max(now);
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_that_began_late_was_not_idle_before() {
        let recorder = Recorder::new(false).unwrap();
        let mut progress = Progress { recorder, started_ns: None, ended_ns: 100 };
        progress.idle_until(150);
        progress.begin(180);
        progress.idle_until(190);
        progress.begin(200);
        assert_eq!((progress.started_ns, progress.ended_ns), (Some(180), 190));
        assert_eq!(progress.recorder.explained_ns(), 10);
    }
}
