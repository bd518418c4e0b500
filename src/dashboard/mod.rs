//! The live page of a run: its server, its JSON, its files.
//!
//! The server has a thread of its own, and reads the run's folder like everybody else: a page that is slow, or a hundred of
//! them, hold up nobody. It only reads, and only for clients that may: hosts, origins and tokens are checked first.

mod assets;
mod clean;
mod deep;
mod detail;
mod events;
mod facts;
mod generator;
mod guard;
mod heat;
mod incidents;
mod json;
mod judging;
mod listener;
mod live_run;
mod live_server;
mod marks;
mod patient;
mod respond;
mod run_state;
mod runs;
mod series;
mod server;
mod shared;
mod stored;
mod token;

pub use live_server::{LiveConfig, LiveError, LiveServer};
pub use token::Token;
