//! Waits for a point in time more precisely than the runtime's millisecond ticks.
//!
//! On Linux a timer descriptor wakes the user; elsewhere the last stretch is spent yielding.

use crate::host::monotonic::Clock;

/// Waits on a clock. Every user needs its own, since a wait re-arms it.
#[derive(Debug)]
pub(crate) struct Timer {
    clock: Clock,
    #[cfg(target_os = "linux")]
    descriptor: Option<tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>>,
}

/// For shorter waits, waiting costs more than it waits for.
const AT_ONCE_NS: u64 = 2_000;
/// The runtime ticks in milliseconds and may be one tick late.
const TICK_NS: u64 = 2_000_000;

impl Timer {
    /// A timer on a clock. Without a free descriptor it falls back to the runtime's ticks.
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            #[cfg(target_os = "linux")]
            descriptor: linux::descriptor(),
        }
    }

    /// Waits until this many nanoseconds after the clock's start; returns at once for the past.
    ///
    /// Takes the current time, and returns the time after the wait.
    pub(crate) async fn wait_until(&mut self, at_ns: u64, mut now: u64) -> u64 {
        loop {
            if at_ns <= now.saturating_add(AT_ONCE_NS) {
                return now;
            }
            #[cfg(target_os = "linux")]
            if let Some(descriptor) = &self.descriptor
                && linux::wait(descriptor, at_ns - now).await.is_ok()
            {
                now = self.clock.now_ns();
                continue;
            }
            if at_ns - now > TICK_NS {
                tokio::time::sleep_until(self.clock.instant(at_ns - TICK_NS)).await;
            } else {
                tokio::task::yield_now().await;
            }
            now = self.clock.now_ns();
        }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    //! Timer descriptors: the kernel wakes the event loop at the nanosecond it was asked for, give or take scheduling.

    use std::io;
    use std::os::fd::OwnedFd;

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };
    use tokio::io::unix::AsyncFd;

    pub(super) fn descriptor() -> Option<AsyncFd<OwnedFd>> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let descriptor = timerfd_create(TimerfdClockId::Monotonic, flags).ok()?;
        #[expect(
            deprecated,
            reason = "deprecated as unsound for types that may close their descriptor early; an OwnedFd cannot"
        )]
        AsyncFd::with_interest(descriptor, tokio::io::Interest::READABLE).ok()
    }

    pub(super) async fn wait(descriptor: &AsyncFd<OwnedFd>, wait_ns: u64) -> io::Result<()> {
        let in_range = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let wait = Itimerspec {
            it_interval: Timespec { tv_sec: 0, tv_nsec: 0 },
            it_value: Timespec {
                tv_sec: in_range(wait_ns / 1_000_000_000),
                tv_nsec: in_range(wait_ns % 1_000_000_000),
            },
        };
        timerfd_settime(descriptor, TimerfdTimerFlags::empty(), &wait)?;
        loop {
            let mut ready = descriptor.readable().await?;
            let read = ready.try_io(|inner| {
                let mut expirations = [0_u8; 8];
                rustix::io::read(inner, &mut expirations).map_err(io::Error::from)
            });
            match read {
                Ok(result) => return result.map(|_| ()),
                // Woken without an expiration: the readiness was of an earlier, re-armed wait.
                Err(_would_block) => (),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waits_are_never_short() {
        let clock = Clock::start();
        let mut timer = Timer::new(clock);
        for wait_ns in [0, 50_000, 700_000, 3_000_000] {
            let until = clock.now_ns() + wait_ns;
            let now = timer.wait_until(until, clock.now_ns()).await;
            assert!(now + AT_ONCE_NS >= until && now <= clock.now_ns());
        }
    }
}
