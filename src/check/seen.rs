//! A complete response as a health check sees it, and why there is none.

use std::net::IpAddr;
use std::sync::Arc;

use crate::domain::error_reason::ErrorReason;
use crate::domain::fields::Fields;
use crate::domain::mask::Mask;

use super::facts::PhaseTimes;
use super::session::Session;

/// A complete response, with everything that was seen on the way to it.
pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) fields: Fields,
    /// The body without its content encoding, as far as it is kept.
    pub(super) body: Vec<u8>,
    /// Whether the end of the body is missing from `body`.
    pub(super) body_is_cut: bool,
    /// Length of the body in bytes, as it was sent.
    pub(super) bytes: u64,
    /// Whether it is what the endpoint expects: status and body.
    pub(super) is_expected: bool,
    /// `HTTP/1.1` or `HTTP/2`.
    pub(super) version: &'static str,
    pub(super) times: PhaseTimes,
    pub(super) session: Option<Arc<Session>>,
    pub(super) address: Option<IpAddr>,
}

impl Seen {
    /// The same, expected only where its body, as far as it is kept, contains a text.
    pub(super) fn expecting(mut self, text: Option<&str>) -> Self {
        let contains = |text: &str| self.body.windows(text.len().max(1)).any(|part| part == text.as_bytes());
        self.is_expected &= text.is_none_or(contains);
        self
    }

    /// The same with every secret masked, in its headers and in its body.
    pub(super) fn masked(mut self, mask: &Mask) -> Self {
        if mask.is_empty() {
            return self;
        }
        let mut fields = Fields::default();
        for (name, value) in self.fields.iter() {
            fields.push(name, mask.applied(value).as_bytes());
        }
        self.fields = fields;
        let mut body = mask.applied(&String::from_utf8_lossy(&self.body));
        if self.body_is_cut {
            mask.cut_begun(&mut body);
        }
        self.body = body.into_bytes();
        self
    }
}

/// Why there is no complete response.
#[derive(Debug, Clone)]
pub(super) enum Trouble {
    /// The exchange failed. The session is that of a handshake that came to its end before.
    Failed { reason: ErrorReason, session: Option<Arc<Session>> },
    /// The TLS handshake did not end within the timeout.
    EndlessHandshake,
    /// The response has more bytes than anybody needs; the rest was not read.
    TooLarge,
    /// Nothing was sent: the time for this service is used up.
    OutOfTime,
    /// Nothing was sent: this documented rate limit has no room.
    Withheld(String),
    /// Nothing was sent, as this machine cannot: no trusted certificates, for instance.
    Impossible(String),
}

impl Trouble {
    /// A failure before any handshake came to its end.
    pub(super) fn of(reason: ErrorReason) -> Self {
        Self::Failed { reason, session: None }
    }

    /// The same, knowing the handshake that came to its end before: a server that never responds has shown its certificate.
    pub(super) fn after(self, handshake: Option<&Arc<Session>>) -> Self {
        match self {
            Self::Failed { reason, session: None } => Self::Failed { reason, session: handshake.cloned() },
            known => known,
        }
    }

    /// Why there is no response, as a phrase.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Failed { reason, .. } => reason.brief().to_owned(),
            Self::EndlessHandshake => "timeout in the TLS handshake".to_owned(),
            Self::TooLarge => "the response is larger than 8 MiB".to_owned(),
            Self::OutOfTime => "the time limit of the service was used up".to_owned(),
            Self::Withheld(limit) => format!("the documented rate limit leaves no room: {limit}"),
            Self::Impossible(why) => why.clone(),
        }
    }

    /// Whether it says nothing about the service: nothing was sent, or this machine failed.
    pub(super) fn is_ours(&self) -> bool {
        match self {
            Self::Failed { reason, .. } => {
                reason.class() == crate::domain::sample::ErrorClass::Local
                    || *reason == ErrorReason::AddressNotAllowed
            }
            Self::OutOfTime | Self::Withheld(_) | Self::Impossible(_) => true,
            Self::EndlessHandshake | Self::TooLarge => false,
        }
    }
}
