//! What is wrong with a handshake and its certificates: every fault by itself, and none that only follows from another.

use jiff::Timestamp;
use tokio_rustls::rustls::{CertificateError, Error, ProtocolVersion};

use super::super::facts::{TlsFault, TlsFaultKind as Kind};
use super::super::session::Session;
use super::chain::{Chain, End};
use super::dates::{days_between, urgency};
use super::parsed::Parsed;

/// Longest validity that browsers accept of authorities for the public.
const LONGEST_VALIDITY_DAYS: i64 = 398;

/// Everything that is wrong, the worst first.
pub(super) fn faults(chain: &Chain<'_>, session: &Session, host: &str, now: Timestamp) -> Vec<TlsFault> {
    let mut faults = Faults(Vec::new());
    if let Some(leaf) = chain.leaf() {
        let is_accepted = session.verdict.is_ok();
        dates(&mut faults, leaf, now);
        names(&mut faults, leaf, host, session);
        trust(&mut faults, chain, now, is_accepted);
        strength(&mut faults, chain);
        order(&mut faults, chain);
        if leaf.is_for_the_public() && leaf.scts() == 0 && is_accepted {
            faults.add(Kind::NoScts, 0);
        }
        if !is_accepted && !faults.explain_distrust() {
            let is_no_authority = |place: &usize| !chain.certificates[*place].is_authority();
            faults.add(Kind::Invalid, chain.intermediates().find(is_no_authority).unwrap_or(0));
        }
        // A short key is refused by the cryptography, whoever has it.
        if session.signature.is_err() && !leaf.key().is_weak() {
            faults.add(Kind::KeyNotProved, 0);
        }
    } else {
        faults.add(Kind::Unreadable, 0);
    }
    if session.version == Some(ProtocolVersion::TLSv1_2) {
        faults.add(Kind::NoTls13, 0);
    }
    faults.0.sort_by_key(|fault| (fault.kind, fault.certificate));
    faults.0
}

struct Faults(Vec<TlsFault>);

impl Faults {
    fn add(&mut self, kind: Kind, certificate: usize) {
        self.0.push(TlsFault { kind, certificate });
    }

    fn has(&self, kind: Kind) -> bool {
        self.0.iter().any(|fault| fault.kind == kind)
    }

    /// Whether one of them is a reason not to trust the certificate.
    fn explain_distrust(&self) -> bool {
        self.0.iter().any(|fault| fault.kind <= Kind::Invalid)
    }
}

fn dates(faults: &mut Faults, leaf: &Parsed<'_>, now: Timestamp) {
    let (from, until) = leaf.validity();
    if now > until {
        faults.add(Kind::Expired, 0);
    } else if now < from {
        faults.add(Kind::NotYetValid, 0);
    } else if urgency(from, until, now).is_some() {
        faults.add(Kind::ExpiresSoon, 0);
    }
    if days_between(from, until) > LONGEST_VALIDITY_DAYS {
        faults.add(Kind::LongValidity, 0);
    }
}

fn names(faults: &mut Faults, leaf: &Parsed<'_>, host: &str, session: &Session) {
    let hosts = leaf.hosts();
    // The verifier knows rules beside these: no wildcard for all of a top-level domain, for instance.
    let is_refused = matches!(
        session.verdict,
        Err(Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
        ))
    );
    if hosts.include_as_common_name(host) {
        faults.add(Kind::CommonNameOnly, 0);
    } else if is_refused || (session.verdict.is_err() && !hosts.include(host)) {
        faults.add(Kind::WrongName, 0);
    }
}

fn trust(faults: &mut Faults, chain: &Chain<'_>, now: Timestamp, is_accepted: bool) {
    for place in chain.intermediates() {
        let (from, until) = chain.certificates[place].validity();
        if now > until || now < from {
            faults.add(Kind::ExpiredIntermediate, place);
        } else if urgency(from, until, now).is_some()
            && chain.end().0 == End::Trusted
            && !chain.can_do_without(place)
        {
            faults.add(Kind::ExpiresSoon, place);
        }
    }
    if is_accepted {
        return;
    }
    let (end, place) = chain.end();
    match end {
        End::Trusted => (),
        End::SelfSigned => faults.add(Kind::SelfSigned, place),
        End::Untrusted => faults.add(Kind::UntrustedRoot, place),
        End::Missing => faults.add(Kind::IncompleteChain, place),
        End::Broken => faults.add(Kind::Invalid, place),
    }
    let Some(leaf) = chain.leaf() else { return };
    // A certificate that is its own authority mostly calls itself one: that it is self-signed says it all.
    if leaf.is_authority() && !leaf.is_self_signed() {
        faults.add(Kind::AuthorityAsServer, 0);
    }
    if leaf.excludes_servers() {
        faults.add(Kind::NoServerUsage, 0);
    }
}

