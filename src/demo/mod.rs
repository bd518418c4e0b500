//! The built-in demo server: a small web service whose true work times are known.
//!
//! Owns the server and its configuration: address, seed, faults, limits. It is deliberately independent of scenarios,
//! load and reports, so that the generator is checked against a server that shares no code with it.

mod answers;
#[cfg(test)]
mod audit_tests;
mod bodies;
mod clock;
mod config;
mod error;
pub mod fault;
mod fault_text;
mod fault_time;
mod intake;
mod limiter;
pub mod model;
mod platform;
#[cfg(test)]
mod platform_calls;
#[cfg(test)]
mod platform_tests;
mod role;
#[cfg(test)]
mod role_tests;
mod routes;
mod server;
mod service;
#[cfg(test)]
mod tests;
mod websocket;
mod workers;

use std::net::{SocketAddr, TcpListener};

pub use config::{DEMO_ACCOUNTS, DEMO_PASSWORD, DemoConfig};
pub use error::DemoError;
pub use fault::{Fault, Faults};
pub use fault_text::FaultParseError;
pub use model::{Model, Work};
pub use role::{FRONTEND_ORIGIN, Role};
pub use routes::RouteId;

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
