//! What is refused before anything else: foreign hosts and origins, methods that change, bodies, clients without the token.

use std::net::IpAddr;

use axum::http::header::{
    AUTHORIZATION, CONTENT_LENGTH, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE, TRANSFER_ENCODING,
    WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;
use form_urlencoded::{Serializer, parse};

use super::respond::{empty, failure};
use super::token::Token;

/// What every client must satisfy.
#[derive(Debug)]
pub(super) struct Guard {
    bound: IpAddr,
    names: Vec<String>,
    token: Option<Token>,
    /// Its name has the port, because browsers send the cookies of one port to all.
    cookie: String,
}

impl Guard {
    /// For a server on this address, which may also be called by these names.
    pub(super) fn new(bound: IpAddr, port: u16, names: &[String], token: Option<Token>) -> Self {
        let names = names.iter().map(|name| plain(name)).collect();
        Self { bound: bound.to_canonical(), names, token, cookie: format!("baseline_{port}") }
    }

    /// The response that refuses a request; `None` where it is allowed.
    pub(super) fn refuse(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
        self.refuse_host(uri, headers)
            .or_else(|| refuse_method(method))
            .or_else(|| refuse_body(headers))
            .or_else(|| self.refuse_stranger(uri, headers))
    }

    fn refuse_host(&self, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
        let mut hosts = headers.get_all(HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        // An absolute target replaces the header, so both are looked at.
        let target = uri.authority().map(axum::http::uri::Authority::as_str);
        let is_allowed = hosts.next().is_none()
            && host.is_some_and(|host| self.is_allowed(host))
            && target.is_none_or(|target| self.is_allowed(target));
        if !is_allowed {
            return Some(failure(
                StatusCode::FORBIDDEN,
                "this host name is not served",
                Some("use the address that was printed, or allow the name with --allow-host NAME"),
            ));
        }
        let origin = headers.get(ORIGIN)?;
        let is_own = origin.to_str().ok().and_then(|origin| origin.split_once("://")).is_some_and(
            |(scheme, authority)| {
                ["http", "https"].contains(&scheme)
                    && host.is_some_and(|host| host.eq_ignore_ascii_case(authority))
            },
        );
        (!is_own).then(|| {
            failure(
                StatusCode::FORBIDDEN,
                "requests of other web pages are refused",
                Some("open the page of this server itself"),
            )
        })
    }

    /// A name that leads here. Addresses cannot be rebound by whoever owns a name, so that any will do where the server
    /// listens on all of them.
    fn is_allowed(&self, authority: &str) -> bool {
        let host = plain(without_port(authority));
        if let Ok(address) = host.parse::<IpAddr>() {
            let address = address.to_canonical();
            return address.is_loopback() || address == self.bound || self.bound.is_unspecified();
        }
        host == "localhost" || self.names.contains(&host)
    }

    fn refuse_stranger(&self, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
        let token = self.token.as_ref().filter(|_| !uri.path().starts_with("/health/"))?;
        let query = uri.query().unwrap_or_default();
        if let Some((_, given)) = parse(query.as_bytes()).find(|(key, _)| key == "token") {
            return Some(if token.is(given.as_bytes()) { self.welcome(uri, token) } else { unauthorized() });
        }
        let bearer = headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().split_at_checked(7));
        let is_bearer =
            bearer.is_some_and(|(scheme, given)| scheme.eq_ignore_ascii_case(b"bearer ") && token.is(given));
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let is_cookie = pairs.any(|(name, given)| name == self.cookie && token.is(given.as_bytes()));
        (!is_bearer && !is_cookie).then(unauthorized)
    }

    /// Keeps the token in a cookie, and takes it out of the URL.
    fn welcome(&self, uri: &Uri, token: &Token) -> Response {
        let mut rest = Serializer::new(String::new());
        for (key, value) in
            parse(uri.query().unwrap_or_default().as_bytes()).filter(|(key, _)| key != "token")
        {
            rest.append_pair(&key, &value);
        }
        // A path that begins with two slashes would lead to another host.
        let path = format!("/{}", uri.path().trim_start_matches('/'));
        let target = match rest.finish() {
            query if query.is_empty() => path,
            query => format!("{path}?{query}"),
        };
        let cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.cookie, token.reveal());
        let mut response = empty(StatusCode::SEE_OTHER);
        let headers = response.headers_mut();
        for (name, value) in [(LOCATION, target), (SET_COOKIE, cookie)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

fn refuse_method(method: &Method) -> Option<Response> {
    if [Method::GET, Method::HEAD].contains(method) {
        return None;
    }
    let mut response =
        failure(StatusCode::METHOD_NOT_ALLOWED, "this server only reads", Some("use GET or HEAD"));
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    close(&mut response);
    Some(response)
}

fn refuse_body(headers: &HeaderMap) -> Option<Response> {
    let length = headers.get(CONTENT_LENGTH);
    let has_body = headers.contains_key(TRANSFER_ENCODING) || length.is_some_and(|length| length != "0");
    has_body.then(|| {
        let mut response =
            failure(StatusCode::PAYLOAD_TOO_LARGE, "requests with a body are refused", Some("send none"));
        close(&mut response);
        response
    })
}

/// What follows may be a body that nobody reads.
fn close(response: &mut Response) {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
}

fn unauthorized() -> Response {
    let mut response = failure(
        StatusCode::UNAUTHORIZED,
        "the token is missing or wrong",
        Some("open the URL that was printed, or send the header Authorization: Bearer TOKEN"),
    );
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

/// A host in the form in which names are compared.
fn plain(host: &str) -> String {
    let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !host.ends_with(':') => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(bound: &str, token: Option<&str>) -> Guard {
        let token = token.map(|token| Token::chosen(token).unwrap());
        Guard::new(bound.parse().unwrap(), 8080, &["Perf.example".to_owned()], token)
    }

    fn status(guard: &Guard, target: &str, headers: &[(&str, &str)]) -> Option<u16> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: header::HeaderName = name.parse().unwrap();
            map.append(name, value.parse().unwrap());
        }
        let refused = guard.refuse(&Method::GET, &target.parse().unwrap(), &map);
        refused.map(|response| response.status().as_u16())
    }

    #[test]
    fn only_own_names_are_served() {
        let loopback = guard("127.0.0.1", None);
        for host in [
            "localhost",
            "LOCALHOST:80",
            "localhost.",
            "127.0.0.1",
            "127.0.0.1:8080",
            "[::1]:8080",
            "[::1]",
            "127.9.9.9",
            "perf.example:8080",
        ] {
            assert_eq!(status(&loopback, "/", &[("host", host)]), None, "{host}");
        }
        for host in
            ["evil.example", "localhost.evil.example", "192.168.1.9", "127.0.0.1.nip.io", "", "[::1", "a b"]
        {
            assert_eq!(status(&loopback, "/", &[("host", host)]), Some(403), "{host}");
        }
        assert_eq!(status(&loopback, "/", &[]), Some(403));
        assert_eq!(status(&loopback, "/", &[("host", "localhost"), ("host", "localhost")]), Some(403));
        assert_eq!(status(&loopback, "http://evil.example/", &[("host", "localhost")]), Some(403));
        assert_eq!(status(&guard("0.0.0.0", None), "/", &[("host", "192.168.1.9:80")]), None);
        assert_eq!(status(&guard("192.168.1.9", None), "/", &[("host", "192.168.1.9:80")]), None);
        assert_eq!(status(&guard("0.0.0.0", None), "/", &[("host", "evil.example")]), Some(403));
    }

    #[test]
    fn only_the_own_page_may_ask() {
        let guard = guard("127.0.0.1", None);
        let of = |origin| status(&guard, "/", &[("host", "localhost:8080"), ("origin", origin)]);
        assert_eq!(of("http://localhost:8080"), None);
        for origin in [
            "http://localhost:3000",
            "http://127.0.0.1:8080",
            "null",
            "http://evil.example",
            "file://localhost:8080",
            "",
        ] {
            assert_eq!(of(origin), Some(403), "{origin}");
        }
    }

    #[test]
    fn methods_and_bodies_are_refused() {
        let guard = guard("127.0.0.1", None);
        let mut headers = HeaderMap::new();
        headers.insert("host", "localhost".parse().unwrap());
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "BREW"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let response = guard.refuse(&method, &"/".parse().unwrap(), &headers).unwrap();
            assert_eq!(
                (response.status().as_u16(), &response.headers()["allow"]),
                (405, &HeaderValue::from_static("GET, HEAD"))
            );
        }
        assert_eq!(status(&guard, "/", &[("host", "localhost"), ("content-length", "1")]), Some(413));
        assert_eq!(
            status(&guard, "/", &[("host", "localhost"), ("transfer-encoding", "chunked")]),
            Some(413)
        );
        assert_eq!(status(&guard, "/", &[("host", "localhost"), ("content-length", "0")]), None);
    }

    #[test]
    fn a_token_is_asked_for_and_kept_in_a_cookie() {
        let guard = guard("0.0.0.0", Some("0123456789abcdef"));
        let with = |target, name, value| status(&guard, target, &[("host", "10.0.0.1"), (name, value)]);
        assert_eq!(with("/", "accept", "*/*"), Some(401));
        assert_eq!(with("/health/live", "accept", "*/*"), None);
        assert_eq!(with("/", "authorization", "Bearer 0123456789abcdef"), None);
        assert_eq!(with("/", "authorization", "Bearer 0123456789abcdeX"), Some(401));
        assert_eq!(with("/", "authorization", "Basic 0123456789abcdef"), Some(401));
        assert_eq!(with("/", "cookie", "a=b; baseline_8080=0123456789abcdef"), None);
        assert_eq!(with("/", "cookie", "baseline_81=0123456789abcdef"), Some(401));
        assert_eq!(with("/?token=wrong", "accept", "*/*"), Some(401));
        let mut headers = HeaderMap::new();
        headers.insert("host", "10.0.0.1".parse().unwrap());
        let target = "//evil.example/?token=0123456789abcdef&run=a%26b".parse().unwrap();
        let response = guard.refuse(&Method::GET, &target, &headers).unwrap();
        assert_eq!(response.status(), 303);
        assert_eq!(response.headers()["location"], "/evil.example/?run=a%26b");
        assert_eq!(
            response.headers()["set-cookie"],
            "baseline_8080=0123456789abcdef; Path=/; HttpOnly; SameSite=Strict"
        );
    }
}
