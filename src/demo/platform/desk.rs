//! The platform as the server sees it: requests arrive, are handled, and are audited, behind one lock.
//!
//! The lock is held for microseconds, but for the audit's pages, which are for tests.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::StatusCode;
use hyper::http::request::Parts;
use serde_json::{Value, json};

use super::super::routes::{self, Action};
use super::audit::{Outcome, Ticket};
use super::fields::{Payload, Unreadable};
use super::identity::Identity;
use super::mint::Mint;
use super::reply::Reply;
use super::state::{Call, Room, State};
use super::{auth, pages, pitch_routes};

/// Enough for any test: 200,000 sessions take about 40 MB.
const ROOM: Room =
    Room { accounts: 200_000, sessions: 200_000, pitches: 200_000, forms: 200_000, log: 10_000 };

/// Accounts, sessions, pitches and forms of one server, and the audit of its requests.
#[derive(Debug)]
pub(in super::super) struct Platform {
    mint: Mint,
    lifetime: Duration,
    state: Mutex<State>,
}

/// A request between its arrival and its end. Dropping it enters in the audit that its client has left.
#[derive(Debug)]
pub(in super::super) struct Arrival<'p> {
    platform: &'p Platform,
    ticket: Ticket,
    identity: Identity,
    ended: bool,
}

impl Platform {
    /// A platform whose identifiers depend on this seed, and whose logins are valid for this time.
    pub(in super::super) fn new(seed: u64, lifetime: Duration) -> Self {
        Self::with_room(seed, lifetime, ROOM)
    }

    fn with_room(seed: u64, lifetime: Duration, room: Room) -> Self {
        Self { mint: Mint::new(seed), lifetime, state: Mutex::new(State::new(room)) }
    }

