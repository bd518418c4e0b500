//! The wall clock, for stamps only: spans are measured on the monotonic clock.

use jiff::Timestamp;

/// The current time of the wall clock.
pub fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
    Timestamp::now()
}
