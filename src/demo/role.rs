//! The service that a demo server plays: which paths it serves, how long its work takes, and the headers of its responses.
//!
//! Without a role it serves everything, with none of these headers.

use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

use super::limiter::Room;

/// The origin whose pages may call the worker.
pub const FRONTEND_ORIGIN: &str = "https://frontend.invalid";
/// Where the worker and the backend accept WebSocket connections.
pub(super) const SOCKET_PATH: &str = "/ws";
/// Work of the backend takes this many times as long: nothing is cached before it.
const BACKEND_FACTOR: f64 = 3.0;

/// One service of a platform of three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Static pages, with some security headers and no content security policy.
    Frontend,
    /// The API at the edge: security headers, CORS, caching, rate-limit headers, WebSocket.
    Worker,
    /// The API itself: slower, in development mode, with its cache and its telemetry off; WebSocket.
    Backend,
}

const HSTS: (&str, &str) = ("strict-transport-security", "max-age=31536000; includeSubDomains");
const NO_SNIFFING: (&str, &str) = ("x-content-type-options", "nosniff");
const NO_FRAMES: (&str, &str) = ("x-frame-options", "DENY");
const REFERRER: (&str, &str) = ("referrer-policy", "strict-origin-when-cross-origin");

const OF_FRONTEND: &[(&str, &str)] =
    &[HSTS, NO_SNIFFING, NO_FRAMES, REFERRER, ("cache-control", "public, max-age=300")];
const OF_WORKER: &[(&str, &str)] = &[
    HSTS,
    NO_SNIFFING,
    NO_FRAMES,
    REFERRER,
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ("x-xss-protection", "1; mode=block"),
    ("cross-origin-resource-policy", "same-site"),
];
const OF_BACKEND: &[(&str, &str)] = &[NO_SNIFFING];

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

impl Role {
    /// Whether a path belongs to the service; others are not found.
    pub(super) fn serves(self, path: &str) -> bool {
        let is_api = path == "/api" || path.starts_with("/api/");
        match self {
            Self::Frontend => !is_api && path != SOCKET_PATH,
            Self::Worker | Self::Backend => is_api || self.takes_sockets_at(path),
        }
    }

    /// Whether WebSocket connections are accepted on a path.
    pub(super) fn takes_sockets_at(self, path: &str) -> bool {
        self != Self::Frontend && path == SOCKET_PATH
    }

    /// How many times as long as the documented times the work takes.
    pub(super) fn work_factor(self) -> f64 {
        if self == Self::Backend { BACKEND_FACTOR } else { 1.0 }
    }

    /// Whether responses come from a cache.
    pub(super) fn caches(self) -> bool {
        self != Self::Backend
    }

    /// Whether a request asks what another origin may do, and gets an answer.
    pub(super) fn is_preflight(self, head: &Parts) -> bool {
        self == Self::Worker
            && head.method == Method::OPTIONS
            && head.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// Adds the headers of the service to a response. `room` is what the rate limits leave; `None` where they are not
    /// counted.
    pub(super) fn dress(self, head: &Parts, status: StatusCode, room: Option<Room>, headers: &mut HeaderMap) {
        let own = match self {
            Self::Frontend => OF_FRONTEND,
            Self::Worker => OF_WORKER,
            Self::Backend => OF_BACKEND,
        };
        for (name, value) in own {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        if self != Self::Worker {
            return;
        }
        let is_cached = status == StatusCode::OK && headers.contains_key("cf-cache-status");
        let caching = if is_cached { "public, max-age=300" } else { "no-store" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        if let Some(room) = room {
            headers.insert(LIMIT, HeaderValue::from(room.limit));
            headers.insert(REMAINING, HeaderValue::from(room.remaining));
        }
        share(head, headers);
    }
}

/// Says what the origin of a request may do.
fn share(head: &Parts, headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if head.headers.get(header::ORIGIN).is_none_or(|origin| origin.as_bytes() != FRONTEND_ORIGIN.as_bytes()) {
        return;
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static(FRONTEND_ORIGIN));
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    if head.method == Method::OPTIONS {
        let methods = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        let names = HeaderValue::from_static("authorization, content-type");
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    #[test]
    fn each_service_has_its_paths() {
        let check = |path: &str, expected: [bool; 3]| {
            let served = [Role::Frontend, Role::Worker, Role::Backend].map(|role| role.serves(path));
            assert_eq!(served, expected, "{path}");
        };
        check("/", [true, false, false]);
        check("/no", [true, false, false]);
        check("/api/health", [false, true, true]);
        check("/api", [false, true, true]);
        check("/apis", [true, false, false]);
        check("/ws", [false, true, true]);
        check("/ws/", [true, false, false]);
    }

    #[test]
    fn only_the_frontend_may_call_the_worker_from_elsewhere() {
        let check = |role: Role, method: &str, origin: Option<&str>, expected: [bool; 2]| {
            let mut request = Request::builder().method(method);
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            let (head, ()) = request.body(()).unwrap().into_parts();
            let mut headers = HeaderMap::new();
            role.dress(&head, StatusCode::OK, None, &mut headers);
            let found = [header::ACCESS_CONTROL_ALLOW_ORIGIN, header::ACCESS_CONTROL_ALLOW_METHODS]
                .map(|name| headers.contains_key(name));
            assert_eq!(found, expected, "{role:?} {method} {origin:?}");
            assert_eq!(headers.contains_key("vary"), role == Role::Worker);
        };
        check(Role::Worker, "GET", Some(FRONTEND_ORIGIN), [true, false]);
        check(Role::Worker, "OPTIONS", Some(FRONTEND_ORIGIN), [true, true]);
        for origin in
            [None, Some("null"), Some("https://frontend.invalid.example"), Some("http://frontend.invalid")]
        {
            check(Role::Worker, "OPTIONS", origin, [false, false]);
        }
        check(Role::Backend, "OPTIONS", Some(FRONTEND_ORIGIN), [false, false]);
        check(Role::Frontend, "GET", Some(FRONTEND_ORIGIN), [false, false]);
    }
}
