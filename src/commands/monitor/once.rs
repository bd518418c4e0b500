//! `monitor --once`: one round for cron, without a run. What is known is kept, so that rounds add up.

use std::io::Write;
use std::sync::Arc;

use crate::load::engine::{Engine, WindowOrder};
use crate::load::goose_engine::GooseEngine;

use crate::domain::health::Health;
use crate::monitor::status_of;
use crate::observe::Say;
use crate::report::console::monitor::monitored;
use crate::run::probing::Probing;
use crate::run::runtime::runtime;
use crate::run::{RunError, checks};

use crate::commands::{CommandError, Exit, Format};

use super::watching::{Monitor, MonitorOptions};

/// Probes everything once, checks the health of the services, and prints what is known then.
///
/// Exit code 0: everything is healthy; 1: something is degraded or unhealthy, or failed when it was probed first;
/// 3: something could not be measured yet, because this machine was too busy.
/// # Errors
/// [`CommandError`] where nothing can be sent, or what is known not be written.
pub fn once(
    options: MonitorOptions,
    format: Format,
    out: &mut dyn Write,
    say: Say,
) -> Result<Exit, CommandError> {
    let monitor = Monitor::new(options)?;
    let exporter = monitor.exporter(say)?;
    let probing = Probing { every: monitor.options.every, duration: monitor.interval };
    let plan = Arc::new(monitor.prepared.probing(probing, &monitor.environment)?.plan);
    let mut stop = monitor.stop.clone();
    let runtime = runtime()?;
    let measured = runtime.block_on(async {
        GooseEngine::preflight(&plan).await.map_err(RunError::from)?;
        let mut engine = GooseEngine::start(Arc::clone(&plan), None).await.map_err(RunError::from)?;
        let mut windows = Vec::new();
        for (place, cell) in plan.cells.iter().enumerate() {
            let number = place as u64 + 1;
            let request_cap = plan.request_caps.get(place).copied().flatten();
            let order = WindowOrder { number, cycle: 0, cell: *cell, request_cap, keeps_partial: false };
            match engine.measure(&order, &mut stop).await.map_err(RunError::from)? {
                Some(group) => windows.push(group.whole.window),
                None => break,
            }
        }
        engine.finish().await;
        let check = tokio::select! {
            check = checks::light_check(&plan) => Some(check),
            () = stop.raised() => None,
        };
        Ok::<_, CommandError>((windows, check))
    });
    runtime.shutdown_background();
    let (windows, check) = measured?;
    if stop.is_raised() {
        return Ok(Exit::Inconclusive);
    }
    let ledger = exporter.round(&windows, check.as_ref())?;
    let text = monitored(&status_of(&ledger), format);
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(match ledger.judge.worst() {
        Health::Healthy => Exit::Accepted,
        // Nothing has failed: some probes said nothing.
        Health::Unknown if !ledger.judge.has_failures() => Exit::Inconclusive,
        _ => Exit::Failed,
    })
}
