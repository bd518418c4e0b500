//! Offers the load: users, their pace, their exchanges, and what each window of them comes to.
//!
//! `session` runs a plan on an engine: `goose_engine` against a real target, `rehearsal` against the latency model on
//! a virtual clock. Neither prints nor writes a file; whoever listens to the events does.

mod deadline;
pub mod engine;
pub mod event;
pub mod goose_engine;
pub mod pacing;
mod readings;
pub mod recorder;
pub mod rehearsal;
pub mod session;
mod shared;
pub mod stop;
mod throttle;
mod timer;
mod user;
