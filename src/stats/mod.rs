//! Statistics as pure functions over numbers: no I/O, no clock, nothing of this crate.

pub mod normal;
pub mod proportion;
pub mod robust;
