//! Pitches are created, listed, read, updated and deleted by their owners.

use hyper::StatusCode;
use hyper::header::{self, HeaderName};
use serde_json::{Value, json};

use super::auth::{LoggedIn, logged_in};
use super::fields::Field;
use super::mint::{Kind, Mint};
use super::misuse::Misuse;
use super::pitches::{NotYours, Pitch};
use super::reply::Reply;
use super::state::{Call, State};

const PITCH_ID: HeaderName = HeaderName::from_static("x-pitch-id");

/// Units: characters.
const LONGEST_TITLE: usize = 200;
const LONGEST_LOGLINE: usize = 500;
/// Pitches on one page of the list, unless another number is asked for.
const PAGE: usize = 20;
const LARGEST_PAGE: usize = 100;

/// Creates a pitch.
pub(super) fn create(call: &Call<'_>, state: &mut State) -> Result<Reply, Reply> {
    let LoggedIn { user, .. } = logged_in(call, state)?;
    let pitch = sent(call, state, user)?;
    let number = state.pitches.create(pitch.clone()).ok_or_else(Reply::full)?;
    state.tally.pitches_created += 1;
    let id = call.mint.write(Kind::Pitch, number);
    let body = json!({ "data": shown(call.mint, number, &pitch) });
    let created = Reply::json(StatusCode::CREATED, &body).with(PITCH_ID, &id);
    Ok(created.with(header::LOCATION, &format!("/api/pitches/{id}")))
}

/// Lists the user's own pitches, the oldest first, a page at a time.
pub(super) fn list(call: &Call<'_>, state: &mut State) -> Result<Reply, Reply> {
    let LoggedIn { user, .. } = logged_in(call, state)?;
    let limit = match call.asked("limit") {
        None => PAGE,
        Some(asked) => {
            let limit = asked.parse().ok().filter(|limit| (1..=LARGEST_PAGE).contains(limit));
            limit.ok_or_else(|| state.invalid(&format!("limit must be 1 to {LARGEST_PAGE}")))?
        }
    };
    let after = match call.asked("after") {
        None => None,
        Some(id) => {
            let number = call.mint.read(Kind::Pitch, id);
            Some(number.ok_or_else(|| state.invalid("after must be the id of a pitch"))?)
        }
    };
    let page = state.pitches.page(user, after, limit);
    let last = page.pitches.last().filter(|_| page.goes_on);
    let pitches: Vec<Value> =
        page.pitches.iter().map(|(number, pitch)| shown(call.mint, *number, pitch)).collect();
    let next = last.map(|(number, _)| call.mint.write(Kind::Pitch, *number));
    Ok(Reply::json(StatusCode::OK, &json!({ "data": pitches, "next": next, "total": page.total })))
}

/// Shows one pitch.
pub(super) fn read(call: &Call<'_>, state: &mut State) -> Result<Reply, Reply> {
    let LoggedIn { user, .. } = logged_in(call, state)?;
    let number = number(call, state)?;
    let pitch = state.pitches.of(user, number).map(|pitch| pitch.clone());
    let pitch = pitch.map_err(|why| not_yours(state, why))?;
    Ok(Reply::json(StatusCode::OK, &json!({ "data": shown(call.mint, number, &pitch) })))
}

/// Replaces a pitch (PUT), or the fields that are sent (PATCH).
pub(super) fn update(call: &Call<'_>, state: &mut State) -> Result<Reply, Reply> {
    let LoggedIn { user, .. } = logged_in(call, state)?;
    let number = number(call, state)?;
    let kept = state.pitches.of(user, number).map(|pitch| pitch.clone());
    let kept = kept.map_err(|why| not_yours(state, why))?;
    let pitch = if call.method == "PATCH" { patched(call, state, kept)? } else { sent(call, state, user)? };
    let place = state.pitches.of(user, number).map(|place| *place = pitch.clone());
    place.map_err(|why| not_yours(state, why))?;
    Ok(Reply::json(StatusCode::OK, &json!({ "data": shown(call.mint, number, &pitch) })))
}

/// Deletes a pitch.
pub(super) fn delete(call: &Call<'_>, state: &mut State) -> Result<Reply, Reply> {
    let LoggedIn { user, .. } = logged_in(call, state)?;
    let number = number(call, state)?;
    state.pitches.delete(user, number).map_err(|why| not_yours(state, why))?;
    state.tally.pitches_deleted += 1;
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

/// The number of the pitch in the path.
fn number(call: &Call<'_>, state: &mut State) -> Result<u64, Reply> {
    let number = call.mint.read(Kind::Pitch, call.last_segment());
    number.ok_or_else(|| state.refuse(Misuse::UnknownId, StatusCode::NOT_FOUND, "no such pitch"))
}

fn not_yours(state: &mut State, why: NotYours) -> Reply {
    match why {
        NotYours::Deleted => state.refuse(Misuse::DeletedId, StatusCode::NOT_FOUND, "no such pitch"),
        NotYours::Foreign => state.refuse(Misuse::ForeignId, StatusCode::FORBIDDEN, "not your pitch"),
    }
}

/// The pitch in a body that has it as a whole.
fn sent(call: &Call<'_>, state: &mut State, owner: u64) -> Result<Pitch, Reply> {
    let fields = call.fields(state)?;
    let title = fields.needed("title", LONGEST_TITLE).map_err(|error| state.invalid(&error))?;
    let logline = fields.optional("logline", LONGEST_LOGLINE).map_err(|error| state.invalid(&error))?;
    Ok(Pitch { owner, title: title.into(), logline: logline.map(Into::into) })
}

/// A pitch with the fields that a body has; what it has not stays.
fn patched(call: &Call<'_>, state: &mut State, kept: Pitch) -> Result<Pitch, Reply> {
    let fields = call.fields(state)?;
    let mut pitch = kept;
    if *fields.get("title") != Field::Missing {
        let title = fields.needed("title", LONGEST_TITLE).map_err(|error| state.invalid(&error))?;
        pitch.title = title.into();
    }
    if *fields.get("logline") != Field::Missing {
        let logline = fields.optional("logline", LONGEST_LOGLINE).map_err(|error| state.invalid(&error))?;
        pitch.logline = logline.map(Into::into);
    }
    Ok(pitch)
}

fn shown(mint: Mint, number: u64, pitch: &Pitch) -> Value {
    json!({
        "id": mint.write(Kind::Pitch, number),
        "title": pitch.title,
        "logline": pitch.logline,
        "owner": mint.write(Kind::User, pitch.owner),
    })
}
