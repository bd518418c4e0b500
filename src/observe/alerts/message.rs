//! What is sent: alerts as Alertmanager takes them, and the JSON of webhooks, which `docs/webhook.schema.json` describes.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::domain::alert::Alert;
use crate::domain::plain_text::visible;
use crate::domain::scrub::scrub;
use crate::domain::units::after;

/// How far ahead the end of an alert that lasts is. It is sent again long before.
pub(super) const ENDS_AHEAD: Duration = Duration::from_mins(4);
/// Longest text. Units: bytes.
const LONGEST: usize = 1_024;

/// The labels of an alert: who it is for, and what makes it the same one.
fn labels(alert: &Alert) -> Map<String, Value> {
    let priority = alert.kind.priority();
    let mut labels = Map::new();
    let mut put = |name: &str, value: &str| {
        if !value.is_empty() {
            labels.insert(name.to_owned(), safe(value).into());
        }
    };
    put("alertname", alert.kind.name());
    put("severity", priority.severity());
    put("priority", priority.code());
    put("scenario", &alert.scenario);
    put("endpoint", alert.subject.as_deref().unwrap_or_default());
    put("level", alert.level.as_deref().unwrap_or_default());
    labels
}

fn annotations(alert: &Alert, runbooks: &str) -> Map<String, Value> {
    let mut annotations = Map::new();
    annotations.insert("summary".to_owned(), safe(&alert.summary).into());
    annotations.insert("description".to_owned(), safe(&alert.description).into());
    annotations.insert("runbook_url".to_owned(), runbook(alert, runbooks).into());
    annotations
}

fn runbook(alert: &Alert, runbooks: &str) -> String {
    format!("{}/{}.md", runbooks.trim_end_matches('/'), alert.kind.runbook())
}

/// One alert for Alertmanager, as its API takes them: a list.
pub(super) fn alertmanager(alert: &Alert, is_firing: bool, now: Timestamp, runbooks: &str) -> String {
    // An alert that does not end after its beginning is refused.
    let least = after(alert.opened_at, Duration::from_millis(1));
    let ends_at = match alert.closed_at.filter(|_| !is_firing) {
        Some(closed_at) => closed_at.max(least),
        None if is_firing => after(now, ENDS_AHEAD).max(least),
        None => now.max(least),
    };
    let alert = json!({
        "labels": labels(alert),
        "annotations": annotations(alert, runbooks),
        "startsAt": stamp(alert.opened_at),
        "endsAt": stamp(ends_at),
    });
    Value::Array(vec![alert]).to_string()
}

/// A notification for a webhook.
pub(super) fn webhook(alert: &Alert, is_firing: bool, runbooks: &str) -> String {
    let priority = alert.kind.priority();
    let closed_at = alert.closed_at.filter(|_| !is_firing);
    json!({
        "schema": 1,
        "kind": "alert",
        "event": event(is_firing),
        "id": alert.id,
        "alert": alert.kind.name(),
        "priority": priority.code(),
        "severity": priority.severity(),
        "scenario": safe(&alert.scenario),
        "endpoint": alert.subject.as_deref().map(safe),
        "level": alert.level.as_deref().map(safe),
        "summary": safe(&alert.summary),
        "description": safe(&alert.description),
        "runbook_url": runbook(alert, runbooks),
        "opened_at": stamp(alert.opened_at),
        "closed_at": closed_at.map(stamp),
        "duration_s": closed_at.map(|at| at.duration_since(alert.opened_at).as_secs_f64().max(0.0)),
    })
    .to_string()
}

/// The word for the beginning or the end of an alert.
pub(super) fn event(is_firing: bool) -> &'static str {
    if is_firing { "firing" } else { "resolved" }
}

fn stamp(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// A text without secrets and control characters, cut.
fn safe(text: &str) -> String {
    let text = scrub(text);
    let text = visible(&text);
    text[..text.floor_char_boundary(LONGEST)].to_owned()
}

#[cfg(test)]
mod tests {
    use crate::domain::alert::AlertKind;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn alert() -> Alert {
        Alert {
            id: "0123456789ab".to_owned(),
            kind: AlertKind::Errors,
            scenario: "shop".into(),
            subject: Some("browse".to_owned()),
            level: None,
            summary: "browse fails: token=obviously-fake-1".to_owned(),
            description: "é".repeat(2_000),
            opened_at: at(1_000),
            closed_at: None,
        }
    }

    #[test]
    fn alertmanager_gets_labels_and_an_end_ahead_or_behind() {
        let read = |text: String| serde_json::from_str::<Value>(&text).unwrap();
        let mut alert = alert();
        let firing = read(alertmanager(&alert, true, at(2_000), "https://h.example/books/"));
        let expected = json!({
            "alertname": "BaselineErrorRateHigh", "severity": "error", "priority": "P1", "scenario": "shop",
            "endpoint": "browse",
        });
        assert_eq!(firing[0]["labels"], expected);
        assert_eq!(firing[0]["startsAt"], "1970-01-01T00:16:40.000Z");
        assert_eq!(firing[0]["endsAt"], "1970-01-01T00:37:20.000Z");
        let annotations = &firing[0]["annotations"];
        assert_eq!(annotations["runbook_url"], "https://h.example/books/high-error-rate.md");
        assert_eq!(annotations["summary"], "browse fails: token=***");
        assert_eq!(annotations["description"].as_str().unwrap().len(), LONGEST);
        alert.closed_at = Some(at(1_500));
        assert_eq!(read(alertmanager(&alert, false, at(2_000), ""))[0]["endsAt"], "1970-01-01T00:25:00.000Z");
        alert.closed_at = Some(at(1_000));
        assert_eq!(read(alertmanager(&alert, false, at(2_000), ""))[0]["endsAt"], "1970-01-01T00:16:40.001Z");
    }

    #[test]
    fn a_webhook_gets_one_object() {
        let mut alert = alert();
        alert.closed_at = Some(at(1_090));
        let read = |text: String| serde_json::from_str::<Value>(&text).unwrap();
        let firing = read(webhook(&alert, true, "docs/runbooks"));
        assert_eq!((&firing["event"], &firing["closed_at"]), (&json!("firing"), &Value::Null));
        let resolved = read(webhook(&alert, false, "docs/runbooks"));
        assert_eq!((&resolved["event"], &resolved["duration_s"]), (&json!("resolved"), &json!(90.0)));
        assert_eq!(resolved["id"], "0123456789ab");
    }
}
