//! Remote write 1.0: pushes the metrics of a run to Prometheus, or to any receiver that speaks its protocol.
//!
//! The run's folder is the queue: a small cursor in it says which group was accepted last, so nothing is lost over an outage of
//! the receiver, `kill -9`, and `--resume`. Counters are totals of the run, so sending a sample again changes nothing.

mod emission;
mod message;
mod pusher;
mod queue;
mod receiver;
mod sender;

pub use pusher::RemoteWrite;
pub(super) use queue::jittered;
pub use receiver::{Credentials, Receiver, RemoteWriteError};
pub(super) use sender::{first_line, retry_after, without_url};
