//! A run from its options to its end: prepared, launched, committed group by group, published, resumed, and read back.
//!
//! It draws nothing and prints nothing: whoever wants to see a run subscribes to its feed, or reads its folder.

mod committer;
pub mod create;
pub mod drive;
pub mod error;
pub mod event;
pub mod feed;
pub mod fingerprint;
pub mod interrupt;
pub mod launch;
pub mod options;
pub mod prepared;
pub mod recorded;
pub mod resume;
pub mod state;
pub mod stored_plan;
#[cfg(test)]
mod tests;
pub mod watcher;

pub use error::RunError;
