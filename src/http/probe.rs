//! Sends a request to an endpoint once, outside of any window, to see whether it is ready to be measured.

use std::time::Duration;

use crate::domain::endpoint::Endpoint;
use crate::domain::error_reason::ErrorReason;
use crate::domain::plan::Access;
use crate::domain::template::NoValues;
use crate::host::monotonic::Clock;

use super::{BodyState, Connector, Exchange, Opening, PreflightError, RequestTemplate, Response};

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
    Nothing(ErrorReason),
}

impl Found {
    /// Whether the endpoint works, as far as one request shows.
    pub fn works(self) -> bool {
        matches!(self, Self::AsExpected | Self::Limited)
    }
}

/// Sends one request and looks at the response. Nothing is recorded.
pub async fn ask(endpoint: &Endpoint, access: &Access, within: Duration) -> Found {
    let mut opening = Opening::default();
    let exchange = async {
        let clock = Clock::start();
        let connector = Connector::new(&endpoint.origin, access).map_err(|error| reason_of(&error))?;
        let template = RequestTemplate::new(endpoint, access).map_err(|_| ErrorReason::Unsendable)?;
        let mut room = None;
        let request = template.request(&NoValues, &mut room).map_err(|_| ErrorReason::Unsendable)?;
        let opened = connector.connect(&clock, 0, &mut opening).await.map_err(|failure| failure.reason)?;
        let (mut connection, mut response) = (opened.0, Response::default());
        connection.exchange(request, &clock, &mut response).await.map_err(|failure| failure.reason)?;
        Ok::<Found, ErrorReason>(match response.status {
            429 => Found::Limited,
            status if !request.expectation().accepts_status(status) => Found::Status(status),
            _ if response.body != BodyState::AsExpected => Found::Body,
            _ => Found::AsExpected,
        })
    };
    match tokio::time::timeout(within, exchange).await {
        Ok(Ok(found)) => found,
        Ok(Err(reason)) => Found::Nothing(reason),
        Err(_) => Found::Nothing(opening.timeout_reason()),
    }
}

/// Whether the endpoint responds as expected within a span. Nothing is recorded.
pub async fn responds(endpoint: &Endpoint, access: &Access, within: Duration) -> bool {
    ask(endpoint, access, within).await == Found::AsExpected
}

/// Connects to the endpoint's origin within a span. No request is sent.
/// # Errors
/// The reason why no connection was opened.
pub async fn listens(endpoint: &Endpoint, access: &Access, within: Duration) -> Result<(), ErrorReason> {
    let connector = Connector::new(&endpoint.origin, access).map_err(|error| reason_of(&error))?;
    let (clock, mut opening) = (Clock::start(), Opening::default());
    match tokio::time::timeout(within, connector.connect(&clock, 0, &mut opening)).await {
        Ok(opened) => opened.map(|_| ()).map_err(|failure| failure.reason),
        Err(_) => Err(opening.timeout_reason()),
    }
}

fn reason_of(error: &PreflightError) -> ErrorReason {
    match error {
        PreflightError::Host(_) | PreflightError::Network { .. } => ErrorReason::AddressNotAllowed,
        PreflightError::Tls(_) => ErrorReason::HandshakeFailed,
    }
}
