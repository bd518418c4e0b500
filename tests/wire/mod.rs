//! What real servers, networks and certificates do, exchange by exchange.

mod addresses;
mod http2_breaches;
mod kept;
mod odd_answers;
mod odd_cases;
mod tls_faults;

use std::time::Duration;

use baseline::domain::endpoint::{Endpoint, Expectation, Method, Origin, Pace, Scheme};
use baseline::domain::error_reason::ErrorReason;
use baseline::domain::objective::Objective;
use baseline::domain::plan::{Access, Allowed};
use baseline::domain::referenced::Referenced;
use baseline::domain::transport::Transport;
use baseline::host::monotonic::Clock;
use baseline::http::{Connector, Exchange, Opening, RequestTemplate, Response, Wants};

/// Longer than any server here takes, and short enough to wait for.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// A `GET` of the root at an address.
fn endpoint(scheme: Scheme, host: &str, port: u16) -> Endpoint {
    Endpoint {
        name: "odd".into(),
        method: Method::from_name("GET").unwrap(),
        origin: Origin { scheme, host: host.to_owned(), port },
        path: Referenced::plain("/"),
        headers: Vec::new(),
        without: Vec::new(),
        body: None,
        expectation: Expectation::default(),
        objective: Objective::default(),
        pace: Pace::Closed { think: Duration::ZERO },
        timeout: PATIENCE,
    }
}

/// Access to one host by this transport.
fn access(host: &str, transport: Transport) -> Access {
    Access { allowed: Allowed { hosts: vec![host.to_owned()], networks: Vec::new() }, transport }
}

/// Sends one request on a new connection.
fn exchange(endpoint: &Endpoint, access: &Access) -> Result<Response, ErrorReason> {
    exchange_wanting(endpoint, access, Wants::default())
}

/// As [`exchange`], and keeps what is wanted of the response.
fn exchange_wanting(endpoint: &Endpoint, access: &Access, wants: Wants) -> Result<Response, ErrorReason> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut opening = Opening::default();
    let exchange = async {
        let (clock, mut response) = (Clock::start(), Response::default());
        let connector = Connector::new(&endpoint.origin, access).unwrap();
        let template = RequestTemplate::new(endpoint, access).unwrap().wanting(wants);
        let mut opened = connector.connect(&clock, 0, &mut opening).await?.0;
        opened.exchange(template.literal().unwrap(), &clock, &mut response).await?;
        Ok(response)
    };
    let ended = runtime.block_on(async { tokio::time::timeout(PATIENCE, exchange).await });
    runtime.shutdown_background();
    match ended {
        Ok(exchanged) => exchanged.map_err(|failure: baseline::http::Failure| failure.reason),
        Err(_) => Err(opening.timeout_reason()),
    }
}
