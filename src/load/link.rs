//! A user's connection to one origin: kept, opened where there is none, and exchanged where it turned out to be closed.

use std::time::Duration;

use crate::host::monotonic::Clock;
use crate::http::{ConnectPhases, Connection, Connector, Exchange, Failure, Request, Resend, Response};

/// A close that crossed a request on the wire is known a round trip after that was sent. What comes later than this, and than
/// twice the round trip of connecting, was the target's answer to that request.
pub(super) const CROSSING: Duration = Duration::from_millis(10);

/// A user's connection to one origin.
#[derive(Default)]
pub(super) struct Link {
    pub(super) connection: Option<Connection>,
    /// How long opening it took.
    pub(super) connect_ns: u64,
}

/// Sends on the kept connection, or on a new one. A close that came before `crossed_until_ns` may have crossed the request.
pub(super) async fn exchange(
    kept: &mut Option<Connection>,
    crossed_until_ns: u64,
    connector: &Connector,
    request: &Request,
    clock: &Clock,
    opened: &mut Option<ConnectPhases>,
    response: &mut Response,
) -> Result<(), Failure> {
    loop {
        let connection = if let Some(connection) = kept {
            connection
        } else {
            // Boxed, because a handshake's state is large and seldom needed.
            let (connection, phases) = Box::pin(connector.connect(clock)).await?;
            *opened = Some(phases);
            kept.insert(connection)
        };
        match connection.exchange(request, clock, response).await {
            // A fresh connection gives no reason to send again, so this happens once.
            Err(Failure { resend: Resend::Always, .. }) => (),
            Err(Failure { resend: Resend::IfRepeatable, .. })
                if request.is_repeatable() && clock.now_ns() <= crossed_until_ns => {}
            outcome => return outcome,
        }
        *kept = None;
    }
}
