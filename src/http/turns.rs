//! Lets many users connect one after the other, each step with a look at the sockets before it.
//!
//! A step of a TLS handshake computes for a fraction of a millisecond, and opening a socket takes a while too. Fifty users
//! that connect together would do that in one go, and every connection and response that arrives meanwhile would be stamped
//! late.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use tokio::sync::Semaphore;

use crate::host::monotonic::Clock;

/// Whose turn it is to compute.
#[derive(Debug)]
pub(super) struct Turns(Semaphore);

impl Turns {
    /// Turns for any number of users, one at a time.
    pub(super) fn new() -> Self {
        Self(Semaphore::new(1))
    }

    /// Runs a connect or a handshake to its end, each of its steps in turn. Returns its result, and how long it waited for its
    /// turns, in nanoseconds.
    pub(super) async fn run<F: Future>(&self, clock: &Clock, opening: F) -> (F::Output, u64) {
        let mut opening = pin!(opening);
        let mut waited_ns = 0;
        loop {
            let woken = clock.now_ns();
            let turn = self.0.acquire().await;
            // Not `yield_now` alone: what arrived is stamped before the next step begins.
            tokio::task::yield_now().await;
            waited_ns += clock.now_ns() - woken;
            let step = std::future::poll_fn(|context| Poll::Ready(opening.as_mut().poll(context))).await;
            drop(turn);
            if let Poll::Ready(output) = step {
                return (output, waited_ns);
            }
            let mut is_woken = false;
            std::future::poll_fn(|_| {
                if std::mem::replace(&mut is_woken, true) { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn steps_do_not_overlap_and_all_of_them_end() {
        let turns = Arc::new(Turns::new());
        let steps = Arc::new(AtomicU32::new(0));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (turns, steps) = (Arc::clone(&turns), Arc::clone(&steps));
            tasks.spawn(async move {
                let handshake = async {
                    for _ in 0..3 {
                        steps.fetch_add(1, Ordering::Relaxed);
                        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                    }
                };
                turns.run(&Clock::start(), handshake).await
            });
        }
        tasks.join_all().await;
        assert_eq!(steps.load(Ordering::Relaxed), 60);
    }
}
