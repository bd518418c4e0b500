//! One step of a journey: written, sent, its redirects followed, its response looked into.

use std::borrow::Cow;

use crate::domain::endpoint::Origin;
use crate::domain::error_reason::ErrorReason;
use crate::extract::{Missing, Seen};
use crate::host::clock::now as wall_clock;
use crate::http::sigv4::{Signable, UNSIGNED_PAYLOAD, body_hash};
use crate::http::{Failure, PrepareError, Redirect, Request};

use super::carried::{Carried, trouble_with};
use super::client::{Outcome, Started};
use super::play::PlayStep;
use super::played::{Records, Sent};
use super::player::{Player, Role};
use super::progress::Progress;
use super::redirects::{Destination, MOST_REDIRECTS, connector_to, destination};

/// Memory for a body that is kept from one response to the next. Units: bytes.
const LARGEST_ROOM: usize = 64 << 10;

/// A redirect that is followed.
struct Hop {
    to: Destination,
    origin: usize,
    method_stays: bool,
}

/// What a look into a response comes to.
struct Looked {
    outcome: Outcome,
    remark: Option<String>,
}

impl Looked {
    fn plainly(outcome: Outcome) -> Self {
        Self { outcome, remark: None }
    }

    fn failed(reason: ErrorReason, remark: String) -> Self {
        Self { outcome: Outcome::Failed(reason), remark: Some(remark) }
    }
}

impl Player {
    /// Sends a step, and keeps what it captures. `intended`: when it was due, in an open loop.
    pub(super) async fn step(
        &mut self,
        member: usize,
        step: &PlayStep,
        intended: Option<u64>,
        progress: &mut Progress,
        records: &mut Records<'_>,
    ) -> Sent {
        self.draw(member, step);
        let (started, mut attempt) = self.send(member, step, None, None, progress).await;
        let ids = step.template.is_traced().then(|| self.client.tracer.ids());
        let started = Started { intended_ns: intended.unwrap_or(started.sent_ns), ..started };
        let mut hops = Vec::new();
        let mut blocked = None;
        while step.follow && attempt.is_ok() {
            match self.next_hop(member, step, &hops) {
                Ok(Some(hop)) => {
                    (_, attempt) = self.send(member, step, Some(&hop), Some(started), progress).await;
                    hops.push(hop);
                }
                Ok(None) => break,
                Err(reason) => {
                    blocked = Some(reason);
                    break;
                }
            }
        }
        let ended_ns = self.client.ended_ns(attempt);
        let looked = match (blocked, self.client.outcome(attempt, step.template.expectation())) {
            (Some(reason), _) => Looked::plainly(Outcome::Failed(reason)),
            (None, Outcome::Succeeded) => self.look(member, step),
            (None, outcome) => Looked::plainly(outcome),
        };
        let status = attempt.is_ok().then_some(self.client.response.status);
        if let Some(records) = records {
            progress.ended_ns = progress.ended_ns.max(ended_ns);
            progress.recorder.busy(ended_ns.saturating_sub(started.sent_ns));
            if attempt.is_ok() {
                progress.recorder.received(&self.client.response);
            }
            if let Some(recorder) = step.part.and_then(|part| records.get_mut(part)) {
                self.client.record((started, ended_ns), attempt, looked.outcome, ids, recorder);
                recorder.redirected(hops.len() as u64);
                looked.remark.iter().for_each(|remark| recorder.remark(remark));
            }
        }
        let sent = Sent { started, ended_ns, outcome: looked.outcome, status, remark: looked.remark };
        if let Some(trace) = &mut self.trace {
            if let Some(kept) = self.client.response.kept.as_ref().filter(|_| attempt.is_ok()) {
                // Where a step fails nothing is kept, and its response is shown all the same.
                let seen = Seen::new(self.client.response.status, &kept.fields, &kept.body);
                let secret = step.captures.iter().filter(|taken| !taken.is_public);
                secret
                    .filter_map(|taken| taken.query.find(&seen).ok())
                    .for_each(|found| trace.hide(&found.into_text()));
            }
            let role = &self.roles[member];
            trace.ended(&sent, step, &self.cast.plays[member], &role.carried);
        }
        sent
    }

