//! Records what a TLS handshake shows. Whatever the certificate is, the handshake goes on: a fault is a finding.
//!
//! Only a health check looks at servers this way. Load never connects past a certificate that it does not trust.

use std::sync::{Arc, Mutex, PoisonError};

use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    ClientConnection, DigitallySignedStruct, Error, ProtocolVersion, SignatureScheme,
};

use crate::http::Trust;

/// What a handshake showed.
#[derive(Debug, Clone)]
pub(super) struct Session {
    /// TLS 1.2 or 1.3.
    pub(super) version: Option<ProtocolVersion>,
    /// Name of the cipher suite, as rustls writes it.
    pub(super) suite: String,
    /// Name of the group of the key exchange, as rustls writes it.
    pub(super) group: Option<String>,
    /// Protocol that the server chose.
    pub(super) alpn: Option<String>,
    /// The certificates as they were sent, the server's own first.
    pub(super) chain: Vec<CertificateDer<'static>>,
    /// The certificate status that was stapled; empty without one.
    pub(super) stapled: Vec<u8>,
    /// Whether the certificate is trusted for the name, and why not.
    pub(super) verdict: Result<(), Error>,
    /// Whether the server proved that it has the certificate's key, and why not.
    pub(super) signature: Result<(), Error>,
    /// Whether the server asked for a certificate of the client.
    pub(super) asks_for_client_certificate: bool,
    /// Whom the check trusts.
    pub(super) trust: Arc<Trust>,
}

/// Judges certificates, notes the verdict, and accepts them all.
#[derive(Debug)]
pub(super) struct Recorder {
    trust: Arc<Trust>,
    noted: Mutex<Noted>,
}

#[derive(Debug)]
struct Noted {
    chain: Vec<CertificateDer<'static>>,
    stapled: Vec<u8>,
    verdict: Result<(), Error>,
    signature: Result<(), Error>,
}

impl Recorder {
    /// A recorder for one handshake, which judges as this trust does.
    pub(super) fn new(trust: Arc<Trust>) -> Self {
        let noted = Noted { chain: Vec::new(), stapled: Vec::new(), verdict: Ok(()), signature: Ok(()) };
        Self { trust, noted: Mutex::new(noted) }
    }

    /// What the handshake of this connection showed.
    pub(super) fn session(&self, connection: &ClientConnection, asked: bool) -> Session {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let group = connection.negotiated_key_exchange_group();
        Session {
            version: connection.protocol_version(),
            suite: connection.negotiated_cipher_suite().map_or_else(String::new, |suite| {
                suite.suite().as_str().map_or_else(|| format!("{:?}", suite.suite()), str::to_owned)
            }),
            group: group.map(|group| format!("{:?}", group.name())),
            alpn: connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
            chain: noted.chain.clone(),
            stapled: noted.stapled.clone(),
            verdict: noted.verdict.clone(),
            signature: noted.signature.clone(),
            asks_for_client_certificate: asked,
            trust: Arc::clone(&self.trust),
        }
    }

    fn note_signature(&self, verified: &Result<HandshakeSignatureValid, Error>) {
        if let Err(error) = verified {
            self.noted.lock().unwrap_or_else(PoisonError::into_inner).signature = Err(error.clone());
        }
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict =
            self.trust.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.chain = std::iter::once(end_entity)
            .chain(intermediates)
            .cloned()
            .map(CertificateDer::into_owned)
            .collect();
        noted.stapled = ocsp_response.to_vec();
        noted.verdict = verdict.map(|_| ());
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.note_signature(&self.trust.verify_tls12_signature(message, certificate, signature));
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.note_signature(&self.trust.verify_tls13_signature(message, certificate, signature));
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trust.supported_verify_schemes()
    }
}
