//! State shared by all users of an attack: the signal they wait for, their requests, and where their reports go.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, AtomicU64};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::domain::endpoint::{Endpoint, Origin};
use crate::domain::histogram::HistogramError;
use crate::domain::plan::Plan;
use crate::domain::units::nanos;
use crate::domain::workload::Workload;
use crate::host::monotonic::Clock;
use crate::http::{Connector, PreflightError, PrepareError, RequestTemplate};

use crate::store::queue_ledger::QueueLedger;

use super::engine::EngineError;
use super::overload::Overload;
use super::pacing::Schedule;
use super::play::{Cast, traced};
use super::progress::Progress;
use super::readings::Pulse;
use super::recorder::Recorder;
use super::rows_in_use::RowsInUse;
use super::throttle::Throttle;

/// What users are to do. Every user sees every change and acts on those for its workload.
#[derive(Debug, Clone)]
pub(crate) enum WindowSignal {
    /// No window is open: users wait. Those of a window that was closed early, and that never saw it open, report nothing.
    Closed(Option<Arc<Assignment>>),
    /// Users of a workload prepare for their first window, or again for a later one.
    Prepare {
        /// Workload whose users prepare, as its index in the plan.
        workload: usize,
        /// Number of its users that take part.
        users: u32,
    },
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
    /// Its measurements of the whole and of each part, or why they could not be recorded.
    pub(crate) recorders: Result<Vec<Recorder>, HistogramError>,
    /// When its first measured request started; `None` without one.
    pub(crate) started_ns: Option<u64>,
    /// When its last measured request or pause ended.
    pub(crate) ended_ns: u64,
    /// Address that its last connection was to; `None` without any.
    pub(crate) address: Option<IpAddr>,
    /// The feeder that had no row for it any more.
    pub(crate) out_of_rows: Option<usize>,
    /// Why its setup failed, which ended its window.
    pub(crate) setup_failure: Option<String>,
}

impl UserReport {
    /// What a user measured, of the whole and of its parts.
    pub(super) fn of(progress: Progress, parts: Vec<Recorder>, address: Option<IpAddr>) -> Self {
        let mut recorders = vec![progress.recorder];
        recorders.extend(parts);
        Self {
            recorders: Ok(recorders),
            started_ns: progress.started_ns,
            ended_ns: progress.ended_ns,
            address,
            out_of_rows: None,
            setup_failure: None,
        }
    }

    /// The report of a user that a window was closed for before it began.
    pub(crate) fn empty(open_loop: bool, at_ns: u64, parts: usize) -> Self {
        Self { recorders: (0..=parts).map(|_| Recorder::new(open_loop)).collect(), ..Self::nothing(at_ns) }
    }

    /// The report of a user that could not record anything.
    pub(crate) fn failed(error: HistogramError) -> Self {
        Self { recorders: Err(error), ..Self::nothing(0) }
    }

    fn nothing(at_ns: u64) -> Self {
        Self {
            recorders: Ok(Vec::new()),
            started_ns: None,
            ended_ns: at_ns,
            address: None,
            out_of_rows: None,
            setup_failure: None,
        }
    }
}

/// A message from a user, at most three per window.
#[derive(Debug)]
pub(crate) enum UserMessage {
    /// The user waits for its first window.
    Ready,
    /// The user has prepared for a window; what failed, if anything did.
    Prepared(Option<String>),
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

/// What the users of a workload send.
#[derive(Debug)]
pub(crate) enum Script {
    /// The same request again and again.
    Endpoint(Arc<SharedRequest>),
    /// Journeys, and endpoints between them.
    Cast(Arc<Cast>),
}

/// A window with a given number of requests ends where the target wants none of them for longer than this.
pub(crate) const LONGEST_HOLD: Duration = Duration::from_secs(30);

/// Everything that all users of a run share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) plan: Arc<Plan>,
    pub(crate) clock: Clock,
    /// What the users of each workload send.
    pub(crate) scripts: Vec<Script>,
    /// Rows of data for journeys.
    pub(crate) rows: RowsInUse,
    /// Connectors to origins that are no part of the plan, but that users were redirected to.
    pub(crate) others: Mutex<Vec<(Origin, Arc<Connector>)>>,
    /// Origins of the plan, in the order of their connectors.
    pub(crate) origins: Vec<Origin>,
    /// One connector per origin. A user owns a connection for each origin that its workload sends to.
    pub(crate) connectors: Vec<Connector>,
    /// For each workload, the next free position among its users.
    pub(crate) places: Vec<AtomicU32>,
    /// For each workload, the number of iterations that were dealt to its users.
    pub(crate) dealt: Vec<AtomicU64>,
    pub(crate) throttle: Throttle,
    pub(crate) pulse: Pulse,
    pub(crate) signal: watch::Sender<WindowSignal>,
    pub(crate) messages: mpsc::UnboundedSender<UserMessage>,
}

impl Shared {
    /// What the users of a plan share; nothing is sent.
    /// # Errors
    /// [`EngineError`] where a host is not allowed, or a request cannot be written.
    pub(crate) fn new(
        plan: Arc<Plan>,
        ledger: Option<QueueLedger>,
        messages: mpsc::UnboundedSender<UserMessage>,
    ) -> Result<Self, EngineError> {
        let (origins, connectors) = connectors(&plan)?;
        let (signal, _) = watch::channel(WindowSignal::Closed(None));
        Ok(Self {
            clock: Clock::start(),
            scripts: scripts(&plan, &origins)?,
            rows: RowsInUse::of(&plan, ledger),
            others: Mutex::default(),
            origins,
            connectors,
            places: plan.workloads.iter().map(|_| AtomicU32::new(0)).collect(),
            dealt: plan.workloads.iter().map(|_| AtomicU64::new(0)).collect(),
            throttle: Throttle::new(&plan),
            pulse: Pulse::default(),
            signal,
            messages,
            plan,
        })
    }
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

/// What the users of every workload send, ready to be sent.
/// # Errors
/// [`EngineError`] where a request cannot be written, or a query not be compiled.
pub(crate) fn scripts(plan: &Plan, origins: &[Origin]) -> Result<Vec<Script>, EngineError> {
    let script = |workload: &Workload| match workload {
        Workload::Endpoint(endpoint) => {
            Ok(Script::Endpoint(Arc::new(SharedRequest::of(endpoint, plan, origins)?)))
        }
        Workload::Journey(_) | Workload::Mix(_) => {
            Ok(Script::Cast(Arc::new(Cast::of(workload, plan, origins)?)))
        }
    };
    plan.workloads.iter().map(script).collect()
}

impl SharedRequest {
    /// The request of an endpoint.
    /// # Errors
    /// [`PrepareError`] where it cannot be written.
    fn of(endpoint: &Endpoint, plan: &Plan, origins: &[Origin]) -> Result<Self, PrepareError> {
        Ok(Self {
            template: traced(RequestTemplate::new(endpoint, &plan.access)?, plan)?,
            origin: origins.iter().position(|origin| *origin == endpoint.origin).unwrap_or(0),
            timeout_ns: nanos(endpoint.timeout),
        })
    }
}
