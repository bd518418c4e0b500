//! The command line of `target`, the demo server on its own.

use std::net::SocketAddr;

use clap::{Args, ValueEnum};

use crate::demo::Role;

use super::help::SERVER_FAULT;

/// Run the built-in demo server until it is interrupted.
#[derive(Debug, Args)]
pub(super) struct TargetArguments {
    /// Address and port to listen on; default: 127.0.0.1:8787, and with --as 8781, 8782 or 8783
    #[arg(long, value_name = "ADDR")]
    pub(super) listen: Option<SocketAddr>,
    /// Play one service of the scenario `services`: its paths, headers and times
    #[arg(long = "as", value_name = "SERVICE")]
    pub(super) role: Option<RoleArgument>,
    /// Seed for its service times
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// Inject a fault, such as slow:browse:+20%:60s..90s (see --help); repeatable
    #[arg(long = "fault", value_name = "SPEC", long_help = SERVER_FAULT)]
    pub(super) faults: Vec<String>,
    /// Enforce the rate limits of the `pitchey` scenario with status 429
    #[arg(long)]
    pub(super) rate_limits: bool,
    /// Allow --listen on an address other than loopback
    #[arg(long)]
    pub(super) allow_remote: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum RoleArgument {
    /// Static pages, some security headers
    Frontend,
    /// The API at the edge: all headers, CORS, WebSocket at /ws
    Worker,
    /// The API itself: slower, in development mode, cache and telemetry off
    Backend,
}

impl From<RoleArgument> for Role {
    fn from(argument: RoleArgument) -> Self {
        match argument {
            RoleArgument::Frontend => Self::Frontend,
            RoleArgument::Worker => Self::Worker,
            RoleArgument::Backend => Self::Backend,
        }
    }
}
