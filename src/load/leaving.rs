//! How a user leaves a window that is closed early: once the exchange in progress has ended, so that nothing that the target
//! made for it is unknown to those steps that clean up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

/// What is in progress when a window is closed early is waited for this long, where it may have to be cleaned up.
pub(super) const LONGEST_EXCHANGE: Duration = Duration::from_secs(4);

/// Whether a user was asked to leave, and whether it can.
#[derive(Debug, Default)]
pub(super) struct Leaving {
    is_asked: AtomicBool,
    is_sending: AtomicBool,
    has_stopped: Notify,
}

impl Leaving {
    /// A window opens.
    pub(super) fn begin(&self) {
        self.is_asked.store(false, Ordering::Relaxed);
        self.is_sending.store(false, Ordering::Relaxed);
    }

    /// An exchange begins.
    pub(super) fn sends(&self) {
        self.is_sending.store(true, Ordering::Relaxed);
    }

    /// An exchange has ended.
    pub(super) fn has_sent(&self) {
        self.is_sending.store(false, Ordering::Relaxed);
    }

    /// A place where the user may leave: goes no further where it was asked to.
    pub(super) async fn here(&self) {
        if self.is_asked.load(Ordering::Relaxed) {
            self.has_stopped.notify_one();
            std::future::pending::<()>().await;
        }
    }

    /// Asks the user to leave; returns whether it is in the middle of an exchange.
    pub(super) fn ask(&self) -> bool {
        self.is_asked.store(true, Ordering::Relaxed);
        self.is_sending.load(Ordering::Relaxed)
    }

    /// Waits until the user has come to a place where it may leave.
    pub(super) async fn stopped(&self) {
        self.has_stopped.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_user_goes_on_until_it_is_asked_to_leave() {
        let leaving = Leaving::default();
        leaving.begin();
        leaving.here().await;
        leaving.sends();
        assert!(leaving.ask());
        leaving.has_sent();
        tokio::select! {
            () = leaving.here() => panic!("it went on"),
            () = leaving.stopped() => (),
        }
        leaving.begin();
        leaving.here().await;
        assert!(!leaving.ask());
    }
}
