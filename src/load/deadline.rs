//! Ends exchanges that take too long.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::host::monotonic::Clock;

/// Limits the time of exchanges with one timer that is rarely re-armed: most deadlines are never reached.
#[derive(Debug)]
pub(crate) struct Deadline {
    clock: Clock,
    sleep: Pin<Box<tokio::time::Sleep>>,
    armed_ns: u64,
    /// The task that the timer wakes.
    wakes: Option<Waker>,
}

impl Deadline {
    /// A deadline without anything to limit yet.
    pub(crate) fn new(clock: Clock) -> Self {
        let sleep = Box::pin(tokio::time::sleep_until(clock.instant(0)));
        Self { clock, sleep, armed_ns: 0, wakes: None }
    }

    /// The future's result, or `None` where the deadline passed first.
    ///
    /// `now` saves reading the clock when the future waits for the first time; most futures wait only once.
    pub(crate) async fn within<F: Future>(
        &mut self,
        now: u64,
        deadline_ns: u64,
        future: F,
    ) -> Option<F::Output> {
        let mut future = std::pin::pin!(future);
        let mut known = Some(now);
        std::future::poll_fn(|context| {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(Some(output));
            }
            // Checked before the timer: a body that never ends, and arrives fast, may starve it.
            let mut now = known.take().unwrap_or_else(|| self.clock.now_ns());
            if now >= deadline_ns {
                return Poll::Ready(None);
            }
            // An armed time before the deadline only wakes us early: the timer is then armed again.
            if self.armed_ns > deadline_ns {
                self.arm(deadline_ns);
            }
            while self.is_due(now, context) {
                now = self.clock.now_ns();
                if now >= deadline_ns {
                    return Poll::Ready(None);
                }
                self.arm(deadline_ns);
            }
            Poll::Pending
        })
        .await
    }

    /// Whether the timer has fired. The runtime's cooperative budget does not delay it.
    ///
    /// A timer that is not due yet and already wakes this task is left alone. The time shows that it has not fired,
    /// because [`Clock`] and the runtime read the same clock, and the runtime's timers are never early.
    fn is_due(&mut self, now: u64, context: &mut Context<'_>) -> bool {
        let waits = self.wakes.as_ref().is_some_and(|waker| waker.will_wake(context.waker()));
        if waits && now < self.armed_ns {
            return false;
        }
        self.wakes = Some(context.waker().clone());
        Pin::new(&mut tokio::task::coop::unconstrained(self.sleep.as_mut())).poll(context).is_ready()
    }

    fn arm(&mut self, at_ns: u64) {
        self.armed_ns = at_ns;
        self.wakes = None;
        self.sleep.as_mut().reset(self.clock.instant(at_ns));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_busy_exchange_does_not_starve_its_deadline() {
        let clock = Clock::start();
        let mut deadline = Deadline::new(clock);
        // Always ready for more, until the runtime's budget for one turn is used up: a fast body without an end.
        let busy = async {
            while std::hint::black_box(true) {
                tokio::task::consume_budget().await;
            }
        };
        assert_eq!(deadline.within(clock.now_ns(), clock.now_ns() + 5_000_000, busy).await, None);
    }

    #[tokio::test]
    async fn a_deadline_is_for_one_exchange_and_the_next_has_its_own() {
        let clock = Clock::start();
        let mut deadline = Deadline::new(clock);
        assert_eq!(
            deadline.within(clock.now_ns(), clock.now_ns() + 2_000_000, std::future::pending::<()>()).await,
            None
        );
        let soon = tokio::time::sleep(Duration::from_millis(3));
        assert_eq!(deadline.within(clock.now_ns(), clock.now_ns() + 60_000_000_000, soon).await, Some(()));
        assert_eq!(
            deadline.within(clock.now_ns(), clock.now_ns() + 2_000_000, std::future::pending::<()>()).await,
            None
        );
    }
}
