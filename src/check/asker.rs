//! Sends the requests of a health check: to allowed hosts only, within documented rate limits, each within its time.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::domain::endpoint::{Endpoint, Expectation, Origin, Scheme};
use crate::domain::error_reason::ErrorReason;
use crate::domain::mask::{Mask, SHORTEST_ANYWHERE};
use crate::domain::plan::{Access, Plan};
use crate::domain::rate_limit::RateLimit;
use crate::domain::template::NoValues;
use crate::domain::transport::{HttpVersion, Reuse};
use crate::domain::units::nanos;
use crate::host::monotonic::Clock;
use crate::http::{
    Connector, Opening, PreflightError, RequestTemplate, TlsError, Trust, Wants, io_reason, tls,
};

use super::budget::Budget;
use super::opened::{Opened, Speaking, Stream};
use super::seen::{Seen, Trouble};
use super::session::Recorder;
use super::stamped::{Notes, Stamped};

/// How much of a body is kept to be looked into. Units: bytes.
const LONGEST_BODY: u64 = 1024 * 1024;

/// What all services of a check share: whom it trusts, and the documented limits.
pub(super) struct Shared {
    access: Access,
    clock: Clock,
    budget: RefCell<Budget>,
    trust: OnceCell<Result<Arc<Trust>, String>>,
    sent: Cell<u64>,
    log: RefCell<Vec<Sent>>,
    mask: Mask,
}

/// A request that was sent, as rate limits count it.
pub(super) struct Sent {
    pub(super) at_ns: u64,
    pub(super) origin: Origin,
    /// Without its query.
    pub(super) path: String,
    /// Whether the response was 429.
    pub(super) is_refused: bool,
}

impl Shared {
    /// For a check of this plan. A check opens its own connections and keeps those that it needs.
    pub(super) fn new(plan: &Plan) -> Rc<Self> {
        let mut access = plan.access.clone();
        access.transport.reuse = Reuse::Kept;
        Rc::new(Self {
            access,
            clock: Clock::start(),
            budget: RefCell::new(Budget::new(&plan.rate_limits)),
            trust: OnceCell::new(),
            sent: Cell::new(0),
            mask: mask_of(plan),
            log: RefCell::default(),
        })
    }

    /// Calls this for each request that was sent, in order.
    pub(super) fn each_sent(&self, call: impl FnMut(&Sent)) {
        self.log.borrow().iter().for_each(call);
    }

    /// The last request to an endpoint was refused: whether it counts is for the service to decide.
    pub(super) fn note_refused(&self, endpoint: &Endpoint) {
        let path = without_query(endpoint);
        let is_it =
            |sent: &&mut Sent| !sent.is_refused && sent.origin == endpoint.origin && sent.path == path;
        if let Some(sent) = self.log.borrow_mut().iter_mut().rev().find(is_it) {
            sent.is_refused = true;
        }
    }

    /// Number of requests that were sent.
    pub(super) fn sent(&self) -> u64 {
        self.sent.get()
    }

    /// The name that the certificate of an origin must be for.
    pub(super) fn server_name<'a>(&'a self, origin: &'a Origin) -> &'a str {
        self.access.transport.tls.server_name.as_deref().unwrap_or(&origin.host)
    }

    /// Lifts these documented limits, for whoever counts their requests itself.
    pub(super) fn without_limits(&self, limits: &[RateLimit]) {
        *self.budget.borrow_mut() = Budget::new(limits);
    }

    fn trust(&self) -> Result<Arc<Trust>, Trouble> {
        let made = self.trust.get_or_init(|| {
            tls::trust(&self.access.transport.tls).map(Arc::new).map_err(|error: TlsError| error.to_string())
        });
        made.clone().map_err(Trouble::Impossible)
    }
}

/// Sends the requests to one service.
pub(super) struct Asker {
    shared: Rc<Shared>,
    /// When the time of the service is used up, and how long that is.
    deadline_ns: u64,
    time_limit: Duration,
}

impl Asker {
    /// For a service whose check may take this long from now.
    pub(super) fn new(shared: &Rc<Shared>, time_limit: Duration) -> Self {
        let deadline_ns = shared.clock.now_ns().saturating_add(nanos(time_limit));
        Self { shared: Rc::clone(shared), deadline_ns, time_limit }
    }

    /// The clock of the check.
    pub(super) fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// A text of a server with every secret of the scenario masked.
    pub(super) fn masked(&self, text: &str) -> String {
        self.shared.mask.applied(text)
    }

    /// Whether requests to a host may be sent.
    pub(super) fn allows(&self, host: &str) -> bool {
        self.shared.access.allowed.host(host)
    }

    /// Number of requests to a path that the documented limits still allow; `None` where none covers it.
    pub(super) fn room(&self, path: &str) -> Option<u64> {
        self.shared.budget.borrow().room(path)
    }

