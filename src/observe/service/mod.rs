//! The service manager: its notifications while a run is measured, and the files with which it runs one.

mod between;
mod exporter;
mod monitor_unit;
pub mod notifier;
mod progress;
mod quoting;
pub mod unit;

pub use between::Between;
pub use exporter::ServiceManager;
pub use notifier::Notifier;
