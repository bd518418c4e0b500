//! A certificate, read: what its fields say, without a judgement.

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio_rustls::rustls::pki_types::CertificateDer;
use x509_parser::prelude::{FromDer, ParsedExtension, X509Certificate, X509Error, X509Extension};
use x509_parser::public_key::PublicKey;

use super::super::facts::CertificateFacts;
use super::names::{Hosts, distinguished};

/// Policies that only certificates for the public may claim (CA/Browser Forum): extended, domain, organization, individual
/// validation. Authorities whose roots browsers bring must claim one; private ones have no reason to.
const PUBLIC_POLICIES: [&str; 4] = ["2.23.140.1.1", "2.23.140.1.2.1", "2.23.140.1.2.2", "2.23.140.1.2.3"];

/// A certificate that could be read.
pub(super) struct Parsed<'a> {
    der: &'a [u8],
    certificate: X509Certificate<'a>,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    /// `RSA`, `ECDSA`, `Ed25519`, …
    algorithm: &'static str,
    /// Name of the curve; empty where there is none.
    curve: &'static str,
    /// Length in bits; `None` where it is of no importance, or unknown.
    pub(super) bits: Option<usize>,
}

impl<'a> Parsed<'a> {
    /// Reads a certificate; `None` where it cannot be read.
    pub(super) fn new(der: &'a CertificateDer<'_>) -> Option<Self> {
        let der: &[u8] = der.as_ref();
        let (rest, certificate) = X509Certificate::from_der(der).ok()?;
        rest.is_empty().then_some(Self { der, certificate })
    }

