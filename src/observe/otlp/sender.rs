//! Sends one request to a receiver of OTLP/HTTP, and says what to do by the response.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message as _;
use reqwest::header::RETRY_AFTER;
use reqwest::{Client, Response, StatusCode, redirect};
use tokio::runtime::{Builder, Runtime};

use crate::observe::remote_write::{Receiver, RemoteWriteError, first_line, retry_after, without_url};

use super::message::{PartialSuccess, Reply};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// The largest body that is read of a response. Units: bytes.
const MOST_READ: usize = 64 << 10;

/// What became of a request.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    /// The receiver has it, but for what it says it rejected.
    Accepted(Option<PartialSuccess>),
    /// It may have it later: it is busy, or does not respond.
    Later {
        /// Why, as a sentence fragment.
        why: String,
        /// How long the receiver asks to wait.
        after: Option<Duration>,
    },
    /// It does not take any request: wrong credentials, or a wrong URL.
    Denied(String),
    /// It does not take requests of this size.
    TooLarge(String),
    /// It does not take this request, however often it is sent.
    Refused(String),
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

    /// Sends a message to a path below the receiver's URL. It is compressed here.
    pub(super) fn send(&self, path: &[&str], message: &[u8], within: Duration) -> Outcome {
        let mut url = self.receiver.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        let Ok(body) = compressed(message) else {
            return Outcome::Refused("the message cannot be compressed".to_owned());
        };
        let request = self
            .client
            .post(url)
            .header("Content-Type", "application/x-protobuf")
            .header("Content-Encoding", "gzip")
            .timeout(within)
            .body(body);
        self.runtime.block_on(async {
            match request.send().await {
                Ok(response) => outcome(response).await,
                Err(error) => Outcome::Later { why: without_url(error), after: None },
            }
        })
    }
}

fn compressed(message: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(message)?;
    encoder.finish()
}

async fn outcome(response: Response) -> Outcome {
    let status = response.status();
    if status.is_success() {
        return Outcome::Accepted(partial(&body(response).await));
    }
    let after =
        response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(retry_after);
    let is_text = response.headers().get("content-type").is_none_or(|is| is.as_bytes().starts_with(b"text/"));
    // Other bodies are messages for programs.
    let line = if is_text { first_line(response).await } else { String::new() };
    let colon = if line.is_empty() { "" } else { ": " };
    let why = format!("status {}{colon}{line}", status.as_u16());
    match status {
        // Those that the specification names as temporary.
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Outcome::Later { why, after },
        StatusCode::UNAUTHORIZED
        | StatusCode::FORBIDDEN
        | StatusCode::NOT_FOUND
        | StatusCode::METHOD_NOT_ALLOWED => Outcome::Denied(why),
        StatusCode::PAYLOAD_TOO_LARGE => Outcome::TooLarge(why),
        // No redirect is followed: its target was not named.
        status if status.is_redirection() => Outcome::Denied(format!("{why} (redirects are not followed)")),
        _ => Outcome::Refused(why),
    }
}

/// The beginning of a body.
async fn body(mut response: Response) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        if bytes.len() + chunk.len() > MOST_READ {
            break;
        }
        bytes.extend_from_slice(&chunk);
    }
    bytes
}

/// What the receiver says that it rejected; a body that is not of the protocol says nothing.
fn partial(body: &[u8]) -> Option<PartialSuccess> {
    let reply = Reply::decode(body).ok()?;
    reply.partial_success.filter(|partial| partial.rejected != 0 || !partial.message.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_success_says_what_was_rejected() {
        let partial_success = PartialSuccess { rejected: 3, message: "too old".to_owned() };
        let reply = Reply { partial_success: Some(partial_success.clone()) };
        assert_eq!(partial(&reply.encode_to_vec()), Some(partial_success));
        assert_eq!(
            partial(&Reply { partial_success: Some(PartialSuccess::default()) }.encode_to_vec()),
            None
        );
        assert_eq!(partial(b""), None);
        assert_eq!(partial(b"<html>"), None);
    }
}
