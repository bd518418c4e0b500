//! Output of `baseline alert list`: one row per alert.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::alert::Alert;
use crate::domain::columns::{columns, padded};
use crate::domain::plain_text::visible;
use crate::report::formats::envelope::{Output, print};
use crate::report::formats::json::alerts::AlertEntry;
use crate::report::wording::numbers::{MISSING, count, span};
use crate::report::wording::times::moment_beside;
use crate::store::journal::JournalAlert;

/// An alert, and where it was raised.
#[derive(Debug, Clone)]
pub struct ListedAlert {
    /// ID of the run, or `monitor/NAME`.
    pub source: String,
    /// The alert.
    pub alert: JournalAlert,
}

/// Alerts in the order in which they are listed.
#[derive(Debug, Clone)]
pub struct AlertListing {
    /// Open ones first.
    pub alerts: Vec<ListedAlert>,
    /// Number of earlier alerts.
    pub left_out: usize,
    /// What cannot be read, a sentence each.
    pub warnings: Vec<String>,
}

/// Open and recent alerts.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline alert list --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct AlertsOutput<'a> {
    /// Open alerts first, then those that have ended; of both the latest first.
    alerts: Vec<ListedOutput<'a>>,
    /// Number of earlier alerts, which are not listed.
    left_out: usize,
    /// Journals that cannot be read, a sentence each.
    warnings: &'a [String],
}

impl Output for AlertsOutput<'_> {
    const KIND: &'static str = "alerts";
}

/// An alert, and where it was raised.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "ListedAlert", deny_unknown_fields)]
struct ListedOutput<'a> {
    /// ID of the run, or `monitor/NAME`.
    source: &'a str,
    alert: AlertEntry<'a>,
}

impl AlertListing {
    /// Renders one row per alert as text, for people.
    pub fn text(&self, out_folder: &Path, now: Timestamp) -> String {
        let mut text = String::new();
        if self.alerts.is_empty() {
            let _ = writeln!(text, "no alerts in {}", out_folder.display());
        } else {
            let head = ["id", "priority", "state", "opened", "acknowledged", "from", "what"];
            let mut rows = vec![head.map(str::to_owned)];
            rows.extend(self.alerts.iter().map(|listed| cells(listed, now)));
            let widths: Vec<usize> = (0..head.len())
                .map(|column| rows.iter().map(|row| columns(&row[column])).max().unwrap_or(0))
                .collect();
            for row in &rows {
                let cells = row.iter().zip(&widths).map(|(cell, width)| padded(cell, *width));
                let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
            }
        }
        if self.left_out > 0 {
            let _ = writeln!(text, "\n{} earlier alerts are not listed", count(self.left_out as u64));
        }
        for warning in &self.warnings {
            let _ = writeln!(text, "warning: {warning}");
        }
        text
    }

    /// Renders the alerts as JSON, for programs.
    pub fn json(&self) -> String {
        print(AlertsOutput {
            alerts: self
                .alerts
                .iter()
                .map(|listed| ListedOutput { source: &listed.source, alert: AlertEntry::of(&listed.alert) })
                .collect(),
            left_out: self.left_out,
            warnings: &self.warnings,
        })
    }
}

fn cells(listed: &ListedAlert, now: Timestamp) -> [String; 7] {
    let ListedAlert { source, alert: known } = listed;
    let alert = &known.alert;
    let state = match known.time_to_resolve() {
        Some(lasted) => format!("ended after {}", whole(lasted)),
        None => format!("open for {}", whole(age(alert, now))),
    };
    let acknowledged = known.time_to_acknowledge().map_or_else(
        || MISSING.to_owned(),
        |after| {
            let by = known.acknowledged.as_ref().and_then(|(_, by)| by.as_ref());
            let by = by.map(|by| format!(" by {}", visible(by))).unwrap_or_default();
            format!("after {}{by}", whole(after))
        },
    );
    [
        visible(&alert.id).into_owned(),
        alert.kind.priority().code().to_owned(),
        state,
        moment_beside(alert.opened_at, now),
        acknowledged,
        visible(source).into_owned(),
        visible(&alert.summary).replace('\n', " "),
    ]
}

fn age(alert: &Alert, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(alert.opened_at)).unwrap_or_default()
}

fn whole(length: Duration) -> String {
    span(Duration::from_secs(length.as_secs()))
}
