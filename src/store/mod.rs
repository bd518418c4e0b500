//! Runs on disk: every committed window survives a crash, a kill and a full disk.
//!
//! A row of `windows.csv` is the commit point of its window: its histograms are written and synced before it.

pub mod anomaly_log;
pub mod archive;
mod atomic_write;
pub mod baselines;
mod bounded;
pub mod check_changes;
pub mod check_log;
mod checksum;
mod delimiter;
pub mod delivered;
mod error;
pub mod heartbeat;
pub mod histogram_log;
pub mod journal;
mod lines;
pub mod manifest;
pub mod monitor_folder;
pub mod noise;
pub mod notes;
mod packed;
pub mod queue_ledger;
pub mod record;
pub mod run_directory;
pub mod run_lock;
mod run_log;
pub mod runs;
pub mod sent;
pub mod series;
pub mod slowest_log;
pub mod stamp;
pub mod stamps;
pub mod table;
pub mod window_log;

pub use atomic_write::{append_text, write_atomically, write_drawing};
pub use bounded::{read_check, read_drawing};
pub use error::{StoreError, shown};
