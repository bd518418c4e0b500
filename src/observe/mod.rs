//! Exporters: what happens in a run, handed to programs that people already run.
//!
//! Each has a thread of its own and reads the run's folder, so that it loses nothing when it is slow or its receiver is away,
//! and never holds up the load.

pub mod alerts;
pub mod exporter;
pub mod grafana;
pub mod log;
pub mod otlp;
pub mod prometheus;
pub mod remote_write;
pub mod service;

pub use exporter::{Exporter, Say, spawn};
