//! Reads base URLs: scheme, host, port, and nothing else.

use std::net::Ipv6Addr;

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

/// Splits `host:port` into the host, as [`host`] writes it, and the text of the port.
/// # Errors
/// [`OriginError::Host`] where the host is none.
pub(super) fn split_authority(authority: &str) -> Result<(String, Option<&str>), OriginError> {
    let (name, port) = if authority.starts_with('[') {
        let end = authority.find(']').ok_or(OriginError::Host)? + 1;
        let (name, rest) = authority.split_at(end);
        let port = match rest {
            "" => None,
            rest => Some(rest.strip_prefix(':').ok_or(OriginError::Host)?),
        };
        (name, port)
    } else {
        match authority.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (authority, None),
        }
    };
    Ok((host(name)?, port))
}

/// A host as plans write it: lowercase, international names in Punycode, IPv6 addresses without brackets and with their
/// zone after one percent sign.
/// # Errors
/// [`OriginError::Host`] where it is not a host.
pub fn host(text: &str) -> Result<String, OriginError> {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    if inner.is_some() || text.contains(':') {
        return address_v6(inner.unwrap_or(text)).ok_or(OriginError::Host);
    }
    let host = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        idna::domain_to_ascii(text).map_err(|_| OriginError::Host)?
    };
    let is_host_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let is_host = !host.is_empty() && host.len() <= 253 && host.bytes().all(is_host_byte);
    is_host.then_some(host).ok_or(OriginError::Host)
}

/// An IPv6 address, with its zone after `%25` (RFC 6874) or, as people write it, after `%`.
fn address_v6(text: &str) -> Option<String> {
    let (address, zone) = match text.split_once('%') {
        Some((address, zone)) => {
            (address, Some(zone.strip_prefix("25").filter(|zone| !zone.is_empty()).unwrap_or(zone)))
        }
        None => (text, None),
    };
    let address: Ipv6Addr = address.parse().ok()?;
    let is_zone = |zone: &str| {
        let is_zone_byte =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        !zone.is_empty() && zone.len() <= 64 && zone.bytes().all(is_zone_byte)
    };
    match zone {
        None => Some(address.to_string()),
        // Only link-local addresses have one.
        Some(zone) if is_zone(zone) && address.segments()[0] & 0xffc0 == 0xfe80 => {
            Some(format!("{address}%{zone}"))
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expected: Result<(&str, &str), OriginError>) {
        let parsed = parse_url(url).map(|(origin, path)| (origin.url(), path));
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
    fn link_local_addresses_have_a_zone() {
        for url in ["http://[fe80::1%25eth0]:80/", "http://[FE80::1%eth0]"] {
            check(url, Ok(("http://[fe80::1%25eth0]", "/")));
            assert_eq!(parse_origin(url).unwrap().host, "fe80::1%eth0");
        }
        // An interface may be called 25, or by its number.
        check("http://[fe80::1%25]:81", Ok(("http://[fe80::1%2525]:81", "/")));
        check("http://[fe80::1%2525]:81", Ok(("http://[fe80::1%2525]:81", "/")));
        check("http://[fe80::1%253]:81", Ok(("http://[fe80::1%253]:81", "/")));
        check("http://[::1%25eth0]", Err(OriginError::Host));
        check("http://[fe80::1%25]x", Err(OriginError::Host));
        check("http://[fe80::1%25e/0]", Err(OriginError::Host));
        check("http://[fe80::1%]", Err(OriginError::Host));
        check("http://127.0.0.1%25eth0", Err(OriginError::Host));
    }

    #[test]
    fn international_names_are_written_in_punycode() {
        check("http://Bücher.example:81/x", Ok(("http://xn--bcher-kva.example:81", "/x")));
        check("https://日本語.example", Ok(("https://xn--wgv71a119e.example", "/")));
        check("http://faß.example", Ok(("http://xn--fa-hia.example", "/")));
        check("http://a\u{2e}example", Ok(("http://a.example", "/")));
        check("http://\u{200d}.example", Err(OriginError::Host));
        check("http://bü cher.example", Err(OriginError::Host));
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
