//! What all requests share, and how they find their run.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::guard::Guard;
use super::live_run::LiveRun;
use super::respond::{failure, later};
use super::runs::{NoRun, Runs};

/// How long a request waits for a long run to be read.
const READING: Duration = Duration::from_secs(20);

/// What all requests share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) runs: Runs,
    pub(super) guard: Guard,
    /// Room for clients that listen to events.
    pub(super) clients: Arc<Semaphore>,
    /// Becomes true when the server stops.
    pub(super) stopping: watch::Receiver<bool>,
}

/// A parameter of the query; the first of its name.
pub(super) fn parameter(uri: &Uri, name: &str) -> Option<String> {
    let query = uri.query()?.as_bytes();
    form_urlencoded::parse(query).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The run that a request is about, once its folder was read.
pub(super) async fn run_of(shared: &Arc<Shared>, uri: &Uri) -> Result<Arc<LiveRun>, Response> {
    let id = parameter(uri, "run");
    let served = Arc::clone(shared);
    let found = spawn_blocking(move || served.runs.find(id.as_deref())).await;
    let run = found.map_err(|_| busy())?.map_err(|why| match why {
        NoRun::NotBegun => later("the run has not begun yet", "try again in a few seconds"),
        NoRun::Unknown => {
            failure(StatusCode::NOT_FOUND, "there is no such run", Some("/api/v1/runs lists the runs"))
        }
        NoRun::Unreadable(error) => {
            failure(StatusCode::INTERNAL_SERVER_ERROR, error.to_string(), error.hint().as_deref())
        }
    })?;
    let mut changes = run.changes();
    let is_read = async {
        while !run.state().is_read {
            if changes.changed().await.is_err() {
                return;
            }
        }
    };
    if timeout(READING, is_read).await.is_err() {
        return Err(later("the run is being read", "try again in a few seconds"));
    }
    Ok(run)
}

/// For a task that could not be run to its end.
pub(super) fn busy() -> Response {
    later("the server is busy", "try again in a few seconds")
}