fn strength(faults: &mut Faults, chain: &Chain<'_>) {
    for place in std::iter::once(0).chain(chain.intermediates()) {
        let certificate = &chain.certificates[place];
        if certificate.key().is_weak() {
            faults.add(Kind::WeakKey, place);
        }
        // Nobody relies on the signature of a certificate by itself.
        if certificate.is_weakly_signed() && !certificate.is_self_signed() {
            faults.add(Kind::WeakSignature, place);
        }
    }
}

fn order(faults: &mut Faults, chain: &Chain<'_>) {
    if let Some(place) = chain.out_of_order() {
        faults.add(Kind::WrongOrder, place);
    }
    // Where one is missing, a stranger was sent in its place; where the root is not trusted or a signature is broken, that is
    // what matters.
    if [Kind::IncompleteChain, Kind::UntrustedRoot, Kind::Invalid].into_iter().any(|kind| faults.has(kind)) {
        return;
    }
    for place in chain.unneeded() {
        faults.add(Kind::Unneeded, place);
    }
}

#[cfg(test)]
mod tests {
    use super::super::made::{Authority, Der, HOST, fixture, good, now, params, session};
    use super::*;
    use rcgen::{
        BasicConstraints, CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
        KeyPair, NameConstraints,
    };

    /// The kinds of faults of a handshake, each with the place of its certificate.
    fn of(session: &Session, host: &str) -> Vec<(Kind, usize)> {
        let chain = Chain::new(&session.chain, session.trust.certificates());
        let faults = faults(&chain, session, host, now());
        faults.into_iter().map(|fault| (fault.kind, fault.certificate)).collect()
    }

    fn check(chain: &[&Der], roots: &[&Der], expected: &[(Kind, usize)]) {
        assert_eq!(of(&session(HOST, chain, roots), HOST), expected);
    }

    /// The same certificate with a signature of the same length that is not its own.
    fn damaged(der: &Der) -> Der {
        let mut bytes = der.to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        Der::from(bytes)
    }

    fn changed(change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
        let mut params = good();
        change(&mut params);
        params
    }

    /// A root, an authority below it, and a root that nobody asked for.
    fn authorities() -> [Authority; 3] {
        let root = Authority::root("root");
        let below = root.below("intermediate", (-10, 900));
        [root, below, Authority::root("stranger")]
    }

    #[test]
    fn good_chains_have_no_fault() {
        let [root, below, stranger] = authorities();
        let leaf = below.sign(&good());
        check(&[&leaf, &below.der], &[&root.der], &[]);
        check(&[&leaf, &below.der], &[&stranger.der, &root.der], &[]);
        // An intermediate may be a root of this machine.
        check(&[&leaf], &[&below.der], &[]);
        check(&[&root.sign(&good())], &[&root.der], &[]);
        check(&[&root.sign(&params(&["*.shop.example", "SHOP.example"], "x", (-1, 89)))], &[&root.der], &[]);
        // Named as trusted by itself.
        let own = good().self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone();
        check(&[&own], &[&own], &[]);
        // An authority of the same name as its root, which did not sign itself.
        let twin = root.below("root", (-10, 900));
        check(&[&twin.sign(&good()), &twin.der], &[&root.der], &[]);
    }

    #[test]
    fn dates_are_compared_with_now() {
        let [root, below, stranger] = authorities();
        let leaf = |days| below.sign(&params(&[HOST], "x", days));
        let check_dates = |days, expected: &[(Kind, usize)]| {
            check(&[&leaf(days), &below.der], &[&root.der], expected);
        };
        check_dates((-90, -1), &[(Kind::Expired, 0)]);
        check_dates((1, 90), &[(Kind::NotYetValid, 0)]);
        check_dates((-70, 20), &[(Kind::ExpiresSoon, 0)]);
        check_dates((-2, 395), &[]);
        check_dates((-2, 397), &[(Kind::LongValidity, 0)]);
        let old = root.below("old", (-900, -1));
        check(&[&old.sign(&good()), &old.der], &[&root.der], &[(Kind::ExpiredIntermediate, 1)]);
        // Two causes are two faults.
        check(
            &[&leaf((-90, -1)), &below.der],
            &[&stranger.der],
            &[(Kind::Expired, 0), (Kind::UntrustedRoot, 1)],
        );
    }

