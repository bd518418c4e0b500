//! The interface of an engine to a session: a clock, and one window measured at a time.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::histogram::HistogramError;
use crate::domain::plan::Cell;
use crate::domain::window::MeasuredGroup;
use crate::http::{PreflightError, PrepareError};

use super::stop::Stop;

/// The window that an engine is to measure.
#[derive(Debug, Clone, Copy)]
pub struct WindowOrder {
    /// Number that the window will have, from 1.
    pub number: u64,
    /// Cycle that the window belongs to, from 0.
    pub cycle: u64,
    /// Cell to measure, as positions in the plan.
    pub cell: Cell,
    /// The most requests it may send, warm-up included; `None` is no bound.
    pub request_cap: Option<u64>,
    /// Whether a window that is stopped half-way is returned with what it has; otherwise it is discarded.
    pub keeps_partial: bool,
}

/// The clocks of an engine, read together. Units: nanoseconds since an arbitrary fixed point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockReading {
    /// Wall-clock time, which may jump.
    pub wall: Timestamp,
    /// Counts only while the machine is awake.
    pub monotonic_ns: u64,
    /// Counts also while the machine sleeps; `None` where there is no such clock.
    pub boot_ns: Option<u64>,
}

/// Why an engine cannot start or continue.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The target may not or cannot be reached.
    #[error(transparent)]
    Preflight(#[from] PreflightError),
    /// The request of an endpoint cannot be written.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// A query of a journey cannot be compiled; validation should have reported it before.
    #[error("cannot compile the query {text:?}")]
    Query {
        /// The query as it was written.
        text: String,
    },
    /// A histogram could not be created or merged.
    #[error("cannot record times")]
    Histogram(#[from] HistogramError),
    /// Goose refused to start its users.
    #[error("cannot start the users")]
    Goose(#[source] Box<goose::GooseError>),
    /// Goose ended its users before the run was over.
    #[error("the users ended before the run was complete")]
    UsersEnded,
    /// The users need more file descriptors than are free.
    #[error("{users} users need more file descriptors than the {free} that are free")]
    Descriptors {
        /// Number of users of the plan, over all workloads.
        users: u64,
        /// Number of descriptors that are free.
        free: u64,
    },
}

impl EngineError {
    /// What the user can do next; `None` where there is no specific advice.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Preflight(PreflightError::Host(_)) => {
                Some("to allow load there, add the host to allow_hosts under [target]".to_owned())
            }
            Self::Preflight(PreflightError::Network { .. }) => {
                Some("to allow load there, add its network to allow_networks under [target]".to_owned())
            }
            Self::Descriptors { .. } => Some("raise the limit with `ulimit -n`".to_owned()),
            _ => None,
        }
    }
}

/// Measures windows, on a real clock or a virtual one.
#[expect(async_fn_in_trait, reason = "engines are awaited where they are made, never spawned")]
pub trait Engine {
    /// Reads all clocks of the engine.
    fn clocks(&self) -> ClockReading;

    /// The longest span to pass to [`Engine::wait`] at once, so that the heartbeat stays fresh.
    fn longest_wait(&self) -> Duration;

    /// Waits for a span, or until a stop is requested.
    async fn wait(&mut self, span: Duration, stop: &mut Stop);

    /// Measures one window of a cell, the whole and its parts; `None` where a stop was requested before it was
    /// complete, and it keeps no partial one.
    /// # Errors
    /// [`EngineError`] where nothing can be measured any more. A target that fails is not an error.
    async fn measure(
        &mut self,
        order: &WindowOrder,
        stop: &mut Stop,
    ) -> Result<Option<MeasuredGroup>, EngineError>;
}