    /// The certificate as it was sent.
    pub(super) fn der(&self) -> &'a [u8] {
        self.der
    }

    /// The hosts that it is for.
    pub(super) fn hosts(&self) -> Hosts {
        Hosts::of(&self.certificate)
    }

    /// What is shown of it.
    pub(super) fn facts(&self) -> CertificateFacts {
        let (valid_from, valid_until) = self.validity();
        CertificateFacts {
            subject: distinguished(self.certificate.subject()),
            issuer: distinguished(self.certificate.issuer()),
            serial: hexadecimal(without_zeros(self.certificate.raw_serial())),
            fingerprint: hexadecimal(&Sha256::digest(self.der)),
            valid_from,
            valid_until,
            key: self.key().words(),
            signature: self.signature(),
            is_authority: self.is_authority(),
            is_self_issued: self.is_self_issued(),
        }
    }

    /// From when until when it is valid.
    pub(super) fn validity(&self) -> (Timestamp, Timestamp) {
        let validity = self.certificate.validity();
        let time = |seconds: i64, otherwise| Timestamp::from_second(seconds).unwrap_or(otherwise);
        (
            time(validity.not_before.timestamp(), Timestamp::MIN),
            time(validity.not_after.timestamp(), Timestamp::MAX),
        )
    }

    /// Whether it may issue certificates.
    pub(super) fn is_authority(&self) -> bool {
        self.certificate.is_ca()
    }

    /// Whether it names itself as its issuer.
    pub(super) fn is_self_issued(&self) -> bool {
        self.certificate.subject().as_raw() == self.certificate.issuer().as_raw()
    }

    /// Whether it is signed by its own key.
    pub(super) fn is_self_signed(&self) -> bool {
        self.is_self_issued() && self.is_issued_by(self)
    }

    /// Whether another one issued it: by name, and by signature as far as its algorithm is known.
    pub(super) fn is_issued_by(&self, issuer: &Parsed<'_>) -> bool {
        if self.certificate.issuer().as_raw() != issuer.certificate.subject().as_raw() {
            return false;
        }
        // Keys that are too short, and forgeable signatures, are not verified by the cryptography, and findings of their own.
        if issuer.key().is_weak() {
            return true;
        }
        match self.certificate.verify_signature(Some(issuer.certificate.public_key())) {
            Ok(()) | Err(X509Error::SignatureUnsupportedAlgorithm) => true,
            Err(_) => false,
        }
    }

    /// Whether it says that another one issued it, whatever its signature is; `None` where the name is the same, and nothing
    /// tells of which key.
    pub(super) fn names_as_issuer(&self, issuer: &Parsed<'_>) -> Option<bool> {
        if self.certificate.issuer().as_raw() != issuer.certificate.subject().as_raw() {
            return Some(false);
        }
        let wanted = self.extensions().find_map(|extension| match extension {
            ParsedExtension::AuthorityKeyIdentifier(authority) => authority.key_identifier.as_ref(),
            _ => None,
        });
        let own = issuer.extensions().find_map(|extension| match extension {
            ParsedExtension::SubjectKeyIdentifier(own) => Some(own),
            _ => None,
        });
        Some(wanted?.0 == own?.0)
    }

    /// Its key.
    pub(super) fn key(&self) -> Key {
        let unknown = Key { algorithm: "unknown", curve: "", bits: None };
        let info = self.certificate.public_key();
        let oid = info.algorithm.algorithm.to_id_string();
        match oid.as_str() {
            "1.3.101.112" => return Key { algorithm: "Ed25519", ..unknown },
            "1.3.101.113" => return Key { algorithm: "Ed448", ..unknown },
            _ => (),
        }
        match info.parsed() {
            Ok(PublicKey::RSA(key)) => {
                Key { algorithm: "RSA", curve: "", bits: Some(length_in_bits(key.modulus)) }
            }
            Ok(PublicKey::EC(point)) => {
                let parameters = info.algorithm.parameters.as_ref();
                let curve = parameters.and_then(|curve| curve.as_oid().ok());
                let (curve, bits) = curve.map_or(("", 0), |curve| curve_of(&curve.to_id_string()));
                let bits = if bits == 0 { point.key_size() } else { bits };
                Key { algorithm: "ECDSA", curve, bits: Some(bits) }
            }
            Ok(PublicKey::DSA(key)) => Key { algorithm: "DSA", curve: "", bits: Some(length_in_bits(key)) },
            _ => unknown,
        }
    }

    /// How it is signed, such as `SHA-256 with RSA`.
    pub(super) fn signature(&self) -> String {
        let algorithm = &self.certificate.signature_algorithm;
        let oid = algorithm.algorithm.to_id_string();
        let words = match oid.as_str() {
            "1.2.840.113549.1.1.2" => "MD2 with RSA",
            "1.2.840.113549.1.1.4" => "MD5 with RSA",
            "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => "SHA-1 with RSA",
            "1.2.840.113549.1.1.14" => "SHA-224 with RSA",
            "1.2.840.113549.1.1.11" => "SHA-256 with RSA",
            "1.2.840.113549.1.1.12" => "SHA-384 with RSA",
            "1.2.840.113549.1.1.13" => "SHA-512 with RSA",
            "1.2.840.10045.4.1" => "SHA-1 with ECDSA",
            "1.2.840.10045.4.3.1" => "SHA-224 with ECDSA",
            "1.2.840.10045.4.3.2" => "SHA-256 with ECDSA",
            "1.2.840.10045.4.3.3" => "SHA-384 with ECDSA",
            "1.2.840.10045.4.3.4" => "SHA-512 with ECDSA",
            "1.2.840.10040.4.3" => "SHA-1 with DSA",
            "2.16.840.1.101.3.4.3.2" => "SHA-256 with DSA",
            "1.3.101.112" => "Ed25519",
            "1.3.101.113" => "Ed448",
            "1.2.840.113549.1.1.10" => return format!("{} with RSA-PSS", self.pss_hash()),
            _ => return oid,
        };
        words.to_owned()
    }

    fn pss_hash(&self) -> &'static str {
        use x509_parser::signature_algorithm::RsaSsaPssParams;
        let parameters = self.certificate.signature_algorithm.parameters.as_ref();
        let parameters = parameters.and_then(|parameters| RsaSsaPssParams::try_from(parameters).ok());
        let hash = parameters.map(|parameters| parameters.hash_algorithm_oid().to_id_string());
        match hash.as_deref() {
            Some("1.3.14.3.2.26") => "SHA-1",
            Some("2.16.840.1.101.3.4.2.1") => "SHA-256",
            Some("2.16.840.1.101.3.4.2.2") => "SHA-384",
            Some("2.16.840.1.101.3.4.2.3") => "SHA-512",
            _ => "unknown hash",
        }
    }

    /// Whether its signature uses a hash that can be forged.
    pub(super) fn is_weakly_signed(&self) -> bool {
        let signature = self.signature();
        ["MD2 ", "MD5 ", "SHA-1 "].iter().any(|hash| signature.starts_with(hash))
    }

    /// Whether it lists what it is for, and servers are not among that.
    pub(super) fn excludes_servers(&self) -> bool {
        let usage = self.certificate.extended_key_usage();
        usage.ok().flatten().is_some_and(|usage| !usage.value.any && !usage.value.server_auth)
    }

    /// Whether it says that it was issued by the rules for the public web.
    pub(super) fn is_for_the_public(&self) -> bool {
        self.extensions().any(|extension| match extension {
            ParsedExtension::CertificatePolicies(policies) => policies
                .iter()
                .any(|policy| PUBLIC_POLICIES.contains(&policy.policy_id.to_id_string().as_str())),
            _ => false,
        })
    }

    /// Whether it says where the certificate of its issuer can be fetched.
    pub(super) fn says_where_its_issuer_is(&self) -> bool {
        self.extensions().any(|extension| match extension {
            ParsedExtension::AuthorityInfoAccess(access) => access
                .accessdescs
                .iter()
                .any(|access| access.access_method.to_id_string() == "1.3.6.1.5.5.7.48.2"),
            _ => false,
        })
    }

    /// Number of signed certificate timestamps in it.
    pub(super) fn scts(&self) -> u32 {
        let number = self.extensions().find_map(|extension| match extension {
            ParsedExtension::SCT(scts) => Some(scts.len()),
            _ => None,
        });
        number.map_or(0, |number| u32::try_from(number).unwrap_or(u32::MAX))
    }

    fn extensions(&self) -> impl Iterator<Item = &ParsedExtension<'a>> {
        self.certificate.extensions().iter().map(X509Extension::parsed_extension)
    }
}

