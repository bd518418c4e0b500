//! OpenTelemetry: metrics and spans of a run over OTLP/HTTP with protobuf.
//!
//! The run's folder is the queue: a cursor for each signal says which group was accepted last, so nothing is lost over an outage
//! of the receiver, `kill -9`, and `--resume`. Counters are totals of the run, and spans keep their identifiers, so sending them
//! again changes nothing. The messages are written here, and not by an SDK: it would stamp and sum up what the folder knows.

mod exporter;
mod message;
mod metrics;
mod payloads;
mod sender;
mod settings;
mod signal;
mod spans;

pub use exporter::Otlp;
pub use metrics::Histograms;
pub use settings::{ATTRIBUTES, HEADERS, HISTOGRAMS, Settings, header_lines};
