//! The responses of the demo server: status, headers and body of every case, each with the time the server really
//! spent.
//!
//! It only builds responses; the service decides which case applies.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

use super::limiter::Refused;
use super::model::Cache;
use super::platform::{Content, Reply};
use super::workers::Spent;

/// A response of the demo server; all bodies are short and known in full.
pub(super) type Answer = Response<Full<Bytes>>;

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

const SERVICE_TIME: HeaderName = HeaderName::from_static("x-service-time-us");
const QUEUE_TIME: HeaderName = HeaderName::from_static("x-queue-time-us");
const CACHE_STATUS: HeaderName = HeaderName::from_static("cf-cache-status");
const LIMIT_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const LIMIT_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// How long the cache keeps a response, in seconds.
const CACHED_FOR_S: u64 = 300;

/// The regular response of a route.
pub(super) fn served(body: Bytes, cache: Option<Cache>, since_start: Duration, spent: Spent) -> Answer {
    let content_type = if body.starts_with(b"<") { HTML } else { JSON };
    let mut answer = answer(StatusCode::OK, content_type, body, spent);
    let headers = answer.headers_mut();
    match cache {
        Some(Cache::Hit) => {
            headers.insert(CACHE_STATUS, HeaderValue::from_static("HIT"));
            // All copies in the cache count as refreshed together, so that their age needs no memory.
            headers.insert(header::AGE, HeaderValue::from(since_start.as_secs() % CACHED_FOR_S));
        }
        Some(Cache::Miss) => {
            headers.insert(CACHE_STATUS, HeaderValue::from_static("MISS"));
        }
        None => {}
    }
    answer
}

