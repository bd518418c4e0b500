//! The health check: looks at every service once, and says what it found.
//!
//! `asker` sends requests, each within its time, within the documented rate limits, and only to allowed hosts; `session`
//! records what a handshake shows, whatever its certificate. `facts` is what was found out. Nothing here is rendered.

mod asker;
mod assess;
mod availability;
mod budget;
pub mod facts;
mod noted;
mod opened;
mod sampling;
mod seen;
mod service;
mod session;
mod stamped;
mod tls;

pub use assess::{CheckOptions, assess};
