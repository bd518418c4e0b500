//! The live page of a run, or of recorded runs: from its options to its end.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

use crate::report::ReportError;
use crate::run::feed::Subscription;
use crate::run::wake::{Wake, begun};

use super::guard::Guard;
use super::listener::Listener;
use super::live_run::LiveRun;
use super::runs::Runs;
use super::server::router;
use super::shared::Shared;
use super::token::Token;

/// Most clients that listen to events.
const MOST_CLIENTS: usize = 256;
/// How long the last events may take to reach the clients of a run that has ended.
const GRACE: Duration = Duration::from_millis(500);

/// Where the page is served, and for whom.
#[derive(Debug, Clone)]
pub struct LiveConfig {
    /// Address to listen on; port 0 chooses a free one.
    pub listen: SocketAddr,
    /// Token that clients must know; `None` asks for none on loopback, and makes one elsewhere.
    pub token: Option<Token>,
    /// Names beside `localhost` by which the server may be called.
    pub allow_hosts: Vec<String>,
}

/// Why the page cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// Listening failed.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The operating system refused a thread or random bytes.
    #[error("cannot serve the live page")]
    System(#[from] io::Error),
    /// A run cannot be read.
    #[error(transparent)]
    Run(#[from] ReportError),
}

impl LiveError {
    /// What to do next, where there is specific advice.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Bind { .. } => {
                Some("use a free port, or port 0 for any; the address must be one of this machine".to_owned())
            }
            Self::System(_) => None,
            Self::Run(error) => error.hint(),
        }
    }
}

/// A live page that is served on a thread of its own. Dropping it ends it.
#[derive(Debug)]
pub struct LiveServer {
    address: SocketAddr,
    token: Option<Token>,
    shared: Arc<Shared>,
    listener: Listener,
}

impl LiveServer {
    /// Serves the run that a feed publishes, from before it begins. What cannot be read then is said by `say`.
    /// # Errors
    /// [`LiveError`] where listening fails, before anything is measured.
    pub fn of_feed(
        config: &LiveConfig,
        subscription: Subscription,
        say: fn(&str),
    ) -> Result<Self, LiveError> {
        let server = Self::start(config, Runs::One(OnceLock::new()))?;
        let shared = Arc::clone(&server.shared);
        let wait = move || {
            let Some(folder) = begun(&subscription) else { return };
            match LiveRun::open(&folder, Wake::Feed(subscription)) {
                Ok(run) => {
                    if let Runs::One(place) = &shared.runs {
                        let _ = place.set(run);
                    }
                }
                Err(error) => say(&format!("warning: live page: {error}")),
            }
        };
        thread::Builder::new().name("live-begin".to_owned()).spawn(wait)?;
        Ok(server)
    }

    /// Serves a recorded run, which may be measured by another process.
    /// # Errors
    /// [`LiveError`] where it cannot be read, or listening fails.
    pub fn of_run(config: &LiveConfig, folder: &Path) -> Result<Self, LiveError> {
        Self::start(config, Runs::recorded(folder)?)
    }

    /// Serves all runs of a folder.
    /// # Errors
    /// [`LiveError`] where listening fails.
    pub fn of_folder(config: &LiveConfig, folder: &Path) -> Result<Self, LiveError> {
        Self::start(config, Runs::of_folder(folder))
    }

    fn start(config: &LiveConfig, runs: Runs) -> Result<Self, LiveError> {
        let failed = |source| LiveError::Bind { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        // An IPv6 socket on a mapped IPv4 address is reached over IPv4, so it is judged as IPv4.
        let is_local = address.ip().to_canonical().is_loopback();
        let token = match &config.token {
            None if !is_local => Some(Token::random()?),
            token => token.clone(),
        };
        let stop = watch::Sender::new(false);
        let shared = Arc::new(Shared {
            runs,
            guard: Guard::new(address.ip(), address.port(), &config.allow_hosts, token.clone()),
            clients: Arc::new(Semaphore::new(MOST_CLIENTS)),
            stopping: stop.subscribe(),
        });
        let listener = Listener::start(listener, router(Arc::clone(&shared)), stop)?;
        Ok(Self { address, token, shared, listener })
    }

    /// The URL of the page, with the token where one is asked for.
    pub fn url(&self) -> String {
        match &self.token {
            Some(token) => format!("http://{}/?token={}", self.address, token.reveal()),
            None => format!("http://{}/", self.address),
        }
    }

    /// Gives the clients of a run that has ended a moment to hear of it, and stops.
    pub fn finish(self) {
        if self.shared.runs.has_clients() {
            thread::sleep(GRACE);
        }
        self.stop();
    }

    /// Stops at once.
    pub fn stop(mut self) {
        self.listener.stop();
        self.shared.runs.stop();
    }
}
