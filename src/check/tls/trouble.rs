//! Findings about TLS handshakes that failed.

use crate::domain::error_reason::ErrorReason;
use crate::domain::finding::Priority;
use crate::domain::sample::ErrorClass;

use super::super::noted::{Noted, Texts};
use super::super::seen::Trouble;

/// Adds a finding where a handshake failed. Returns whether the trouble is about TLS.
pub(in super::super) fn trouble(noted: &mut Noted, subject: &str, trouble: &Trouble) -> bool {
    let (rule, [issue, impact, recommendation]) = match trouble {
        Trouble::EndlessHandshake => endless(),
        Trouble::Failed { reason, .. } if reason.class() == ErrorClass::Tls => of(*reason),
        _ => return false,
    };
    let texts = Texts {
        issue: format!("{issue}."),
        evidence: format!("The handshake failed: {}.", trouble.words()),
        impact: impact.to_owned(),
        recommendation: recommendation.to_owned(),
    };
    // What this client does not speak, others may.
    let priority = if is_ours(trouble) { Priority::High } else { Priority::Critical };
    noted.finding(rule, priority, subject, texts);
    true
}

/// Whether the handshake failed because of what this client does not speak: then others may connect, and nothing of the
/// service was measured.
pub(in super::super) fn is_ours(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Failed { reason: ErrorReason::TlsParameters, .. })
}

/// Whether a handshake failed.
pub(in super::super) fn is_about_tls(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::EndlessHandshake => true,
        Trouble::Failed { reason, .. } => reason.class() == ErrorClass::Tls,
        _ => false,
    }
}

type Words = (&'static str, [&'static str; 3]);

fn endless() -> Words {
    (
        "tls.endless_handshake",
        [
            "The TLS handshake does not complete",
            "Clients hang until they time out, each holding a connection and often a thread.",
            "Check that the port speaks TLS at all (a server of another protocol waits for more from the client), that the process \
             is not stuck or out of CPU, and that no firewall drops large packets.",
        ],
    )
}

fn of(reason: ErrorReason) -> Words {
    match reason {
        ErrorReason::TlsVersion => (
            "tls.old_version",
            [
                "The server speaks neither TLS 1.2 nor TLS 1.3",
                "It offers nothing newer than TLS 1.1. Browsers have refused these versions since 2020: the service is down for \
                 them.",
                "Enable TLS 1.2 and TLS 1.3 in the server or load balancer, and disable everything older.",
            ],
        ),
        ErrorReason::TlsParameters => (
            "tls.no_common_suite",
            [
                "This client could not agree on a cipher suite with the server",
                "Nothing else of the service was checked. This client speaks TLS 1.2 and 1.3 with AEAD suites (AES-GCM, \
                 ChaCha20-Poly1305) and P-256, P-384, X25519; older clients may still connect. Clients as strict as this one \
                 cannot.",
                "Enable ECDHE suites with AES-GCM or ChaCha20-Poly1305 and the groups X25519 and P-256, as in the \
                 intermediate configuration of Mozilla's SSL generator. If they are enabled, look in the server's log for \
                 another reason: no certificate for this server name (SNI), for instance.",
            ],
        ),
        ErrorReason::NotTls => (
            "tls.not_tls",
            [
                "The server does not speak TLS on this port",
                "Clients that use https cannot connect. If it speaks plain HTTP, everything sent to it can be read and changed \
                 by an attacker on the network path.",
                "Check the port, and that TLS is enabled on this listener (`listen 443 ssl` in nginx). If TLS is terminated \
                 in front of this server, check the service's URL.",
            ],
        ),
        ErrorReason::ClosedInHandshake => (
            "tls.closed_in_handshake",
            [
                "The server closes the connection in the TLS handshake",
                "Clients cannot connect, and are not told why.",
                "Read the server's log of that moment. Common causes: no certificate for this server name (SNI), a proxy or \
                 firewall that cuts the connection, or an overloaded server.",
            ],
        ),
        ErrorReason::ClientCertificate => (
            "tls.client_certificate",
            [
                "The server requires a client certificate and got none that it accepts",
                "Clients without an accepted certificate cannot connect. If that is intended, nothing else of the service \
                 was checked.",
                "Set `client_cert` and `client_key` in the scenario to a certificate that the server accepts. If clients \
                 need none, disable client authentication in the server.",
            ],
        ),
        ErrorReason::NoCommonProtocol => (
            "tls.no_common_protocol",
            [
                "Server and client have no version of HTTP in common",
                "Clients that ask for HTTP/1.1 or HTTP/2 in the handshake (ALPN) cannot connect.",
                "Enable `h2` and `http/1.1` in the server's ALPN settings, or set `http_version` of the scenario to what it \
                 speaks.",
            ],
        ),
        ErrorReason::WrongName => (
            "tls.unknown_name",
            [
                "The server does not know the requested name",
                "It refuses every connection to this name (alert `unrecognized_name`).",
                "Configure the server name (SNI) and a certificate for it, or correct the service's URL.",
            ],
        ),
        _ => (
            "tls.handshake_failed",
            [
                "The TLS handshake fails",
                "Clients cannot connect.",
                "Read the server's log of that moment, and repeat the handshake with `openssl s_client -connect HOST:PORT \
                 -servername HOST`.",
            ],
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_handshakes_are_findings_and_nothing_else_is() {
        let check = |seen: &Trouble, expected: Option<&str>| {
            let mut noted = Noted::new(&"shop".into());
            assert_eq!(trouble(&mut noted, "home", seen), expected.is_some(), "{seen:?}");
            let rules: Vec<&str> = noted.findings.iter().map(|finding| &*finding.rule).collect();
            assert_eq!(rules, expected.into_iter().collect::<Vec<_>>(), "{seen:?}");
            for finding in &noted.findings {
                // A server that others can open is not said to be down.
                let is_ours = finding.rule == "tls.no_common_suite";
                let priority = if is_ours { Priority::High } else { Priority::Critical };
                assert_eq!(
                    (&*finding.subject, finding.priority, is_ours),
                    ("home", priority, super::is_ours(seen))
                );
                assert!(!finding.evidence.is_empty());
            }
        };
        check(&Trouble::EndlessHandshake, Some("tls.endless_handshake"));
        check(&Trouble::of(ErrorReason::TlsVersion), Some("tls.old_version"));
        check(&Trouble::of(ErrorReason::TlsParameters), Some("tls.no_common_suite"));
        check(&Trouble::of(ErrorReason::NotTls), Some("tls.not_tls"));
        check(&Trouble::of(ErrorReason::ClosedInHandshake), Some("tls.closed_in_handshake"));
        check(&Trouble::of(ErrorReason::ClientCertificate), Some("tls.client_certificate"));
        check(&Trouble::of(ErrorReason::NoCommonProtocol), Some("tls.no_common_protocol"));
        check(&Trouble::of(ErrorReason::WrongName), Some("tls.unknown_name"));
        check(&Trouble::of(ErrorReason::HandshakeFailed), Some("tls.handshake_failed"));
        check(&Trouble::of(ErrorReason::ConnectionRefused), None);
        check(&Trouble::of(ErrorReason::UnexpectedStatus), None);
        check(&Trouble::TooLarge, None);
        check(&Trouble::OutOfTime, None);
    }
}
