//! Generates the load: users, their pace, their exchanges, and the windows recorded from them.
//!
//! `session` runs a plan on an engine: `goose_engine` against a real target, `rehearsal` against the latency model on a
//! virtual clock. Neither prints nor writes a file; the listener to their events does.

mod back_off;
mod cookie_date;
pub mod cookies;
mod deadline;
pub mod engine;
pub mod event;
pub mod goose_engine;
mod link;
mod overload;
pub mod pacing;
mod progress;
mod readings;
pub mod recorder;
pub mod rehearsal;
pub mod session;
mod set_cookie;
mod shared;
pub mod stop;
mod throttle;
pub mod time_recorder;
mod timer;
mod user;
