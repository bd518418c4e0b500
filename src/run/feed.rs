//! The feed: delivers events to subscribers, each on a thread of its own and at its own pace.
//!
//! Queues are bounded. While load is generated, a full queue drops its oldest event, and the subscriber is informed how
//! many it missed: it never holds up the load, and can read the run's folder from its last position.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::event::Event;

/// Most events in a queue. At a few kilobytes each, a subscriber that stopped reading costs less than a megabyte.
const CAPACITY: usize = 256;

/// A subscriber that takes no event for this long is stuck.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// What to do if a subscriber's queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// Drop the oldest event: for all events while load is generated.
    DropOldest,
    /// Wait for room, for a limited time: for messages outside of a run, where waiting disturbs no measurement. After
    /// that, a stuck subscriber loses its oldest event.
    Wait,
    /// Wait for room, and wake an idle subscriber only when half of its queue is full: for rehearsals, whose windows
    /// take less time than waking a thread.
    WaitInBatches,
}

/// One item that a subscriber receives.
#[derive(Debug, Clone, PartialEq)]
pub enum Delivery {
    /// The next event, shared with the other subscribers.
    Event(Arc<Event>),
    /// This many events were dropped because the subscriber was too slow; the events that follow are later ones.
    Missed(u64),
}

/// What a limited wait for a delivery brought.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// A delivery.
    Delivery(Delivery),
    /// Nothing was published in time.
    Nothing,
    /// The feed has ended, and everything was delivered.
    End,
}

/// Publishes events to its subscribers. Dropping it ends every subscription once its queue is empty.
#[derive(Debug, Default)]
pub struct Feed {
    queues: Vec<Arc<Queue>>,
}

impl Feed {
    /// A feed without subscribers, which discards all events.
    pub const fn silent() -> Self {
        Self { queues: Vec::new() }
    }

    /// An empty feed, for subscribers to be added.
    pub fn new() -> Self {
        Self::silent()
    }

    /// Adds a subscriber, which receives the events published from now on.
    pub fn subscribe(&mut self) -> Subscription {
        let queue = Arc::new(Queue::default());
        self.queues.push(Arc::clone(&queue));
        Subscription(queue)
    }

    /// Publishes an event to every subscriber.
    pub fn publish(&self, event: Event, when_full: WhenFull) {
        if self.queues.is_empty() {
            return;
        }
        let event = Arc::new(event);
        for queue in &self.queues {
            queue.push(&event, when_full);
        }
    }

    /// Waits until every subscriber has handled the events published so far, or until `within` is over.
    ///
    /// For moments without load at which the order of output matters, such as before a run begins.
    pub fn flush(&self, within: Duration) {
        for queue in &self.queues {
            drop(
                queue.wait_while(queue.lock(), within, |state| state.is_handling || !state.events.is_empty()),
            );
        }
    }

    /// Publishes a message for the user.
    pub fn notice(&self, text: impl Into<String>) {
        self.publish(Event::Notice(text.into()), WhenFull::Wait);
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        for queue in &self.queues {
            queue.lock().is_closed = true;
            queue.published.notify_all();
        }
    }
}

/// The receiving end of a feed.
#[derive(Debug)]
pub struct Subscription(Arc<Queue>);

impl Subscription {
    /// Waits for the next delivery; `None` when the feed has ended and everything was delivered.
    pub fn next_delivery(&self) -> Option<Delivery> {
        loop {
            match self.next_within(LONGEST_WAIT) {
                Next::Delivery(delivery) => return Some(delivery),
                Next::Nothing => (),
                Next::End => return None,
            }
        }
    }

    /// Waits for the next delivery, but no longer than `within`.
    pub fn next_within(&self, within: Duration) -> Next {
        let mut state = self.0.lock();
        state.is_handling = false;
        self.0.wake_publisher(&state);
        if state.missed == 0 && state.events.is_empty() && !state.is_closed {
            state.is_receiver_waiting = true;
            let waits = |state: &mut State| state.missed == 0 && state.events.is_empty() && !state.is_closed;
            let waited = self.0.published.wait_timeout_while(state, within, waits);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.is_receiver_waiting = false;
        }
        if state.missed > 0 {
            state.is_handling = true;
            return Next::Delivery(Delivery::Missed(std::mem::take(&mut state.missed)));
        }
        match state.events.pop_front() {
            Some(event) => {
                state.is_handling = true;
                self.0.wake_publisher(&state);
                Next::Delivery(Delivery::Event(event))
            }
            None if state.is_closed => Next::End,
            None => Next::Nothing,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        // A publisher that waits for room must not wait for a subscriber that has gone.
        let mut state = self.0.lock();
        state.is_closed = true;
        state.events.clear();
        self.0.taken.notify_all();
    }
}

#[derive(Debug, Default)]
struct Queue {
    state: Mutex<State>,
    /// Wakes the subscriber when an event is published.
    published: Condvar,
    /// Wakes a publisher that waits for room, or for the subscriber to finish.
    taken: Condvar,
}

#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is the state of another party")]
struct State {
    events: VecDeque<Arc<Event>>,
    missed: u64,
    /// Whether the subscriber has not yet returned for its next delivery.
    is_handling: bool,
    /// Only a waiting party is woken; waking nobody would still cost a system call.
    is_receiver_waiting: bool,
    is_publisher_waiting: bool,
    is_closed: bool,
}

impl Queue {
    /// A subscriber that panicked leaves a consistent queue, so a poisoned lock stays usable.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, event: &Arc<Event>, when_full: WhenFull) {
        let mut state = self.lock();
        if when_full != WhenFull::DropOldest && state.events.len() >= CAPACITY {
            state = self.wait_while(state, LONGEST_WAIT, |state| state.events.len() >= CAPACITY);
        }
        if state.is_closed {
            return;
        }
        if state.events.len() >= CAPACITY {
            state.events.pop_front();
            state.missed += 1;
        }
        state.events.push_back(Arc::clone(event));
        if when_full != WhenFull::WaitInBatches || state.events.len() >= CAPACITY / 2 {
            self.wake_subscriber(&state);
        }
    }

