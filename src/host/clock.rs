//! Reads the clocks: the wall clock for stamps, the monotonic one for spans.

use jiff::Timestamp;

/// Now, on the wall clock.
pub fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
    Timestamp::now()
}

/// Nanoseconds on the monotonic clock, since some fixed point.
///
/// Asked of the operating system directly: through the standard library it costs a third more, and every request asks
/// twice.
pub fn monotonic_ns() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    time.tv_sec.cast_unsigned().wrapping_mul(1_000_000_000).wrapping_add(time.tv_nsec.cast_unsigned())
}
