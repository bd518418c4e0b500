//! Whom the metrics go to: the URL without its secrets, and the headers with them.

use std::fmt;

use base64::Engine as _;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest as _, Sha256};
use url::Url;

/// Why a receiver cannot be used. No secret is part of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteWriteError {
    /// Not an absolute URL with http or https.
    #[error("the URL of the receiver is not usable: {0}")]
    Url(String),
    /// Not a header line.
    #[error("header {0} of the receiver is not usable; write 'Name: value'")]
    Header(String),
    /// A header that the protocol sets.
    #[error("header {0} is set by the protocol")]
    Reserved(String),
    /// Credentials come from two places.
    #[error("credentials for the receiver come from two places; use one of URL, header and token")]
    Twice,
    /// The token has characters that no header may have.
    #[error("the token for the receiver is not usable: it has line breaks or other control characters")]
    Token,
    /// No client could be made, for instance without certificates of the system.
    #[error("cannot prepare the connection to the receiver: {0}")]
    Client(String),
}

/// Headers of the protocol.
const RESERVED: [&str; 6] = [
    "content-type",
    "content-encoding",
    "content-length",
    "x-prometheus-remote-write-version",
    "user-agent",
    "host",
];

/// What proves who sends, beside the user in the URL.
#[derive(Clone, Default)]
pub struct Credentials {
    /// Header lines, `Name: value`.
    pub headers: Vec<String>,
    /// Bearer token.
    pub token: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// A receiver.
#[derive(Clone)]
pub struct Receiver {
    pub(in crate::observe) url: Url,
    pub(in crate::observe) headers: HeaderMap,
    /// Identifier in the cursor: a hash of the URL without its secrets.
    pub(super) id: String,
    /// Scheme, host and port.
    shown: String,
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Receiver").field(&self.shown).finish()
    }
}

impl fmt::Display for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Receiver {
    /// Identifier in cursors: a hash of the URL without its secrets.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A receiver from its URL, whose user and password become a header, and further credentials.
    /// # Errors
    /// [`RemoteWriteError`] where one of them cannot be used.
    pub fn new(url: &str, credentials: &Credentials) -> Result<Self, RemoteWriteError> {
        let mut url = Url::parse(url).map_err(|error| RemoteWriteError::Url(error.to_string()))?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(RemoteWriteError::Url("it does not begin with http:// or https://".to_owned()));
        }
        url.set_fragment(None);
        let mut headers = HeaderMap::new();
        if !url.username().is_empty() || url.password().is_some() {
            headers.insert(AUTHORIZATION, basic(&url)?);
            // Of an http URL with a host both can be removed.
            let _ = (url.set_username(""), url.set_password(None));
        }
        if let Some(token) = credentials.token.as_deref().map(str::trim).filter(|token| !token.is_empty()) {
            let mut value =
                HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| RemoteWriteError::Token)?;
            value.set_sensitive(true);
            if headers.insert(AUTHORIZATION, value).is_some() {
                return Err(RemoteWriteError::Twice);
            }
        }
        for (place, line) in (1..).zip(&credentials.headers) {
            let (name, value) = header(line).ok_or_else(|| RemoteWriteError::Header(place.to_string()))?;
            if RESERVED.contains(&name.as_str()) {
                return Err(RemoteWriteError::Reserved(name.to_string()));
            }
            if headers.contains_key(&name) && name == AUTHORIZATION {
                return Err(RemoteWriteError::Twice);
            }
            headers.append(name, value);
        }
        let host = url.host_str().unwrap_or_default();
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let shown = format!("{}://{host}{port}", url.scheme());
        let hash = Sha256::digest(format!("{shown}{}", url.path()).as_bytes());
        let id = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { url, headers, id, shown })
    }
}

/// The header of basic authentication from the user and password of a URL.
fn basic(url: &Url) -> Result<HeaderValue, RemoteWriteError> {
    let plain = |text: &str| percent_decoded(text);
    let mut pair = plain(url.username());
    pair.push(b':');
    pair.extend(plain(url.password().unwrap_or_default()));
    let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
    let mut value =
        HeaderValue::from_str(&format!("Basic {encoded}")).map_err(|_| RemoteWriteError::Token)?;
    value.set_sensitive(true);
    Ok(value)
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code = bytes.get(at + 1..at + 3).filter(|_| *byte == b'%');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(decoded) => {
                plain.push(decoded);
                at += 3;
            }
            None => {
                plain.push(*byte);
                at += 1;
            }
        }
    }
    plain
}

fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(':')?;
    let name = HeaderName::try_from(name.trim()).ok()?;
    let mut value = HeaderValue::from_str(value.trim()).ok()?;
    value.set_sensitive(true);
    Some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_in_headers_only() {
        let url = "https://me:p%40ss@metrics.example:8443/api/v1/write";
        let receiver = Receiver::new(url, &Credentials::default()).unwrap();
        assert_eq!(receiver.to_string(), "https://metrics.example:8443");
        assert_eq!(receiver.url.as_str(), "https://metrics.example:8443/api/v1/write");
        // me:p@ss
        assert_eq!(receiver.headers[AUTHORIZATION], "Basic bWU6cEBzcw==");
        assert!(receiver.headers[AUTHORIZATION].is_sensitive());
        assert!(!format!("{receiver:?}").contains("ss"));
        let other = Receiver::new("https://metrics.example:8443/api/v1/write", &Credentials::default());
        assert_eq!(other.unwrap().id, receiver.id);
    }

    #[test]
    fn what_cannot_be_used_is_refused_without_showing_it() {
        let check = |url: &str, headers: &[&str], token: Option<&str>, expected: &str| {
            let headers = headers.iter().map(ToString::to_string).collect();
            let credentials = Credentials { headers, token: token.map(str::to_owned) };
            let error = Receiver::new(url, &credentials).map(|receiver| receiver.to_string()).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert!(!error.to_string().contains("hush"), "{error}");
        };
        check("nowhere", &[], None, "relative URL");
        check("ftp://a.example/", &[], None, "http://");
        check("http://a.example/", &["hush"], None, "header 1");
        check("http://a.example/", &["X: a\nhush: b"], None, "header 1");
        check("http://a.example/", &["Content-Type: hush"], None, "content-type is set");
        check("http://a:b@a.example/", &[], Some("hush"), "two places");
        check("http://a.example/", &["Authorization: hush"], Some("hush"), "two places");
        check("http://a.example/", &[], Some("hu\nsh"), "token");
    }
}
