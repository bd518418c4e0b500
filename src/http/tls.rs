//! TLS with the system's root certificates, offering HTTP/2 and HTTP/1.1.

use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Why TLS connections to a host are impossible.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The machine has no readable root certificates.
    #[error("this machine has no root certificates, so https targets cannot be verified")]
    NoRoots,
    /// The host is neither a DNS name nor an address.
    #[error("{0:?} is not a valid name for a certificate")]
    Name(String),
}

/// A connector that verifies certificates against the system's roots.
pub(super) fn connector() -> Result<TlsConnector, TlsError> {
    let mut roots = RootCertStore::empty();
    let loaded = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(loaded.certs);
    if roots.is_empty() {
        return Err(TlsError::NoRoots);
    }
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The name that the certificate must contain.
pub(super) fn server_name(host: &str) -> Result<ServerName<'static>, TlsError> {
    ServerName::try_from(host.to_owned()).map_err(|_| TlsError::Name(host.to_owned()))
}