    #[test]
    fn every_certificate_of_the_trusted_chain_is_renewed_in_time() {
        let [root, below, stranger] = authorities();
        let old = root.below("intermediate", (-900, 5));
        let leaf = old.sign(&good());
        check(&[&leaf, &old.der], &[&root.der], &[(Kind::ExpiresSoon, 1)]);
        check(&[&leaf, &old.der], &[&stranger.der], &[(Kind::UntrustedRoot, 1)]);
        // Trusted by itself, so that nobody needs the one that was sent.
        check(&[&leaf, &old.der], &[&old.der], &[]);
        let soon = old.sign(&params(&[HOST], "x", (-88, 2)));
        check(&[&soon, &old.der], &[&root.der], &[(Kind::ExpiresSoon, 0), (Kind::ExpiresSoon, 1)]);
        check(&[&below.sign(&good()), &below.der], &[&root.der], &[]);
    }

    #[test]
    fn names_are_compared_with_the_host() {
        let [root, below, _] = authorities();
        let check_names = |names: &[&str], common: &str, expected: &[(Kind, usize)]| {
            let leaf = below.sign(&params(names, common, (-10, 80)));
            check(&[&leaf, &below.der], &[&root.der], expected);
        };
        check_names(&["other.example"], HOST, &[(Kind::WrongName, 0)]);
        check_names(&["*.shop.example", "127.0.0.1"], "x", &[(Kind::WrongName, 0)]);
        check_names(&["*.example"], "x", &[(Kind::WrongName, 0)]);
        check_names(&[], HOST, &[(Kind::CommonNameOnly, 0)]);
        check_names(&[], "other.example", &[(Kind::WrongName, 0)]);
        let own = params(&[], HOST, (-10, 80)).self_signed(&KeyPair::generate().unwrap()).unwrap();
        check(&[own.der()], &[own.der()], &[(Kind::CommonNameOnly, 0)]);
    }

