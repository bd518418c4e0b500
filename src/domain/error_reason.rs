//! Why a request failed, more closely than its class says.

use super::sample::ErrorClass;

/// Declares the reasons: each with its class, its name in files, itself in a few words, and what it says of requests.
macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident => $class:ident, $name:literal, $brief:literal, $words:literal;)*) => {
        /// Why a request failed. Bounded, so that counting costs a fixed array.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorReason {
            $($(#[$doc])* $variant,)*
        }

        impl ErrorReason {
            /// Every reason, in the order of the counters.
            pub const ALL: [Self; [$(stringify!($variant)),*].len()] = [$(Self::$variant),*];

            /// The class that the reason belongs to.
            pub fn class(self) -> ErrorClass {
                match self { $(Self::$variant => ErrorClass::$class,)* }
            }

            /// The name in files and JSON.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The reason in a few words: `connection refused`.
            pub fn brief(self) -> &'static str {
                match self { $(Self::$variant => $brief,)* }
            }

            /// What happened, as the end of a sentence that begins with a number of requests: `12 of 40 …`.
            pub fn words(self) -> &'static str {
                match self { $(Self::$variant => $words,)* }
            }
        }
    };
}

reasons! {
    /// The resolver knows no such name.
    NameNotFound => Resolve, "name_not_found", "host name not found", "could not find the host name";
    /// The resolver failed or gave up.
    ResolverFailed => Resolve, "resolver_failed", "no response from the name resolver", "got no response from the name resolver";
    /// The name resolved to an address outside the allowed networks.
    AddressNotAllowed => Resolve, "address_not_allowed", "address not allowed", "resolved to an address that is not allowed";
    /// Nothing listens there (ECONNREFUSED).
    ConnectionRefused => Connect, "connection_refused", "connection refused", "could not connect: connection refused";
    /// The connection was reset while it was being opened.
    ConnectReset => Connect, "connect_reset", "connection reset while connecting", "had the connection reset while connecting";
    /// The system gave up connecting (ETIMEDOUT).
    ConnectGaveUp => Connect, "connect_gave_up", "no response while connecting", "got no response while connecting";
    /// Connecting failed for another reason of the target's.
    ConnectFailed => Connect, "connect_failed", "cannot connect", "could not connect";
    /// The proxy did not open a tunnel.
    ProxyRefused => Connect, "proxy_refused", "refused by the proxy", "were refused by the proxy";
    /// This machine has no free local port for the address (EADDRNOTAVAIL).
    NoLocalPort => Local, "no_local_port", "no free local port", "found no free local port on this machine";
    /// This machine has no route to the address (ENETUNREACH, EHOSTUNREACH).
    NoRoute => Local, "no_route", "no route to the target", "found no route from this machine";
    /// This machine has no memory left for sockets (ENOBUFS, ENOMEM).
    NoBufferSpace => Local, "no_buffer_space", "no buffer space", "found no buffer space on this machine";
    /// This process has no free file descriptor (EMFILE, ENFILE).
    NoDescriptor => Local, "no_descriptor", "no free file descriptor", "found no free file descriptor";
    /// This machine does not permit the connection (EACCES, EPERM): a firewall rule, for instance.
    NotPermitted => Local, "not_permitted", "not permitted by this machine", "were not permitted by this machine";
    /// The file of the request's body could not be read, or has changed its length.
    BodyUnreadable => Local, "body_unreadable", "body file cannot be read", "could not read the file of the body";
    /// No trusted authority issued the certificate; also where it is self-signed.
    UnknownIssuer => Tls, "unknown_issuer", "certificate from an unknown issuer", "got a certificate from an unknown issuer";
    /// The certificate has expired.
    CertificateExpired => Tls, "certificate_expired", "certificate expired", "got an expired certificate";
    /// The certificate is not valid yet.
    CertificateNotYetValid => Tls, "certificate_not_yet_valid", "certificate not valid yet", "got a certificate that is not valid yet";
    /// The certificate is for another name.
    WrongName => Tls, "wrong_name", "certificate for another name", "got a certificate for another name";
    /// The certificate was revoked.
    CertificateRevoked => Tls, "certificate_revoked", "certificate revoked", "got a revoked certificate";
    /// The certificate cannot be used for another reason.
    CertificateInvalid => Tls, "certificate_invalid", "invalid certificate", "got an invalid certificate";
    /// The server wants a certificate of the client, or does not accept the one it got.
    ClientCertificate => Tls, "client_certificate", "client certificate missing or refused", "were refused for their client certificate, or the lack of one";
    /// Server and client have no TLS version in common.
    TlsVersion => Tls, "tls_version", "no common TLS version", "had no TLS version in common with the server";
    /// Server and client have no cipher suite, group or signature scheme in common.
    TlsParameters => Tls, "tls_parameters", "no common TLS cipher suite or key exchange", "found no common TLS cipher suite or key exchange";
    /// What came is not TLS: a plain HTTP server, for instance.
    NotTls => Tls, "not_tls", "the server does not speak TLS", "got a response that is not TLS";
    /// The server does not speak the protocol that was asked for (ALPN).
    NoCommonProtocol => Tls, "no_common_protocol", "no common HTTP version", "found no common HTTP version";
    /// The peer closed the connection during the handshake.
    ClosedInHandshake => Tls, "closed_in_handshake", "connection closed in the TLS handshake", "had the connection closed in the TLS handshake";
    /// The handshake failed for another reason.
    HandshakeFailed => Tls, "handshake_failed", "TLS handshake failed", "failed in the TLS handshake";
    /// The timeout passed before the connection was open.
    ConnectTimeout => Timeout, "connect_timeout", "timeout while connecting", "timed out while connecting";
    /// The timeout passed before the response was complete.
    ResponseTimeout => Timeout, "response_timeout", "timeout waiting for the response", "timed out waiting for the response";
    /// The peer closed the connection before the first byte of a response.
    ClosedUnanswered => Reset, "closed_unanswered", "connection closed before any response", "had the connection closed before any response";
    /// The peer closed the connection in the middle of a response.
    ClosedMidResponse => Reset, "closed_mid_response", "connection closed in the middle of the response", "had the connection closed in the middle of the response";
    /// The peer reset the connection, or the HTTP/2 stream.
    ResetByPeer => Reset, "reset_by_peer", "connection reset by the server", "had the connection reset by the server";
    /// The bytes are not HTTP.
    NotHttp => Protocol, "not_http", "response is not HTTP", "got a response that is not HTTP";
    /// The head of the response is not valid: its framing, for instance.
    MalformedHead => Protocol, "malformed_head", "malformed response head", "got a malformed response head";
    /// The head of the response is larger than 256 KiB or has more than 1,000 headers.
    HeadTooLarge => Protocol, "head_too_large", "response head too large", "got a response head of more than 256 KiB or 1,000 headers";
    /// The chunks of the body are not valid.
    MalformedBody => Protocol, "malformed_body", "malformed response body", "got a malformed response body";
    /// The body cannot be decoded as its `content-encoding` says.
    UndecodableBody => Protocol, "undecodable_body", "body does not match its content-encoding", "got a body that does not match its content-encoding";
    /// The server switched protocols, or sent too many interim responses.
    UnexpectedInterim => Protocol, "unexpected_interim", "too many interim responses or an unwanted upgrade", "got too many interim responses, or an unwanted upgrade";
    /// The server broke the rules of HTTP/2.
    Http2Violation => Protocol, "http2_violation", "response breaks the rules of HTTP/2", "got a response that breaks the rules of HTTP/2";
    /// The server ended the HTTP/2 connection because it found this client at fault.
    Http2Refused => Protocol, "http2_refused", "connection ended by the server with an HTTP/2 error", "were ended by the server with an HTTP/2 error";
    /// The request cannot be sent over this protocol.
    Unsendable => Protocol, "unsendable", "request cannot be sent over this protocol", "could not be sent over this protocol";
    /// The status is not among those expected.
    UnexpectedStatus => Status, "unexpected_status", "unexpected status", "had an unexpected status";
    /// The body does not contain the expected text.
    UnexpectedBody => Expectation, "unexpected_body", "unexpected body", "did not have the expected body";
    /// In an open loop: no response could have come in time, so it was not sent.
    NotInTime => Deadline, "not_in_time", "not sent: no response could come in time", "were not sent, because no response could have come in time";
    /// A check of a journey's step did not hold for the response.
    CheckFailed => Expectation, "check_failed", "check of the response failed", "failed a check of the response";
    /// A chain of redirects did not end.
    TooManyRedirects => Status, "too_many_redirects", "too many redirects", "were redirected too many times";
    /// A redirect points to a host that is not on the allow-list, or to no URL.
    RedirectNotAllowed => Status, "redirect_not_allowed", "redirect to a blocked host", "were redirected to a host that is not allowed";
    /// A capture found nothing in the response.
    NotCaptured => Capture, "not_captured", "capture found nothing", "had a response in which a capture found nothing";
    /// A JSON value was to be captured, and the body is not JSON.
    NotJson => Capture, "not_json", "body is not JSON", "had a response that is not JSON, so that nothing could be captured";
    /// The body is larger than what a journey keeps of it.
    BodyTooLarge => Capture, "body_too_large", "body too large to capture from", "had a response too large to capture from";
    /// A value was captured that cannot be sent where it belongs: a line break in a header, for instance.
    ValueUnsendable => Capture, "value_unsendable", "captured value cannot be sent", "could not be sent with a captured value";
}

