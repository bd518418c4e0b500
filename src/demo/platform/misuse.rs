//! The ways in which a client can be wrong, as the audit counts them.

/// One way to be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misuse {
    /// A login with an unknown address or a wrong password.
    WrongCredentials,
    /// A signup with an address that has an account.
    TakenEmail,
    /// A token or cookie is needed, and none was sent.
    MissingToken,
    /// A token or cookie that was never issued.
    UnknownToken,
    /// A token or cookie whose time is over.
    ExpiredToken,
    /// A token or cookie after its logout.
    ClosedSession,
    /// The identifier of somebody else's pitch.
    ForeignId,
    /// An identifier that was never issued.
    UnknownId,
    /// The identifier of a pitch that was deleted.
    DeletedId,
    /// A form without its one-time value.
    MissingCsrf,
    /// A one-time value that was never issued, or long ago.
    UnknownCsrf,
    /// A one-time value for the second time.
    ReusedCsrf,
    /// A one-time value of another session, or without its session.
    ForeignCsrf,
    /// A body of another type than the route reads.
    WrongContentType,
    /// A body that is not what its type promises.
    MalformedBody,
    /// A field is missing or has a value that is not accepted.
    InvalidField,
    /// A body that is too large.
    TooLarge,
}

impl Misuse {
    /// Every one with its name in the audit, in the order of their definition.
    pub(super) const ALL: [(Self, &'static str); 17] = [
        (Self::WrongCredentials, "wrong_credentials"),
        (Self::TakenEmail, "taken_emails"),
        (Self::MissingToken, "missing_tokens"),
        (Self::UnknownToken, "unknown_tokens"),
        (Self::ExpiredToken, "expired_tokens"),
        (Self::ClosedSession, "closed_sessions"),
        (Self::ForeignId, "foreign_ids"),
        (Self::UnknownId, "unknown_ids"),
        (Self::DeletedId, "deleted_ids"),
        (Self::MissingCsrf, "missing_csrf"),
        (Self::UnknownCsrf, "unknown_csrf"),
        (Self::ReusedCsrf, "reused_csrf"),
        (Self::ForeignCsrf, "foreign_csrf"),
        (Self::WrongContentType, "wrong_content_types"),
        (Self::MalformedBody, "malformed_bodies"),
        (Self::InvalidField, "invalid_fields"),
        (Self::TooLarge, "too_large_bodies"),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_definition() {
        for (place, (misuse, _)) in Misuse::ALL.iter().enumerate() {
            assert_eq!(*misuse as usize, place, "{misuse:?}");
        }
    }
}
