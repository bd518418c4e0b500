//! `/api/v1/events`: what changes, as server-sent events.
//!
//! Nothing is queued for a client. Each has a cursor into the state of the run and takes what is new when it can: one that
//! never reads costs its socket, and one that comes back after a break or a restart gets every window since, because all of
//! them are in the run's folder.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use http_body_util::channel::{Channel, Sender};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::json::{Envelope, MarksEvent, WindowEvent, WindowRow, to_bytes};
use super::live_run::LiveRun;
use super::respond::{content, failure, later};
use super::run_state::RunState;
use super::shared::{Shared, parameter, run_of};

/// How often a client hears of the run at least.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How long news wait for each other, so that a window, its heartbeat and the next cell are sent at once.
const TOGETHER: Duration = Duration::from_millis(100);
/// Groups that are written while the state is locked.
const BATCH: usize = 32;
/// Events that wait for one client.
const WAITING: usize = 4;
/// A client that takes nothing for this long has gone.
const PATIENCE: Duration = Duration::from_secs(30);
/// A browser tries again after this time.
const RETRY: &str = "retry: 1000\n\n";
const TYPE: &str = "text/event-stream";

/// Streams events until the client leaves or the server stops.
pub(super) async fn events(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let run = match run_of(&shared, request.uri()).await {
        Ok(run) => run,
        Err(refused) => return refused,
    };
    let header = request.headers().get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let after = header.or_else(|| parameter(request.uri(), "after")).filter(|id| !id.is_empty());
    let Ok(after) = after.map(|id| id.parse::<u64>()).transpose() else {
        return failure(
            StatusCode::BAD_REQUEST,
            "the event ID is not a number",
            Some("use the `id` of an event"),
        );
    };
    if request.method() == Method::HEAD {
        return content(TYPE, Bytes::new());
    }
    let Ok(permit) = Arc::clone(&shared.clients).try_acquire_owned() else {
        return later("too many pages are open", "close some of them");
    };
    let (sender, channel) = Channel::<Bytes, Infallible>::new(WAITING);
    let client = Client { run, sender, stopping: shared.stopping.clone(), _permit: permit };
    tokio::spawn(client.serve(Cursor::new(after)));
    let mut response = content(TYPE, Bytes::new());
    *response.body_mut() = Body::new(channel);
    response
}

/// A client that listens.
struct Client {
    run: Arc<LiveRun>,
    sender: Sender<Bytes, Infallible>,
    stopping: watch::Receiver<bool>,
    _permit: OwnedSemaphorePermit,
}

impl Client {
    async fn serve(mut self, mut cursor: Cursor) {
        let mut changes = self.run.changes();
        if !self.send(Bytes::from_static(RETRY.as_bytes())).await {
            return;
        }
        let mut next = Instant::now() + HEARTBEAT;
        loop {
            changes.borrow_and_update();
            let frames = cursor.news(&self.run.state());
            if !frames.is_empty() {
                // One write for all of them.
                if !self.send(frames.concat().into()).await {
                    return;
                }
                next = Instant::now() + HEARTBEAT;
                continue;
            }
            self.run.asked();
            tokio::select! {
                changed = changes.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    sleep(TOGETHER).await;
                }
                () = sleep_until(next) => {
                    cursor.state = None;
                    next = Instant::now() + HEARTBEAT;
                }
                () = stopped(&mut self.stopping) => return,
            }
        }
    }

    async fn send(&mut self, frame: Bytes) -> bool {
        matches!(timeout(PATIENCE, self.sender.send_data(frame)).await, Ok(Ok(())))
    }
}

/// Returns when the server stops.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // A server that is gone has stopped as well.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// What a client has been sent.
#[derive(Debug)]
struct Cursor {
    /// The group after which it wants to go on; `None` for whoever wants only what is new.
    after: Option<u64>,
    has_begun: bool,
    last: u64,
    incidents: u64,
    gaps: usize,
    marks: u64,
    series: u64,
    state: Option<u64>,
}

impl Cursor {
    fn new(after: Option<u64>) -> Self {
        Self { after, has_begun: false, last: 0, incidents: 0, gaps: 0, marks: 0, series: 0, state: None }
    }

    /// The next events; empty once the client has everything.
    fn news(&mut self, state: &RunState) -> Vec<Bytes> {
        if !state.is_read {
            return Vec::new();
        }
        let mut frames = Vec::new();
        if !self.has_begun {
            self.begin(state, &mut frames);
        }
        let first = state.groups.partition_point(|(number, _)| *number <= self.last);
        let new = state.groups.get(first..).unwrap_or_default();
        let batch = &new[..new.len().min(BATCH)];
        let is_last = batch.len() == new.len();
        let incidents = state.incidents.changed_since(self.incidents);
        let is_wide = batch.len() > 1 || !incidents.is_empty() || self.series != state.series_version;
        for (place, (number, whole)) in batch.iter().enumerate() {
            let of_group = state.of_group(*number, *whole);
            let is_newest = is_last && place + 1 == batch.len();
            let series = if is_newest && is_wide {
                state.entries(false)
            } else if is_newest {
                of_group.iter().map(|series| state.entry(series, false)).collect()
            } else {
                Vec::new()
            };
            let row = |series: &&super::series::Series| {
                let point = series.window(*number)?.point();
                Some(WindowRow { id: Arc::clone(&series.id), point })
            };
            let rows = of_group.iter().filter_map(row).collect();
            frames.push(frame("window", Some(*number), WindowEvent { rows, series }));
            self.last = *number;
        }
        if !is_last {
            return frames;
        }
        if batch.is_empty() && is_wide {
            let event = WindowEvent { rows: Vec::new(), series: state.entries(false) };
            frames.push(frame("window", Some(self.last), event));
        }
        self.series = state.series_version;
        frames.extend(incidents.into_iter().map(|incident| frame("incident", None, incident)));
        self.incidents = state.incidents.version();
        let gaps = state.gaps.iter().skip(self.gaps);
        frames.extend(gaps.map(|gap| frame("gap", None, gap)));
        self.gaps = state.gaps.len();
        if self.marks != state.marks_version {
            frames.push(frame("marks", None, MarksEvent { marks: state.marks.clone() }));
            self.marks = state.marks_version;
        }
        if self.state != Some(state.version) {
            frames.push(frame("state", None, state.state_event()));
            self.state = Some(state.version);
        }
        frames
    }

    /// A client that names a later group than there is has seen another run.
    fn begin(&mut self, state: &RunState, frames: &mut Vec<Bytes>) {
        self.has_begun = true;
        self.series = state.series_version;
        match self.after {
            Some(after) if after <= state.last() => self.last = after,
            other => {
                self.last = state.last();
                self.incidents = state.incidents.version();
                self.gaps = state.gaps.len();
                self.marks = state.marks_version;
                if other.is_some() {
                    frames.push(frame("reset", Some(self.last), Nothing {}));
                }
            }
        }
    }
}

#[derive(Debug, Serialize)]
struct Nothing {}

/// An event as it is sent. JSON has no line ends, so that one line of data is enough.
fn frame(name: &'static str, id: Option<u64>, content: impl Serialize) -> Bytes {
    let mut bytes = format!("event: {name}\n").into_bytes();
    if let Some(id) = id {
        bytes.extend_from_slice(format!("id: {id}\n").as_bytes());
    }
    bytes.extend_from_slice(b"data: ");
    bytes.extend_from_slice(&to_bytes(&Envelope::of(name, content)));
    bytes.extend_from_slice(b"\n\n");
    bytes.into()
}
