//! Readings of this machine and its clocks: properties for the fingerprint, readings for the generator's health.
//!
//! Linux-only readings are in `linux.rs`; elsewhere they are unknown, never guessed.

pub mod clock;
pub mod disk;
pub mod fingerprint;
mod linux;
pub mod memory;
pub mod monotonic;
pub mod ports;
pub mod process;
pub mod random;
pub mod terminal;
