//! The routes of the live page: each reads what is known of a run, and writes a response.

use std::future::{Ready, ready};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use tokio::task::spawn_blocking;

use crate::store::StoreError;

use super::assets::{self, Asset, INDEX};
use super::detail::detail;
use super::events::events;
use super::json;
use super::respond::{self, complete, content, failure, later};
use super::shared::{Shared, busy, parameter, run_of};
use super::stored::columns;

/// Points of a series, unless a client wants fewer or more.
const MOST_POINTS: usize = 2_000;
/// The most points that a client may ask for.
const LIMIT_OF_POINTS: usize = 20_000;

const TEXT: &str = "text/plain; charset=utf-8";

type Served = State<Arc<Shared>>;

/// All routes.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/assets/{name}", get(asset))
        .route("/api/v1/runs", get(list))
        .route("/api/v1/snapshot", get(snapshot))
        .route("/api/v1/series", get(series))
        .route("/api/v1/heat", get(heat))
        .route("/api/v1/windows/{number}", get(window))
        .route("/api/v1/events", get(events))
        .route("/metrics", get(metrics))
        .route("/health/live", get(live))
        .route("/health/ready", get(readiness))
        .fallback(unknown)
        .layer(from_fn_with_state(Arc::clone(&shared), guarded))
        .with_state(shared)
}

/// Refuses what is refused, and adds the headers that every response has.
async fn guarded(State(shared): Served, request: Request, next: Next) -> Response {
    let refused = shared.guard.refuse(request.method(), request.uri(), request.headers());
    complete(match refused {
        Some(refused) => refused,
        None => next.run(request.map(|_| Body::empty())).await,
    })
}

fn not_read(error: &StoreError) -> Response {
    failure(StatusCode::INTERNAL_SERVER_ERROR, error.to_string(), error.hint().as_deref())
}

fn no_series() -> Response {
    failure(StatusCode::NOT_FOUND, "there is no such series", Some("/api/v1/snapshot lists the series"))
}

fn file(asset: &'static Asset) -> Response {
    let mut response = content(asset.content_type, asset.bytes);
    // A page that stays open over an update of the program must not mix both.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn page() -> Ready<Response> {
    ready(file(&INDEX))
}

fn asset(Path(name): Path<String>) -> Ready<Response> {
    ready(assets::find(&name).map_or_else(missing, file))
}

fn unknown() -> Ready<Response> {
    ready(missing())
}

fn missing() -> Response {
    failure(StatusCode::NOT_FOUND, "there is nothing here", Some("the page is at /"))
}

fn live() -> Ready<Response> {
    ready(content(TEXT, "ok\n"))
}

fn readiness(State(shared): Served) -> Ready<Response> {
    ready(if shared.runs.is_ready() {
        content(TEXT, "ok\n")
    } else {
        later("the run was not read yet", "try again in a few seconds")
    })
}

async fn list(State(shared): Served) -> Response {
    match spawn_blocking(move || shared.runs.list()).await {
        Ok(runs) => respond::json("runs", json::Runs { runs }),
        Err(_) => busy(),
    }
}

async fn snapshot(State(shared): Served, uri: Uri) -> Response {
    match run_of(&shared, &uri).await {
        Ok(run) => {
            let snapshot = run.state().snapshot();
            respond::json("snapshot", snapshot)
        }
        Err(refused) => refused,
    }
}

/// The points of a series.
#[derive(Debug, serde::Serialize)]
struct Points {
    id: String,
    /// Windows per point.
    merged: usize,
    columns: json::Columns,
}

async fn series(State(shared): Served, uri: Uri) -> Response {
    let run = match run_of(&shared, &uri).await {
        Ok(run) => run,
        Err(refused) => return refused,
    };
    let number = |name| parameter(&uri, name).map(|text| text.parse::<i64>()).transpose();
    let (Ok(from), Ok(to), Ok(most)) = (number("from"), number("to"), number("most")) else {
        return failure(
            StatusCode::BAD_REQUEST,
            "from, to and most are whole numbers",
            Some("from and to are milliseconds since 1970"),
        );
    };
    let most = most.map_or(MOST_POINTS, |most| usize::try_from(most).unwrap_or(1)).clamp(1, LIMIT_OF_POINTS);
    let id = parameter(&uri, "id").unwrap_or_default();
    let windows = run.state().find(&id).map(|series| series.between(from, to));
    let Some(windows) = windows else { return no_series() };
    let (merged, columns) = columns(&windows, most);
    respond::json("series", Points { id, merged, columns })
}

async fn heat(State(shared): Served, uri: Uri) -> Response {
    let run = match run_of(&shared, &uri).await {
        Ok(run) => run,
        Err(refused) => return refused,
    };
    let id = parameter(&uri, "id").unwrap_or_default();
    let mut deep = run.deep().await;
    match spawn_blocking(move || deep.heat(&id)).await {
        Ok(Ok(Some(heat))) => respond::json("heat", heat),
        Ok(Ok(None)) => no_series(),
        Ok(Err(error)) => not_read(&error),
        Err(_) => busy(),
    }
}

async fn metrics(State(shared): Served, uri: Uri, headers: HeaderMap) -> Response {
    let run = match run_of(&shared, &uri).await {
        Ok(run) => run,
        Err(refused) => return refused,
    };
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).map(str::to_owned);
    let mut deep = run.deep().await;
    match spawn_blocking(move || deep.metrics(accept.as_deref())).await {
        Ok(Ok(rendered)) => content(rendered.content_type, rendered.body),
        Ok(Err(error)) => not_read(&error),
        Err(_) => busy(),
    }
}

async fn window(State(shared): Served, Path(number): Path<String>, uri: Uri) -> Response {
    let run = match run_of(&shared, &uri).await {
        Ok(run) => run,
        Err(refused) => return refused,
    };
    let number = number.parse().unwrap_or(0);
    match spawn_blocking(move || detail(&run, number)).await {
        Ok(Ok(Some(detail))) => respond::json("window", detail),
        Ok(Ok(None)) => failure(
            StatusCode::NOT_FOUND,
            "there is no such window",
            Some("windows are numbered from 1; /api/v1/snapshot has the last one"),
        ),
        Ok(Err(error)) => not_read(&error),
        Err(_) => busy(),
    }
}
