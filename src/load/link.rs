//! A user's connection to one origin: kept, opened where there is none, and exchanged where it turned out to be closed.

use std::net::IpAddr;
use std::time::Duration;

use crate::domain::error_reason::ErrorReason;
use crate::host::monotonic::Clock;
use crate::http::{
    ConnectPhases, Connection, Connector, Exchange, Failure, Opening, Request, Resend, Response, Traceparent,
};

/// A close that crossed a request on the wire is known a round trip after that was sent. What comes later than this, and than
/// twice the round trip of connecting, was the target's answer to that request.
pub(super) const CROSSING: Duration = Duration::from_millis(10);

/// A request that was not processed is sent again this often. A server that refuses every stream fails its requests then.
const MOST_RESENDS: u32 = 2;

/// A user's connection to one origin.
#[derive(Default)]
pub(super) struct Link {
    pub(super) connection: Option<Connection>,
    /// About a round trip: how long connecting took.
    pub(super) round_trip_ns: u64,
    /// Address that it is connected to.
    pub(super) address: Option<IpAddr>,
}

/// What became of a link while a request was sent on it.
#[derive(Default)]
pub(super) struct Course {
    /// Phases of the connection that was opened for it, if any.
    pub(super) opened: Option<ConnectPhases>,
    /// How far opening came, where one was opened.
    pub(super) opening: Option<Opening>,
}

impl Course {
    /// The reason where the timeout passes now.
    pub(super) fn timeout_reason(&self) -> ErrorReason {
        self.opening.map_or(ErrorReason::ResponseTimeout, Opening::timeout_reason)
    }
}

/// Where and for whom a request is sent.
#[derive(Clone, Copy)]
pub(super) struct Route<'a> {
    pub(super) connector: &'a Connector,
    pub(super) clock: &'a Clock,
    /// Number of the user, from 0.
    pub(super) seat: usize,
}

/// Sends on the kept connection, or on a new one; again with the same trace and span. A close for which `may_have_crossed` holds may have crossed the request.
pub(super) async fn exchange(
    kept: &mut Option<Connection>,
    route: Route<'_>,
    (request, traceparent): (&Request, &Traceparent),
    may_have_crossed: impl Fn() -> bool,
    course: &mut Course,
    response: &mut Response,
) -> Result<(), Failure> {
    let mut resends = 0;
    loop {
        let connection = if let Some(connection) = kept {
            connection
        } else {
            let opening = course.opening.insert(Opening::default());
            // Boxed, because a handshake's state is large and seldom needed.
            let opened = Box::pin(route.connector.connect(route.clock, route.seat, opening)).await?;
            course.opened = Some(opened.1);
            kept.insert(opened.0)
        };
        match connection.exchange_traced(request, Some(traceparent), route.clock, response).await {
            Err(Failure { resend: Resend::Always, .. }) if resends < MOST_RESENDS => (),
            Err(Failure { resend: Resend::IfRepeatable, .. })
                if request.is_repeatable() && may_have_crossed() && resends == 0 => {}
            outcome => return outcome,
        }
        resends += 1;
        *kept = None;
    }
}
