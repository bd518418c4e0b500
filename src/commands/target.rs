//! `baseline target`: the demo server by itself.

use std::io::Write;

use crate::demo::{DemoConfig, DemoServer};
use crate::run::drive::runtime;
use crate::run::prepared::parse_fault;
use crate::run::{RunError, interrupt};

use super::{CommandError, Exit};

/// What `target` was asked to do.
#[derive(Debug, Clone)]
pub struct TargetOptions {
    /// Where it listens.
    pub listen: std::net::SocketAddr,
    /// The seed of its service times.
    pub seed: u64,
    /// Its faults.
    pub faults: Vec<String>,
    /// Whether it keeps the documented rate limits.
    pub rate_limits: bool,
    /// Whether it may listen elsewhere than on loopback.
    pub allow_remote: bool,
}

/// Runs `target` until it is interrupted.
/// # Errors
/// [`CommandError`] where a fault cannot be read or the address cannot be listened on.
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
