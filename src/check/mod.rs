//! The health check: looks at every service once, and says what it found.
//!
//! `asker` sends requests, each within its time, within the documented rate limits, and only to allowed hosts; `session`
//! records what a handshake shows, whatever its certificate. `facts` is what was found out. Nothing here is rendered.

mod asker;
mod assess;
mod availability;
mod bodies;
mod budget;
mod caching;
mod cors;
pub mod facts;
#[cfg(test)]
mod fake;
mod frames;
mod headers;
mod leak_patterns;
mod leaks;
#[cfg(test)]
mod leaks_tests;
mod login;
#[cfg(test)]
mod login_tests;
mod nonce;
mod noted;
mod opened;
#[cfg(test)]
mod probes_tests;
mod rate_limits;
mod redirects;
mod reflection;
mod sampling;
mod seen;
#[cfg(test)]
mod served;
mod service;
mod session;
mod short;
mod stamped;
mod tls;
mod web;
mod websocket;
#[cfg(test)]
mod websocket_tests;

pub use assess::{CheckOptions, assess};
