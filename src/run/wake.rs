//! What wakes a reader of a run's folder: events of the feed, in the process of the run; the clock, elsewhere.

use std::path::PathBuf;
use std::time::Duration;

use super::event::Event;
use super::feed::{Delivery, Next, Subscription};

/// What wakes a reader.
#[derive(Debug)]
pub enum Wake {
    /// An event of the run that this process measures.
    Feed(Subscription),
    /// The clock, for runs of other processes.
    Every(Duration),
}

/// Why a reader was woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// There may be something new in the folder.
    News,
    /// The time is over, and nothing was published.
    Nothing,
    /// The feed has ended. What was committed last may still be to be read.
    Ended,
}

impl Wake {
    /// Waits for news, but no longer than `within`.
    pub fn wait(&self, within: Duration) -> Woken {
        match self {
            Self::Every(every) => {
                std::thread::sleep(within.min(*every));
                Woken::News
            }
            Self::Feed(subscription) => match subscription.next_within(within) {
                Next::Delivery(_) => Woken::News,
                Next::Nothing => Woken::Nothing,
                Next::End => Woken::Ended,
            },
        }
    }
}

/// Waits for the run that a feed publishes to begin, and returns its folder; `None` where the feed ends without a run.
pub fn begun(subscription: &Subscription) -> Option<PathBuf> {
    begun_after(subscription, |_| ())
}

/// The same, with everything handed over that is published before.
pub fn begun_after(subscription: &Subscription, mut earlier: impl FnMut(&Event)) -> Option<PathBuf> {
    loop {
        if let Delivery::Event(event) = subscription.next_delivery()? {
            match &*event {
                Event::Began { folder, .. } => return Some(folder.clone()),
                event => earlier(event),
            }
        }
    }
}
