//! Reads base URLs: scheme, host, port, and nothing else.

use std::net::IpAddr;

use crate::domain::endpoint::{Origin, Scheme};

/// Why a text is not a base URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// The URL does not start with `http://` or `https://`.
    #[error("a URL starts with http:// or https://")]
    Scheme,
    /// No host, or characters that no host has.
    #[error("the URL has no valid host")]
    Host,
    /// The port is not a number from 1 to 65535.
    #[error("the port is not a number from 1 to 65535")]
    Port,
    /// `user:password@` would end up in files and logs.
    #[error("credentials are not allowed in a URL; send them as a header by reference")]
    Credentials,
    /// A base URL ends after the port.
    #[error("a base URL ends after the port; put the path into the endpoint")]
    Path,
}

/// Reads a base URL: nothing may follow the port but one slash.
/// # Errors
/// [`OriginError`] says which part is wrong.
pub fn parse_origin(url: &str) -> Result<Origin, OriginError> {
    let (origin, path) = parse_url(url)?;
    if path == "/" { Ok(origin) } else { Err(OriginError::Path) }
}

/// Splits a whole URL into its origin, and its path with query.
/// # Errors
/// [`OriginError`] says which part is wrong.
pub fn parse_url(url: &str) -> Result<(Origin, String), OriginError> {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Scheme::Http, rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Scheme::Https, rest),
        _ => return Err(OriginError::Scheme),
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if authority.contains('@') {
        return Err(OriginError::Credentials);
    }
    let (host, port) = split_authority(authority)?;
    let default = if scheme == Scheme::Http { 80 } else { 443 };
    let port = match port {
        Some(port) => port.parse().ok().filter(|port| *port > 0).ok_or(OriginError::Port)?,
        None => default,
    };
    // A fragment never leaves a client.
    let path = path.split('#').next().unwrap_or_default();
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    Ok((Origin { scheme, host, port }, path))
}

fn split_authority(authority: &str) -> Result<(String, Option<&str>), OriginError> {
    let (host, port) = if let Some(after) = authority.strip_prefix('[') {
        let (host, rest) = after.split_once(']').ok_or(OriginError::Host)?;
        let address: IpAddr = host.parse().map_err(|_| OriginError::Host)?;
        let port = match rest {
            "" => None,
            rest => Some(rest.strip_prefix(':').ok_or(OriginError::Host)?),
        };
        (address.to_string(), port)
    } else {
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        (host.to_ascii_lowercase(), port)
    };
    let is_host_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':');
    if host.is_empty() || host.len() > 253 || !host.bytes().all(is_host_byte) {
        return Err(OriginError::Host);
    }
    Ok((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expected: Result<(&str, &str), OriginError>) {
        let parsed = parse_url(url).map(|(origin, path)| (origin.to_string(), path));
        assert_eq!(parsed, expected.map(|(origin, path)| (origin.to_owned(), path.to_owned())), "{url}");
    }

    #[test]
    fn urls_are_split() {
        check("http://127.0.0.1:8787", Ok(("http://127.0.0.1:8787", "/")));
        check("HTTPS://A.Example/x?y=1#z", Ok(("https://a.example", "/x?y=1")));
        check("http://[::1]:80/a", Ok(("http://[::1]", "/a")));
        check("http://a?b", Ok(("http://a", "/?b")));
    }

    #[test]
    fn what_is_not_a_url_is_refused() {
        check("ftp://a", Err(OriginError::Scheme));
        check("a.example", Err(OriginError::Scheme));
        check("http://", Err(OriginError::Host));
        check("http://a b/", Err(OriginError::Host));
        check("http://[::1", Err(OriginError::Host));
        check("http://a:0", Err(OriginError::Port));
        check("http://a:99999", Err(OriginError::Port));
        check("http://user:fake@a/", Err(OriginError::Credentials));
        assert_eq!(parse_origin("http://a/x"), Err(OriginError::Path));
    }
}
