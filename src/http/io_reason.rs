//! The reason of an error of the operating system or of TLS.

use std::io;

use tokio_rustls::rustls::{self, AlertDescription, CertificateError};

use crate::domain::error_reason::ErrorReason;

/// Error numbers of the operating system that `io::ErrorKind` does not tell apart.
mod errno {
    pub(super) const NO_BUFFER_SPACE: i32 = rustix::io::Errno::NOBUFS.raw_os_error();
    pub(super) const PROCESS_DESCRIPTORS: i32 = rustix::io::Errno::MFILE.raw_os_error();
    pub(super) const SYSTEM_DESCRIPTORS: i32 = rustix::io::Errno::NFILE.raw_os_error();
}

/// Why this machine could not do its part; `None` where the target or the network is to blame.
pub(super) fn local(error: &io::Error) -> Option<ErrorReason> {
    match error.raw_os_error() {
        Some(errno::PROCESS_DESCRIPTORS | errno::SYSTEM_DESCRIPTORS) => {
            return Some(ErrorReason::NoDescriptor);
        }
        Some(errno::NO_BUFFER_SPACE) => return Some(ErrorReason::NoBufferSpace),
        _ => (),
    }
    match error.kind() {
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::AddrInUse => Some(ErrorReason::NoLocalPort),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkDown => {
            Some(ErrorReason::NoRoute)
        }
        io::ErrorKind::OutOfMemory => Some(ErrorReason::NoBufferSpace),
        io::ErrorKind::PermissionDenied => Some(ErrorReason::NotPermitted),
        _ => None,
    }
}

/// Why no connection could be opened.
pub(super) fn of_connecting(error: &io::Error) -> ErrorReason {
    local(error).unwrap_or_else(|| match error.kind() {
        io::ErrorKind::ConnectionRefused => ErrorReason::ConnectionRefused,
        io::ErrorKind::ConnectionReset => ErrorReason::ConnectReset,
        io::ErrorKind::TimedOut => ErrorReason::ConnectGaveUp,
        _ => ErrorReason::ConnectFailed,
    })
}

/// Why a TLS handshake failed. `asked`: the server asked for a client certificate, and there is none.
pub fn of_handshake(error: &io::Error, asked: bool) -> ErrorReason {
    match tls_error(error) {
        Some(rustls::Error::AlertReceived(AlertDescription::HandshakeFailure)) if asked => {
            ErrorReason::ClientCertificate
        }
        Some(error) => of_tls(error),
        None => match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                ErrorReason::ClosedInHandshake
            }
            _ => ErrorReason::HandshakeFailed,
        },
    }
}

/// Why a stream failed on which nothing of a response was received yet, or in the middle of one.
pub fn of_stream(error: &io::Error, closed: ErrorReason) -> ErrorReason {
    if let Some(error) = tls_error(error) {
        return match error {
            // In TLS 1.3 a server refuses the client's certificate when the handshake is over for the client.
            rustls::Error::AlertReceived(_) => of_tls(error),
            _ => ErrorReason::NotHttp,
        };
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => closed,
        io::ErrorKind::TimedOut => ErrorReason::ResponseTimeout,
        _ => local(error).unwrap_or(ErrorReason::ResetByPeer),
    }
}

/// The reason of an alert that the peer sent; `None` for every other error.
pub(super) fn of_alert(error: &io::Error) -> Option<ErrorReason> {
    match tls_error(error)? {
        rustls::Error::AlertReceived(alert) => Some(of_description(*alert)),
        _ => None,
    }
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

fn of_tls(error: &rustls::Error) -> ErrorReason {
    match error {
        rustls::Error::InvalidCertificate(error) => of_certificate(error),
        rustls::Error::AlertReceived(alert) => of_description(*alert),
        rustls::Error::PeerIncompatible(
            rustls::PeerIncompatible::ServerDoesNotSupportTls12Or13
            | rustls::PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => ErrorReason::TlsVersion,
        rustls::Error::PeerIncompatible(_) => ErrorReason::TlsParameters,
        rustls::Error::InvalidMessage(_) => ErrorReason::NotTls,
        rustls::Error::NoApplicationProtocol => ErrorReason::NoCommonProtocol,
        _ => ErrorReason::HandshakeFailed,
    }
}

fn of_certificate(error: &CertificateError) -> ErrorReason {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            ErrorReason::CertificateExpired
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ErrorReason::CertificateNotYetValid
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            ErrorReason::WrongName
        }
        CertificateError::UnknownIssuer => ErrorReason::UnknownIssuer,
        // Signed by itself.
        CertificateError::Other(error) if error.to_string().contains("CaUsedAsEndEntity") => {
            ErrorReason::UnknownIssuer
        }
        CertificateError::Revoked => ErrorReason::CertificateRevoked,
        _ => ErrorReason::CertificateInvalid,
    }
}

fn of_description(alert: AlertDescription) -> ErrorReason {
    match alert {
        AlertDescription::CertificateRequired
        | AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied => ErrorReason::ClientCertificate,
        AlertDescription::ProtocolVersion => ErrorReason::TlsVersion,
        AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
            ErrorReason::TlsParameters
        }
        AlertDescription::NoApplicationProtocol => ErrorReason::NoCommonProtocol,
        AlertDescription::UnrecognisedName => ErrorReason::WrongName,
        _ => ErrorReason::HandshakeFailed,
    }
}
