//! The monotonic clock of a run, in nanoseconds since its start, and waiting on it to the tenth of a millisecond.

use std::time::{Duration, Instant};

use crate::domain::units::nanos;

/// A monotonic clock that counts nanoseconds from its start.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    origin: Instant,
}

impl Clock {
    /// Starts counting now.
    pub fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the monotonic clock")]
        let origin = Instant::now();
        Self { origin }
    }

    /// Nanoseconds since the start.
    pub fn now_ns(&self) -> u64 {
        // `elapsed` reads the clock that `start` read.
        nanos(self.origin.elapsed())
    }

    /// The point in time so many nanoseconds after the start.
    pub fn instant(&self, at_ns: u64) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.origin + Duration::from_nanos(at_ns))
    }
}