impl ErrorReason {
    /// The reason with this name in files.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// Number of failed requests by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReasonCounts([u64; ErrorReason::ALL.len()]);

impl Default for ReasonCounts {
    fn default() -> Self {
        Self([0; ErrorReason::ALL.len()])
    }
}

impl ReasonCounts {
    /// Adds `count` failures for a reason.
    pub fn add(&mut self, reason: ErrorReason, count: u64) {
        self.0[reason as usize] += count;
    }

    /// Number of failures for a reason.
    pub fn get(&self, reason: ErrorReason) -> u64 {
        self.0[reason as usize]
    }

    /// Adds the counts of `other`, reason by reason.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }

    /// The reasons that occurred, with their counts, in the order of [`ErrorReason::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (ErrorReason, u64)> + '_ {
        ErrorReason::ALL.into_iter().map(|reason| (reason, self.get(reason))).filter(|(_, count)| *count > 0)
    }

    /// The reasons of one class that occurred, the most frequent first.
    pub fn of_class(&self, class: ErrorClass) -> Vec<(ErrorReason, u64)> {
        let mut reasons: Vec<_> = self.iter().filter(|(reason, _)| reason.class() == class).collect();
        reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
        reasons
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_follow_the_order_of_the_reasons_and_names_are_unique() {
        let mut names: Vec<&str> = ErrorReason::ALL.iter().map(|reason| reason.name()).collect();
        for (index, reason) in ErrorReason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, index);
            assert_eq!(ErrorReason::from_name(reason.name()), Some(reason));
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ErrorReason::ALL.len());
    }

    #[test]
    fn every_class_has_a_reason() {
        for class in ErrorClass::ALL {
            assert!(ErrorReason::ALL.iter().any(|reason| reason.class() == class), "{class:?}");
        }
    }

    #[test]
    fn the_most_frequent_reason_of_a_class_is_first() {
        let mut counts = ReasonCounts::default();
        counts.add(ErrorReason::WrongName, 2);
        counts.add(ErrorReason::UnknownIssuer, 1);
        counts.add(ErrorReason::ResetByPeer, 9);
        assert_eq!(
            counts.of_class(ErrorClass::Tls),
            [(ErrorReason::WrongName, 2), (ErrorReason::UnknownIssuer, 1)]
        );
    }
}
