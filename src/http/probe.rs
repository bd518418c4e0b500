//! Sends a request to an endpoint once, outside of any window, to see whether it is ready to be measured.

use std::time::Duration;

use crate::domain::endpoint::Endpoint;
use crate::domain::plan::Allowed;
use crate::host::monotonic::Clock;

use super::{Connector, Exchange, RequestTemplate, Response};

/// Whether the endpoint responds as expected within a span. Nothing is recorded.
pub async fn responds(endpoint: &Endpoint, allowed: &Allowed, within: Duration) -> bool {
    let ask = async {
        let clock = Clock::start();
        let connector = Connector::new(&endpoint.origin, allowed).ok()?;
        let template = RequestTemplate::new(endpoint).ok()?;
        let mut room = None;
        let request = template.request(&[], &mut room).ok()?;
        let (mut connection, _) = connector.connect(&clock).await.ok()?;
        let mut response = Response::default();
        connection.exchange(request, &clock, &mut response).await.ok()?;
        (request.expectation().accepts_status(response.status) && response.body_as_expected).then_some(())
    };
    matches!(tokio::time::timeout(within, ask).await, Ok(Some(())))
}

/// Whether anything accepts connections at the endpoint's origin within a span. No request is sent.
pub async fn listens(endpoint: &Endpoint, allowed: &Allowed, within: Duration) -> bool {
    let Ok(connector) = Connector::new(&endpoint.origin, allowed) else { return false };
    let clock = Clock::start();
    matches!(tokio::time::timeout(within, connector.connect(&clock)).await, Ok(Ok(_)))
}
