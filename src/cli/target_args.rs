//! The command line of `target`, the demo server on its own.

use std::net::SocketAddr;

use clap::Args;

use super::help::SERVER_FAULT;

/// Run the built-in demo server until it is interrupted.
#[derive(Debug, Args)]
pub(super) struct TargetArguments {
    /// Address and port to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8787")]
    pub(super) listen: SocketAddr,
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
