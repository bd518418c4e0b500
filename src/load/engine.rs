//! What a session needs of an engine: a clock, and one window measured at a time.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::histogram::HistogramError;
use crate::domain::plan::Cell;
use crate::domain::window::MeasuredGroup;
use crate::http::{PreflightError, PrepareError};

use super::stop::Stop;

/// Which window to measure.
#[derive(Debug, Clone, Copy)]
pub struct WindowOrder {
    /// The number it will have.
    pub number: u64,
    /// The cycle it belongs to.
    pub cycle: u64,
    /// The cell.
    pub cell: Cell,
    /// The most requests it may send, warm-up included.
    pub request_cap: Option<u64>,
}

/// The clocks of an engine, read together. Units: nanoseconds since some fixed point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockReading {
    /// The wall clock.
    pub wall: Timestamp,
    /// Counts while the machine is awake.
    pub monotonic_ns: u64,
    /// Counts while the machine sleeps too; `None` where there is no such clock.
    pub boot_ns: Option<u64>,
}

/// Why an engine cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No packet may or can go to the target.
    #[error(transparent)]
    Preflight(#[from] PreflightError),
    /// A request cannot be written.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// Histograms do not merge.
    #[error("cannot record times")]
    Histogram(#[from] HistogramError),
    /// Goose refused the attack.
    #[error("goose refused to start the users")]
    Goose(#[source] Box<goose::GooseError>),
    /// Goose ended the attack by itself.
    #[error("goose ended its users before the run was over")]
    UsersEnded,
    /// More users than free file descriptors.
    #[error("{users} users need more than the {free} file descriptors that are free")]
    Descriptors {
        /// Users of the plan.
        users: u64,
        /// Descriptors that are free.
        free: u64,
    },
}

impl EngineError {
    /// The next step, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Preflight(PreflightError::Host(_)) => {
                Some("if load may go there, name the host under [target] allow_hosts".to_owned())
            }
            Self::Preflight(PreflightError::Network { .. }) => {
                Some("if load may go there, add its block under [target] allow_networks".to_owned())
            }
            Self::Descriptors { .. } => Some("raise the limit with `ulimit -n`".to_owned()),
            _ => None,
        }
    }
}

/// Measures windows, on a real clock or a virtual one.
#[expect(async_fn_in_trait, reason = "engines are awaited where they are made, never spawned")]
pub trait Engine {
    /// The clocks, now.
    fn clocks(&self) -> ClockReading;

    /// The longest that [`Engine::wait`] should be asked to wait, so that others may be told that the run lives.
    fn longest_wait(&self) -> Duration;

    /// Waits, or until the end is asked for.
    async fn wait(&mut self, span: Duration, stop: &mut Stop);

    /// Measures one window of a cell, the whole and its parts; `None` where the end was asked for before it was complete.
    /// # Errors
    /// [`EngineError`] where nothing can be measured any more. A target that fails is no error.
    async fn measure(
        &mut self,
        order: &WindowOrder,
        stop: &mut Stop,
    ) -> Result<Option<MeasuredGroup>, EngineError>;
}
