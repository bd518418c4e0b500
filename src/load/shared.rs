//! State shared by all users of an attack: the signal they wait for, their requests, and where their reports go.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64};

use tokio::sync::{mpsc, watch};

use crate::domain::endpoint::{Endpoint, Origin};
use crate::domain::histogram::HistogramError;
use crate::domain::plan::Plan;
use crate::domain::units::nanos;
use crate::domain::workload::Workload;
use crate::host::monotonic::Clock;
use crate::http::{Connector, PreflightError, PrepareError, RequestTemplate};

use super::overload::Overload;
use super::pacing::Schedule;
use super::readings::Pulse;
use super::recorder::Recorder;
use super::throttle::Throttle;

/// What users are to do. Every user sees every change and acts on those for its workload.
#[derive(Debug, Clone)]
pub(crate) enum WindowSignal {
    /// No window is open: users wait. Those of a window that was closed early, and that never saw it open, report nothing.
    Closed(Option<Arc<Assignment>>),
    /// A window is open for the users of one workload.
    Open(Arc<Assignment>),
    /// The run is over: users end.
    End,
}

/// One window, as its users see it. Times are nanoseconds of the run's clock.
#[derive(Debug)]
pub(crate) struct Assignment {
    /// Workload that is measured, as its index in the plan.
    pub(crate) workload: usize,
    /// Number of its users that take part.
    pub(crate) users: u32,
    /// When the window opened; warm-up starts then.
    pub(crate) opens_ns: u64,
    /// When the warm-up ends and measuring begins.
    pub(crate) measure_from_ns: u64,
    /// When the window closes: no closed-loop request starts after it.
    pub(crate) closes_ns: u64,
    /// Number of requests that may still start; `None` is no bound.
    pub(crate) tickets: Option<AtomicU64>,
    /// Start of the schedule: with the warm-up, or after it where every request counts.
    pub(crate) schedule_from_ns: u64,
    /// The intended starts of an open loop, relative to `schedule_from_ns`; `None` in a closed loop.
    pub(crate) schedule: Option<Schedule>,
    /// Whether the target of an open loop keeps up.
    pub(crate) overload: Overload,
    /// The next arrival of the schedule that no user has taken yet.
    pub(crate) next_arrival: AtomicU64,
}

/// The report of a user when its window is over.
#[derive(Debug)]
pub(crate) struct UserReport {
    /// Its measurements, or why they could not be recorded.
    pub(crate) recorder: Result<Recorder, HistogramError>,
    /// When its first measured request started; `None` without one.
    pub(crate) started_ns: Option<u64>,
    /// When its last measured request or pause ended.
    pub(crate) ended_ns: u64,
    /// Address that its last connection was to; `None` without any.
    pub(crate) address: Option<IpAddr>,
}

impl UserReport {
    /// The report of a user that a window was closed for before it began.
    pub(crate) fn empty(open_loop: bool, at_ns: u64) -> Self {
        Self { recorder: Recorder::new(open_loop), started_ns: None, ended_ns: at_ns, address: None }
    }

    /// The report of a user that could not record anything.
    pub(crate) fn failed(error: HistogramError) -> Self {
        Self { recorder: Err(error), started_ns: None, ended_ns: 0, address: None }
    }
}

/// A message from a user, at most two per window.
#[derive(Debug)]
pub(crate) enum UserMessage {
    /// The user waits for its first window.
    Ready,
    /// The user has finished a window.
    Report(Box<UserReport>),
}

/// A request of a workload, and the origin that it is sent to.
#[derive(Debug)]
pub(crate) struct SharedRequest {
    pub(crate) template: RequestTemplate,
    /// Index into [`Shared::connectors`].
    pub(crate) origin: usize,
    /// Longest time for one exchange. Units: nanoseconds.
    pub(crate) timeout_ns: u64,
}

/// Everything that all users of a run share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) plan: Arc<Plan>,
    pub(crate) clock: Clock,
    /// The requests of each workload, in order.
    pub(crate) requests: Vec<Vec<SharedRequest>>,
    /// One connector per origin. A user owns a connection for each origin that its workload sends to.
    pub(crate) connectors: Vec<Connector>,
    /// For each workload, the next free position among its users.
    pub(crate) places: Vec<AtomicU32>,
    pub(crate) throttle: Throttle,
    pub(crate) pulse: Pulse,
    pub(crate) signal: watch::Sender<WindowSignal>,
    pub(crate) messages: mpsc::UnboundedSender<UserMessage>,
}

/// Every origin of a plan once, each with its connector.
/// # Errors
/// [`PreflightError`] where a host is not allowed, or TLS cannot be set up. Nothing is sent.
pub(crate) fn connectors(plan: &Plan) -> Result<(Vec<Origin>, Vec<Connector>), PreflightError> {
    let mut origins: Vec<Origin> = Vec::new();
    for request in plan.workloads.iter().flat_map(Workload::requests) {
        if !origins.contains(&request.origin) {
            origins.push(request.origin.clone());
        }
    }
    let connectors = origins.iter().map(|origin| Connector::new(origin, &plan.access));
    let connectors = connectors.collect::<Result<_, _>>()?;
    Ok((origins, connectors))
}

/// The requests of every workload, ready to send.
/// # Errors
/// [`PrepareError`] where a request cannot be written.
pub(crate) fn requests(plan: &Plan, origins: &[Origin]) -> Result<Vec<Vec<SharedRequest>>, PrepareError> {
    let shared = |request: &Endpoint| {
        Ok(SharedRequest {
            template: RequestTemplate::new(request, &plan.access)?,
            origin: origins.iter().position(|origin| *origin == request.origin).unwrap_or(0),
            timeout_ns: nanos(request.timeout),
        })
    };
    plan.workloads.iter().map(|workload| workload.requests().iter().map(shared).collect()).collect()
}
