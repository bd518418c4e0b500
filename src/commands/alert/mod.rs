//! `baseline alert`: tests receivers, lists alerts, and acknowledges one.

pub mod ack;
mod journals;
pub mod list;
pub mod test;
