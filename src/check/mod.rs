//! The health check: looks at every service once, and says what it found.
//!
//! `asker` sends requests, each within its time, within the documented rate limits, and only to allowed hosts; `session`
//! records what a handshake shows, whatever its certificate. `facts` is what was found out. Nothing here is rendered.

mod asker;
mod bodies;
mod budget;
pub mod facts;
#[cfg(test)]
mod fake;
mod frames;
mod leak_patterns;
mod leaks;
mod login;
mod nonce;
mod noted;
mod opened;
mod rate_limits;
mod reflection;
mod seen;
mod session;
mod short;
mod stamped;
mod websocket;
#[cfg(test)]
mod websocket_tests;
