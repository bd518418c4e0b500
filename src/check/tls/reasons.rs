//! Why rustls refuses a certificate or the signature of a handshake, in words: its own names say nothing to people.

use tokio_rustls::rustls::{CertificateError, Error};

/// What a broken signature is called.
pub(super) const BAD_SIGNATURE: &str =
    "the signature of the certificate does not match the key of its issuer";

/// Names of rustls and webpki, and what they mean.
const REASONS: [(&str, &str); 18] = [
    ("BadEncoding", "a field of the certificate cannot be read"),
    ("BadDer", "a field of the certificate cannot be read"),
    ("BadDerTime", "a date of the certificate cannot be read"),
    ("BadSignature", BAD_SIGNATURE),
    ("CaUsedAsEndEntity", "the certificate of an authority is used as the server's own"),
    ("EndEntityUsedAsCa", "a certificate that may not issue others was used as an issuer"),
    ("InvalidPurpose", "the certificate is not for servers"),
    ("InvalidPurposeContext", "the certificate is not for servers"),
    ("InvalidSerialNumber", "the serial number is invalid"),
    ("IssuerNotCrlSigner", "the revocation list is not signed by the issuer"),
    ("MaximumPathDepthExceeded", "the chain is too long"),
    (
        "NameConstraintViolation",
        "an authority of the chain may not issue certificates for this name (name constraints)",
    ),
    ("PathLenConstraintViolated", "the chain has more intermediates than an authority allows (path length)"),
    ("Revoked", "the certificate is revoked"),
    ("UnhandledCriticalExtension", "the certificate has a critical extension that this client does not know"),
    ("UnknownIssuer", "no way leads from the certificate to a trusted authority"),
    ("UnsupportedCertVersion", "the certificate is not of version 3 (X.509)"),
    (
        "UnsupportedCriticalExtension",
        "the certificate has a critical extension that this client does not know",
    ),
];

/// Why a certificate is refused.
pub(super) fn of_certificate(error: &Error) -> String {
    let name = match error {
        Error::InvalidCertificate(CertificateError::Other(error)) => error.to_string(),
        Error::InvalidCertificate(error) => format!("{error:?}"),
        error => format!("{error:?}"),
    };
    words(&name)
}

/// Why the signature of a handshake is refused.
pub(super) fn of_handshake(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(CertificateError::BadSignature) => {
            "the signature of the handshake does not match the certificate's key".to_owned()
        }
        Error::PeerMisbehaved(_) | Error::PeerIncompatible(_) => {
            "the handshake is signed in a way that does not fit the certificate's key".to_owned()
        }
        error => of_certificate(error),
    }
}

/// What a name means. One that is not known is taken apart: `EmptyEkuExtension` is `empty eku extension`.
fn words(name: &str) -> String {
    let end = name.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(name.len());
    let name = &name[..end];
    if let Some((_, words)) = REASONS.iter().find(|(known, _)| *known == name) {
        return (*words).to_owned();
    }
    // Which of the algorithms it is, several names tell.
    if name.starts_with("UnsupportedSignatureAlgorithm") {
        return "a certificate is signed with an algorithm that this client does not know".to_owned();
    }
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        let check = |name: &str, expected: &str| assert_eq!(words(name), expected, "{name}");
        check("EndEntityUsedAsCa", "a certificate that may not issue others was used as an issuer");
        check("InvalidPurposeContext { required: ServerAuth }", "the certificate is not for servers");
        let unknown = "a certificate is signed with an algorithm that this client does not know";
        check("UnsupportedSignatureAlgorithmForPublicKeyContext(x)", unknown);
        check("EmptyEkuExtension", "empty eku extension");
        check("", "");
    }

    #[test]
    fn a_bad_signature_is_that_of_a_certificate_or_of_the_handshake() {
        let bad = Error::InvalidCertificate(CertificateError::BadSignature);
        assert_eq!(of_certificate(&bad), BAD_SIGNATURE);
        assert!(of_handshake(&bad).starts_with("the signature of the handshake"));
    }
}