    /// Writes and sends the request of a step, as it is or redirected. It is timed from when it was written.
    async fn send(
        &mut self,
        member: usize,
        step: &PlayStep,
        hop: Option<&Hop>,
        started: Option<Started>,
        progress: &mut Progress,
    ) -> (Started, Result<(), Failure>) {
        let Self { client, room, roles, trace, .. } = self;
        let role = &roles[member];
        // Redirects are spans of their own.
        client.tracer.begin_span();
        let written = write(step, hop, role, room);
        let now = client.now();
        if started.is_none() {
            progress.idle_until(now);
        }
        let started = started.unwrap_or(Started { intended_ns: now, sent_ns: now });
        let Ok(request) = written else {
            return (started, Err(Failure::of(ErrorReason::ValueUnsendable)));
        };
        let from = hop.map_or(&step.from, |hop| &hop.to.origin);
        if let Some(trace) = trace {
            trace.sends(step, request, from, client.tracer.traceparent());
        }
        let origin = hop.map_or(step.origin, |hop| hop.origin);
        let deadline_ns = started.sent_ns.saturating_add(step.timeout_ns);
        let attempt = client.attempt(request, origin, now, deadline_ns, &mut progress.recorder).await;
        if attempt.is_ok() {
            if let Some(trace) = trace {
                trace.received(&client.response);
            }
            self.keep_cookies(member, step, hop);
        }
        (started, attempt)
    }

    /// Keeps the cookies of the last response.
    fn keep_cookies(&mut self, member: usize, step: &PlayStep, hop: Option<&Hop>) {
        let Some(kept) = &self.client.response.kept else { return };
        let Role { carried, jar, .. } = &mut self.roles[member];
        let mut place = None;
        for cookie in kept.fields.all("set-cookie") {
            let (from, path) = &*place.get_or_insert_with(|| place_of(step, hop, carried));
            jar.store(from, path, cookie, wall_clock());
        }
    }

    /// Where the last response redirects to; `None` where it does not.
    /// # Errors
    /// [`ErrorReason`] where that may not be followed.
    fn next_hop(&mut self, member: usize, step: &PlayStep, hops: &[Hop]) -> Result<Option<Hop>, ErrorReason> {
        let response = &self.client.response;
        if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let fields = response.kept.as_deref().map(|kept| &kept.fields);
        let Some(location) = fields.and_then(|fields| fields.get("location")) else { return Ok(None) };
        if hops.len() >= MOST_REDIRECTS {
            return Err(ErrorReason::TooManyRedirects);
        }
        let last = hops.last();
        let from = last.map_or(&step.from, |hop| &hop.to.origin);
        let path = match last {
            Some(hop) => hop.to.path.clone(),
            None => step.path.rendered(&self.roles[member].carried),
        };
        let to = destination(from, &path, location).ok_or(ErrorReason::RedirectNotAllowed)?;
        let method_stays =
            last.is_none_or(|hop| hop.method_stays) && step.template.method_stays(response.status);
        let shared = &self.client.shared;
        let origin = if let Some(origin) = shared.origins.iter().position(|known| *known == to.origin) {
            origin
        } else {
            let connector = connector_to(shared, &to.origin).ok_or(ErrorReason::RedirectNotAllowed)?;
            self.client.add_origin(connector)
        };
        Ok(Some(Hop { to, origin, method_stays }))
    }

    /// Looks into a response that is as expected so far: captures, then checks.
    fn look(&mut self, member: usize, step: &PlayStep) -> Looked {
        if step.captures.is_empty() && step.checks.is_empty() {
            return Looked::plainly(Outcome::Succeeded);
        }
        let Some(mut kept) = self.client.response.kept.take() else {
            return Looked::plainly(Outcome::Failed(ErrorReason::NotCaptured));
        };
        let looked = if step.body_limit.is_some() && kept.body_is_cut {
            let remark = format!("the response is longer than {} bytes", kept.body.len());
            Looked::failed(ErrorReason::BodyTooLarge, remark)
        } else {
            let seen = Seen::new(self.client.response.status, &kept.fields, &kept.body);
            let carried = &mut self.roles[member].carried;
            // In this order, so that a check can compare with what was captured beside it.
            let captured = capture(step, &seen, carried);
            match captured.outcome {
                Outcome::Succeeded => check(step, &seen, carried).unwrap_or(captured),
                _ => captured,
            }
        };
        // Its memory is used again, unless it is much: each of many users has one.
        if kept.body.capacity() > LARGEST_ROOM && self.trace.is_none() {
            kept.body = Vec::new();
        }
        self.client.response.kept = Some(kept);
        looked
    }
}

