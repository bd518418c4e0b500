//! A request to end the run, from a signal or a test, which everything that waits can see.

use tokio::sync::watch;

/// Requests the stop; every clone of its [`Stop`] sees it.
#[derive(Debug, Clone)]
pub struct StopSwitch(watch::Sender<bool>);

/// Shows whether a stop was requested.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// A switch, and the [`Stop`] that sees it.
pub fn stop_switch() -> (StopSwitch, Stop) {
    let (sender, receiver) = watch::channel(false);
    (StopSwitch(sender), Stop(receiver))
}

impl StopSwitch {
    /// Requests the stop; returns whether it had been requested before.
    pub fn raise(&self) -> bool {
        self.0.send_replace(true)
    }
}

impl Stop {
    /// Whether a stop was requested; does not wait.
    pub fn is_raised(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when a stop is requested; never, once every switch is gone.
    pub async fn raised(&mut self) {
        if self.0.wait_for(|raised| *raised).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
