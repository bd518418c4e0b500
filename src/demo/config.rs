//! What the demo server is started with: address, seed, faults, limits.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::fault::Fault;
use super::role::Role;

/// Number of accounts that every demo server has from its start: `demo-1@example.invalid` and so on.
pub const DEMO_ACCOUNTS: u32 = 100;
/// Password of these accounts.
pub const DEMO_PASSWORD: &str = "obviously-fake";

/// Configuration that a demo server is started with.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoConfig {
    /// Address to listen on; port 0 asks for any free port.
    pub listen: SocketAddr,
    /// Seed of every random draw of the server. The same seed and the same order of requests give the same work times.
    pub seed: u64,
    /// The service to play; `None` serves every route, without headers of a service.
    pub role: Option<Role>,
    /// Faults to inject, at times counted from the start of the server's own clock.
    pub faults: Vec<Fault>,
    /// Whether the documented rate limits of the platform are enforced, for all clients together.
    pub rate_limits: bool,
    /// What the periods of the rate limits are divided by, so that tests need not wait: 60 makes seconds of minutes.
    pub shorten_limits: u32,
    /// Whether listening on an address outside loopback is allowed.
    pub allow_remote: bool,
    /// Time at which the server's own clock starts, so that a resumed demo has its faults when planned.
    pub already_running: Duration,
    /// How long a login is valid, if the login asks for no other time. Whole seconds count.
    pub token_lifetime: Duration,
}

impl Default for DemoConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            seed: 1,
            role: None,
            faults: Vec::new(),
            rate_limits: false,
            shorten_limits: 1,
            allow_remote: false,
            already_running: Duration::ZERO,
            token_lifetime: Duration::from_mins(15),
        }
    }
}
