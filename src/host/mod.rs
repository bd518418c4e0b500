//! What this machine and its clocks say: facts for the fingerprint, readings for the generator's health.
//!
//! What only Linux knows is read in `linux.rs`; elsewhere the answer is "unknown", never a guess.

pub mod clock;
pub mod disk;
pub mod fingerprint;
mod linux;
pub mod monotonic;
pub mod process;
