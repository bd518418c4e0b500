//! Sends a request, and says what to do by the response.

use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Client, Response, StatusCode, redirect};
use tokio::runtime::{Builder, Runtime};

use crate::domain::plain_text::visible;
use crate::domain::scrub::scrub;
use crate::host;

use super::receiver::{Receiver, RemoteWriteError};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// The longest wait that a receiver may ask for.
const LONGEST_WAIT: Duration = Duration::from_mins(10);
/// How much of the body of a refusal is read. Units: bytes.
const MOST_READ: usize = 4 << 10;
/// How much of it is shown. Units: characters.
const MOST_SHOWN: usize = 200;

/// What became of a request.
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
    /// It cannot store native histograms.
    WithoutNative,
    /// It does not take it, however often it is sent.
    Refused {
        /// Why, as a sentence fragment.
        why: String,
    },
}

/// Sends to one receiver.
pub(super) struct Sender {
    pub(super) receiver: Receiver,
    client: Client,
    runtime: Runtime,
}

impl Sender {
    /// Prepares the connection; nothing is sent yet.
    pub(super) fn new(receiver: Receiver) -> Result<Self, RemoteWriteError> {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT)
            .user_agent(concat!("baseline/", env!("CARGO_PKG_VERSION")))
            .default_headers(receiver.headers.clone())
            .build()
            .map_err(|error| RemoteWriteError::Client(without_url(error)))?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| RemoteWriteError::Client(error.to_string()))?;
        Ok(Self { receiver, client, runtime })
    }

    /// Sends a message, which is compressed here.
    pub(super) fn send(&self, message: &[u8], within: Duration) -> Outcome {
        let Ok(block) = snap::raw::Encoder::new().compress_vec(message) else {
            return Outcome::Refused { why: "the message is too large to be compressed".to_owned() };
        };
        let request = self
            .client
            .post(self.receiver.url.clone())
            .header("Content-Type", "application/x-protobuf")
            .header("Content-Encoding", "snappy")
            .header("X-Prometheus-Remote-Write-Version", "0.1.0")
            .timeout(within)
            .body(block);
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
    let body = first_line(response).await;
    let why = if body.is_empty() {
        format!("status {}", status.as_u16())
    } else {
        format!("status {}: {body}", status.as_u16())
    };
    if body.contains("native histograms are disabled") {
        Outcome::WithoutNative
    } else if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        Outcome::Later { why, after }
    } else {
        Outcome::Refused { why }
    }
}

/// The wait of the header `Retry-After`: seconds, or a date.
pub(in crate::observe) fn retry_after(value: &str) -> Option<Duration> {
    let value = value.trim();
    let wait = if let Ok(seconds) = value.parse() {
        Duration::from_secs(seconds)
    } else {
        let at = jiff::Timestamp::try_from(httpdate::parse_http_date(value).ok()?).ok()?;
        Duration::try_from(at.duration_since(host::clock::now())).unwrap_or(Duration::ZERO)
    };
    Some(wait.min(LONGEST_WAIT))
}

/// The first line of a body, safe to show.
pub(in crate::observe) async fn first_line(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < MOST_READ && !bytes.contains(&b'\n') {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk[..chunk.len().min(MOST_READ)]),
            _ => break,
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    let line = scrub(text.lines().next().unwrap_or_default()).into_owned();
    visible(line.trim()).chars().take(MOST_SHOWN).collect()
}

/// An error with its causes; the URL may have secrets.
pub(in crate::observe) fn without_url(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    visible(&scrub(&text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_in_seconds_or_a_date() {
        assert_eq!(retry_after(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("99999999"), Some(LONGEST_WAIT));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(retry_after("Fri, 21 Oct 2095 07:28:00 GMT"), Some(LONGEST_WAIT));
        assert_eq!((retry_after("soon"), retry_after("-1")), (None, None));
    }
}
