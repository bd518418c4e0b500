//! Everything that the platform remembers, and what a request is to its handlers.

use std::time::Duration;

use hyper::StatusCode;

use super::accounts::Accounts;
use super::audit::{Audit, Ticket};
use super::fields::{Fields, Payload, Unreadable};
use super::forms::Forms;
use super::identity::Identity;
use super::mint::Mint;
use super::misuse::Misuse;
use super::pitches::Pitches;
use super::reply::Reply;
use super::sessions::Sessions;

/// How much the platform remembers at most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Accounts beside those that exist from the start.
    pub(super) accounts: usize,
    pub(super) sessions: usize,
    pub(super) pitches: usize,
    /// One-time values of forms.
    pub(super) forms: usize,
    /// Requests in the log of the audit.
    pub(super) log: usize,
}

/// The memory of the platform.
#[derive(Debug)]
pub(super) struct State {
    pub(super) accounts: Accounts,
    pub(super) sessions: Sessions,
    pub(super) pitches: Pitches,
    pub(super) forms: Forms,
    pub(super) audit: Audit,
    pub(super) tally: Tally,
}

/// What succeeded, by number.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) signups: u64,
    pub(super) logins: u64,
    pub(super) logouts: u64,
    pub(super) pitches_created: u64,
    pub(super) pitches_deleted: u64,
    pub(super) forms_accepted: u64,
    pub(super) uploads: u64,
    pub(super) uploaded_bytes: u64,
}

/// One request, as its handler gets it.
#[derive(Debug)]
pub(super) struct Call<'c> {
    pub(super) mint: Mint,
    /// Time since the server's start.
    pub(super) now: Duration,
    /// How long a login is valid that asks for no other time.
    pub(super) lifetime: Duration,
    pub(super) ticket: Ticket,
    pub(super) method: &'c str,
    pub(super) path: &'c str,
    pub(super) query: Option<&'c str>,
    pub(super) identity: Identity,
    pub(super) payload: Payload,
}

impl State {
    /// The memory of a server that starts.
    pub(super) fn new(room: Room) -> Self {
        Self {
            accounts: Accounts::new(room.accounts),
            sessions: Sessions::new(room.sessions),
            pitches: Pitches::new(room.pitches),
            forms: Forms::new(room.forms),
            audit: Audit::new(room.log),
            tally: Tally::default(),
        }
    }

    /// Counts a misuse, and responds to it with this error.
    pub(super) fn refuse(&mut self, misuse: Misuse, status: StatusCode, error: &str) -> Reply {
        self.audit.count(misuse);
        Reply::error(status, error)
    }

    /// Responds to a field that is missing or not accepted.
    pub(super) fn invalid(&mut self, error: &str) -> Reply {
        self.refuse(Misuse::InvalidField, StatusCode::UNPROCESSABLE_ENTITY, error)
    }

    /// Responds to a body that was not read.
    pub(super) fn unreadable(&mut self, why: Unreadable) -> Reply {
        match why {
            Unreadable::ContentType => {
                let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
                self.refuse(Misuse::WrongContentType, status, "unsupported content type")
            }
            Unreadable::Malformed => {
                self.refuse(Misuse::MalformedBody, StatusCode::BAD_REQUEST, "malformed body")
            }
            Unreadable::TooLarge => {
                self.refuse(Misuse::TooLarge, StatusCode::PAYLOAD_TOO_LARGE, "body too large")
            }
            Unreadable::TooSlow => Reply::error(StatusCode::REQUEST_TIMEOUT, "body did not arrive"),
        }
    }
}

impl Call<'_> {
    /// The fields of the body.
    ///
    /// # Errors
    /// The response to a body that has none.
    pub(super) fn fields(&self, state: &mut State) -> Result<&Fields, Reply> {
        match &self.payload {
            Payload::Fields(fields) => Ok(fields),
            Payload::Unreadable(why) => Err(state.unreadable(*why)),
            Payload::Nothing | Payload::Upload { .. } => Err(state.unreadable(Unreadable::Malformed)),
        }
    }

    /// The first value with this name in the query string, as it was sent.
    pub(super) fn asked(&self, name: &str) -> Option<&str> {
        let pairs = self.query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
    }

    /// The last segment of the path.
    pub(super) fn last_segment(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}
