//! What every fault is called, what it means, and what to do about it.

use super::super::facts::TlsFaultKind as Kind;

/// The texts of a kind of fault. They have no values.
pub(super) struct Words {
    /// What is wrong.
    pub(super) issue: &'static str,
    /// What it means.
    pub(super) impact: &'static str,
    /// What to do.
    pub(super) recommendation: &'static str,
}

/// The texts of a kind of fault.
pub(super) fn of(kind: Kind) -> Words {
    let [issue, impact, recommendation] = match kind {
        Kind::Unreadable
        | Kind::KeyNotProved
        | Kind::Expired
        | Kind::NotYetValid
        | Kind::ExpiresSoon
        | Kind::LongValidity => of_dates(kind),
        Kind::WrongName | Kind::CommonNameOnly | Kind::AuthorityAsServer | Kind::NoServerUsage => {
            of_purpose(kind)
        }
        Kind::SelfSigned
        | Kind::UntrustedRoot
        | Kind::IncompleteChain
        | Kind::ExpiredIntermediate
        | Kind::WrongOrder
        | Kind::Unneeded => of_chain(kind),
        Kind::WeakKey | Kind::WeakSignature | Kind::Invalid | Kind::NoTls13 | Kind::NoScts => {
            of_strength(kind)
        }
    };
    Words { issue, impact, recommendation }
}

fn of_dates(kind: Kind) -> [&'static str; 3] {
    match kind {
        Kind::Unreadable => [
            "The server sent no certificate that can be read",
            "No client can verify whom it is connected to, so every client refuses the connection.",
            "Check which certificate file the server loads, and that it is a valid PEM or DER certificate; then reload it.",
        ],
        Kind::KeyNotProved => [
            "The server could not prove that it has the key of its certificate",
            "Either certificate and key do not belong together, or somebody in between shows a certificate that is not \
             theirs. Clients refuse the connection.",
            "Compare the public key of the certificate file with that of the key file, deploy the pair that belongs together, \
             and find out whether a proxy ends TLS on the way.",
        ],
        Kind::Expired => [
            "The certificate has expired",
            "Browsers show a full-page warning, and API clients and mobile apps refuse the connection: the service is down for \
             most users.",
            "Renew the certificate now and reload the server. Then find out why automatic renewal did not run, or did not \
             reload.",
        ],
        Kind::NotYetValid => [
            "The certificate is not valid yet",
            "Clients refuse the connection until the certificate becomes valid.",
            "Check the clock of this machine and of the authority. Until the certificate is valid, serve the previous one.",
        ],
        Kind::ExpiresSoon => [
            "The certificate expires soon",
            "Once it has expired, browsers show a full-page warning and API clients refuse the connection.",
            "Renew the certificate, and check that automatic renewal runs and reloads the server.",
        ],
        _ => [
            "The certificate is valid for longer than 398 days",
            "A stolen key stays useful for all that time. Browsers refuse such certificates from public authorities, and Apple's \
             systems refuse more than 825 days from private ones.",
            "Issue certificates for 90 days or less, and renew them automatically.",
        ],
    }
}

fn of_purpose(kind: Kind) -> [&'static str; 3] {
    match kind {
        Kind::WrongName => [
            "The certificate is for other names",
            "Clients that connect by this name refuse the connection: nothing tells this server from an impostor.",
            "Issue a certificate that has this name among its subject alternative names. If it exists, check which virtual host \
             responds to this server name (SNI).",
        ],
        Kind::CommonNameOnly => [
            "The certificate has its name in the common name only",
            "Browsers and most clients look at subject alternative names only, and refuse the connection.",
            "Issue the certificate with the name as a subject alternative name (`subjectAltName`).",
        ],
        Kind::AuthorityAsServer => [
            "The certificate of an authority is used as the server's own",
            "Many clients refuse it. Whoever takes the server's key can issue trusted certificates for any name.",
            "Issue a certificate for the server that is not an authority (`CA:FALSE`), and keep the authority's key off the \
             server.",
        ],
        _ => [
            "The certificate is not for servers",
            "Its extended key usage lists other purposes only, so clients refuse it.",
            "Issue the certificate with the usage `serverAuth`.",
        ],
    }
}

fn of_chain(kind: Kind) -> [&'static str; 3] {
    match kind {
        Kind::SelfSigned => [
            "The certificate is self-signed",
            "Clients cannot tell this server from an impostor, and refuse the connection. Users who click through get used to \
             warnings.",
            "Use a certificate of an authority that clients trust. If this one is intended, name it in `ca_file` of the scenario \
             and in the trust store of every client.",
        ],
        Kind::UntrustedRoot => [
            "The certificate comes from an authority that is not trusted",
            "Clients without that authority in their trust store refuse the connection.",
            "If the authority is your own, name its root in `ca_file` of the scenario and install it on the clients. Otherwise \
             use a certificate of a public authority.",
        ],
        Kind::IncompleteChain => [
            "The chain of certificates is incomplete",
            "The issuer of the certificate was not sent, and is no root of this machine. Browsers may fetch or remember it; \
             curl, API clients and mobile apps refuse the connection.",
            "Let the server send the full chain: its own certificate and every intermediate (`fullchain.pem` instead of \
             `cert.pem`). If a private root issued it directly, name that root in `ca_file` of the scenario.",
        ],
        Kind::ExpiredIntermediate => [
            "A certificate in the chain is not valid now",
            "Clients that follow this chain refuse the connection, even though the server's own certificate is still valid.",
            "Replace the intermediate by the authority's current one, and let renewal update the whole chain, not only the \
             server's certificate.",
        ],
        Kind::WrongOrder => [
            "The certificates are in the wrong order",
            "Clients that follow the order of the chain, as TLS 1.2 demands, refuse the connection.",
            "Send the server's own certificate first, then the one that issued it, and so on.",
        ],
        _ => [
            "The server sends certificates that nobody needs",
            "Every handshake is longer than it has to be; a root that is sent makes nobody trust it.",
            "Send the server's own certificate and the intermediates only, each once.",
        ],
    }
}

fn of_strength(kind: Kind) -> [&'static str; 3] {
    match kind {
        Kind::WeakKey => [
            "A key is too short",
            "Keys this short can be broken. Browsers and current TLS libraries refuse them.",
            "Issue the certificate with a new key: ECDSA P-256, or RSA with 2,048 bits or more.",
        ],
        Kind::WeakSignature => [
            "A certificate is signed with a broken hash",
            "Signatures with SHA-1 or MD5 can be forged, so clients refuse the certificate.",
            "Have the certificate issued again, signed with SHA-256 or better.",
        ],
        Kind::Invalid => [
            "The certificate is not valid",
            "Clients that verify certificates as strictly as this one refuse the connection.",
            "Look up the reason in the evidence, and have the certificate issued again without the fault.",
        ],
        Kind::NoTls13 => [
            "TLS 1.3 is not offered",
            "Connections take one more round trip to open, and miss the protections of the current version.",
            "Enable TLS 1.3 beside TLS 1.2 in the server or load balancer.",
        ],
        _ => [
            "The certificate has no signed certificate timestamps",
            "Chrome and Safari refuse certificates of public authorities that are in no Certificate Transparency log, unless the \
             server sends timestamps in the handshake, which this client does not ask for.",
            "Have the certificate issued again with embedded timestamps, which public authorities do by default.",
        ],
    }
}
