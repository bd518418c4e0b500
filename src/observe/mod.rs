//! Exporters: what happens in a run, handed to programs that people already run.
//!
//! Each has a thread of its own and reads the run's folder, so that it loses nothing when it is slow or its receiver is away,
//! and never holds up the load.

pub mod alertmanager_config;
pub mod alerts;
pub mod exported_file;
pub mod exporter;
pub mod grafana;
pub mod log;
pub mod otlp;
pub mod prometheus;
mod quoted;
pub mod remote_write;
pub mod rules;
pub mod service;
pub mod stack;

pub use exporter::{Exporter, Say, spawn};
