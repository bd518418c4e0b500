//! What all users of an attack share: the gate they wait at, their requests, and where their reports go.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64};

use tokio::sync::{mpsc, watch};

use crate::domain::histogram::HistogramError;
use crate::domain::plan::Plan;

use super::clock::Clock;
use super::http::{Connector, Prepared};
use super::pacing::Schedule;
use super::recorder::Recorder;
use super::throttle::Throttle;

/// What the gate says. Every user sees every change and acts on those meant for it.
#[derive(Debug, Clone)]
pub(crate) enum Gate {
    /// Wait.
    Closed,
    /// A window is open for the users of one endpoint.
    Open(Arc<Assignment>),
    /// The attack ends.
    End,
}

/// One window, as its users see it. Times are nanoseconds of the run's clock.
#[derive(Debug)]
pub(crate) struct Assignment {
    /// The endpoint that is measured.
    pub(crate) endpoint: usize,
    /// How many of its users take part.
    pub(crate) users: u32,
    /// When the gate opened.
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

/// A word from a user.
#[derive(Debug)]
pub(crate) enum Word {
    /// It waits at the gate for the first time.
    Ready,
    /// It went through a window.
    Report(Box<UserReport>),
}

/// What all users share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) plan: Arc<Plan>,
    pub(crate) clock: Clock,
    /// By endpoint.
    pub(crate) requests: Vec<Prepared>,
    /// By endpoint.
    pub(crate) connectors: Vec<Connector>,
    /// By endpoint: the next free place among its users.
    pub(crate) places: Vec<AtomicU32>,
    pub(crate) throttle: Throttle,
    pub(crate) gate: watch::Sender<Gate>,
    pub(crate) words: mpsc::UnboundedSender<Word>,
}
