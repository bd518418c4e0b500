//! A grade after SSL Labs' rating guide (2009r), of what one handshake of this client shows.
//!
//! This client speaks TLS 1.2 and 1.3 with suites of today. What else a server would accept of others stays unknown.

use super::super::facts::{TlsFacts, TlsFaultKind as Kind};
use super::parsed::Key;

/// What every grade says of itself.
const OBSERVED: &str = "as observed by this client, which speaks TLS 1.2 and 1.3 only: older versions and weaker cipher suites \
                        that the server may accept from others were not tried";

/// The grade, and why it is no better.
pub(super) fn grade(facts: &TlsFacts, key: Option<&Key>, hsts: Option<bool>) -> (String, Vec<String>) {
    let has = |kind: Kind| facts.faults.iter().any(|fault| fault.kind == kind);
    let mut reasons = Vec::new();
    let letter = letter(facts, key);
    let mut grade = letter;
    if let Some((capped, why)) = cap(facts, key) {
        reasons.push(why.to_owned());
        // A later letter is a worse one; `M` and `T` are worse than `F`.
        grade = letter.max(capped);
    }
    if letter > "A" {
        reasons.push(format!(
            "{} and {} do not score more",
            facts.suite,
            key.map_or_else(String::new, Key::words)
        ));
    }
    let warnings = [
        (has(Kind::NoTls13), "TLS 1.3 is not offered"),
        (
            hsts == Some(false),
            "the response had no Strict-Transport-Security of at least half a year (15768000 s)",
        ),
    ];
    let warned = reasons.len();
    reasons.extend(warnings.iter().filter(|(is_so, _)| *is_so).map(|(_, why)| (*why).to_owned()));
    if grade == "A" {
        if reasons.len() > warned {
            grade = "A-";
        } else if hsts.is_none() {
            reasons.push("no response showed whether there is Strict-Transport-Security".to_owned());
        } else {
            grade = "A+";
        }
    }
    reasons.push(OBSERVED.to_owned());
    (grade.to_owned(), reasons)
}

/// The letter of the score: 30 % protocol, 30 % key exchange, 40 % cipher.
fn letter(facts: &TlsFacts, key: Option<&Key>) -> &'static str {
    let protocol = 100;
    let exchange = key.map_or(100, Key::strength);
    let cipher = if facts.suite.contains("AES_128") { 80 } else { 100 };
    let score = (30 * protocol + 30 * exchange + 40 * cipher) / 100;
    match score {
        80.. => "A",
        65.. => "B",
        50.. => "C",
        35.. => "D",
        20.. => "E",
        _ => "F",
    }
}

/// The best grade that the faults allow, and why; `None` where they allow every grade.
fn cap(facts: &TlsFacts, key: Option<&Key>) -> Option<(&'static str, &'static str)> {
    let kinds = || facts.faults.iter().map(|fault| fault.kind);
    let is_about_name = |kind: Kind| matches!(kind, Kind::WrongName | Kind::CommonNameOnly);
    let is_distrusted = |kind: &Kind| *kind < Kind::WeakKey && !is_about_name(*kind);
    let is_proved = kinds().all(|kind| kind != Kind::KeyNotProved);
    if let Some(kind) = kinds().find(|kind| is_distrusted(kind) && !(facts.is_trusted && is_proved)) {
        return Some(("T", untrusted(kind)));
    }
    let signatures = facts.faults.iter().filter(|fault| fault.kind == Kind::WeakSignature);
    let mut signatures = signatures.filter_map(|fault| facts.certificates.get(fault.certificate));
    if signatures.clone().any(|certificate| !certificate.signature.starts_with("SHA-1")) {
        return Some(("F", "a certificate is signed with MD5"));
    }
    if signatures.next().is_some() {
        return Some(("T", "a certificate is signed with SHA-1"));
    }
    if kinds().any(|kind| kind == Kind::Invalid) {
        return Some(("T", "the certificate is not valid"));
    }
    if !facts.is_trusted && kinds().any(is_about_name) {
        return Some(("M", "the certificate is for other names"));
    }
    if kinds().any(|kind| kind == Kind::WeakKey) {
        let is_broken = key.is_some_and(|key| key.strength() <= 40);
        return Some((if is_broken { "F" } else { "B" }, "a key is too short"));
    }
    None
}

