//! A run from its options to its end: prepared, launched, committed group by group, published, resumed, and read back.
//!
//! It prints nothing: to see a run, subscribe to its feed or read its folder.

mod anomalies;
pub mod checks;
pub mod collect;
mod committer;
pub mod create;
pub mod drive;
pub mod error;
pub mod event;
pub mod feed;
pub mod fingerprint;
pub mod follow;
pub mod interrupt;
pub mod judged;
pub mod launch;
pub mod options;
mod position;
pub mod preflight;
pub mod prepared;
pub mod probing;
pub mod recorded;
pub mod resume;
pub mod runtime;
pub mod state;
pub mod stored_plan;
#[cfg(test)]
mod tests;
pub mod wake;
pub mod watcher;

pub use error::RunError;