    /// Enters a request in the audit.
    pub(in super::super) fn arrive(&self, head: &Parts) -> Arrival<'_> {
        let identity = Identity::read(self.mint, &head.headers);
        let (method, path) = (head.method.as_str(), head.uri.path());
        let ticket = self.lock().audit.arrive(method, path, routes::pattern(path), identity.visitor());
        Arrival { platform: self, ticket, identity, ended: false }
    }

    /// Handles a request that arrived; pages are served elsewhere, and end in 404 here.
    pub(in super::super) fn handle(
        &self,
        action: Action,
        head: &Parts,
        payload: Payload,
        now: Duration,
        arrival: &Arrival<'_>,
    ) -> Reply {
        let call = Call {
            mint: self.mint,
            now,
            lifetime: self.lifetime,
            ticket: arrival.ticket,
            method: head.method.as_str(),
            path: head.uri.path(),
            query: head.uri.query(),
            identity: arrival.identity,
            payload,
        };
        let mut state = self.lock();
        let handled = match action {
            Action::Signup => auth::sign_up(&call, &mut state),
            Action::Login => auth::log_in(&call, &mut state),
            Action::Logout => auth::log_out(&call, &mut state),
            Action::Me => auth::me(&call, &mut state),
            Action::PitchCreate => pitch_routes::create(&call, &mut state),
            Action::PitchList => pitch_routes::list(&call, &mut state),
            Action::PitchRead => pitch_routes::read(&call, &mut state),
            Action::PitchUpdate => pitch_routes::update(&call, &mut state),
            Action::PitchDelete => pitch_routes::delete(&call, &mut state),
            Action::FormPost => pages::submit(&call, &mut state),
            Action::Form => Ok(pages::form(&call, &mut state)),
            Action::FormDone => Ok(pages::done()),
            Action::Upload => Ok(pages::uploaded(&call, &mut state)),
            Action::Redirect => Ok(pages::redirect(&call)),
            Action::Redirected => Ok(pages::redirected()),
            Action::Page => Err(Reply::error(StatusCode::NOT_FOUND, "not found")),
        };
        handled.unwrap_or_else(|refused| refused)
    }

    /// Refuses a request whose body was not read to its end.
    pub(in super::super) fn refuse(&self, why: Unreadable) -> Reply {
        self.lock().unreadable(why)
    }

    /// The page of the audit on this path, if it is one.
    pub(in super::super) fn audit(&self, path: &str, now: Duration) -> Option<Reply> {
        match path {
            "/audit" => Some(Reply::json(StatusCode::OK, &self.counters(now))),
            "/audit/sessions" => Some(Reply::json(StatusCode::OK, &self.log())),
            _ => None,
        }
    }

    fn counters(&self, now: Duration) -> Value {
        let state = self.lock();
        json!({
            "requests": state.audit.requests(),
            "signups": state.tally.signups,
            "logins": state.tally.logins,
            "logouts": state.tally.logouts,
            "accounts": state.accounts.count(),
            "sessions_open": state.sessions.open_at(now),
            "pitches_created": state.tally.pitches_created,
            "pitches_deleted": state.tally.pitches_deleted,
            "pitches_alive": state.pitches.alive(),
            "forms_issued": state.forms.issued(),
            "forms_accepted": state.tally.forms_accepted,
            "uploads": state.tally.uploads,
            "uploaded_bytes": state.tally.uploaded_bytes,
            "misuse": state.audit.misuses(),
        })
    }

    fn log(&self) -> Value {
        // JSON is written without the lock.
        let (first, entries) = self.lock().audit.log();
        (first..).zip(&entries).map(|(number, entry)| entry.json(number)).collect()
    }

    /// A poisoned lock stays usable: at worst one request was handled halfway.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Arrival<'_> {
    /// Enters how the request ended: with a status, or `None` if its connection was closed instead.
    pub(in super::super) fn end(mut self, status: Option<StatusCode>) {
        let outcome = status.map_or(Outcome::Closed, |status| Outcome::Status(status.as_u16()));
        self.ended = true;
        self.platform.lock().audit.finish(self.ticket, outcome);
    }
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.platform.lock().audit.finish(self.ticket, Outcome::Abandoned);
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::super::reply::Content;
    use super::*;

    /// Handles one request as if its work were done; returns its status and its body as JSON.
    fn handled(platform: &Platform, action: Action, target: &str, token: &str, body: &str) -> (u16, Value) {
        let request = Request::builder().method("POST").uri(target);
        let request = request.header("authorization", format!("Bearer {token}"));
        let (head, ()) = request.body(()).unwrap().into_parts();
        let arrival = platform.arrive(&head);
        let payload = Payload::json(Some("application/json"), body.as_bytes());
        let reply = platform.handle(action, &head, payload, Duration::ZERO, &arrival);
        arrival.end(Some(reply.status));
        let body = match reply.content {
            Content::Json(body) => serde_json::from_slice(&body).unwrap(),
            Content::Html(_) | Content::Nothing => Value::Null,
        };
        (reply.status.as_u16(), body)
    }

    #[test]
    fn a_full_store_refuses_until_there_is_room() {
        let room = Room { accounts: 1, sessions: 2, pitches: 1, forms: 1, log: 3 };
        let platform = Platform::with_room(1, Duration::from_mins(1), room);
        let post =
            |action, target: &str, token: &str, body: &str| handled(&platform, action, target, token, body);
        let full = (503, json!({ "error": "demo is full" }));

        let signup = |email: &str| {
            post(Action::Signup, "/", "", &json!({ "email": email, "password": "x" }).to_string())
        };
        assert_eq!(signup("a@example.invalid").0, 201);
        assert_eq!(signup("b@example.invalid"), full);

        let credentials = json!({ "email": "a@example.invalid", "password": "x" }).to_string();
        let token = post(Action::Login, "/", "", &credentials).1["token"].as_str().unwrap().to_owned();
        assert_eq!(post(Action::Login, "/?ttl_s=0", "", &credentials).0, 200);
        // The one that has expired makes room.
        assert_eq!(post(Action::Login, "/", "", &credentials).0, 200);
        assert_eq!(post(Action::Login, "/", "", &credentials), full);

        let create = || post(Action::PitchCreate, "/", &token, r#"{"title":"t"}"#);
        let id = create().1["data"]["id"].as_str().unwrap().to_owned();
        assert_eq!(create(), full);
        assert_eq!(post(Action::PitchDelete, &format!("/{id}"), &token, "").0, 204);
        assert_eq!(create().0, 201);

        assert_eq!(platform.log().as_array().unwrap().len(), 3);
        assert_eq!(platform.counters(Duration::ZERO)["sessions_open"], 2);
    }

    #[test]
    fn a_request_without_an_end_was_abandoned() {
        let platform = Platform::new(1, Duration::ZERO);
        let (head, ()) = Request::builder().uri("/form").body(()).unwrap().into_parts();
        drop(platform.arrive(&head));
        platform.arrive(&head).end(None);
        platform.arrive(&head).end(Some(StatusCode::OK));
        let counts = &platform.counters(Duration::ZERO)["requests"]["GET /form"];
        assert_eq!(*counts, json!({ "requests": 3, "by_status": { "200": 1 }, "closed": 1, "abandoned": 1 }));
    }

    #[test]
    fn nothing_of_a_client_is_shown() {
        let platform = Platform::new(1, Duration::from_mins(1));
        let body = r#"{"email":"secret@example.invalid","password":"hidden","title":"private"}"#;
        assert_eq!(handled(&platform, Action::Signup, "/", "", body).0, 201);
        let token = handled(&platform, Action::Login, "/", "", body).1["token"].as_str().unwrap().to_owned();
        assert_eq!(handled(&platform, Action::PitchCreate, "/", &token, body).0, 201);
        let shown = format!(
            "{:?} {:?}",
            platform.lock().accounts.get(100),
            Payload::json(Some("application/json"), body.as_bytes())
        );
        for secret in ["secret@", "hidden", "private"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
