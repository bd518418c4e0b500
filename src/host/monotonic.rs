//! The monotonic clock of a run, in nanoseconds since its start.

use std::time::{Duration, Instant};

use crate::domain::units::nanos;

/// A monotonic clock that counts nanoseconds from its start.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    origin: Instant,
}

impl Clock {
    /// A clock that counts from now on.
    pub fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the monotonic clock")]
        let origin = Instant::now();
        Self { origin }
    }

    /// Nanoseconds since the clock was started.
    pub fn now_ns(&self) -> u64 {
        // `elapsed` reads the clock that `start` read.
        nanos(self.origin.elapsed())
    }

    /// The point in time this many nanoseconds after the start, for the runtime's timers.
    pub fn instant(&self, at_ns: u64) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.origin + Duration::from_nanos(at_ns))
    }
}