    /// Sends a request on a new connection.
    /// # Errors
    /// [`Trouble`] where there is no complete response.
    pub(super) async fn ask(&self, endpoint: &Endpoint) -> Result<Seen, Trouble> {
        self.ask_with(endpoint, &[]).await
    }

    /// The same with further headers.
    /// # Errors
    /// As [`Asker::ask`].
    pub(super) async fn ask_with(
        &self,
        endpoint: &Endpoint,
        extra: &[(&str, &str)],
    ) -> Result<Seen, Trouble> {
        self.may_send(endpoint)?;
        let mut connection = self.connect(endpoint).await?;
        self.send(&mut connection, endpoint, extra).await
    }

    /// Opens a connection for several requests.
    /// # Errors
    /// [`Trouble`] where it cannot be opened.
    pub(super) async fn connect(&self, endpoint: &Endpoint) -> Result<Speaking, Trouble> {
        let opened = self.opened(endpoint, None).await?;
        let session = opened.session.clone();
        let speaking = Box::pin(opened.speaking(*self.clock(), self.speaks_http2()));
        let speaking = self.within(endpoint.timeout, speaking).await;
        speaking.map_err(|trouble| trouble.after(session.as_ref()))
    }

    /// Sends a request on an open connection.
    /// # Errors
    /// As [`Asker::ask`].
    pub(super) async fn ask_on(
        &self,
        connection: &mut Speaking,
        endpoint: &Endpoint,
        extra: &[(&str, &str)],
    ) -> Result<Seen, Trouble> {
        self.may_send(endpoint)?;
        self.send(connection, endpoint, extra).await
    }

    /// Opens a connection for another protocol than HTTP/2: the handshake offers HTTP/1.1 only. It counts as a request.
    /// # Errors
    /// [`Trouble`] where it cannot be opened.
    pub(super) async fn open_stream(&self, endpoint: &Endpoint) -> Result<Opened, Trouble> {
        self.may_send(endpoint)?;
        self.shared.sent.set(self.shared.sent.get() + 1);
        self.opened(endpoint, Some(HttpVersion::Http1)).await
    }

    /// Runs something within a timeout, and within what is left of the time of the service.
    /// # Errors
    /// Its own, or [`Trouble`] with the timeout.
    pub(super) async fn within<T>(
        &self,
        timeout: Duration,
        work: impl Future<Output = Result<T, Trouble>>,
    ) -> Result<T, Trouble> {
        let left = Duration::from_nanos(self.deadline_ns.saturating_sub(self.clock().now_ns()));
        if left.is_zero() {
            return Err(Trouble::OutOfTime);
        }
        // What is cut short by the end of the check says nothing about the service, unless it had nearly all of that time.
        let is_cut_short = left < timeout && left < self.time_limit.mul_f64(0.9);
        let timed_out = |_| {
            Err(if is_cut_short { Trouble::OutOfTime } else { Trouble::of(ErrorReason::ResponseTimeout) })
        };
        tokio::time::timeout(timeout.min(left), work).await.unwrap_or_else(timed_out)
    }

    fn speaks_http2(&self) -> bool {
        self.shared.access.transport.version == HttpVersion::Http2
    }

    fn may_send(&self, endpoint: &Endpoint) -> Result<(), Trouble> {
        if self.clock().now_ns() >= self.deadline_ns {
            return Err(Trouble::OutOfTime);
        }
        self.shared.budget.borrow_mut().take(endpoint.path.reveal()).map_err(Trouble::Withheld)?;
        self.shared.log.borrow_mut().push(Sent {
            at_ns: self.clock().now_ns(),
            origin: endpoint.origin.clone(),
            path: without_query(endpoint).to_owned(),
            is_refused: false,
        });
        Ok(())
    }

    async fn send(
        &self,
        connection: &mut Speaking,
        endpoint: &Endpoint,
        extra: &[(&str, &str)],
    ) -> Result<Seen, Trouble> {
        let unsendable = |_| Trouble::of(ErrorReason::Unsendable);
        let wants = Wants { fields: true, cookies: true, body: Some(LONGEST_BODY) };
        // The text that is expected is looked for in what is kept: a body that unpacks to gigabytes is not unpacked.
        let Expectation { statuses, body_contains } = endpoint.expectation.clone();
        let expectation = Expectation { statuses, body_contains: None };
        let sent = Endpoint { expectation, ..endpoint.clone() };
        let template = RequestTemplate::new(&sent, &self.shared.access).map_err(unsendable)?.wanting(wants);
        let mut room = None;
        let request = template.request_with(&NoValues, extra, &mut room).map_err(unsendable)?;
        self.shared.sent.set(self.shared.sent.get() + 1);
        let session = connection.session().cloned();
        let seen = self.within(endpoint.timeout, connection.exchange(request)).await;
        // A server may send back what it was sent: nothing that looks into a response sees a secret.
        let seen = seen.map(|seen| seen.expecting(body_contains.as_deref()).masked(&self.shared.mask));
        if seen.as_ref().is_ok_and(|seen| seen.status == 429) {
            self.shared.note_refused(endpoint);
        }
        seen.map_err(|trouble| trouble.after(session.as_ref()))
    }

