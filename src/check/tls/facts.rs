//! What a handshake showed, as plain data.

use jiff::Timestamp;
use tokio_rustls::rustls::ProtocolVersion;

use super::super::facts::TlsFacts;
use super::super::session::Session;
use super::chain::Chain;
use super::dates::days_between;
use super::parsed::Parsed;
use super::{faults, grade};

/// What a handshake showed. `host` is the name that the certificate must be for; `hsts` whether a response had a long
/// `Strict-Transport-Security`, `None` where there was no response.
pub(in super::super) fn facts(session: &Session, host: &str, hsts: Option<bool>, now: Timestamp) -> TlsFacts {
    let chain = Chain::new(&session.chain, session.trust.certificates());
    let leaf = chain.leaf();
    let mut facts = TlsFacts {
        version: version(session.version),
        suite: suite(&session.suite),
        group: session.group.clone(),
        alpn: session.alpn.clone(),
        certificates: chain.certificates.iter().map(Parsed::facts).collect(),
        names: leaf.map(|leaf| leaf.hosts().listed()).unwrap_or_default(),
        days_left: leaf.map(|leaf| days_between(now, leaf.validity().1)),
        scts: leaf.map_or(0, Parsed::scts),
        is_stapled: !session.stapled.is_empty(),
        asks_for_client_certificate: session.asks_for_client_certificate,
        is_trusted: session.verdict.is_ok(),
        faults: faults::faults(&chain, session, host, now),
        grade: String::new(),
        grade_reasons: Vec::new(),
    };
    let (grade, reasons) = grade::grade(&facts, leaf.map(Parsed::key).as_ref(), hsts);
    (facts.grade, facts.grade_reasons) = (grade, reasons);
    facts
}

fn version(version: Option<ProtocolVersion>) -> String {
    match version {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}

/// The name of IANA: that of rustls has the version in it.
fn suite(name: &str) -> String {
    name.strip_prefix("TLS13_").map_or_else(|| name.to_owned(), |rest| format!("TLS_{rest}"))
}