impl Key {
    /// Whether it is too short: RSA below 2,048 bits, elliptic curves below 224.
    pub(super) fn is_weak(&self) -> bool {
        match (self.algorithm, self.bits) {
            ("RSA" | "DSA", Some(bits)) => bits < 2_048,
            ("ECDSA", Some(bits)) => bits < 224,
            _ => false,
        }
    }

    /// How strong its kind of key is, as a percentage of SSL Labs' rating guide.
    pub(super) fn strength(&self) -> u32 {
        let (Some(bits), limits) = (
            self.bits,
            match self.algorithm {
                "ECDSA" => [110, 123, 163, 225],
                _ => [512, 1_024, 2_048, 4_096],
            },
        ) else {
            return 100;
        };
        let place = limits.iter().position(|limit| bits < *limit).unwrap_or(4);
        [20, 40, 80, 90, 100][place]
    }

    /// The key in words, such as `RSA 2048` or `ECDSA P-256`.
    pub(super) fn words(&self) -> String {
        match (self.curve, self.bits) {
            ("", Some(bits)) => format!("{} {bits}", self.algorithm),
            ("", None) => self.algorithm.to_owned(),
            (curve, _) => format!("{} {curve}", self.algorithm),
        }
    }
}

/// Name and length of a curve.
fn curve_of(oid: &str) -> (&'static str, usize) {
    match oid {
        "1.2.840.10045.3.1.1" => ("P-192", 192),
        "1.3.132.0.33" => ("P-224", 224),
        "1.2.840.10045.3.1.7" => ("P-256", 256),
        "1.3.132.0.34" => ("P-384", 384),
        "1.3.132.0.35" => ("P-521", 521),
        "1.3.132.0.10" => ("secp256k1", 256),
        _ => ("", 0),
    }
}

/// Length of a number without its leading zeros. Units: bits.
fn length_in_bits(bytes: &[u8]) -> usize {
    let bytes = without_zeros(bytes);
    bytes.first().map_or(0, |first| bytes.len() * 8 - first.leading_zeros() as usize)
}

/// A number without its leading zero bytes.
fn without_zeros(bytes: &[u8]) -> &[u8] {
    bytes.iter().position(|byte| *byte != 0).map_or(&[], |first| &bytes[first..])
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