    /// Opens a connection within the timeout of the endpoint, and says what was going on when it passed.
    async fn opened(&self, endpoint: &Endpoint, version: Option<HttpVersion>) -> Result<Opened, Trouble> {
        let (mut opening, shakes_hands) = (Opening::default(), Cell::new(false));
        let open = self.open(&endpoint.origin, version, &mut opening, &shakes_hands);
        match self.within(endpoint.timeout, open).await {
            Err(Trouble::Failed { reason: ErrorReason::ResponseTimeout, .. }) if shakes_hands.get() => {
                Err(Trouble::EndlessHandshake)
            }
            Err(Trouble::Failed { reason: ErrorReason::ResponseTimeout, .. }) => {
                Err(Trouble::of(opening.timeout_reason()))
            }
            opened => opened,
        }
    }

    /// Opens a connection, to the end of its TLS handshake.
    async fn open(
        &self,
        origin: &Origin,
        version: Option<HttpVersion>,
        opening: &mut Opening,
        shakes_hands: &Cell<bool>,
    ) -> Result<Opened, Trouble> {
        let (clock, access) = (self.shared.clock, &self.shared.access);
        let connector = Connector::new(origin, access).map_err(|error| match error {
            PreflightError::Host(_) | PreflightError::Network { .. } => {
                Trouble::of(ErrorReason::AddressNotAllowed)
            }
            PreflightError::Tls(error) => Trouble::Impossible(error.to_string()),
        })?;
        let began_ns = clock.now_ns();
        let (socket, phases) = connector.open_socket(&clock, opening).await.map_err(Trouble::of)?;
        let notes = Arc::new(Notes::default());
        let socket = Stamped::new(socket, clock, Arc::clone(&notes));
        let mut opened = Opened {
            began_ns,
            opened_ns: clock.now_ns(),
            resolve_ns: phases.resolve_ns,
            connect_ns: phases.connect_ns,
            tls_ns: None,
            address: phases.address,
            session: None,
            notes,
            stream: Stream::Plain(socket),
        };
        if origin.scheme == Scheme::Http {
            return Ok(opened);
        }
        let Stream::Plain(socket) = opened.stream else { return Ok(opened) };
        let settings = &access.transport.tls;
        let asked = Arc::new(AtomicBool::new(false));
        let recorder = Arc::new(Recorder::new(self.shared.trust()?));
        let version = version.unwrap_or(access.transport.version);
        let impossible = |error: TlsError| Trouble::Impossible(error.to_string());
        let connector = tls::connector_with(settings, version, Arc::clone(&recorder) as _, &asked);
        let name = settings.server_name.as_deref().unwrap_or(&origin.host);
        let name = tls::server_name(name).map_err(impossible)?;
        shakes_hands.set(true);
        let handshake_ns = clock.now_ns();
        let stream =
            connector.map_err(impossible)?.connect(name, socket).await.map_err(|error| {
                Trouble::of(io_reason::of_handshake(&error, asked.load(Ordering::Relaxed)))
            })?;
        opened.opened_ns = clock.now_ns();
        opened.tls_ns = Some(opened.opened_ns - handshake_ns);
        let session = recorder.session(stream.get_ref().1, asked.load(Ordering::Relaxed));
        opened.session = Some(Arc::new(session));
        opened.stream = Stream::Tls(Box::new(stream));
        Ok(opened)
    }
}

/// The path that rate limits count.
fn without_query(endpoint: &Endpoint) -> &str {
    endpoint.path.reveal().split('?').next().unwrap_or_default()
}

/// What a response must not show: what variables hold, and of headers that refer to some also the credentials alone.
fn mask_of(plan: &Plan) -> Mask {
    let services = plan.assessment.services.iter();
    let headers = services.flat_map(|service| service.requests()).flat_map(|request| &request.headers);
    let credentials = headers.filter(|(_, value)| value.has_references()).flat_map(|(_, value)| {
        let whole = value.reveal();
        [Some(whole), whole.split_once(' ').map(|(_, credentials)| credentials)]
    });
    let secrets = plan.secrets.values().iter().map(String::as_str);
    let is_long = |secret: &&str| secret.len() >= SHORTEST_ANYWHERE;
    Mask::new(secrets.chain(credentials.flatten().filter(is_long)))
}
