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
    /// What is wrong, the worst first. A fault that is a mere consequence of another one is left out.
    pub faults: Vec<TlsFault>,
    /// Grade after SSL Labs' rating guide, of what was observed: `A+` to `F`, `T` for untrusted, `M` for a wrong name.
    pub grade: String,
    /// Why it is no better, one reason each.
    pub grade_reasons: Vec<String>,
}

/// Something that is wrong with a handshake or with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TlsFault {
    /// What is wrong.
    pub kind: TlsFaultKind,
    /// Place of the certificate in [`TlsFacts::certificates`] that it is about, from 0.
    pub certificate: usize,
}

/// What can be wrong with a handshake or with a certificate. Ordered: the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TlsFaultKind {
    /// There is no certificate, or it cannot be read.
    Unreadable,
    /// The server could not prove that it has the key of its certificate.
    KeyNotProved,
    /// The server's certificate has expired.
    Expired,
    /// The server's certificate is not valid yet.
    NotYetValid,
    /// The server's certificate is for other names.
    WrongName,
    /// The name is only in the field that is no longer looked at.
    CommonNameOnly,
    /// The server's certificate vouches for itself, and nobody has said that it is trusted.
    SelfSigned,
    /// The chain ends at an authority that this machine does not trust.
    UntrustedRoot,
    /// A certificate between the server's and a trusted authority was not sent.
    IncompleteChain,
    /// An authority's certificate in the chain has expired, or is not valid yet.
    ExpiredIntermediate,
    /// The server's certificate is that of an authority.
    AuthorityAsServer,
    /// The server's certificate is for other purposes than servers.
    NoServerUsage,
    /// A key is too short.
    WeakKey,
    /// A signature uses a hash that can be forged.
    WeakSignature,
    /// The certificate is refused for another reason.
    Invalid,
    /// A certificate that trust depends on, the server's own or an intermediate, expires within days.
    ExpiresSoon,
    /// TLS 1.3 is not offered.
    NoTls13,
    /// The certificates are not in the order in which they vouch for each other.
    WrongOrder,
    /// Certificates were sent that nobody needs.
    Unneeded,
    /// The server's certificate is valid for longer than 398 days.
    LongValidity,
    /// A certificate for the public has no signed certificate timestamp.
    NoScts,
}

impl TlsFaultKind {
    /// Every kind, the worst first.
    pub const ALL: [Self; 21] = [
        Self::Unreadable,
        Self::KeyNotProved,
        Self::Expired,
        Self::NotYetValid,
        Self::WrongName,
        Self::CommonNameOnly,
        Self::SelfSigned,
        Self::UntrustedRoot,
        Self::IncompleteChain,
        Self::ExpiredIntermediate,
        Self::AuthorityAsServer,
        Self::NoServerUsage,
        Self::WeakKey,
        Self::WeakSignature,
        Self::Invalid,
        Self::ExpiresSoon,
        Self::NoTls13,
        Self::WrongOrder,
        Self::Unneeded,
        Self::LongValidity,
        Self::NoScts,
    ];

    /// The rule of its finding.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Unreadable => "tls.unreadable_certificate",
            Self::KeyNotProved => "tls.key_not_proved",
            Self::Expired => "tls.expired",
            Self::NotYetValid => "tls.not_yet_valid",
            Self::WrongName => "tls.wrong_name",
            Self::CommonNameOnly => "tls.common_name_only",
            Self::SelfSigned => "tls.self_signed",
            Self::UntrustedRoot => "tls.untrusted_root",
            Self::IncompleteChain => "tls.incomplete_chain",
            Self::ExpiredIntermediate => "tls.expired_intermediate",
            Self::AuthorityAsServer => "tls.authority_as_server",
            Self::NoServerUsage => "tls.no_server_usage",
            Self::WeakKey => "tls.weak_key",
            Self::WeakSignature => "tls.weak_signature",
            Self::Invalid => "tls.invalid_certificate",
            Self::ExpiresSoon => "tls.expires_soon",
            Self::NoTls13 => "tls.no_tls13",
            Self::WrongOrder => "tls.wrong_order",
            Self::Unneeded => "tls.unneeded_certificates",
            Self::LongValidity => "tls.long_validity",
            Self::NoScts => "tls.no_scts",
        }
    }
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Whom it is for, as a distinguished name (RFC 4514: the most specific part first).
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_unique_and_kinds_in_order() {
        let mut rules: Vec<&str> = TlsFaultKind::ALL.iter().map(|kind| kind.rule()).collect();
        rules.sort_unstable();
        rules.dedup();
        assert_eq!(rules.len(), TlsFaultKind::ALL.len());
        assert!(TlsFaultKind::ALL.is_sorted_by(|a, b| a < b));
    }
}
