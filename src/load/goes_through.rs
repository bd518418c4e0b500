//! What every user does with a window, whatever it sends.

use std::sync::atomic::Ordering;
use std::task::Poll;

use tokio::sync::watch;

use super::shared::{Assignment, UserReport, WindowSignal};

/// What a user does with a window.
pub(super) trait GoesThrough {
    /// Prepares for its first window, or again for a later one; says what failed.
    async fn prepare(&mut self) -> Option<String>;

    /// Goes through a window to its end, or until the window is closed before.
    async fn go_through(
        &mut self,
        window: &Assignment,
        signal: &mut watch::Receiver<WindowSignal>,
    ) -> UserReport;

    /// Number of rows that it records beside the whole.
    fn parts(&self) -> usize;
}

/// Goes to the end of the queue of tasks that are ready. Not `yield_now`, which would also ask the system for news: the
/// answers of those in the queue have come already.
pub(super) async fn let_others_first() {
    let mut had_turn = false;
    std::future::poll_fn(|context| {
        if had_turn {
            return Poll::Ready(());
        }
        had_turn = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

pub(super) fn take_ticket(window: &Assignment) -> bool {
    let Some(tickets) = &window.tickets else { return true };
    tickets.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}
