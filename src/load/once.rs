//! One iteration with everything that is sent and received: the way to see what a journey does.
//!
//! No window is measured, and no Goose user started: one user plays on the current thread.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::sync::mpsc;

use crate::domain::plan::Plan;

use super::client::Outcome;
use super::engine::EngineError;
use super::goes_through::GoesThrough as _;
use super::overload::Overload;
use super::play::Cast;
use super::played::Halt;
use super::player::Player;
use super::progress::Progress;
use super::recorder::Recorder;
use super::shared::{Assignment, Shared};
use super::trace::{Trace, Traced};

/// What one iteration sent and received.
#[derive(Debug)]
pub struct Once {
    /// Every exchange, setup first, with secrets masked.
    pub exchanges: Vec<Traced>,
    /// Why it did not succeed; `None` where it did.
    pub failure: Option<String>,
    /// Time of the steps without pauses and setup, in nanoseconds.
    pub active_ns: u64,
}

/// Plays one iteration of a workload; each member of a mix once.
/// # Errors
/// [`EngineError`] where a host is not allowed, or a request cannot be written.
pub async fn play_once(plan: Arc<Plan>, workload: usize) -> Result<Once, EngineError> {
    let (messages, _received) = mpsc::unbounded_channel();
    let shared = Arc::new(Shared::new(Arc::clone(&plan), None, messages)?);
    for connector in &shared.connectors {
        connector.preflight().await?;
    }
    let cast = Cast::of(&plan.workloads[workload], &plan, &shared.origins)?.showing_everything();
    let members = cast.plays.len();
    let mut player = Player::new(Arc::clone(&shared), workload, 0, Arc::new(cast));
    player.trace = Some(Trace::new(&plan));
    let mut once = Once { exchanges: Vec::new(), failure: player.prepare().await, active_ns: 0 };
    let opens_ns = shared.clock.now_ns();
    let window = Assignment {
        workload,
        users: 1,
        opens_ns,
        measure_from_ns: opens_ns,
        closes_ns: u64::MAX,
        // A long refusal of the target is not sat out.
        tickets: Some(AtomicU64::new(u64::MAX)),
        schedule_from_ns: opens_ns,
        schedule: None,
        overload: Overload::default(),
        next_arrival: AtomicU64::new(0),
    };
    for member in 0..members {
        if once.failure.is_some() {
            break;
        }
        let recorder = Recorder::new(false)?;
        let mut progress = Progress { recorder, started_ns: None, ended_ns: opens_ns };
        match player.iterate(member, &window, (opens_ns, None), &mut progress, &mut None).await {
            Ok(played) => {
                once.active_ns += played.active_ns;
                once.failure = match played.outcome {
                    Outcome::Succeeded => None,
                    Outcome::Throttled => Some("rate-limited (429)".to_owned()),
                    Outcome::Failed(reason) => Some(reason.brief().to_owned()),
                };
            }
            Err(Halt::NoRows(feeder)) => {
                let name = shared.rows.feeder(feeder).map_or("", |feeder| &feeder.name);
                once.failure = Some(format!("data {name:?} has no rows left"));
            }
            Err(Halt::SetupFailed(failure)) => once.failure = Some(failure),
        }
    }
    if let Some(mut trace) = player.trace.take() {
        for (role, play) in player.roles.iter().zip(&player.cast.plays) {
            trace.hide_rows(play, &role.carried, &shared.rows);
        }
        once.exchanges = trace.masked();
    }
    Ok(once)
}
