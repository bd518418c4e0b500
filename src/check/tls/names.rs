//! Names in certificates: distinguished names as text (RFC 4514), and the hosts that a certificate is for.

use std::net::IpAddr;

use x509_parser::prelude::{AttributeTypeAndValue, GeneralName, X509Certificate, X509Name};

/// A distinguished name as text: the most specific part first, as RFC 4514 says. Empty for an empty name.
pub(super) fn distinguished(name: &X509Name<'_>) -> String {
    let mut parts: Vec<String> =
        name.iter_rdn().map(|part| part.iter().map(attribute).collect::<Vec<_>>().join("+")).collect();
    parts.reverse();
    parts.join(",")
}

/// Hosts that a certificate is for.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Hosts {
    /// DNS names, the first label of which may be `*`, as they are written.
    pub(super) names: Vec<String>,
    /// Addresses.
    pub(super) addresses: Vec<IpAddr>,
    /// The common name, which clients of today do not look at.
    pub(super) common_name: Option<String>,
}

impl Hosts {
    /// The hosts of a certificate.
    pub(super) fn of(certificate: &X509Certificate<'_>) -> Self {
        let common_name = certificate.subject().iter_common_name().next();
        let common_name = common_name.and_then(|name| name.as_str().ok()).map(str::to_owned);
        let mut hosts = Self { common_name, ..Self::default() };
        if let Ok(Some(extension)) = certificate.subject_alternative_name() {
            for name in &extension.value.general_names {
                match name {
                    GeneralName::DNSName(name) => hosts.names.push((*name).to_owned()),
                    GeneralName::IPAddress(bytes) => hosts.addresses.extend(address(bytes)),
                    _ => (),
                }
            }
        }
        hosts
    }

    /// Whether they include this host.
    pub(super) fn include(&self, host: &str) -> bool {
        match literal(host) {
            Some(address) => self.addresses.contains(&address),
            None => self.names.iter().any(|pattern| matches(pattern, host)),
        }
    }

    /// Whether the host is in the common name, and there are no other names.
    pub(super) fn include_as_common_name(&self, host: &str) -> bool {
        let Some(common) = self.common_name.as_deref() else { return false };
        let has_others = !self.names.is_empty() || !self.addresses.is_empty();
        let is_same = match literal(host) {
            Some(address) => common.parse() == Ok(address),
            None => matches(common, host),
        };
        !has_others && is_same
    }

    /// All of them but the common name, as text.
    pub(super) fn listed(&self) -> Vec<String> {
        let addresses = self.addresses.iter().map(IpAddr::to_string);
        self.names.iter().cloned().chain(addresses).collect()
    }
}

/// The address that a host is; `None` for a name.
fn literal(host: &str) -> Option<IpAddr> {
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    // The zone of a link-local address means something on this machine only.
    host.split('%').next()?.parse().ok()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

/// Compares a host with a pattern whose first label may be `*` (RFC 6125).
fn matches(pattern: &str, host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    match (pattern.strip_prefix("*."), host.split_once('.')) {
        (Some(rest), Some((first, parent))) => !first.is_empty() && parent.eq_ignore_ascii_case(rest),
        _ => pattern.eq_ignore_ascii_case(host),
    }
}

fn attribute(attribute: &AttributeTypeAndValue<'_>) -> String {
    let kind = attribute.attr_type().to_id_string();
    let kind = match kind.as_str() {
        "2.5.4.3" => "CN",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        other => other,
    };
    let value = attribute.as_str().map_or_else(|_| wide(attribute.as_slice()), str::to_owned);
    format!("{kind}={}", escaped(&value))
}

/// Text of two bytes a character (`BMPString`), which nothing but old certificates uses; or whatever else it is.
fn wide(bytes: &[u8]) -> String {
    let pairs = bytes.chunks_exact(2);
    if pairs.remainder().is_empty() {
        let units: Vec<u16> = pairs.map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    } else {
        String::from_utf8_lossy(bytes).into_owned()
    }
}

/// A value with the escapes of RFC 4514, section 2.4.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (place, c) in value.chars().enumerate() {
        let is_special = matches!(c, '"' | '+' | ',' | ';' | '<' | '>' | '\\')
            || (c == '#' && place == 0)
            || (c == ' ' && (place == 0 || place == last));
        match c {
            '\0' => text.push_str("\\00"),
            c if is_special => text.extend(['\\', c]),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(names: &[&str], common: Option<&str>) -> Hosts {
        let (addresses, names): (Vec<_>, Vec<_>) =
            names.iter().map(ToString::to_string).partition(|name| name.parse::<IpAddr>().is_ok());
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        Hosts { names, addresses, common_name: common.map(str::to_owned) }
    }

    #[test]
    fn hosts_are_compared_with_names_and_addresses() {
        let check = |names: &[&str], host: &str, expected: bool| {
            assert_eq!(hosts(names, Some("other.example")).include(host), expected, "{names:?} {host}");
        };
        check(&["a.example"], "a.example", true);
        check(&["A.example"], "a.EXAMPLE", true);
        check(&["a.example"], "a.example.", true);
        check(&["a.example"], "b.example", false);
        check(&["*.a.example"], "b.a.example", true);
        check(&["*.a.example"], "c.b.a.example", false);
        check(&["*.a.example"], "a.example", false);
        check(&["*.a.example"], ".a.example", false);
        check(&["b*.a.example"], "bc.a.example", false);
        check(&["127.0.0.1"], "127.0.0.1", true);
        check(&["127.0.0.1"], "127.0.0.2", false);
        check(&["::1"], "[::1]", true);
        check(&["fe80::1"], "fe80::1%eth0", true);
        check(&[], "other.example", false);
    }

    #[test]
    fn the_common_name_counts_where_nothing_else_is_there() {
        let check = |names: &[&str], common: Option<&str>, host: &str, expected: bool| {
            assert_eq!(hosts(names, common).include_as_common_name(host), expected, "{names:?} {host}");
        };
        check(&[], Some("a.example"), "a.example", true);
        check(&[], Some("127.0.0.1"), "127.0.0.1", true);
        check(&["b.example"], Some("a.example"), "a.example", false);
        check(&["127.0.0.2"], Some("a.example"), "a.example", false);
        check(&[], Some("b.example"), "a.example", false);
        check(&[], None, "a.example", false);
    }

    #[test]
    fn values_of_names_are_escaped() {
        let check = |value: &str, expected: &str| assert_eq!(escaped(value), expected);
        check("Example Ltd", "Example Ltd");
        check("Example, Inc.", "Example\\, Inc.");
        check(" #1 ", "\\ #1\\ ");
        check("#1", "\\#1");
        check("a\\b\"c\0", "a\\\\b\\\"c\\00");
        check("", "");
        assert_eq!(wide(&[0, b'a', 0x20, 0xac]), "a€");
        assert_eq!(wide(&[0xff]), "\u{fffd}");
    }
}
