//! Watches a platform between runs: states, alerts, availability, commands.
//!
//! A monitor is a run of light probes, a folder a day. What is here follows that folder on a thread of its own, as other
//! exporters do, so that judging, sending and recovering never hold up a probe. `judge` is pure; what it knows is kept in
//! `reports/monitor/<scenario>/`, so that a restart neither repeats nor forgets anything.

mod burning;
mod certificates;
mod exporter;
mod health;
mod history;
mod hook_limits;
mod hooks;
mod judge;
mod ledger;
mod probe;
mod state;
mod status;
mod words;

pub use exporter::{MonitorExporter, Watch};
pub use judge::{Change, Judge};
pub use ledger::{Ledger, forget, lock};
pub use status::status_of;
