//! What a TLS handshake showed.

use jiff::Timestamp;

/// What a TLS handshake showed, as observed by this client: it speaks TLS 1.2 and 1.3 only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFacts {
    /// Version, such as `TLS 1.3`.
    pub version: String,
    /// Cipher suite in the names of IANA, such as `TLS_AES_256_GCM_SHA384`.
    pub suite: String,
    /// Group of the key exchange, such as `X25519`; `None` where none was negotiated.
    pub group: Option<String>,
    /// Protocol that the server chose (ALPN), such as `h2`; `None` where it chose none.
    pub alpn: Option<String>,
    /// The certificates as they were sent, the server's own first. Those that cannot be read are left out.
    pub certificates: Vec<CertificateFacts>,
    /// Names and addresses that the server's certificate is for.
    pub names: Vec<String>,
    /// Whole days until the server's certificate expires, below 0 where it has; `None` where it cannot be read.
    pub days_left: Option<i64>,
    /// Number of signed certificate timestamps in the server's certificate (Certificate Transparency).
    pub scts: u32,
    /// Whether the handshake brought a certificate status (OCSP stapling).
    pub is_stapled: bool,
    /// Whether the server asked for a certificate of the client.
    pub asks_for_client_certificate: bool,
    /// Whether the certificate is trusted for its name, now.
    pub is_trusted: bool,
    /// Grade after SSL Labs' rating guide, of what was observed: `A+` to `F`, `T` for untrusted, `M` for a wrong name.
    pub grade: String,
    /// Why it is no better, one reason each.
    pub grade_reasons: Vec<String>,
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Whom it is for, as a distinguished name.
    pub subject: String,
    /// Who issued it, as a distinguished name.
    pub issuer: String,
    /// Serial number in hexadecimal digits.
    pub serial: String,
    /// SHA-256 of the certificate in lowercase hexadecimal digits.
    pub fingerprint: String,
    /// From when it is valid.
    pub valid_from: Timestamp,
    /// Until when it is valid.
    pub valid_until: Timestamp,
    /// Its key, such as `RSA 2048` or `ECDSA P-256`.
    pub key: String,
    /// How it is signed, such as `SHA-256 with RSA`.
    pub signature: String,
    /// Whether it may issue certificates.
    pub is_authority: bool,
    /// Whether it names itself as its issuer.
    pub is_self_issued: bool,
}
