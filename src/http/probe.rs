//! Sends a request to an endpoint once, outside of any window, to see whether it is ready to be measured.

use std::time::Duration;

use crate::domain::endpoint::Endpoint;
use crate::domain::plan::Allowed;
use crate::domain::sample::ErrorClass;
use crate::host::monotonic::Clock;

use super::{Connector, Exchange, RequestTemplate, Response};

/// What came back from one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The expected response.
    AsExpected,
    /// A rate-limited response (429): something answers.
    Limited,
    /// A complete response with this unexpected status.
    Status(u16),
    /// A complete response with an unexpected body.
    Body,
    /// No complete response.
    Nothing(ErrorClass),
}

impl Found {
    /// Whether the endpoint works, as far as one request shows.
    pub fn works(self) -> bool {
        matches!(self, Self::AsExpected | Self::Limited)
    }
}

/// Sends one request and looks at the response. Nothing is recorded.
pub async fn ask(endpoint: &Endpoint, allowed: &Allowed, within: Duration) -> Found {
    let exchange = async {
        let clock = Clock::start();
        let blocked = |_| ErrorClass::Resolve;
        let connector = Connector::new(&endpoint.origin, allowed).map_err(blocked)?;
        let template = RequestTemplate::new(endpoint).map_err(|_| ErrorClass::Protocol)?;
        let mut room = None;
        let request = template.request(&[], &mut room).map_err(|_| ErrorClass::Protocol)?;
        let (mut connection, _) = connector.connect(&clock).await.map_err(|failure| failure.class)?;
        let mut response = Response::default();
        connection.exchange(request, &clock, &mut response).await.map_err(|failure| failure.class)?;
        Ok::<Found, ErrorClass>(match response.status {
            429 => Found::Limited,
            status if !request.expectation().accepts_status(status) => Found::Status(status),
            _ if !response.body_as_expected => Found::Body,
            _ => Found::AsExpected,
        })
    };
    match tokio::time::timeout(within, exchange).await {
        Ok(Ok(found)) => found,
        Ok(Err(class)) => Found::Nothing(class),
        Err(_) => Found::Nothing(ErrorClass::Timeout),
    }
}

/// Whether the endpoint responds as expected within a span. Nothing is recorded.
pub async fn responds(endpoint: &Endpoint, allowed: &Allowed, within: Duration) -> bool {
    ask(endpoint, allowed, within).await == Found::AsExpected
}

/// Whether anything accepts connections at the endpoint's origin within a span. No request is sent.
pub async fn listens(endpoint: &Endpoint, allowed: &Allowed, within: Duration) -> bool {
    let Ok(connector) = Connector::new(&endpoint.origin, allowed) else { return false };
    let clock = Clock::start();
    matches!(tokio::time::timeout(within, connector.connect(&clock)).await, Ok(Ok(_)))
}
