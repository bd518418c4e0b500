//! The wall clock. Stamps only: spans are measured on a monotonic clock.

use jiff::Timestamp;

/// Now, on the wall clock.
pub fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
    Timestamp::now()
}
