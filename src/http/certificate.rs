//! The dates and names of a certificate.

use std::net::IpAddr;

use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// The dates and names of a certificate. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Certificate {
    /// From when it is valid.
    pub(super) valid_from_s: i64,
    /// Until when it is valid.
    pub(super) expires_s: i64,
    names: Vec<String>,
    addresses: Vec<IpAddr>,
    /// The common name, which counts where there are no other names.
    common_name: Option<String>,
}

impl Certificate {
    /// Reads a certificate; `None` where it is not one.
    pub(super) fn parse(der: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der.as_ref()).ok()?;
        let (mut names, mut addresses) = (Vec::new(), Vec::new());
        if let Ok(Some(extension)) = certificate.subject_alternative_name() {
            for name in &extension.value.general_names {
                match name {
                    GeneralName::DNSName(name) => names.push(name.to_ascii_lowercase()),
                    GeneralName::IPAddress(bytes) => addresses.extend(address(bytes)),
                    _ => (),
                }
            }
        }
        let common_name = certificate.subject().iter_common_name().next();
        let common_name = common_name.and_then(|name| name.as_str().ok()).map(str::to_ascii_lowercase);
        Some(Self {
            valid_from_s: certificate.validity().not_before.timestamp(),
            expires_s: certificate.validity().not_after.timestamp(),
            names,
            addresses,
            common_name,
        })
    }

    /// Whether it is for this name or address.
    pub(super) fn is_for(&self, name: &ServerName<'_>) -> bool {
        let has_names = !self.names.is_empty() || !self.addresses.is_empty();
        let common_name = self.common_name.as_deref().filter(|_| !has_names);
        match name {
            ServerName::DnsName(name) => {
                let name = name.as_ref().to_ascii_lowercase();
                self.names.iter().map(String::as_str).chain(common_name).any(|known| matches(known, &name))
            }
            ServerName::IpAddress(address) => {
                let address = IpAddr::from(*address);
                let is_common = common_name.is_some_and(|known| known.parse() == Ok(address));
                self.addresses.contains(&address) || is_common
            }
            _ => false,
        }
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

/// Compares a name with a pattern whose first label may be `*`.
fn matches(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix("*."), name.split_once('.')) {
        (Some(rest), Some((first, parent))) => !first.is_empty() && parent == rest,
        _ => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair};

    use super::*;

    fn certificate(names: &[&str], common: &str) -> Certificate {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, common);
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        Certificate::parse(made.der()).unwrap()
    }

    #[test]
    fn names_and_addresses_are_compared() {
        let check = |names: &[&str], common: &str, name: &'static str, expected| {
            let found = certificate(names, common).is_for(&ServerName::try_from(name).unwrap());
            assert_eq!(found, expected, "{names:?} {common} {name}");
        };
        check(&["a.example"], "x", "a.example", true);
        check(&["a.example"], "b.example", "b.example", false);
        check(&["*.a.example"], "x", "b.a.example", true);
        check(&["*.a.example"], "x", "c.b.a.example", false);
        check(&["*.a.example"], "x", "a.example", false);
        check(&["127.0.0.1"], "x", "127.0.0.1", true);
        check(&["127.0.0.1"], "x", "127.0.0.2", false);
        check(&["::1"], "x", "::1", true);
        // Only without any other name.
        check(&[], "localhost", "localhost", true);
        check(&[], "127.0.0.1", "127.0.0.1", true);
        check(&[], "localhost", "a.example", false);
    }

    #[test]
    fn dates_are_read_and_garbage_is_no_certificate() {
        let certificate = certificate(&["a.example"], "x");
        assert!(certificate.valid_from_s < certificate.expires_s);
        assert_eq!(Certificate::parse(&CertificateDer::from(vec![0x30, 0x03, 1, 2, 3])), None);
    }
}
