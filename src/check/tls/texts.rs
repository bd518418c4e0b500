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

/// The texts where an intermediate expires soon, and the server's own certificate does not.
pub(super) fn intermediate_expires_soon() -> Words {
    Words {
        issue: "An intermediate certificate expires soon",
        impact: "Once it has expired, clients that follow this chain refuse the connection, even though the server's own \
                 certificate is still valid.",
        recommendation: "Replace the intermediate with the authority's current one, and let renewal update the whole chain, \
                         not only the server's certificate.",
    }
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
            "The server sent no readable certificate",
            "Clients cannot verify the server, so all of them refuse the connection.",
            "Check which certificate file the server loads, and that it is a valid PEM or DER certificate; then reload it.",
        ],
        Kind::KeyNotProved => [
            "The server did not prove that it holds the private key of its certificate",
            "Either the certificate and the key do not match, or something in between presents a certificate that is not its \
             own. Clients refuse the connection.",
            "Compare the public key of the certificate file with that of the key file, deploy the matching pair, and check \
             whether a proxy in between terminates TLS.",
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
            "Check the clocks of this machine and of the issuing authority. Until the certificate is valid, serve the previous one.",
        ],
        Kind::ExpiresSoon => [
            "The certificate expires soon",
            "Once it has expired, browsers show a full-page warning and API clients refuse the connection.",
            "Renew the certificate, and check that automatic renewal runs and reloads the server.",
        ],
        _ => [
            "The certificate is valid for longer than 398 days",
            "A stolen key stays useful for all that time. Browsers refuse such certificates from public authorities, and Apple \
             platforms refuse private ones that are valid for more than 825 days.",
            "Issue certificates for 90 days or less, and renew them automatically.",
        ],
    }
}

fn of_purpose(kind: Kind) -> [&'static str; 3] {
    match kind {
        Kind::WrongName => [
            "The certificate is for other names",
            "Clients that use this name refuse the connection: they cannot tell this server from an impostor.",
            "Issue a certificate that lists this name as a subject alternative name. If there is one, check which virtual host \
             answers for this server name (SNI).",
        ],
        Kind::CommonNameOnly => [
            "The certificate has the name only as its common name",
            "Browsers and most other clients look only at subject alternative names, and refuse the connection.",
            "Issue the certificate with the name as a subject alternative name (`subjectAltName`).",
        ],
        Kind::AuthorityAsServer => [
            "The certificate of an authority is used as the server's own",
            "Many clients refuse it. Anyone who steals the server's key can issue certificates for any name.",
            "Issue a server certificate that is not an authority (`CA:FALSE`), and keep the authority's key off the \
             server.",
        ],
        _ => [
            "The certificate is not valid for servers",
            "Its extended key usage lists only other purposes, so clients refuse it.",
            "Issue the certificate with the extended key usage `serverAuth`.",
        ],
    }
}

fn of_chain(kind: Kind) -> [&'static str; 3] {
    match kind {
        Kind::SelfSigned => [
            "The certificate is self-signed",
            "Clients cannot tell this server from an impostor, and refuse the connection. Users who click through get used to \
             warnings.",
            "Use a certificate from an authority that clients trust. If this one is intended, name it in `ca_file` of the scenario \
             and add it to the trust store of every client.",
        ],
        Kind::UntrustedRoot => [
            "The certificate was issued by an untrusted authority",
            "Clients without that authority in their trust store refuse the connection.",
            "If the authority is your own, name its root in `ca_file` of the scenario and install it on the clients. Otherwise \
             use a certificate from a public authority.",
        ],
        Kind::IncompleteChain => [
            "The certificate chain is incomplete",
            "The issuer of the certificate was not sent, and is not among this machine's roots. Browsers may fetch or remember \
             it; curl, API clients and mobile apps refuse the connection.",
            "Send the full chain: the server's own certificate and every intermediate (`fullchain.pem` instead of \
             `cert.pem`). If a private root issued it directly, name that root in `ca_file` of the scenario.",
        ],
        Kind::ExpiredIntermediate => [
            "A certificate in the chain is not valid now",
            "Clients that follow this chain refuse the connection, even though the server's own certificate is still valid.",
            "Replace the intermediate with the authority's current one, and let renewal update the whole chain, not only the \
             server's certificate.",
        ],
        Kind::WrongOrder => [
            "The certificates are in the wrong order",
            "Clients that rely on the order, as TLS 1.2 requires it, refuse the connection.",
            "Send the server's own certificate first, then the one that issued it, and so on.",
        ],
        _ => [
            "The server sends unneeded certificates",
            "Every handshake is larger than necessary. Sending a root does not make clients trust it.",
            "Send only the server's own certificate and the intermediates, each once.",
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
            "Have the certificate reissued, signed with SHA-256 or better.",
        ],
        Kind::Invalid => [
            "The certificate is not valid",
            "Clients that verify certificates as strictly as this one refuse the connection.",
            "Fix what the evidence names: install the certificate again as the authority delivered it, or have it reissued.",
        ],
        Kind::NoTls13 => [
            "TLS 1.3 is not offered",
            "New connections take one more round trip, and lack the protections of the current version.",
            "Enable TLS 1.3 alongside TLS 1.2 in the server or load balancer.",
        ],
        _ => [
            "The certificate has no signed certificate timestamps",
            "Chrome and Safari refuse certificates from public authorities without proof of Certificate Transparency logging, \
             unless the server sends timestamps in the handshake, which this client does not ask for.",
            "Have the certificate reissued with embedded timestamps, as public authorities do by default.",
        ],
    }
}
