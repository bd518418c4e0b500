//! What all users of an attack share: the signal they wait for, their requests, and where their reports go.

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

use super::pacing::Schedule;
use super::recorder::Recorder;
use super::throttle::Throttle;

/// What users are told to do. Every user sees every change and acts on those meant for it.
#[derive(Debug, Clone)]
pub(crate) enum WindowSignal {
    /// Wait.
    Closed,
    /// A window is open for the users of one workload.
    Open(Arc<Assignment>),
    /// The attack ends.
    End,
}

/// One window, as its users see it. Times are nanoseconds of the run's clock.
#[derive(Debug)]
pub(crate) struct Assignment {
    /// The workload that is measured.
    pub(crate) workload: usize,
    /// How many of its users take part.
    pub(crate) users: u32,
    /// When the window opened.
    pub(crate) opens_ns: u64,
    /// When warm-up ends and measuring begins.
    pub(crate) measure_from_ns: u64,
    /// After this, no request of a closed loop starts.
    pub(crate) closes_ns: u64,
    /// How many requests may still start, where that is bounded.
    pub(crate) tickets: Option<AtomicU64>,
    /// Where the schedule begins: with the warm-up, or after it where every request counts.
    pub(crate) schedule_from_ns: u64,
    /// The intended starts of an open loop, from `schedule_from_ns`.
    pub(crate) schedule: Option<Schedule>,
    /// The next arrival of the schedule that nobody took yet.
    pub(crate) next_arrival: AtomicU64,
}

/// What a user tells when its window is over.
#[derive(Debug)]
pub(crate) struct UserReport {
    /// What it saw.
    pub(crate) recorder: Result<Recorder, HistogramError>,
    /// When its first measured request started; `None` without one.
    pub(crate) started_ns: Option<u64>,
    /// When its last measured request or pause ended.
    pub(crate) ended_ns: u64,
}

/// What a user sends back, twice per window at most.
#[derive(Debug)]
pub(crate) enum UserMessage {
    /// It waits for its first window.
    Ready,
    /// It went through a window.
    Report(Box<UserReport>),
}

/// A request of a workload, and the connection that it goes over.
#[derive(Debug)]
pub(crate) struct SharedRequest {
    pub(crate) template: RequestTemplate,
    /// Index into [`Shared::connectors`].
    pub(crate) origin: usize,
    /// How long an exchange may take. Units: nanoseconds.
    pub(crate) timeout_ns: u64,
}

/// What all users share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) plan: Arc<Plan>,
    pub(crate) clock: Clock,
    /// By workload, its requests in order.
    pub(crate) requests: Vec<Vec<SharedRequest>>,
    /// By origin. A user owns a connection for each origin that its workload sends to.
    pub(crate) connectors: Vec<Connector>,
    /// By workload: the next free place among its users.
    pub(crate) places: Vec<AtomicU32>,
    pub(crate) throttle: Throttle,
    pub(crate) signal: watch::Sender<WindowSignal>,
    pub(crate) messages: mpsc::UnboundedSender<UserMessage>,
}

/// Every origin of a plan once, each with what opens connections to it.
/// # Errors
/// [`PreflightError`] where a host is not allowed, or TLS cannot be set up. Nothing is sent.
pub(crate) fn connectors(plan: &Plan) -> Result<(Vec<Origin>, Vec<Connector>), PreflightError> {
    let mut origins: Vec<Origin> = Vec::new();
    for request in plan.workloads.iter().flat_map(Workload::requests) {
        if !origins.contains(&request.origin) {
            origins.push(request.origin.clone());
        }
    }
    let connectors = origins.iter().map(|origin| Connector::new(origin, &plan.allowed));
    let connectors = connectors.collect::<Result<_, _>>()?;
    Ok((origins, connectors))
}

/// The requests of every workload.
/// # Errors
/// [`PrepareError`] where one cannot be written.
pub(crate) fn requests(plan: &Plan, origins: &[Origin]) -> Result<Vec<Vec<SharedRequest>>, PrepareError> {
    let shared = |request: &Endpoint| {
        Ok(SharedRequest {
            template: RequestTemplate::new(request)?,
            origin: origins.iter().position(|origin| *origin == request.origin).unwrap_or(0),
            timeout_ns: nanos(request.timeout),
        })
    };
    plan.workloads.iter().map(|workload| workload.requests().iter().map(shared).collect()).collect()
}