    #[test]
    fn what_keeps_a_chain_from_being_trusted_is_told_apart() {
        let [root, below, stranger] = authorities();
        let leaf = below.sign(&good());
        let own = good().self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone();
        check(&[&own], &[&root.der], &[(Kind::SelfSigned, 0)]);
        let own = changed(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
        let own = own.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone();
        check(&[&own], &[&root.der], &[(Kind::SelfSigned, 0)]);
        check(&[&leaf], &[&root.der], &[(Kind::IncompleteChain, 0)]);
        // The wrong intermediate was sent.
        check(&[&leaf, &stranger.der], &[&root.der], &[(Kind::IncompleteChain, 0)]);
        // One of the same name with another key, and a signature that is damaged: the identifier of the key tells.
        let namesake = Authority::root("root").below("intermediate", (-10, 900));
        let told = below.sign(&changed(|params| params.use_authority_key_identifier_extension = true));
        check(&[&told, &namesake.der], &[&root.der], &[(Kind::IncompleteChain, 0)]);
        check(&[&leaf, &namesake.der], &[&root.der], &[(Kind::Invalid, 0)]);
        let damaged = damaged(&told);
        check(&[&damaged, &below.der], &[&root.der], &[(Kind::Invalid, 0)]);
        check(&[&damaged], &[&root.der], &[(Kind::IncompleteChain, 0)]);
        check(&[&leaf, &below.der], &[&stranger.der], &[(Kind::UntrustedRoot, 1)]);
        check(&[&leaf, &below.der, &root.der], &[&stranger.der], &[(Kind::UntrustedRoot, 2)]);
        // A stranger with the name of the root.
        check(&[&leaf, &below.der], &[&Authority::root("root").der], &[(Kind::UntrustedRoot, 1)]);
        // A certificate for the public has no private root.
        let public = below.sign(&changed(|params| params.custom_extensions.push(public_policy())));
        check(&[&public, &below.der], &[&stranger.der], &[(Kind::IncompleteChain, 1)]);
    }

    #[test]
    fn order_and_surplus_of_a_trusted_chain_are_noted() {
        let [root, below, stranger] = authorities();
        let lower = below.below("lower", (-10, 900));
        let leaf = lower.sign(&good());
        let roots: &[&Der] = &[&root.der];
        check(&[&leaf, &lower.der, &below.der], roots, &[]);
        check(&[&leaf, &below.der, &lower.der], roots, &[(Kind::WrongOrder, 1)]);
        check(&[&leaf, &lower.der, &below.der, &root.der], roots, &[(Kind::Unneeded, 3)]);
        // Without the root, the others are in order.
        check(&[&leaf, &root.der, &lower.der, &below.der], roots, &[(Kind::Unneeded, 1)]);
        check(&[&leaf, &lower.der, &stranger.der, &below.der], roots, &[(Kind::Unneeded, 2)]);
        check(&[&leaf, &lower.der, &lower.der, &below.der], roots, &[(Kind::Unneeded, 2)]);
        check(&[&leaf, &leaf, &lower.der, &below.der], roots, &[(Kind::Unneeded, 1)]);
    }

    #[test]
    fn purposes_are_noted() {
        let [root, below, _] = authorities();
        let check_change = |change: fn(&mut CertificateParams), expected: &[(Kind, usize)]| {
            check(&[&below.sign(&changed(change)), &below.der], &[&root.der], expected);
        };
        check_change(
            |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
            &[(Kind::AuthorityAsServer, 0)],
        );
        let client = ExtendedKeyUsagePurpose::ClientAuth;
        check_change(
            |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
            &[(Kind::NoServerUsage, 0)],
        );
        let both = changed(|params| {
            params.extended_key_usages = vec![client, ExtendedKeyUsagePurpose::ServerAuth];
        });
        check(&[&below.sign(&both), &below.der], &[&root.der], &[]);
    }

    #[test]
    fn weak_keys_and_signatures_are_noted() {
        let root = fixture("rsa_root");
        let check_fixture = |name: &str, expected: &[(Kind, usize)]| {
            let session = session("localhost", &[&fixture(name)], &[&root]);
            assert_eq!(of(&session, "localhost"), expected, "{name}");
        };
        check_fixture("sha1", &[(Kind::WeakSignature, 0), (Kind::LongValidity, 0)]);
        check_fixture("md5", &[(Kind::WeakSignature, 0), (Kind::LongValidity, 0)]);
        check_fixture("rsa1024", &[(Kind::WeakKey, 0), (Kind::LongValidity, 0)]);
        check_fixture("p192", &[(Kind::WeakKey, 0), (Kind::LongValidity, 0)]);
        // The cryptography refuses what a short key signs. That is no fault of its own.
        let mut refused = session("localhost", &[&fixture("rsa1024")], &[&root]);
        refused.signature = Err(Error::InvalidCertificate(CertificateError::BadSignature));
        assert_eq!(of(&refused, "localhost"), [(Kind::WeakKey, 0), (Kind::LongValidity, 0)]);
    }

    /// Domain validation after the rules of the CA/Browser Forum.
    fn public_policy() -> CustomExtension {
        let policy = [0x30, 0x0a, 0x30, 0x08, 0x06, 0x06, 0x67, 0x81, 0x0c, 0x01, 0x02, 0x01];
        CustomExtension::from_oid_content(&[2, 5, 29, 32], policy.to_vec())
    }

    #[test]
    fn certificates_for_the_public_need_timestamps() {
        let [root, below, _] = authorities();
        let public = below.sign(&changed(|params| params.custom_extensions.push(public_policy())));
        check(&[&public, &below.der], &[&root.der], &[(Kind::NoScts, 0)]);
        check(&[&below.sign(&good()), &below.der], &[&root.der], &[]);
    }

    #[test]
    fn faults_of_the_handshake_are_noted() {
        let [root, below, _] = authorities();
        let leaf = below.sign(&good());
        let sound = session(HOST, &[&leaf, &below.der], &[&root.der]);
        let old = Session { version: Some(ProtocolVersion::TLSv1_2), ..sound.clone() };
        assert_eq!(of(&old, HOST), [(Kind::NoTls13, 0)]);
        let refused = Err(Error::InvalidCertificate(CertificateError::BadSignature));
        let unproved = Session { signature: refused, ..sound.clone() };
        assert_eq!(of(&unproved, HOST), [(Kind::KeyNotProved, 0)]);
        let none = Session { chain: Vec::new(), verdict: Err(Error::NoCertificatesPresented), ..sound };
        assert_eq!(of(&none, HOST), [(Kind::Unreadable, 0)]);
        check(&[&Der::from(vec![0x30, 3, 1, 2, 3]), &below.der], &[&root.der], &[(Kind::Unreadable, 0)]);
    }

    #[test]
    fn what_only_the_verifier_sees_is_a_fault_too() {
        let root = Authority::root("root");
        let mut limits = params(&[], "limited", (-10, 900));
        limits.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        limits.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName("other.example".to_owned())],
            excluded_subtrees: Vec::new(),
        });
        let limited = root.below_with(limits);
        check(&[&limited.sign(&good()), &limited.der], &[&root.der], &[(Kind::Invalid, 0)]);
    }

    #[test]
    fn only_the_first_certificates_of_an_endless_chain_are_looked_at() {
        let [root, below, stranger] = authorities();
        let leaf = below.sign(&good());
        let mut chain = vec![&leaf, &below.der];
        chain.extend(std::iter::repeat_n(&stranger.der, 300));
        let found = of(&session(HOST, &chain, &[&root.der]), HOST);
        assert!(found.iter().all(|(kind, _)| *kind == Kind::Unneeded) && found.len() == 14, "{found:?}");
    }
}
