//! Structured logs of a run, as JSON or text, to standard error or a file that is rotated.
//!
//! Everything that is logged passes through one visitor, which scrubs it. `tracing` carries the events; its subscriber is
//! set on the log's thread only, so that nothing of it lies on the path of a request and records of dependencies reach no
//! log. The file is our own: `tracing-appender` rotates by time only, and keeps quiet about a full disk.

mod events;
mod exporter;
mod line;
mod options;
mod rolling;
mod sink;
mod subscriber;

pub use exporter::LogExporter;
pub use options::{Format, Keep, Level, LogOptions, Rotate};
pub use sink::Log;
