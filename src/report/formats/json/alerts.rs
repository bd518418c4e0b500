//! An alert with who looked into it, in JSON.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::formats::values::Moment;
use crate::store::journal::JournalAlert;

/// An alert of the journal.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Alert", deny_unknown_fields)]
pub(in crate::report) struct AlertEntry<'a> {
    /// Identifier: the same for the same alert.
    id: &'a str,
    /// What it is about, such as `BaselineErrorRateHigh`; docs/notifications.md lists them.
    alert: &'static str,
    /// `P0`, the most urgent, to `P3`.
    priority: &'static str,
    /// Name of the scenario.
    scenario: &'a str,
    /// The endpoint, journey, step or service; null for the scenario as a whole.
    endpoint: Option<&'a str>,
    /// The load level; null where several were affected.
    level: Option<&'a str>,
    /// What was wrong, in a line.
    summary: &'a str,
    /// When it began.
    opened_at: Moment,
    /// When it was acknowledged; null where nobody has.
    acknowledged_at: Option<Moment>,
    /// Who acknowledged it; null where nobody has, or they did not say.
    acknowledged_by: Option<&'a str>,
    /// What they said about it.
    note: Option<&'a str>,
    /// When it ended; null while it is open.
    closed_at: Option<Moment>,
    /// Time from its beginning until it was acknowledged.
    time_to_acknowledge_s: Option<f64>,
    /// Time from its beginning to its end.
    time_to_resolve_s: Option<f64>,
}

impl<'a> AlertEntry<'a> {
    pub(in crate::report) fn of(known: &'a JournalAlert) -> Self {
        let JournalAlert { alert, acknowledged, note } = known;
        Self {
            id: &alert.id,
            alert: alert.kind.name(),
            priority: alert.kind.priority().code(),
            scenario: &alert.scenario,
            endpoint: alert.subject.as_deref(),
            level: alert.level.as_deref(),
            summary: &alert.summary,
            opened_at: Moment(alert.opened_at),
            acknowledged_at: acknowledged.as_ref().map(|(at, _)| Moment(*at)),
            acknowledged_by: acknowledged.as_ref().and_then(|(_, by)| by.as_deref()),
            note: note.as_deref(),
            closed_at: alert.closed_at.map(Moment),
            time_to_acknowledge_s: known.time_to_acknowledge().map(|span| span.as_secs_f64()),
            time_to_resolve_s: known.time_to_resolve().map(|span| span.as_secs_f64()),
        }
    }
}
