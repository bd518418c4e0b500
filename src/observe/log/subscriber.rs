//! Takes the events of this program from `tracing` and writes them to its log. Spans and other crates are not taken.

use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

use super::line::Fields;
use super::options::Level;
use super::sink::Log;

/// The target of every event that is logged.
pub(super) const TARGET: &str = "baseline::log";

/// Writes to a log.
pub(super) struct ToLog(pub Log);

impl ToLog {
    fn takes(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target() == TARGET && level_of(metadata) <= self.0.level()
    }
}

fn level_of(metadata: &Metadata<'_>) -> Level {
    match *metadata.level() {
        tracing::Level::ERROR => Level::Error,
        tracing::Level::WARN => Level::Warn,
        tracing::Level::INFO => Level::Info,
        _ => Level::Debug,
    }
}

impl Subscriber for ToLog {
    // Never, for others: their call sites cost what they cost without a log.
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.takes(metadata) { Interest::always() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(match self.0.level() {
            Level::Error => LevelFilter::ERROR,
            Level::Warn => LevelFilter::WARN,
            Level::Info => LevelFilter::INFO,
            Level::Debug => LevelFilter::DEBUG,
        })
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.takes(metadata)
    }

    fn event(&self, event: &Event<'_>) {
        if self.takes(event.metadata()) {
            let mut fields = Fields::default();
            event.record(&mut fields);
            self.0.write(level_of(event.metadata()), fields);
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
