//! How the certificates of a handshake vouch for each other, and whether that leads to somebody who is trusted.

use tokio_rustls::rustls::pki_types::CertificateDer;

use super::parsed::Parsed;

/// More certificates than this are not looked at: no honest chain is longer, and comparing each with each takes its time.
const MOST_CERTIFICATES: usize = 16;

/// The certificates that a server sent, the server's own first.
pub(super) struct Chain<'a> {
    /// Those that can be read.
    pub(super) certificates: Vec<Parsed<'a>>,
    /// Whether the server's own is among them.
    pub(super) has_leaf: bool,
    /// For each certificate, whether it is on a way from the server's own to a root, the server's own included.
    is_needed: Vec<bool>,
    /// For each certificate, whether it issued one before it.
    is_in_order: Vec<bool>,
    roots: &'a [CertificateDer<'static>],
}

/// Where the ways from the server's certificate end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// At somebody who is trusted.
    Trusted,
    /// At the server's own certificate, which is signed by its own key.
    SelfSigned,
    /// At an authority that is not trusted.
    Untrusted,
    /// At a certificate whose issuer was not sent.
    Missing,
    /// At a certificate whose issuer is known, but whose signature is not that of the issuer's key.
    Broken,
}

impl<'a> Chain<'a> {
    /// The certificates that were sent, compared with the roots that are trusted.
    pub(super) fn new(sent: &'a [CertificateDer<'static>], roots: &'a [CertificateDer<'static>]) -> Self {
        let looked_at = sent.iter().take(MOST_CERTIFICATES);
        let certificates: Vec<Parsed<'a>> = looked_at.filter_map(Parsed::new).collect();
        let leaf = sent.first().map(AsRef::as_ref);
        let has_leaf = certificates.first().is_some_and(|first| Some(first.der()) == leaf);
        let mut chain = Self {
            is_needed: vec![false; certificates.len()],
            is_in_order: vec![false; certificates.len()],
            certificates,
            has_leaf,
            roots,
        };
        if chain.has_leaf {
            chain.follow();
        }
        chain
    }

    /// The server's own certificate; `None` where it cannot be read.
    pub(super) fn leaf(&self) -> Option<&Parsed<'a>> {
        self.certificates.first().filter(|_| self.has_leaf)
    }

    /// Places of the certificates between the server's own and its root.
    pub(super) fn intermediates(&self) -> impl Iterator<Item = usize> {
        let is_one = |place: &usize| self.is_needed[*place] && !self.certificates[*place].is_self_signed();
        (1..self.certificates.len()).filter(is_one)
    }

    /// The first certificate that issued none of those before it, though it is needed. A root is not needed at any place.
    pub(super) fn out_of_order(&self) -> Option<usize> {
        self.intermediates().find(|place| !self.is_in_order[*place])
    }

    /// Whether the server's certificate would be trusted without this one, too.
    pub(super) fn can_do_without(&self, left_out: usize) -> bool {
        let roots: Vec<Parsed<'_>> = self.roots.iter().filter_map(Parsed::new).collect();
        let (mut next, mut reached) = (vec![0], vec![false; self.certificates.len()]);
        while let Some(place) = next.pop().filter(|_| left_out > 0) {
            if self.is_anchored(place, &roots) {
                return true;
            }
            for other in (1..self.certificates.len()).filter(|other| *other != left_out) {
                if !reached[other] && self.issues(other, place) {
                    reached[other] = true;
                    next.push(other);
                }
            }
        }
        false
    }

    /// Places of the certificates that nobody needs: strangers, repetitions, and roots, which clients have or do not trust.
    pub(super) fn unneeded(&self) -> Vec<usize> {
        (1..self.certificates.len())
            .filter(|place| !self.is_needed[*place] || self.certificates[*place].is_self_signed())
            .collect()
    }

    /// Where the ways from the server's certificate end, and at which certificate.
    pub(super) fn end(&self) -> (End, usize) {
        let Some(leaf) = self.leaf() else { return (End::Missing, 0) };
        let needed: Vec<usize> =
            (0..self.certificates.len()).filter(|place| self.is_needed[*place]).collect();
        let roots: Vec<Parsed<'_>> = self.roots.iter().filter_map(Parsed::new).collect();
        if let Some(place) = needed.iter().find(|place| self.is_anchored(**place, &roots)) {
            return (End::Trusted, *place);
        }
        if leaf.is_self_signed() {
            return (End::SelfSigned, 0);
        }
        if let Some(root) = needed.iter().find(|place| self.certificates[**place].is_self_signed()) {
            return (End::Untrusted, *root);
        }
        let last = needed.into_iter().find(|place| !self.has_issuer(*place)).unwrap_or(0);
        let end = &self.certificates[last];
        let mut sent = self.certificates.iter().enumerate().filter(|(place, _)| *place > 0 && *place != last);
        if sent.any(|(_, issuer)| end.names_as_issuer(issuer) != Some(false))
            || roots.iter().any(|root| end.names_as_issuer(root) == Some(true))
            || (end.is_self_issued() && last == 0 && end.names_as_issuer(end) != Some(false))
        {
            return (End::Broken, last);
        }
        // A server sends no root. One that sends an intermediate has thought of the chain: its root is a private one.
        let is_private = last > 0 && !end.says_where_its_issuer_is() && !leaf.is_for_the_public();
        (if is_private { End::Untrusted } else { End::Missing }, last)
    }

    /// Marks what is needed, going from certificate to issuer.
    fn follow(&mut self) {
        let count = self.certificates.len();
        let mut next = vec![0];
        self.is_needed[0] = true;
        while let Some(place) = next.pop() {
            if self.certificates[place].is_self_signed() {
                continue;
            }
            for other in 1..count {
                let is_repeated = (0..other)
                    .any(|before| self.certificates[before].der() == self.certificates[other].der());
                if other == place || is_repeated || !self.issues(other, place) {
                    continue;
                }
                self.is_in_order[other] |= place < other;
                if !self.is_needed[other] {
                    self.is_needed[other] = true;
                    next.push(other);
                }
            }
        }
    }

    fn issues(&self, issuer: usize, place: usize) -> bool {
        self.certificates[place].is_issued_by(&self.certificates[issuer])
    }

    fn has_issuer(&self, place: usize) -> bool {
        (1..self.certificates.len()).any(|other| other != place && self.issues(other, place))
    }

    /// Whether a certificate is trusted by itself, or signed by one that is.
    fn is_anchored(&self, place: usize, roots: &[Parsed<'_>]) -> bool {
        let certificate = &self.certificates[place];
        roots.iter().any(|root| root.der() == certificate.der() || certificate.is_issued_by(root))
    }
}
