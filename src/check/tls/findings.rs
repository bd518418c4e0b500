//! Findings about a handshake and its certificates: every fault with the certificate that it is about.

use jiff::{Timestamp, tz::TimeZone};

use crate::domain::finding::Priority;

use super::super::facts::{CertificateFacts, TlsFacts, TlsFault, TlsFaultKind as Kind};
use super::super::noted::{Noted, Texts};
use super::super::session::Session;
use super::chain::{Chain, End};
use super::dates::{span, urgency};
use super::reasons;
use super::texts::{self, Words};

/// Longest text of a server that is shown. Units: characters.
const LONGEST_TEXT: usize = 120;

/// Most names and addresses of a certificate that are shown.
const MOST_NAMES: usize = 5;

/// Adds a finding for every kind of fault. Faults of one kind in several certificates are one finding.
pub(in super::super) fn findings(noted: &mut Noted, facts: &TlsFacts, session: &Session, now: Timestamp) {
    for kind in Kind::ALL {
        let faults: Vec<&TlsFault> = facts.faults.iter().filter(|fault| fault.kind == kind).collect();
        if faults.is_empty() {
            continue;
        }
        // A version of TLS is not the fault of a certificate.
        let certificates = faults.iter().filter(|_| kind != Kind::NoTls13);
        let shown: Vec<String> = certificates.map(|fault| shown(facts, fault, now)).collect();
        let mut evidence = shown.join("; ");
        if let Some(more) = detail(&faults, facts, session) {
            evidence = if evidence.is_empty() { more } else { format!("{more}: {evidence}") };
        }
        let is_leaf = |fault: &&TlsFault| fault.certificate == 0;
        let words = if kind == Kind::ExpiresSoon && !faults.iter().any(is_leaf) {
            texts::intermediate_expires_soon()
        } else {
            texts::of(kind)
        };
        let Words { issue, impact, recommendation } = words;
        let texts = Texts {
            issue: format!("{issue}."),
            evidence: sentence(&evidence),
            impact: impact.to_owned(),
            recommendation: recommendation.to_owned(),
        };
        noted.finding(kind.rule(), priority(kind, facts, now), "", texts);
    }
}

fn priority(kind: Kind, facts: &TlsFacts, now: Timestamp) -> Priority {
    match kind {
        Kind::CommonNameOnly | Kind::ExpiredIntermediate if facts.is_trusted => Priority::Medium,
        Kind::Unreadable
        | Kind::KeyNotProved
        | Kind::Expired
        | Kind::NotYetValid
        | Kind::WrongName
        | Kind::CommonNameOnly
        | Kind::SelfSigned
        | Kind::UntrustedRoot
        | Kind::ExpiredIntermediate
        | Kind::Invalid => Priority::Critical,
        Kind::IncompleteChain
        | Kind::AuthorityAsServer
        | Kind::NoServerUsage
        | Kind::WeakKey
        | Kind::WeakSignature => Priority::High,
        Kind::ExpiresSoon => {
            let soon = facts.faults.iter().filter(|fault| fault.kind == kind);
            let soon = soon.filter_map(|fault| facts.certificates.get(fault.certificate));
            match soon.filter_map(|one| urgency(one.valid_from, one.valid_until, now)).max() {
                Some(3) => Priority::Critical,
                Some(2) => Priority::High,
                _ => Priority::Medium,
            }
        }
        Kind::NoTls13 | Kind::WrongOrder | Kind::Unneeded | Kind::LongValidity | Kind::NoScts => {
            Priority::Low
        }
    }
}

/// What is shown beside the certificate.
fn detail(faults: &[&TlsFault], facts: &TlsFacts, session: &Session) -> Option<String> {
    let first = faults.first()?;
    match first.kind {
        Kind::Unreadable if session.chain.is_empty() => Some("the server sent no certificate".to_owned()),
        Kind::Unreadable => session.chain.first().map(|sent| format!("{} bytes were sent", sent.len())),
        Kind::NoTls13 => Some(format!("negotiated {} with {}", facts.version, facts.suite)),
        // The verifier may have stopped at something else.
        Kind::Invalid if Chain::new(&session.chain, session.trust.certificates()).end().0 == End::Broken => {
            Some(reasons::BAD_SIGNATURE.to_owned())
        }
        Kind::Invalid => session.verdict.as_ref().err().map(reasons::of_certificate),
        Kind::KeyNotProved => session.signature.as_ref().err().map(reasons::of_handshake),
        Kind::IncompleteChain => Some(match session.chain.len() {
            1 => "1 certificate was sent".to_owned(),
            number => format!("{number} certificates were sent"),
        }),
        _ => None,
    }
}

/// The certificate of a fault in words, where its time is over or nearly so with that time. Empty where there is none.
fn shown(facts: &TlsFacts, fault: &TlsFault, now: Timestamp) -> String {
    let place = fault.certificate;
    let Some(certificate) = facts.certificates.get(place) else { return String::new() };
    let time = match fault.kind {
        Kind::Expired => format!("expired {} ago: ", span(certificate.valid_until, now)),
        Kind::ExpiresSoon => format!("{} left: ", span(now, certificate.valid_until)),
        _ => String::new(),
    };
    let CertificateFacts { subject, issuer, key, signature, fingerprint, valid_from, valid_until, .. } =
        certificate;
    let names = if place == 0 { format!(" for {}", listed(&facts.names)) } else { String::new() };
    let self_issued = if certificate.is_self_issued { "itself".to_owned() } else { named(issuer) };
    format!(
        "{time}certificate of {}{names}, issued by {self_issued}, valid from {} to {}, {key}, {signature}, SHA-256 {fingerprint}",
        named(subject),
        day(*valid_from),
        day(*valid_until),
    )
}

