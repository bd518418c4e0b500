//! The built-in demo server: a small web service whose true work times are known.
//!
//! Owns the server and its configuration: address, seed, faults, limits. It is deliberately independent of scenarios,
//! load and reports, so that the generator is checked against a server that shares no code with it.

mod answers;
mod bodies;
mod clock;
pub mod fault;
mod fault_text;
mod fault_time;
mod limiter;
pub mod model;
mod server;
mod service;
#[cfg(test)]
mod tests;
mod workers;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

pub use fault::{Fault, FaultParseError, Faults};
pub use model::{Model, RouteId, Work};

/// Configuration that a demo server is started with.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoConfig {
    /// Address to listen on; port 0 asks for any free port.
    pub listen: SocketAddr,
    /// Seed of every random draw of the server. The same seed and the same order of requests give the same work times.
    pub seed: u64,
    /// Faults to inject, at times counted from the start of the server's own clock.
    pub faults: Vec<Fault>,
    /// Whether the documented rate limits of the platform are enforced, for all clients together.
    pub rate_limits: bool,
    /// Whether listening on an address outside loopback is allowed.
    pub allow_remote: bool,
    /// Time at which the server's own clock starts, so that a resumed demo has its faults when planned.
    pub already_running: Duration,
}

impl Default for DemoConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            seed: 1,
            faults: Vec::new(),
            rate_limits: false,
            allow_remote: false,
            already_running: Duration::ZERO,
        }
    }
}

/// A running demo server with threads of its own; it stops when dropped.
#[derive(Debug)]
pub struct DemoServer {
    address: SocketAddr,
    server: server::Server,
}

impl DemoServer {
    /// Binds the address and serves it until the server is stopped or dropped.
    ///
    /// Usable from sync and async code: the server has a runtime of its own, apart from the caller's.
    ///
    /// # Errors
    /// [`DemoError::NotLoopback`] if others could reach the address and that was not allowed; otherwise the operating
    /// system refused the address, a thread or the runtime.
    pub fn start(config: DemoConfig) -> Result<Self, DemoError> {
        let listen = config.listen;
        // An IPv6 socket on a mapped IPv4 address is reached over IPv4, so it is judged as IPv4.
        if !config.allow_remote && !listen.ip().to_canonical().is_loopback() {
            return Err(DemoError::NotLoopback(listen));
        }
        let bind_failure = |source| DemoError::Bind { address: listen, source };
        let listener = TcpListener::bind(listen).map_err(bind_failure)?;
        let address = listener.local_addr().map_err(bind_failure)?;
        let server = server::Server::start(listener, config)?;
        Ok(Self { address, server })
    }

    /// The address it listens on, with the port that was chosen.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting, drops every connection and waits until the server's threads have ended.
    ///
    /// Takes a few tens of milliseconds at most, because work is abandoned when its client is gone. Dropping does the
    /// same.
    pub fn stop(mut self) {
        self.server.stop();
    }
}

/// Why a demo server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The operating system refused to listen on the address.
    #[error("cannot listen on {address}")]
    Bind {
        /// Address that was requested.
        address: SocketAddr,
        /// Error that the operating system reported.
        source: io::Error,
    },
    /// The address can be reached from outside this machine, and that was not allowed.
    #[error("{0} is not a loopback address: the demo target is not reachable from outside unless told so")]
    NotLoopback(SocketAddr),
    /// A thread of the server could not be started.
    #[error("cannot start a thread of the demo target")]
    Spawn {
        /// Error that the operating system reported.
        source: io::Error,
    },
    /// The asynchronous runtime of the server could not be started.
    #[error("cannot start the runtime of the demo target")]
    Runtime {
        /// Error that the operating system reported.
        source: io::Error,
    },
}
