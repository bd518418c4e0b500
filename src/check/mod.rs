//! The health check: looks at every service once, and says what it found.
//!
//! `asker` sends requests, each within its time, within the documented rate limits, and only to allowed hosts; `session`
//! records what a handshake shows, whatever its certificate. `facts` is what was found out. Nothing here is rendered.

mod asker;
mod assess;
mod availability;
mod budget;
mod caching;
mod cors;
pub mod facts;
mod headers;
mod noted;
mod opened;
mod redirects;
mod sampling;
mod seen;
#[cfg(test)]
mod served;
mod service;
mod session;
mod shortened;
mod stamped;
mod tls;
mod web;

pub use assess::{CheckOptions, assess};
