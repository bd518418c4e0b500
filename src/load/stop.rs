//! A request to end the run, from a signal or a test, seen by everything that waits.

use tokio::sync::watch;

/// Raised once; seen by every clone of its [`Stop`].
#[derive(Debug, Clone)]
pub struct StopSwitch(watch::Sender<bool>);

/// Sees the switch.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// A switch and what sees it.
pub fn stop_switch() -> (StopSwitch, Stop) {
    let (sender, receiver) = watch::channel(false);
    (StopSwitch(sender), Stop(receiver))
}

impl StopSwitch {
    /// Asks for the end; returns whether it had been asked for before.
    pub fn raise(&self) -> bool {
        self.0.send_replace(true)
    }
}

impl Stop {
    /// Whether the end was asked for.
    pub fn is_raised(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when the end is asked for; never, where nobody can ask any more.
    pub async fn raised(&mut self) {
        if self.0.wait_for(|raised| *raised).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