    /// Waits while the subscriber lives and the condition holds, but no longer than `within`.
    fn wait_while<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        within: Duration,
        is_so: impl Fn(&State) -> bool,
    ) -> MutexGuard<'a, State> {
        self.wake_subscriber(&state);
        state.is_publisher_waiting = true;
        let waits = |state: &mut State| !state.is_closed && is_so(state);
        let waited = self.taken.wait_timeout_while(state, within, waits);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.is_publisher_waiting = false;
        state
    }

    fn wake_subscriber(&self, state: &State) {
        if state.is_receiver_waiting {
            self.published.notify_one();
        }
    }

    fn wake_publisher(&self, state: &State) {
        if state.is_publisher_waiting {
            self.taken.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(number: usize) -> Event {
        Event::Notice(number.to_string())
    }

    fn drain(subscription: &Subscription) -> (Vec<String>, u64) {
        let (mut texts, mut missed) = (Vec::new(), 0);
        while let Some(delivery) = subscription.next_delivery() {
            match delivery {
                Delivery::Missed(count) => missed += count,
                Delivery::Event(event) => match &*event {
                    Event::Notice(text) => texts.push(text.clone()),
                    other => panic!("{other:?}"),
                },
            }
        }
        (texts, missed)
    }

    #[test]
    fn every_subscriber_receives_every_event_in_order() {
        let mut feed = Feed::new();
        let subscriptions = [feed.subscribe(), feed.subscribe()];
        (0..100).for_each(|number| feed.publish(notice(number), WhenFull::DropOldest));
        drop(feed);
        let all: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        for subscription in &subscriptions {
            assert_eq!(drain(subscription), (all.clone(), 0));
        }
    }

    #[test]
    fn a_slow_subscriber_loses_the_oldest_and_learns_how_many() {
        let mut feed = Feed::new();
        let slow = feed.subscribe();
        (0..CAPACITY + 7).for_each(|number| feed.publish(notice(number), WhenFull::DropOldest));
        drop(feed);
        let (texts, missed) = drain(&slow);
        assert_eq!((texts.len(), missed), (CAPACITY, 7));
        assert_eq!(texts[0], "7");
    }

    #[test]
    fn who_waits_for_room_loses_nothing() {
        let mut feed = Feed::new();
        let slow = feed.subscribe();
        let reader = std::thread::spawn(move || drain(&slow));
        (0..10 * CAPACITY).for_each(|number| feed.publish(notice(number), WhenFull::Wait));
        drop(feed);
        let (texts, missed) = reader.join().unwrap();
        assert_eq!((texts.len(), missed), (10 * CAPACITY, 0));
    }

    #[test]
    fn a_batch_is_delivered_at_half_a_queue_at_a_flush_and_at_the_end() {
        let mut feed = Feed::new();
        let subscription = feed.subscribe();
        let (sender, handled) = std::sync::mpsc::channel();
        let reader = std::thread::spawn(move || {
            while subscription.next_delivery().is_some() {
                sender.send(()).unwrap();
            }
        });
        let published = |count: usize| {
            (0..count).for_each(|number| feed.publish(notice(number), WhenFull::WaitInBatches));
        };
        let received = |count: usize| {
            (0..count).for_each(|_| handled.recv_timeout(Duration::from_mins(1)).unwrap());
        };
        published(10 * CAPACITY);
        feed.flush(Duration::from_mins(1));
        received(10 * CAPACITY);
        published(CAPACITY / 2);
        received(CAPACITY / 2);
        published(3);
        drop(feed);
        received(3);
        reader.join().unwrap();
    }

    #[test]
    fn who_is_stuck_is_not_waited_for_for_ever() {
        let mut feed = Feed::new();
        let stuck = feed.subscribe();
        (0..CAPACITY).for_each(|number| feed.publish(notice(number), WhenFull::Wait));
        feed.publish(notice(CAPACITY), WhenFull::Wait);
        drop(feed);
        assert_eq!(drain(&stuck).1, 1);
    }

    #[test]
    fn what_is_flushed_was_handled() {
        let (mut feed, handled) = (Feed::new(), Arc::new(Mutex::new(0)));
        let (subscription, counter) = (feed.subscribe(), Arc::clone(&handled));
        let reader = std::thread::spawn(move || {
            while subscription.next_delivery().is_some() {
                *counter.lock().unwrap() += 1;
            }
        });
        for number in 1..=50 {
            feed.publish(notice(number), WhenFull::DropOldest);
            feed.flush(Duration::from_mins(1));
            assert_eq!(*handled.lock().unwrap(), number);
        }
        drop(feed);
        reader.join().unwrap();
    }

    #[test]
    fn a_subscriber_that_is_gone_holds_up_nobody() {
        let mut feed = Feed::new();
        drop(feed.subscribe());
        (0..2 * CAPACITY).for_each(|number| feed.publish(notice(number), WhenFull::Wait));
    }
}
