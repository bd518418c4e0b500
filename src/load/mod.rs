//! Generates the load: users, their pace, their exchanges, and the windows recorded from them.
//!
//! `session` runs a plan on an engine: `goose_engine` against a real target, `rehearsal` against the latency model on a
//! virtual clock. Neither prints nor writes a file; the listener to their events does.

mod back_off;
mod carried;
mod client;
mod cookie_date;
pub mod cookies;
mod deadline;
pub mod engine;
pub mod event;
mod goes_through;
pub mod goose_engine;
mod group;
mod iteration;
mod leaving;
mod link;
pub mod once;
mod overload;
pub mod pacing;
mod phase_sums;
pub mod play;
mod played;
mod player;
mod progress;
mod readings;
pub mod recorder;
mod redirects;
pub mod rehearsal;
mod rehearsed_journey;
mod rows_in_use;
pub mod session;
mod set_cookie;
mod shared;
mod simulated;
mod simulated_server;
mod slowest;
mod step;
pub mod stop;
mod sums;
mod throttle;
pub mod time_recorder;
mod timer;
pub mod trace;
mod tracer;
mod user;
