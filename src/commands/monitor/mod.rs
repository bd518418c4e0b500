//! `baseline monitor`: watches a platform between runs, a folder a day, for ever or for a span, or for one round.

mod daily;
mod once;
mod watching;

pub use once::once;
pub use watching::{Monitor, MonitorOptions};