fn untrusted(kind: Kind) -> &'static str {
    match kind {
        Kind::Unreadable => "the certificate cannot be read",
        Kind::KeyNotProved => "the server could not prove that it has the key of its certificate",
        Kind::Expired => "the certificate has expired",
        Kind::NotYetValid => "the certificate is not valid yet",
        Kind::SelfSigned => "the certificate is self-signed",
        Kind::UntrustedRoot => "the certificate's authority is not trusted",
        Kind::IncompleteChain => "the chain of certificates is incomplete",
        Kind::ExpiredIntermediate => "an intermediate certificate is not valid now",
        Kind::AuthorityAsServer => "the certificate is that of an authority",
        _ => "the certificate is not valid for servers",
    }
}

#[cfg(test)]
mod tests {
    use tokio_rustls::rustls::ProtocolVersion;

    use super::super::super::session::Session;
    use super::super::facts::facts;
    use super::super::made::{Authority, Der, HOST, fixture, good, now, params, session};
    use super::*;

    fn graded(session: &Session, host: &str, hsts: Option<bool>) -> TlsFacts {
        facts(session, host, hsts, now())
    }

    #[test]
    fn a_sound_handshake_is_graded_by_version_and_hsts() {
        let root = Authority::root("root");
        let new = session(HOST, &[&root.sign(&good())], &[&root.der]);
        let old = Session { version: Some(ProtocolVersion::TLSv1_2), ..new.clone() };
        let short = Session { suite: "TLS13_AES_128_GCM_SHA256".to_owned(), ..new.clone() };
        let check = |session: &Session, hsts: Option<bool>, expected: &str, reasons: usize| {
            let facts = graded(session, HOST, hsts);
            assert_eq!(facts.grade, expected, "{:?}", facts.grade_reasons);
            assert_eq!(facts.grade_reasons.len(), reasons + 1, "{:?}", facts.grade_reasons);
            assert_eq!(facts.grade_reasons.last().map(String::as_str), Some(OBSERVED));
        };
        check(&new, Some(true), "A+", 0);
        check(&short, Some(true), "A+", 0);
        check(&new, Some(false), "A-", 1);
        check(&new, None, "A", 1);
        check(&old, Some(true), "A-", 1);
        check(&old, Some(false), "A-", 2);
    }

    #[test]
    fn faults_cap_the_grade() {
        let (root, stranger) = (Authority::root("root"), Authority::root("stranger"));
        let check = |chain: &[&Der], roots: &[&Der], host: &str, expected: &str| {
            let facts = graded(&session(host, chain, roots), host, Some(true));
            assert_eq!(facts.grade, expected, "{:?}", facts.grade_reasons);
            assert!(facts.grade_reasons.len() > 1);
        };
        let expired = root.sign(&params(&[HOST], "x", (-90, -1)));
        check(&[&expired], &[&root.der], HOST, "T");
        check(&[&root.sign(&good()), &root.der], &[&stranger.der], HOST, "T");
        check(&[&root.sign(&good())], &[&root.der], "other.example", "M");
        // What is not trusted at all is not graded by its name.
        check(&[&expired], &[&root.der], "other.example", "T");
        let rsa_root = fixture("rsa_root");
        check(&[&fixture("sha1")], &[&rsa_root], "localhost", "T");
        check(&[&fixture("md5")], &[&rsa_root], "localhost", "F");
        check(&[&fixture("rsa1024")], &[&rsa_root], "localhost", "B");
    }
}
