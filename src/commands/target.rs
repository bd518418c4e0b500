//! `baseline target`: runs the demo server alone.

use std::io::Write;

use crate::demo::{DemoConfig, DemoServer};
use crate::run::drive::runtime;
use crate::run::prepared::parse_fault;
use crate::run::{RunError, interrupt};

use super::{CommandError, Exit};

/// Options of the command `target`, after parsing.
#[derive(Debug, Clone)]
pub struct TargetOptions {
    /// Address to listen on; port 0 chooses a free one.
    pub listen: std::net::SocketAddr,
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
        listen: options.listen,
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
