//! Why the demo server could not be started.

use std::io;
use std::net::SocketAddr;

/// Why a demo server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The operating system refused to listen on the address.
    #[error("cannot listen on {address}")]
    Bind {
        /// Address on which the demo server was to listen.
        address: SocketAddr,
        /// Error that the operating system reported.
        source: io::Error,
    },
    /// The address can be reached from outside this machine, and that was not allowed.
    #[error("{0} is not a loopback address; by default the demo server is reachable from this machine only")]
    NotLoopback(SocketAddr),
    /// A thread of the server could not be started.
    #[error("cannot start a thread of the demo server")]
    Spawn {
        /// Error that the operating system reported.
        source: io::Error,
    },
    /// The asynchronous runtime of the server could not be started.
    #[error("cannot start the runtime of the demo server")]
    Runtime {
        /// Error that the operating system reported.
        source: io::Error,
    },
}
