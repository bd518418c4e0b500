//! TLS: whom connections trust, as whom they present themselves, and which versions of HTTP they offer.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::ResolvesClientCert;
use tokio_rustls::rustls::client::danger::ServerCertVerifier;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore, SignatureScheme};

use crate::domain::transport::{HttpVersion, TlsSettings};

use super::trust::{Anything, Trust};

/// Why TLS connections to a host are impossible.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The machine has no readable root certificates.
    #[error("this machine has no root certificates, so https targets cannot be verified")]
    NoRoots,
    /// The host is neither a DNS name nor an address.
    #[error("{0:?} is not a valid name for a certificate")]
    Name(String),
    /// A file of certificates or keys cannot be read, or has none.
    #[error("cannot use {}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The certificates and keys do not fit together, or are not supported.
    #[error("TLS cannot be set up: {0}")]
    Setup(#[from] rustls::Error),
}

/// Has no client certificate, and notes where one is asked for: servers of TLS 1.2 end the handshake without saying why.
#[derive(Debug)]
struct NoCertificate(Arc<AtomicBool>);

impl ResolvesClientCert for NoCertificate {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

/// A connector that trusts whom these settings say, and offers these versions of HTTP. `asked` becomes true where a server
/// asks for a client certificate that there is not.
/// # Errors
/// [`TlsError`] where there is nobody to trust, or a file cannot be used.
pub(super) fn connector(
    settings: &TlsSettings,
    version: HttpVersion,
    asked: &Arc<AtomicBool>,
) -> Result<TlsConnector, TlsError> {
    let verifier: Arc<dyn ServerCertVerifier> =
        if settings.insecure { Arc::new(Anything::new(provider())) } else { Arc::new(trust(settings)?) };
    connector_with(settings, version, verifier, asked)
}

/// Whom these settings trust: the authorities of a file, or those of this machine.
/// # Errors
/// [`TlsError`] where there is nobody to trust, or the file cannot be used.
pub fn trust(settings: &TlsSettings) -> Result<Trust, TlsError> {
    let certificates = trusted(settings.ca_file.as_deref())?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates.iter().cloned());
    if roots.is_empty() {
        return Err(settings.ca_file.as_ref().map_or(TlsError::NoRoots, |path| TlsError::File {
            path: path.clone(),
            problem: "it contains no certificate that can be trusted".to_owned(),
        }));
    }
    Trust::new(roots, certificates, provider()).map_err(|_| TlsError::NoRoots)
}

/// A connector whose certificates are judged by this verifier, with the client's certificates and protocols of these
/// settings. `asked` becomes true where a server asks for a client certificate that there is not.
/// # Errors
/// [`TlsError`] where a file of these settings cannot be used.
pub fn connector_with(
    settings: &TlsSettings,
    version: HttpVersion,
    verifier: Arc<dyn ServerCertVerifier>,
    asked: &Arc<AtomicBool>,
) -> Result<TlsConnector, TlsError> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
    let mut config = match &settings.client_cert {
        None => builder.with_client_cert_resolver(Arc::new(NoCertificate(Arc::clone(asked)))),
        Some(path) => {
            let key = settings.client_key.as_ref().unwrap_or(path);
            builder.with_client_auth_cert(certificates_in(path)?, key_in(key)?)?
        }
    };
    config.alpn_protocols = match version {
        HttpVersion::Negotiated => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        HttpVersion::Http1 => vec![b"http/1.1".to_vec()],
        HttpVersion::Http2 => vec![b"h2".to_vec()],
    };
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The name that is sent to the server, and that its certificate must contain.
/// # Errors
/// [`TlsError::Name`] where it is neither a DNS name nor an address.
pub fn server_name(host: &str) -> Result<ServerName<'static>, TlsError> {
    // The zone of a link-local address means something on this machine only.
    let host = host.split('%').next().unwrap_or(host);
    ServerName::try_from(host.to_owned()).map_err(|_| TlsError::Name(host.to_owned()))
}

/// The cryptography, warmed up: its random generator takes up to 100 ms to gather entropy for the first number, which would
/// be measured as the target's first handshake.
fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    let warmed = || {
        let provider = aws_lc_rs::default_provider();
        let mut bytes = [0_u8; 32];
        // What cannot be computed now fails again in the handshake, and is reported there.
        let _ = provider.secure_random.fill(&mut bytes);
        for group in provider.kx_groups.iter().take(2) {
            drop(group.start());
        }
        Arc::new(provider)
    };
    Arc::clone(PROVIDER.get_or_init(warmed))
}

/// The certificates of this file, or of this machine.
fn trusted(file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    match file {
        Some(path) => certificates_in(path),
        None => Ok(rustls_native_certs::load_native_certs().certs),
    }
}

fn certificates_in(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let file_error = |problem: String| TlsError::File { path: path.to_owned(), problem };
    let all = CertificateDer::pem_file_iter(path).map_err(|error| file_error(plain(&error)))?;
    let all: Vec<_> = all.collect::<Result<_, _>>().map_err(|error| file_error(plain(&error)))?;
    if all.is_empty() {
        Err(file_error("it contains no certificate in PEM format".to_owned()))
    } else {
        Ok(all)
    }
}

fn key_in(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| TlsError::File {
        path: path.to_owned(),
        problem: match error {
            rustls::pki_types::pem::Error::NoItemsFound => {
                "it contains no private key in PEM format; encrypted keys are not supported".to_owned()
            }
            error => plain(&error),
        },
    })
}

/// The errors of the PEM reader, as people read them.
fn plain(error: &rustls::pki_types::pem::Error) -> String {
    match error {
        rustls::pki_types::pem::Error::Io(error) => error.to_string(),
        error => format!("it is not in PEM format ({error})"),
    }
}