/// The first check that does not hold.
fn check(step: &PlayStep, seen: &Seen<'_>, carried: &Carried) -> Option<Looked> {
    let failed = step.checks.iter().find(|(check, value)| match value {
        Some(value) => !check.holds_with(seen, &value.rendered(carried)),
        None => !check.holds(seen),
    })?;
    Some(Looked::failed(ErrorReason::CheckFailed, format!("check failed: {}", failed.0.text())))
}

/// Takes every value; the first that is missing fails the step.
fn capture(step: &PlayStep, seen: &Seen<'_>, carried: &mut Carried) -> Looked {
    for taken in &step.captures {
        let found = match taken.query.find(seen) {
            Ok(found) => found,
            Err(missing) => {
                let (reason, what) = match missing {
                    Missing::Nothing => (ErrorReason::NotCaptured, "found nothing"),
                    Missing::NotJson => (ErrorReason::NotJson, "the body is not JSON"),
                    Missing::TooLarge => (ErrorReason::BodyTooLarge, "the body is too large for this query"),
                };
                return Looked::failed(reason, trouble_with(&taken.name, taken.query.text(), what));
            }
        };
        match (taken.text_slot, taken.json_slot) {
            (Some(text), None) => carried.keep(text, found.into_text()),
            (None, Some(json)) => carried.keep(json, found.into_json_text()),
            (Some(text), Some(json)) => {
                carried.keep(json, found.clone().into_json_text());
                carried.keep(text, found.into_text());
            }
            (None, None) => (),
        }
    }
    Looked::plainly(Outcome::Succeeded)
}

/// Origin and path that a request goes to, for its cookies.
fn place_of<'a>(step: &'a PlayStep, hop: Option<&'a Hop>, carried: &Carried) -> (&'a Origin, Cow<'a, str>) {
    match hop {
        Some(hop) => (&hop.to.origin, Cow::Borrowed(&hop.to.path)),
        None => (&step.from, step.path.text(carried)),
    }
}

/// Writes the request of a step, as it is or redirected, with its cookies and its signature.
fn write<'a>(
    step: &'a PlayStep,
    hop: Option<&Hop>,
    role: &Role,
    room: &'a mut Option<Request>,
) -> Result<&'a Request, PrepareError> {
    let cookies = if role.jar.is_empty() || step.sends_own_cookies {
        None
    } else {
        let (origin, path) = place_of(step, hop, &role.carried);
        role.jar.header(origin, &path, wall_clock())
    };
    let cookie = cookies.as_deref().map(|cookies| ("cookie", cookies));
    // Keys are for the origin that the step names, wherever it redirects.
    let signer = step.signer.as_ref().filter(|_| hop.is_none_or(|hop| hop.to.origin == step.from));
    let Some(signer) = signer else {
        return write_with(step, hop, role, cookie.as_slice(), room);
    };
    let unsigned = write_with(step, hop, role, cookie.as_slice(), room)?;
    let hash = unsigned.body().map_or_else(|| UNSIGNED_PAYLOAD.to_owned(), body_hash);
    let signed = unsigned.lines().map(|(method, target, host, headers)| {
        let headers: Vec<(&str, &str)> = headers.collect();
        signer.sign(Signable { method, target, host, headers: &headers }, &hash, wall_clock())
    });
    let signed = signed.unwrap_or_default();
    let extra: Vec<(&str, &str)> =
        cookie.into_iter().chain(signed.iter().map(|(name, value)| (*name, value.as_str()))).collect();
    write_with(step, hop, role, &extra, room)
}

fn write_with<'a>(
    step: &'a PlayStep,
    hop: Option<&Hop>,
    role: &Role,
    extra: &[(&str, &str)],
    room: &'a mut Option<Request>,
) -> Result<&'a Request, PrepareError> {
    match hop {
        None => step.template.request_with(&role.carried, extra, room),
        Some(hop) => {
            let to = Redirect { origin: &hop.to.origin, path: &hop.to.path, method_stays: hop.method_stays };
            step.template.redirected(to, &role.carried, extra, room)
        }
    }
}
