//! Entries as lines: JSON with `at` and `event` in each. Texts from outside are cut, and scrubbed of secrets.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::alert::{Alert, AlertKind};
use crate::domain::health::Health;
use crate::domain::scrub::scrub;

use super::entry::{Entry, JournalEvent};

/// Longest text. Units: bytes.
const LONGEST_TEXT: usize = 4 << 10;

/// A line.
#[derive(Serialize, Deserialize)]
struct Line {
    at: String,
    #[serde(flatten)]
    event: Wire,
}

/// What every line has, of newer versions too.
#[derive(Deserialize)]
struct Head {
    at: String,
    event: String,
}

/// The names of [`Wire`].
const KNOWN: [&str; 8] =
    ["opened", "closed", "acknowledged", "state", "hook_started", "hook_ended", "hook_skipped", "sent"];

#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Wire {
    Opened {
        id: String,
        alert: String,
        priority: String,
        scenario: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<String>,
        summary: String,
        description: String,
        opened_at: String,
    },
    Closed {
        id: String,
        closed_at: String,
    },
    Acknowledged {
        id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    State {
        workload: String,
        before: String,
        after: String,
    },
    HookStarted {
        hook: String,
        workload: String,
        dry_run: bool,
    },
    HookEnded {
        hook: String,
        workload: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<i32>,
        timed_out: bool,
        head: String,
        tail: String,
        duration_ms: u64,
    },
    HookSkipped {
        hook: String,
        workload: String,
        why: String,
    },
    Sent {
        id: String,
        receiver: String,
        firing: bool,
    },
}

/// The line of an entry, with its line break.
pub(super) fn line(entry: &Entry) -> Result<Vec<u8>, String> {
    let line = Line { at: stamp(entry.at), event: wire(&entry.event) };
    let mut line = serde_json::to_vec(&line).map_err(|error| error.to_string())?;
    line.push(b'\n');
    Ok(line)
}

/// The entry of a line; `None` for one of a newer version.
pub(super) fn read(line: &[u8]) -> Result<Option<Entry>, String> {
    let plain = |error: serde_json::Error| format!("not an entry of a journal: {error}");
    let head: Head = serde_json::from_slice(line).map_err(plain)?;
    let at = moment(&head.at)?;
    if !KNOWN.contains(&head.event.as_str()) {
        return Ok(None);
    }
    let line: Line = serde_json::from_slice(line).map_err(plain)?;
    Ok(event(line.event)?.map(|event| Entry { at, event }))
}

/// When the event of a line was noted.
pub(super) fn at(line: &[u8]) -> Option<Timestamp> {
    moment(&serde_json::from_slice::<Head>(line).ok()?.at).ok()
}

fn wire(event: &JournalEvent) -> Wire {
    match event {
        JournalEvent::Opened(alert) => Wire::Opened {
            id: alert.id.clone(),
            alert: alert.kind.name().to_owned(),
            priority: alert.kind.priority().code().to_owned(),
            scenario: alert.scenario.to_string(),
            subject: alert.subject.clone(),
            level: alert.level.clone(),
            summary: safe(&alert.summary),
            description: safe(&alert.description),
            opened_at: stamp(alert.opened_at),
        },
        JournalEvent::Closed { id, closed_at } => {
            Wire::Closed { id: id.clone(), closed_at: stamp(*closed_at) }
        }
        JournalEvent::Acknowledged { id, by, note } => Wire::Acknowledged {
            id: id.clone(),
            by: by.as_deref().map(safe),
            note: note.as_deref().map(safe),
        },
        JournalEvent::State { workload, before, after } => Wire::State {
            workload: workload.clone(),
            before: before.name().to_owned(),
            after: after.name().to_owned(),
        },
        JournalEvent::HookStarted { hook, workload, is_dry_run } => {
            Wire::HookStarted { hook: hook.clone(), workload: workload.clone(), dry_run: *is_dry_run }
        }
        JournalEvent::HookEnded { hook, workload, code, is_timed_out, head, tail, duration } => {
            Wire::HookEnded {
                hook: hook.clone(),
                workload: workload.clone(),
                code: *code,
                timed_out: *is_timed_out,
                head: safe(head),
                tail: safe_end(tail),
                duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            }
        }
        JournalEvent::HookSkipped { hook, workload, why } => {
            Wire::HookSkipped { hook: hook.clone(), workload: workload.clone(), why: safe(why) }
        }
        JournalEvent::Sent { id, receiver, is_firing } => {
            Wire::Sent { id: id.clone(), receiver: safe(receiver), firing: *is_firing }
        }
    }
}

/// `None` where a name is one of a newer version.
fn event(wire: Wire) -> Result<Option<JournalEvent>, String> {
    Ok(Some(match wire {
        Wire::Opened {
            id,
            alert,
            priority: _,
            scenario,
            subject,
            level,
            summary,
            description,
            opened_at,
        } => {
            let Some(kind) = AlertKind::named(&alert) else { return Ok(None) };
            let (scenario, opened_at) = (scenario.into(), moment(&opened_at)?);
            let closed_at = None;
            JournalEvent::Opened(Alert {
                id,
                kind,
                scenario,
                subject,
                level,
                summary,
                description,
                opened_at,
                closed_at,
            })
        }
        Wire::Closed { id, closed_at } => JournalEvent::Closed { id, closed_at: moment(&closed_at)? },
        Wire::Acknowledged { id, by, note } => JournalEvent::Acknowledged { id, by, note },
        Wire::State { workload, before, after } => {
            let (Some(before), Some(after)) = (Health::named(&before), Health::named(&after)) else {
                return Ok(None);
            };
            JournalEvent::State { workload, before, after }
        }
        Wire::HookStarted { hook, workload, dry_run } => {
            JournalEvent::HookStarted { hook, workload, is_dry_run: dry_run }
        }
        Wire::HookEnded { hook, workload, code, timed_out, head, tail, duration_ms } => {
            let duration = Duration::from_millis(duration_ms);
            JournalEvent::HookEnded { hook, workload, code, is_timed_out: timed_out, head, tail, duration }
        }
        Wire::HookSkipped { hook, workload, why } => JournalEvent::HookSkipped { hook, workload, why },
        Wire::Sent { id, receiver, firing } => JournalEvent::Sent { id, receiver, is_firing: firing },
    }))
}

fn stamp(at: Timestamp) -> String {
    format!("{at:.3}")
}

fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| format!("`{}` is not a point in time", safe(text)))
}

/// The beginning of a text, without secrets.
fn safe(text: &str) -> String {
    let text = scrub(text);
    text[..text.floor_char_boundary(LONGEST_TEXT)].to_owned()
}

/// The end of a text, without secrets.
fn safe_end(text: &str) -> String {
    let text = scrub(text);
    text[text.ceil_char_boundary(text.len().saturating_sub(LONGEST_TEXT))..].to_owned()
}