fn named(name: &str) -> String {
    if name.is_empty() { "nobody".to_owned() } else { shortened(name) }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "no names".to_owned();
    }
    let shown: Vec<String> = names.iter().take(MOST_NAMES).map(|name| shortened(name)).collect();
    let more = names.len().saturating_sub(MOST_NAMES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    shown.join(", ") + &more
}

fn day(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).date().to_string()
}

/// A text with a capital letter and a period.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::finding::Finding;

    use super::super::facts::facts;
    use super::super::made::{Authority, Der, HOST, good, now, params, session};
    use super::*;

    fn found(chain: &[&Der], roots: &[&Der]) -> Vec<Finding> {
        let (session, mut noted) = (session(HOST, chain, roots), Noted::new(&"shop".into()));
        findings(&mut noted, &facts(&session, HOST, None, now()), &session, now());
        noted.findings
    }

    #[test]
    fn the_certificate_is_shown() {
        let root = Authority::root("root");
        let expired = root.sign(&params(&[HOST, "a.example", "127.0.0.1"], "the shop", (-90, -5)));
        let findings = found(&[&expired], &[&root.der]);
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!((&*finding.rule, finding.priority), ("tls.expired", Priority::Critical));
        let parts = [
            "Expired 4 days ago: certificate of CN=the shop,O=Example\\, Ltd. for shop.example, a.example, 127.0.0.1,",
            " issued by CN=root,O=Example\\, Ltd., valid from ",
            ", ECDSA P-256, SHA-256 with ECDSA, SHA-256 ",
        ];
        for part in parts {
            assert!(finding.evidence.contains(part), "{}", finding.evidence);
        }
    }

    #[test]
    fn the_less_time_is_left_the_more_urgent() {
        let root = Authority::root("root");
        let check = |days: i64, expected: Priority, words: &str| {
            let leaf = root.sign(&params(&[HOST], "x", (-90, days)));
            let findings = found(&[&leaf], &[&root.der]);
            let [finding] = &findings[..] else { panic!("{findings:?}") };
            assert_eq!((&*finding.rule, finding.priority), ("tls.expires_soon", expected), "{days}");
            assert!(finding.evidence.starts_with(words), "{}", finding.evidence);
            assert!(!finding.issue.contains(char::is_numeric));
        };
        check(30, Priority::Medium, "30 days left: ");
        check(14, Priority::High, "14 days left: ");
        check(3, Priority::Critical, "3 days left: ");
        check(1, Priority::Critical, "1 day left: ");
        // How long that is in words, `span` tests.
        check(0, Priority::Critical, "");
        assert!(found(&[&root.sign(&params(&[HOST], "x", (-90, 31)))], &[&root.der]).is_empty());
    }

    #[test]
    fn an_intermediate_that_expires_soon_is_named() {
        let root = Authority::root("root");
        let below = root.below("below", (-900, 5));
        let findings = found(&[&below.sign(&good()), &below.der], &[&root.der]);
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!((&*finding.rule, finding.priority), ("tls.expires_soon", Priority::High));
        assert_eq!(finding.issue, "An intermediate certificate expires soon.");
        assert!(finding.evidence.starts_with("5 days left: certificate of CN=below"), "{}", finding.evidence);
        // The most urgent one counts, whichever it is.
        let leaf = below.sign(&params(&[HOST], "x", (-70, 20)));
        let findings = found(&[&leaf, &below.der], &[&root.der]);
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!((&*finding.issue, finding.priority), ("The certificate expires soon.", Priority::High));
        assert!(finding.evidence.starts_with("20 days left: certificate of CN=x"), "{}", finding.evidence);
        assert!(finding.evidence.contains("; 5 days left: certificate of CN=below"), "{}", finding.evidence);
    }

    #[test]
    fn reasons_of_the_verifier_are_words() {
        let root = Authority::root("root");
        let mut params = params(&[], "no authority", (-10, 900));
        params.use_authority_key_identifier_extension = true;
        let below = root.below_with(params);
        let findings = found(&[&below.sign(&good()), &below.der], &[&root.der]);
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!(finding.rule, "tls.invalid_certificate");
        let words =
            "A certificate that may not issue others was used as an issuer: certificate of CN=no authority";
        assert!(finding.evidence.starts_with(words), "{}", finding.evidence);
    }

    #[test]
    fn faults_of_one_kind_are_one_finding() {
        let (root, stranger) = (Authority::root("root"), Authority::root("stranger"));
        let leaf = root.sign(&good());
        let findings = found(&[&leaf, &stranger.der, &root.der], &[&root.der]);
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!((&*finding.rule, finding.priority), ("tls.unneeded_certificates", Priority::Low));
        assert!(finding.evidence.contains("CN=stranger") && finding.evidence.contains("CN=root"));
    }

    #[test]
    fn texts_of_servers_are_shortened() {
        let root = Authority::root("root");
        let names: Vec<String> = (0..50).map(|place| format!("{}.{place}.example", "a".repeat(60))).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let common = "ä".repeat(5_000);
        let findings = found(&[&root.sign(&params(&names, &common, (-10, 80)))], &[&root.der]);
        let [finding] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!(finding.rule, "tls.wrong_name");
        assert!(finding.evidence.contains("… for ") && finding.evidence.contains(" and 45 more"));
        assert!(finding.evidence.chars().count() < 1_000, "{}", finding.evidence);
    }

    #[test]
    fn every_kind_has_texts_of_its_own() {
        let mut issues: Vec<&str> = Kind::ALL.iter().map(|kind| texts::of(*kind).issue).collect();
        issues.sort_unstable();
        issues.dedup();
        assert_eq!(issues.len(), Kind::ALL.len());
    }
}