/// 500: an injected error, returned after the work was done.
pub(super) fn failed(spent: Spent) -> Answer {
    answer(StatusCode::INTERNAL_SERVER_ERROR, JSON, r#"{"error":"injected error"}"#, spent)
}

/// 503: too many requests are waiting for a worker.
pub(super) fn busy(spent: Spent) -> Answer {
    answer(StatusCode::SERVICE_UNAVAILABLE, JSON, r#"{"error":"queue full"}"#, spent)
}

/// 404: no route serves the path.
pub(super) fn not_found(spent: Spent) -> Answer {
    answer(StatusCode::NOT_FOUND, JSON, r#"{"error":"not found"}"#, spent)
}

/// 404 of a site of pages.
pub(super) fn page_not_found(spent: Spent) -> Answer {
    answer(
        StatusCode::NOT_FOUND,
        HTML,
        "<!doctype html>\n<title>Not found</title>\n<h1>Not found</h1>\n",
        spent,
    )
}

/// 204: what other origins may do is in the headers, which are added elsewhere.
pub(super) fn preflight() -> Answer {
    bare(StatusCode::NO_CONTENT, Bytes::new(), Spent::default())
}

/// 101: from here on the connection speaks WebSocket.
pub(super) fn upgraded(accept: &str) -> Answer {
    let mut answer = bare(StatusCode::SWITCHING_PROTOCOLS, Bytes::new(), Spent::default());
    let headers = answer.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    // Base64 is always fit for a header.
    if let Ok(accept) = HeaderValue::from_str(accept) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    answer
}

/// A handshake of WebSocket that is refused with this status.
pub(super) fn not_upgraded(status: StatusCode) -> Answer {
    let mut answer = answer(status, JSON, r#"{"error":"no websocket handshake"}"#, Spent::default());
    let headers = answer.headers_mut();
    match status {
        StatusCode::UPGRADE_REQUIRED => {
            headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            headers.insert(header::ALLOW, HeaderValue::from_static("GET"));
        }
        _ => {}
    }
    answer
}

/// 405: the path is served with other methods, which are listed.
pub(super) fn method_not_allowed(allowed: &str, spent: Spent) -> Answer {
    let mut answer = answer(StatusCode::METHOD_NOT_ALLOWED, JSON, r#"{"error":"method not allowed"}"#, spent);
    // The names of methods are always fit for a header.
    if let Ok(allowed) = HeaderValue::from_str(allowed) {
        answer.headers_mut().insert(header::ALLOW, allowed);
    }
    answer
}

/// A response of the platform.
pub(super) fn replied(reply: Reply, spent: Spent) -> Answer {
    let mut answer = match reply.content {
        Content::Nothing => bare(reply.status, Bytes::new(), spent),
        Content::Json(body) => answer(reply.status, JSON, body, spent),
        Content::Html(body) => answer(reply.status, HTML, body, spent),
    };
    answer.headers_mut().extend(reply.headers);
    answer
}

/// The same response as the last one of its connection, because the rest of the request was not read.
pub(super) fn closing(mut answer: Answer) -> Answer {
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}

/// 429: a documented rate limit was exceeded. `since_epoch` is the wall-clock time of the refusal.
pub(super) fn limited(refused: Refused, since_epoch: Duration) -> Answer {
    let mut answer = answer(StatusCode::TOO_MANY_REQUESTS, TEXT, "Rate limit exceeded", Spent::default());
    let reset = since_epoch.saturating_add(refused.retry_after);
    let headers = answer.headers_mut();
    // Both are rounded up: a client that returns at the stated time must not be too early.
    let retry_after_s = refused.retry_after.as_nanos().div_ceil(1_000_000_000).max(1);
    headers.insert(header::RETRY_AFTER, number(retry_after_s));
    headers.insert(LIMIT_REMAINING, HeaderValue::from(0u64));
    headers.insert(LIMIT_RESET, number(reset.as_nanos().div_ceil(1_000_000)));
    answer
}

fn answer(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>, spent: Spent) -> Answer {
    let mut answer = bare(status, body.into(), spent);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

/// A response without a content type.
fn bare(status: StatusCode, body: Bytes, spent: Spent) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(SERVICE_TIME, number(spent.worked.as_micros()));
    headers.insert(QUEUE_TIME, number(spent.waited.as_micros()));
    answer
}

fn number(value: u128) -> HeaderValue {
    HeaderValue::from(u64::try_from(value).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPENT: Spent = Spent { waited: Duration::from_micros(12), worked: Duration::from_micros(3_456) };

    fn check(answer: &Answer, status: u16, expected: &[(&str, Option<&str>)]) {
        assert_eq!(answer.status().as_u16(), status);
        for (name, value) in expected {
            let found = answer.headers().get(*name).map(|value| value.to_str().unwrap());
            assert_eq!(found, *value, "{name} of {status}");
        }
    }

    #[test]
    fn each_case_has_its_status_and_headers() {
        let times = [("x-service-time-us", Some("3456")), ("x-queue-time-us", Some("12"))];
        check(&failed(SPENT), 500, &times);
        check(&busy(SPENT), 503, &times);
        check(&not_found(SPENT), 404, &times);
        check(&method_not_allowed("GET, HEAD", SPENT), 405, &times);
        check(&method_not_allowed("GET, HEAD", SPENT), 405, &[("allow", Some("GET, HEAD"))]);
        let now = Duration::from_secs(310);
        let served =
            |body: &'static str, cache| served(Bytes::from_static(body.as_bytes()), cache, now, SPENT);
        check(&served("{}", None), 200, &times);
        check(
            &served("{}", None),
            200,
            &[("content-type", Some(JSON)), ("cf-cache-status", None), ("age", None)],
        );
        check(&served("{}", Some(Cache::Hit)), 200, &[("cf-cache-status", Some("HIT")), ("age", Some("10"))]);
        check(&served("{}", Some(Cache::Miss)), 200, &[("cf-cache-status", Some("MISS")), ("age", None)]);
        check(&served("<p>", Some(Cache::Miss)), 200, &[("content-type", Some(HTML))]);
    }

    #[test]
    fn a_refusal_rounds_its_times_up() {
        let check_limited = |wait_us: u64, retry_after: &str, reset: &str| {
            let refused = Refused { retry_after: Duration::from_micros(wait_us) };
            let expected = [
                ("retry-after", Some(retry_after)),
                ("x-ratelimit-remaining", Some("0")),
                ("x-ratelimit-reset", Some(reset)),
                ("x-service-time-us", Some("0")),
            ];
            check(&limited(refused, Duration::from_secs(1_000)), 429, &expected);
        };
        check_limited(1, "1", "1000001");
        check_limited(1_000_000, "1", "1001000");
        check_limited(1_000_001, "2", "1001001");
        check_limited(895_000_000, "895", "1895000");
    }
}
