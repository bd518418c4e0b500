//! TLS and security headers in the JSON of a health check.

use schemars::JsonSchema;
use serde::Serialize;

use crate::check::facts::{CertificateFacts, HeaderFacts, HeaderTest, SECURITY_HEADERS, TlsFacts};
use crate::report::formats::values::Moment;

/// What the TLS handshake showed, as observed by this client.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Tls<'a> {
    /// Version, such as `TLS 1.3`.
    version: &'a str,
    /// Cipher suite in the names of IANA.
    cipher_suite: &'a str,
    /// Group of the key exchange, such as `X25519`.
    key_exchange_group: Option<&'a str>,
    /// Protocol that the server chose (ALPN); null where it chose none.
    alpn: Option<&'a str>,
    /// The certificates as they were sent, the server's own first.
    certificates: Vec<Certificate<'a>>,
    /// Names and addresses that the server's certificate is for.
    names: &'a [String],
    /// Whole days until the server's certificate expires, below 0 where it has.
    days_left: Option<i64>,
    /// Number of signed certificate timestamps in the server's certificate.
    certificate_timestamps: u32,
    /// Whether the handshake brought a certificate status (OCSP stapling).
    is_ocsp_stapled: bool,
    /// Whether the server asked for a certificate of the client.
    asks_for_client_certificate: bool,
    /// Whether the certificate is trusted for its name.
    is_trusted: bool,
    /// Grade after SSL Labs' rating guide: `A+` to `F`, `T` for untrusted, `M` for a wrong name.
    grade: &'a str,
    /// Why it is no better.
    grade_reasons: &'a [String],
}

impl<'a> From<&'a TlsFacts> for Tls<'a> {
    fn from(tls: &'a TlsFacts) -> Self {
        Self {
            version: &tls.version,
            cipher_suite: &tls.suite,
            key_exchange_group: tls.group.as_deref(),
            alpn: tls.alpn.as_deref(),
            certificates: tls.certificates.iter().map(Certificate::from).collect(),
            names: &tls.names,
            days_left: tls.days_left,
            certificate_timestamps: tls.scts,
            is_ocsp_stapled: tls.is_stapled,
            asks_for_client_certificate: tls.asks_for_client_certificate,
            is_trusted: tls.is_trusted,
            grade: &tls.grade,
            grade_reasons: &tls.grade_reasons,
        }
    }
}

/// A certificate.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Certificate<'a> {
    /// Whom it is for, as a distinguished name.
    subject: &'a str,
    /// Who issued it, as a distinguished name.
    issuer: &'a str,
    /// Serial number in hexadecimal digits.
    serial: &'a str,
    /// SHA-256 of the certificate in hexadecimal digits.
    sha256: &'a str,
    /// From when it is valid.
    valid_from: Moment,
    /// Until when it is valid.
    valid_until: Moment,
    /// Its key, such as `RSA 2048`.
    key: &'a str,
    /// How it is signed.
    signature: &'a str,
    /// Whether it may issue certificates.
    is_authority: bool,
    /// Whether it names itself as its issuer.
    is_self_issued: bool,
}

impl<'a> From<&'a CertificateFacts> for Certificate<'a> {
    fn from(certificate: &'a CertificateFacts) -> Self {
        Self {
            subject: &certificate.subject,
            issuer: &certificate.issuer,
            serial: &certificate.serial,
            sha256: &certificate.fingerprint,
            valid_from: Moment(certificate.valid_from),
            valid_until: Moment(certificate.valid_until),
            key: &certificate.key,
            signature: &certificate.signature,
            is_authority: certificate.is_authority,
            is_self_issued: certificate.is_self_issued,
        }
    }
}

/// Security headers of one response and their score by MDN HTTP Observatory 6.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Headers<'a> {
    /// Name of the endpoint whose response was scored.
    endpoint: &'a str,
    /// Its status.
    status: u16,
    /// The score, from 0 to above 100.
    score: u32,
    /// The grade, `A+` to `F`.
    grade: &'static str,
    /// Each test of the score.
    tests: Vec<Test<'a>>,
    /// The security headers.
    values: Vec<Header<'a>>,
}

impl<'a> From<&'a HeaderFacts> for Headers<'a> {
    fn from(headers: &'a HeaderFacts) -> Self {
        let values = SECURITY_HEADERS.into_iter().zip(&headers.values);
        Self {
            endpoint: &headers.endpoint,
            status: headers.status,
            score: headers.score,
            grade: headers.grade,
            tests: headers.tests.iter().map(Test::from).collect(),
            values: values.map(|(name, value)| Header { name, value: value.as_deref() }).collect(),
        }
    }
}

/// One security header.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Header<'a> {
    /// Its name.
    name: &'static str,
    /// Its value; several are joined by `, `. Null where it is missing.
    value: Option<&'a str>,
}

/// One test of the score.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Test<'a> {
    /// Short name, such as `csp`.
    name: &'static str,
    /// What it found.
    result: &'a str,
    /// What it adds to the score.
    modifier: i32,
    /// Whether it counts: bonuses do only from 90 on.
    counts: bool,
}

impl<'a> From<&'a HeaderTest> for Test<'a> {
    fn from(test: &'a HeaderTest) -> Self {
        Self { name: test.name, result: &test.result, modifier: test.modifier, counts: test.counts }
    }
}
