//! The demo server's own clock: the only place of this room that reads the time.
//!
//! All other code takes the time since the server's start as an argument, so that tests need not wait.

use std::time::{Duration, Instant, SystemTime};

/// Counts from the server's start, or from the start of the run that is being resumed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    started: Instant,
    already_running: Duration,
}

impl Clock {
    /// Starts the clock at `already_running`.
    #[expect(clippy::disallowed_methods, reason = "this file owns the clock of the target")]
    pub(super) fn start(already_running: Duration) -> Self {
        Self { started: Instant::now(), already_running }
    }

    /// Time since the server's start, `already_running` included.
    pub(super) fn now(&self) -> Duration {
        self.already_running.saturating_add(self.started.elapsed())
    }
}

/// Wall-clock time since the Unix epoch; zero on a machine whose clock is set before it.
#[expect(clippy::disallowed_methods, reason = "this file owns the clock of the target")]
pub(super) fn since_epoch() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_on_from_what_it_was_started_with() {
        for already_running in [Duration::ZERO, Duration::from_hours(1), Duration::MAX] {
            let clock = Clock::start(already_running);
            let first = clock.now();
            assert!(first >= already_running);
            assert!(clock.now() >= first);
        }
    }
}
