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

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use tokio_rustls::rustls::crypto::aws_lc_rs::{ALL_CIPHER_SUITES, ALL_KX_GROUPS};

    use super::super::made::{chain, fixture, now, session};
    use super::*;

    fn reported() -> Value {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls/sslyze.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    fn texts(list: &Value) -> Vec<&str> {
        list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
    }

    /// A key in our words.
    fn key(certificate: &Value) -> String {
        match certificate["ec_curve_name"].as_str() {
            Some("secp256r1") => "ECDSA P-256".to_owned(),
            Some("secp384r1") => "ECDSA P-384".to_owned(),
            _ => format!("RSA {}", certificate["key_size"]),
        }
    }

    #[test]
    fn certificates_are_described_as_sslyze_describes_them() {
        let reported = reported();
        for server in reported["servers"].as_array().unwrap() {
            let name = server["file"].as_str().unwrap();
            let (chain, root) = (chain(name), fixture("rsa_root"));
            let sent: Vec<_> = chain.iter().collect();
            let facts = facts(&session("localhost", &sent, &[&root]), "localhost", None, now());
            assert_eq!(server["scts"], facts.scts, "{name}");
            let expected = server["certificates"].as_array().unwrap();
            assert_eq!(facts.certificates.len(), expected.len(), "{name}");
            assert_eq!(facts.names, texts(&expected[0]["names"]), "{name}");
            for (found, expected) in facts.certificates.iter().zip(expected) {
                assert_eq!(expected["subject"], *found.subject);
                assert_eq!(expected["issuer"], *found.issuer);
                assert_eq!(expected["fingerprint_sha256"], *found.fingerprint);
                assert_eq!(expected["serial"], found.serial.trim_start_matches('0'));
                assert_eq!(expected["not_valid_before"], found.valid_from.to_string());
                assert_eq!(expected["not_valid_after"], found.valid_until.to_string());
                assert_eq!(key(expected), found.key);
                let hash = found.signature.split(" with ").next().unwrap();
                let hash = hash.to_ascii_lowercase().replace('-', "");
                assert_eq!(expected["hash"], hash);
            }
        }
        assert_eq!(reported["servers"].as_array().unwrap().len(), 4);
    }

    #[test]
    fn suites_and_groups_are_named_as_sslyze_names_them() {
        let reported = reported();
        let known = [texts(&reported["tls_1_3"]), texts(&reported["tls_1_2"])].concat();
        let ours = ALL_CIPHER_SUITES.iter().map(|ours| suite(ours.suite().as_str().unwrap()));
        // The certificate of that server has an RSA key.
        let ours: Vec<String> = ours.filter(|name| !name.contains("_ECDSA_")).collect();
        assert_eq!(ours.len(), 6);
        for name in ours {
            assert!(known.contains(&&*name), "{name}");
        }
        // sslyze knows no group that resists quantum computers; their names are those of IANA.
        let groups = ALL_KX_GROUPS.iter().map(|group| format!("{:?}", group.name()));
        let groups: Vec<String> = groups.filter(|name| !name.contains("MLKEM")).collect();
        assert_eq!(groups.len(), 3);
        for name in groups {
            assert!(texts(&reported["groups"]).contains(&&*name), "{name}");
        }
        assert_eq!(version(Some(ProtocolVersion::TLSv1_3)), "TLS 1.3");
        assert_eq!(version(Some(ProtocolVersion::TLSv1_2)), "TLS 1.2");
    }
}
