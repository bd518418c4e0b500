//! Alerts without Prometheus: sent to Alertmanager and to webhooks, when they begin and when they end, once each.
//!
//! A small file remembers what each receiver has accepted, so that nothing is sent twice or lost over an outage of the
//! receiver, `kill -9` and a restart. Every receiver has a thread of its own; who raises alerts never waits.

mod exporter;
mod incidents;
mod message;
mod notifier;
mod queue;
mod receiver;
mod sender;
mod worker;

pub use exporter::AlertExporter;
pub use notifier::Notifier;
pub use receiver::AlertReceiver;
pub use sender::{Tried, try_once};
