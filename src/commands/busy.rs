//! Announces work that takes a while and publishes no events of its own.

use std::time::Duration;

use crate::run::event::Event;
use crate::run::feed::{Feed, WhenFull};

/// A terminal that takes longer to show what was published is stuck, and not waited for.
pub(super) const LONGEST_FLUSH: Duration = Duration::from_secs(1);

/// Announces a measurement, and how long it is planned to take.
pub(super) fn measuring(feed: &Feed, what: &str, planned: Option<Duration>) {
    let doing = format!("measuring {what}");
    feed.publish(Event::Busy { doing, planned, is_for_logs: false }, WhenFull::Wait);
}

/// Announces that the report is written, which takes a while for a long run.
pub(super) fn reporting(feed: &Feed) {
    let doing = "writing the report".to_owned();
    feed.publish(Event::Busy { doing, planned: None, is_for_logs: true }, WhenFull::Wait);
}

/// Announces that it is done, and waits until the terminal has removed what it showed of it.
pub(super) fn idle(feed: &Feed) {
    feed.publish(Event::Idle, WhenFull::Wait);
    feed.flush(LONGEST_FLUSH);
}
