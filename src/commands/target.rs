//! `baseline target`: runs the demo server alone.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};

use crate::demo::{DemoConfig, DemoServer, Role};
use crate::run::prepared::parse_fault;
use crate::run::runtime::runtime;
use crate::run::{RunError, interrupt};

use super::{CommandError, Exit};

/// Options of the command `target`, after parsing.
#[derive(Debug, Clone)]
pub struct TargetOptions {
    /// Address to listen on; port 0 chooses a free one. `None` is the usual port of the role on loopback.
    pub listen: Option<SocketAddr>,
    /// The service to play; `None` serves everything.
    pub role: Option<Role>,
    /// Seed of the server's work times.
    pub seed: u64,
    /// Faults to inject, in the syntax of `--fault`.
    pub faults: Vec<String>,
    /// Whether to enforce the documented rate limits.
    pub rate_limits: bool,
    /// Whether addresses outside loopback are allowed.
    pub allow_remote: bool,
}

/// Runs `target` until it is interrupted.
/// # Errors
/// [`CommandError`] where a fault cannot be parsed, or listening on the address fails.
pub fn target(options: &TargetOptions, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let faults = options.faults.iter().map(|text| parse_fault(text)).collect::<Result<Vec<_>, _>>()?;
    let mut stop = interrupt::listen()?;
    let target = DemoServer::start(DemoConfig {
        listen: options.listen.unwrap_or_else(|| usual_address(options.role)),
        role: options.role,
        seed: options.seed,
        faults,
        rate_limits: options.rate_limits,
        allow_remote: options.allow_remote,
        ..DemoConfig::default()
    })
    .map_err(RunError::from)?;
    writeln!(out, "listening on http://{}", target.address()).map_err(CommandError::Output)?;
    out.flush().map_err(CommandError::Output)?;
    runtime()?.block_on(stop.raised());
    target.stop();
    Ok(Exit::Accepted)
}

/// Where the scenarios `pitchey` and `services` look for a server.
fn usual_address(role: Option<Role>) -> SocketAddr {
    let port = match role {
        None => 8_787,
        Some(Role::Frontend) => 8_781,
        Some(Role::Worker) => 8_782,
        Some(Role::Backend) => 8_783,
    };
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
