//! Who a request says it is from: a bearer token, a session cookie, the cookie of a form.

use hyper::header::{self, HeaderMap};

use super::audit::Visitor;
use super::mint::{Kind, Mint};

/// Name of the cookie of a login.
pub(super) const SESSION_COOKIE: &str = "session";
/// Name of the cookie of a form.
pub(super) const FORM_COOKIE: &str = "form_session";

/// What a request presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) claim: Claim,
    /// The session of a form, if it is one that was begun.
    pub(super) form: Option<u64>,
}

/// What a request presents as its login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    Nothing,
    /// A token or cookie that was never issued.
    Unknown,
    /// The token or cookie of a session, open or not.
    Session(u64),
}

impl Identity {
    /// Reads the headers. A token counts before a cookie, whether it is valid or not.
    pub(super) fn read(mint: Mint, headers: &HeaderMap) -> Self {
        let known = |number: Option<u64>| number.map_or(Claim::Unknown, Claim::Session);
        let claim = match (headers.get(header::AUTHORIZATION), cookie(headers, SESSION_COOKIE)) {
            (Some(value), _) => {
                let token = value.to_str().ok().and_then(bearer);
                known(token.and_then(|token| mint.read(Kind::Token, token)))
            }
            (None, Some(value)) => known(mint.read(Kind::Session, value)),
            (None, None) => Claim::Nothing,
        };
        let form = cookie(headers, FORM_COOKIE).and_then(|value| mint.read(Kind::FormSession, value));
        Self { claim, form }
    }

    /// Who this is in the audit: the login, or else the session of a form.
    pub(super) fn visitor(self) -> Option<Visitor> {
        match self.claim {
            Claim::Session(number) => Some(Visitor::Session(number)),
            Claim::Nothing | Claim::Unknown => self.form.map(Visitor::Form),
        }
    }
}

/// The token of an `authorization` header of this scheme.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The first cookie with this name that is not empty.
fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(key, value)| *key == name && !value.is_empty());
    found.next().map(|(_, value)| value.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};

    use super::*;

    fn identity(headers: &[(&str, &str)]) -> Identity {
        let header = |(name, value): &(&str, &str)| {
            (HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap())
        };
        let mut map = HeaderMap::new();
        for (name, value) in headers.iter().map(header) {
            map.append(name, value);
        }
        Identity::read(Mint::new(1), &map)
    }

    #[test]
    fn a_login_is_shown_by_token_or_cookie() {
        let check = |headers: &[(&str, &str)], expected: Claim| {
            assert_eq!(identity(headers).claim, expected, "{headers:?}");
        };
        let mint = Mint::new(1);
        let (token, session) = (mint.write(Kind::Token, 3), mint.write(Kind::Session, 4));
        check(&[], Claim::Nothing);
        check(&[("cookie", "a=b; sessions=1; form_session=2")], Claim::Nothing);
        check(&[("cookie", "session=")], Claim::Nothing);
        check(&[("cookie", &format!("a=b;session={session} "))], Claim::Session(4));
        check(&[("cookie", "a=b"), ("cookie", &format!("session=\"{session}\""))], Claim::Session(4));
        check(&[("cookie", &format!("session={token}"))], Claim::Unknown);
        check(&[("authorization", &format!("Bearer {token}"))], Claim::Session(3));
        check(&[("authorization", &format!("bearer  {token}"))], Claim::Session(3));
        for wrong in
            ["", "Bearer", "Bearer ", "Basic YTpi", &token, &format!("Bearer {session}"), "Bearer {{t}}"]
        {
            check(&[("authorization", wrong), ("cookie", &format!("session={session}"))], Claim::Unknown);
        }
    }

    #[test]
    fn the_audit_knows_logins_and_forms() {
        let mint = Mint::new(1);
        let form = format!("form_session={}", mint.write(Kind::FormSession, 5));
        let session = format!("session={}", mint.write(Kind::Session, 6));
        assert_eq!(identity(&[]).visitor(), None);
        assert_eq!(identity(&[("cookie", &form)]).visitor(), Some(Visitor::Form(5)));
        assert_eq!(identity(&[("cookie", &form), ("cookie", &session)]).visitor(), Some(Visitor::Session(6)));
        assert_eq!(identity(&[("cookie", "form_session=made-up")]).form, None);
    }
}
