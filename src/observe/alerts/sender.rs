//! Sends one notification, and says what to do by the response.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::RETRY_AFTER;
use reqwest::{Client, Response, StatusCode, redirect};
use tokio::runtime::{Builder, Runtime};

use crate::domain::alert::Alert;
use crate::observe::remote_write::{RemoteWriteError, first_line, retry_after, without_url};

use super::message;
use super::receiver::{AlertReceiver, Dialect};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(3);

/// What became of a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The receiver has it.
    Accepted,
    /// It may have it later: it is busy, or does not respond.
    Later {
        /// Why, as a sentence fragment.
        why: String,
        /// How long the receiver asks to wait.
        after: Option<Duration>,
    },
    /// It does not take it, however often it is sent.
    Refused(String),
}

/// Sends to one receiver.
pub(super) struct Sender {
    pub(super) receiver: AlertReceiver,
    runbooks: String,
    client: Client,
    runtime: Runtime,
}

impl Sender {
    /// Prepares the connection; nothing is sent yet.
    pub(super) fn new(receiver: AlertReceiver, runbooks: &str) -> Result<Self, RemoteWriteError> {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT)
            .user_agent(concat!("baseline/", env!("CARGO_PKG_VERSION")))
            .default_headers(receiver.to.headers.clone())
            .build()
            .map_err(|error| RemoteWriteError::Client(without_url(error)))?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| RemoteWriteError::Client(error.to_string()))?;
        Ok(Self { receiver, runbooks: runbooks.to_owned(), client, runtime })
    }

    /// Sends that an alert has begun, still lasts, or has ended.
    pub(super) fn send(&self, alert: &Alert, is_firing: bool, now: Timestamp, within: Duration) -> Outcome {
        let body = match self.receiver.dialect {
            Dialect::Alertmanager => message::alertmanager(alert, is_firing, now, &self.runbooks),
            Dialect::Webhook => message::webhook(alert, is_firing, &self.runbooks),
        };
        let mut request = self
            .client
            .post(self.receiver.to.url.clone())
            .header("Content-Type", "application/json")
            .timeout(within)
            .body(body);
        if self.receiver.dialect == Dialect::Webhook {
            let key = format!("{}-{}", alert.id, message::event(is_firing));
            request = request.header("Idempotency-Key", key);
        }
        self.runtime.block_on(async {
            match request.send().await {
                Ok(response) => outcome(response).await,
                Err(error) => Outcome::Later { why: without_url(error), after: None },
            }
        })
    }
}

async fn outcome(response: Response) -> Outcome {
    let status = response.status();
    if status.is_success() {
        return Outcome::Accepted;
    }
    let after =
        response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(retry_after);
    let line = first_line(response).await;
    let colon = if line.is_empty() { "" } else { ": " };
    let why = format!("status {}{colon}{line}", status.as_u16());
    if status.is_server_error()
        || [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT].contains(&status)
    {
        Outcome::Later { why, after }
    } else if status.is_redirection() {
        // Its target was not named.
        Outcome::Refused(format!("{why} (redirects are not followed)"))
    } else {
        Outcome::Refused(why)
    }
}

/// What became of one attempt to send a notification.
pub type Tried = Result<(), String>;

/// Sends one notification now, without a state on disk: whether the receiver takes it, or why not.
/// # Errors
/// [`RemoteWriteError`] where the connection cannot be prepared.
pub fn try_once(
    receiver: &AlertReceiver,
    runbooks: &str,
    alert: &Alert,
    now: Timestamp,
    within: Duration,
) -> Result<Tried, RemoteWriteError> {
    let sender = Sender::new(receiver.clone(), runbooks)?;
    Ok(match sender.send(alert, alert.is_open(), now, within) {
        Outcome::Accepted => Ok(()),
        Outcome::Later { why, .. } | Outcome::Refused(why) => Err(why),
    })
}
