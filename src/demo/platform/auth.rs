//! Signup, login, logout, and who is logged in.

use std::time::Duration;

use hyper::StatusCode;
use hyper::header;
use serde_json::{Value, json};

use super::accounts::SignupRefused;
use super::audit::Visitor;
use super::identity::{Claim, SESSION_COOKIE};
use super::mint::Kind;
use super::misuse::Misuse;
use super::reply::Reply;
use super::sessions::Standing;
use super::state::{Call, State};

/// Longest address of the standard. Units: characters.
const LONGEST_EMAIL: usize = 254;
const LONGEST_PASSWORD: usize = 1_000;
const LONGEST_NAME: usize = 200;
/// Longest lifetime that a login can ask for: a day.
const LONGEST_LIFETIME_S: u64 = 86_400;

/// Somebody who is logged in.
#[derive(Debug, Clone, Copy)]
pub(super) struct LoggedIn {
    pub(super) user: u64,
    session: u64,
}

/// Who sent a request.
///
/// # Errors
/// 401: nobody who is logged in.
pub(super) fn logged_in(call: &Call<'_>, state: &mut State) -> Result<LoggedIn, Reply> {
    let (misuse, error) = match call.identity.claim {
        Claim::Nothing => (Misuse::MissingToken, "not logged in"),
        Claim::Unknown => (Misuse::UnknownToken, "unknown token"),
        Claim::Session(session) => match state.sessions.standing(session, call.now) {
            Standing::Open(user) => return Ok(LoggedIn { user, session }),
            Standing::Expired => (Misuse::ExpiredToken, "token expired"),
            Standing::Closed => (Misuse::ClosedSession, "session closed"),
        },
    };
    let refused = state.refuse(misuse, StatusCode::UNAUTHORIZED, error);
    Err(refused.with(header::WWW_AUTHENTICATE, "Bearer"))
}

/// Creates an account. It does not log in.
pub(super) fn sign_up(call: &Call<'_>, state: &mut State) -> Result<Reply, Reply> {
    let fields = call.fields(state)?;
    let email = fields.needed("email", LONGEST_EMAIL).and_then(|email| {
        is_address(email).then_some(email).ok_or_else(|| "email must be an address".to_owned())
    });
    let email = email.map_err(|error| state.invalid(&error))?;
    let password = fields.needed("password", LONGEST_PASSWORD).map_err(|error| state.invalid(&error))?;
    let name = fields.optional("name", LONGEST_NAME).map_err(|error| state.invalid(&error))?;
    let user = state.accounts.sign_up(email, password, name).map_err(|refused| match refused {
        SignupRefused::Taken => state.refuse(Misuse::TakenEmail, StatusCode::CONFLICT, "email taken"),
        SignupRefused::Full => Reply::full(),
    })?;
    state.tally.signups += 1;
    let user_id = call.mint.write(Kind::User, user);
    Ok(Reply::json(StatusCode::CREATED, &json!({ "data": { "user_id": user_id, "email": email } })))
}

/// Opens a session; its token and its cookie are equally good.
pub(super) fn log_in(call: &Call<'_>, state: &mut State) -> Result<Reply, Reply> {
    let lifetime_s = match call.asked("ttl_s") {
        None => call.lifetime.as_secs(),
        Some(asked) => asked.parse().ok().filter(|asked| *asked <= LONGEST_LIFETIME_S).ok_or_else(|| {
            state.invalid(&format!("ttl_s must be whole seconds, 0 to {LONGEST_LIFETIME_S}"))
        })?,
    };
    let fields = call.fields(state)?;
    let email = fields.needed("email", LONGEST_EMAIL).map_err(|error| state.invalid(&error))?;
    let password = fields.needed("password", LONGEST_PASSWORD).map_err(|error| state.invalid(&error))?;
    let Some(user) = state.accounts.log_in(email, password) else {
        return Err(state.refuse(Misuse::WrongCredentials, StatusCode::UNAUTHORIZED, "invalid credentials"));
    };
    let lifetime = Duration::from_secs(lifetime_s);
    let session = state.sessions.open(user, call.now, lifetime).ok_or_else(Reply::full)?;
    state.tally.logins += 1;
    state.audit.identify(call.ticket, Visitor::Session(session));
    let body = json!({
        "token": call.mint.write(Kind::Token, session),
        "expires_in": lifetime_s,
        "user": shown(call, state, user),
    });
    let cookie = call.mint.write(Kind::Session, session);
    Ok(Reply::json(StatusCode::OK, &body).with_cookie(SESSION_COOKIE, &cookie, lifetime_s))
}

/// Closes the session of the request, and takes back its cookie.
pub(super) fn log_out(call: &Call<'_>, state: &mut State) -> Result<Reply, Reply> {
    let LoggedIn { session, .. } = logged_in(call, state)?;
    state.sessions.close(session);
    state.tally.logouts += 1;
    Ok(Reply::empty(StatusCode::NO_CONTENT).with_cookie(SESSION_COOKIE, "", 0))
}

/// Shows who is logged in.
pub(super) fn me(call: &Call<'_>, state: &mut State) -> Result<Reply, Reply> {
    let LoggedIn { user, .. } = logged_in(call, state)?;
    Ok(Reply::json(StatusCode::OK, &json!({ "user": shown(call, state, user) })))
}

fn shown(call: &Call<'_>, state: &State, user: u64) -> Value {
    let account = state.accounts.get(user);
    json!({
        "id": call.mint.write(Kind::User, user),
        "email": account.map(|account| &*account.email),
        "name": account.and_then(|account| account.name.as_deref()),
    })
}

/// One `@` with something on both sides, and nothing that cannot be in an address.
fn is_address(text: &str) -> bool {
    let unfit = |c: char| c.is_whitespace() || c.is_control();
    let sides = text.split_once('@');
    !text.contains(unfit)
        && sides.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_two_sides() {
        for good in ["a@b", "demo-1@example.invalid", "ü+x@example.invalid"] {
            assert!(is_address(good), "{good}");
        }
        for bad in ["", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\n", "a\0@b"] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
