//! The form with its one-time value, redirects, and the end of an upload.

use hyper::StatusCode;
use hyper::header;
use serde_json::json;

use super::audit::Visitor;
use super::fields::{Field, Payload, Unreadable};
use super::identity::FORM_COOKIE;
use super::mint::Kind;
use super::misuse::Misuse;
use super::reply::Reply;
use super::state::{Call, State};

/// Longest chain of redirects.
const MOST_REDIRECTS: u32 = 1_000;
/// How long a browser keeps the cookie of a form: a day.
const FORM_LIFETIME_S: u64 = 86_400;

/// Shows the form, with another one-time value each time.
pub(super) fn form(call: &Call<'_>, state: &mut State) -> Reply {
    let (session, value) = state.forms.issue(call.identity.form);
    state.audit.identify(call.ticket, Visitor::Form(session));
    let csrf = call.mint.write(Kind::Csrf, value);
    // None of its characters needs escaping in HTML.
    let body = format!(
        r#"    <form method="post" action="/form">
      <input type="hidden" name="csrf" value="{csrf}">
      <label>Message <input type="text" name="message"></label>
      <button type="submit">Send</button>
    </form>
"#
    );
    let cookie = call.mint.write(Kind::FormSession, session);
    Reply::html(StatusCode::OK, page("Send a message", &body)).with_cookie(
        FORM_COOKIE,
        &cookie,
        FORM_LIFETIME_S,
    )
}

/// Accepts the form, once for each one-time value.
pub(super) fn submit(call: &Call<'_>, state: &mut State) -> Result<Reply, Reply> {
    if let Some(session) = call.identity.form {
        state.audit.identify(call.ticket, Visitor::Form(session));
    }
    let fields = call.fields(state)?;
    let misuse = match fields.get("csrf") {
        Field::Missing | Field::Null => Err(Misuse::MissingCsrf),
        Field::Other => Err(Misuse::UnknownCsrf),
        Field::Text(text) => match call.mint.read(Kind::Csrf, text) {
            Some(value) => state.forms.submit(value, call.identity.form),
            None => Err(Misuse::UnknownCsrf),
        },
    };
    let error = |misuse| match misuse {
        Misuse::MissingCsrf => "csrf is missing",
        Misuse::ReusedCsrf => "csrf was used",
        Misuse::ForeignCsrf => "csrf of another session",
        _ => "unknown csrf",
    };
    misuse.map_err(|misuse| state.refuse(misuse, StatusCode::FORBIDDEN, error(misuse)))?;
    state.tally.forms_accepted += 1;
    Ok(Reply::empty(StatusCode::SEE_OTHER).with(header::LOCATION, "/form/done"))
}

/// The page after the form.
pub(super) fn done() -> Reply {
    Reply::html(StatusCode::OK, page("Thank you", "    <p>Your message was sent.</p>\n"))
}

/// One redirect of a chain that ends, of one that does not, or to a host that no test may reach.
pub(super) fn redirect(call: &Call<'_>) -> Reply {
    let location = match call.last_segment() {
        "loop" => Some("/redirect/loop".to_owned()),
        "away" => Some("http://blocked.invalid/".to_owned()),
        number => {
            let number = number.parse().ok().filter(|number| (1..=MOST_REDIRECTS).contains(number));
            number.map(|number| format!("/redirect/{}", number - 1))
        }
    };
    match location {
        Some(location) => Reply::empty(StatusCode::FOUND).with(header::LOCATION, &location),
        None => Reply::error(StatusCode::NOT_FOUND, "not found"),
    }
}

/// The end of a chain of redirects.
pub(super) fn redirected() -> Reply {
    Reply::json(StatusCode::OK, &json!({ "redirected": true }))
}

/// Confirms what was uploaded.
pub(super) fn uploaded(call: &Call<'_>, state: &mut State) -> Reply {
    let Payload::Upload { bytes, sha256 } = &call.payload else {
        return state.unreadable(Unreadable::Malformed);
    };
    state.tally.uploads += 1;
    state.tally.uploaded_bytes += bytes;
    Reply::json(StatusCode::CREATED, &json!({ "bytes": bytes, "sha256": sha256 }))
}

fn page(title: &str, body: &str) -> String {
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Demo: {title}</title>
</head>
<body>
  <main>
    <h1>{title}</h1>
{body}  </main>
</body>
</html>
"#
    )
}
