//! Certificates and handshakes for the tests of this folder.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair};
use tokio_rustls::rustls::ProtocolVersion;
use tokio_rustls::rustls::client::danger::ServerCertVerifier as _;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};

use crate::domain::transport::TlsSettings;
use crate::http::{Trust, tls};

use super::super::session::Session;

pub(super) type Der = CertificateDer<'static>;

/// The name that certificates are for.
pub(super) const HOST: &str = "shop.example";

/// Now, as the verifier sees it.
pub(super) fn now() -> Timestamp {
    crate::host::clock::now()
}

/// An authority, and its certificate.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(super) der: Der,
}

impl Authority {
    /// One that signs itself.
    pub(super) fn root(name: &str) -> Self {
        let (params, key) = (authority(name, (-10, 3_650)), KeyPair::generate().unwrap());
        let der = params.self_signed(&key).unwrap().der().clone();
        Self { issuer: Issuer::new(params, key), der }
    }

    /// One below this one, valid between these days from now.
    pub(super) fn below(&self, name: &str, days: (i64, i64)) -> Self {
        self.below_with(authority(name, days))
    }

    /// One below this one.
    pub(super) fn below_with(&self, params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let der = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        Self { issuer: Issuer::new(params, key), der }
    }

    /// A certificate for a new key.
    pub(super) fn sign(&self, params: &CertificateParams) -> Der {
        self.sign_for(params, &KeyPair::generate().unwrap())
    }

    /// A certificate for this key.
    pub(super) fn sign_for(&self, params: &CertificateParams, key: &KeyPair) -> Der {
        params.signed_by(key, &self.issuer).unwrap().der().clone()
    }
}

/// A certificate for these names, valid between these days from now.
pub(super) fn params(names: &[&str], common: &str, days: (i64, i64)) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Example, Ltd.");
    params.distinguished_name.push(DnType::CommonName, common);
    // An hour more, so that the days are whole when the test gets there.
    let at = |days: i64| {
        let seconds = now().as_second() + days * 86_400 + 3_600;
        rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds.try_into().unwrap())
    };
    (params.not_before, params.not_after) = (at(days.0), at(days.1));
    params
}

/// A certificate for [`HOST`] without any fault.
pub(super) fn good() -> CertificateParams {
    params(&[HOST], "the shop", (-10, 80))
}

fn authority(name: &str, days: (i64, i64)) -> CertificateParams {
    let mut params = params(&[], name, days);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

/// A certificate of the fixtures.
pub(super) fn fixture(name: &str) -> Der {
    let path = format!("{}/tests/fixtures/tls/{name}.pem", env!("CARGO_MANIFEST_DIR"));
    CertificateDer::from_pem_file(path).unwrap()
}

/// All certificates of a file of the fixtures.
pub(super) fn chain(name: &str) -> Vec<Der> {
    let path = format!("{}/tests/fixtures/tls/{name}.pem", env!("CARGO_MANIFEST_DIR"));
    CertificateDer::pem_file_iter(path).unwrap().map(Result::unwrap).collect()
}

/// Trust in these certificates.
pub(super) fn trust(roots: &[&Der]) -> Arc<Trust> {
    use base64::Engine as _;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    for root in roots {
        let text = base64::engine::general_purpose::STANDARD.encode(root);
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let lines = lines.join("\n");
        writeln!(file, "-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----").unwrap();
    }
    let ca_file = Some(file.path().to_owned());
    Arc::new(tls::trust(&TlsSettings { ca_file, ..TlsSettings::default() }).unwrap())
}

/// A handshake in which a server for this host sent this chain, to a client with these roots.
pub(super) fn session(host: &str, chain: &[&Der], roots: &[&Der]) -> Session {
    let trust = trust(roots);
    let rest: Vec<Der> = chain.iter().skip(1).map(|der| (*der).clone()).collect();
    let name = tls::server_name(host).unwrap();
    let verdict = trust.verify_server_cert(chain[0], &rest, &name, &[], UnixTime::now()).map(|_| ());
    Session {
        version: Some(ProtocolVersion::TLSv1_3),
        suite: "TLS13_AES_256_GCM_SHA384".to_owned(),
        group: Some("X25519".to_owned()),
        alpn: Some("h2".to_owned()),
        chain: chain.iter().map(|der| (*der).clone()).collect(),
        stapled: Vec::new(),
        verdict,
        signature: Ok(()),
        asks_for_client_certificate: false,
        trust,
    }
}
