//! The alerts of a run's journal: how long until somebody looked into each, and until it was over.

use std::fmt::Write as _;

use crate::report::formats::document::{Cell, Document, Table, Text, Tone};
use crate::report::view::run_view::RunView;
use crate::report::wording::numbers::{MISSING, capital, counted, span};
use crate::report::wording::times::moment;
use crate::store::journal::{FILE, JournalAlert};

use super::parts::{MOST_LINES, more};

pub(super) fn section(document: &mut Document, view: &RunView) {
    let alerts = &view.facts.alerts;
    if alerts.is_empty() {
        return;
    }
    document.heading("journal", "Alerts");
    document.paragraph(sentence(alerts));
    let mut table =
        Table::new(&["id", "priority", "what", "opened", ">acknowledged after", "by", ">resolved after"]);
    // The latest are of more use than the first.
    for known in alerts.iter().rev().take(MOST_LINES) {
        table.row(row(known));
    }
    document.table(table);
    document.list(more(alerts.len(), MOST_LINES, FILE).into_iter().collect());
}

fn sentence(alerts: &[JournalAlert]) -> String {
    let open = alerts.iter().filter(|known| known.alert.is_open()).count();
    let taken = alerts.iter().filter(|known| known.acknowledged.is_some()).count();
    let mut text = format!("{}: ", counted(alerts.len() as u64, "alert"));
    let state = match (open, taken) {
        (0, 0) => "all resolved, none acknowledged".to_owned(),
        (0, taken) => format!("all resolved, {taken} acknowledged"),
        (open, taken) => format!("{open} open, {taken} acknowledged"),
    };
    text.push_str(&state);
    let means = [
        ("acknowledge", alerts.iter().filter_map(JournalAlert::time_to_acknowledge).collect::<Vec<_>>()),
        ("resolve", alerts.iter().filter_map(JournalAlert::time_to_resolve).collect()),
    ];
    for (what, times) in means {
        let sum: std::time::Duration = times.iter().sum();
        if let Ok(count @ 1..) = u32::try_from(times.len()) {
            let mean = std::time::Duration::from_secs((sum / count).as_secs());
            let _ = write!(text, "; mean time to {what} {}", span(mean));
        }
    }
    text.push('.');
    text
}

fn row(known: &JournalAlert) -> Vec<Cell> {
    let alert = &known.alert;
    let length = |time: Option<std::time::Duration>, missing: &str| {
        let words = |time: std::time::Duration| span(std::time::Duration::from_secs(time.as_secs()));
        Cell::number(time.map_or_else(|| missing.to_owned(), words), time.map(|time| time.as_secs_f64()))
    };
    let by = known.acknowledged.as_ref().and_then(|(_, by)| by.clone());
    let tone = if alert.is_open() { Tone::Bad } else { Tone::Plain };
    vec![
        Text::code(&alert.id).into(),
        alert.kind.priority().code().into(),
        capital(&alert.summary).into(),
        moment(alert.opened_at).into(),
        length(known.time_to_acknowledge(), MISSING),
        by.unwrap_or_else(|| MISSING.to_owned()).into(),
        length(known.time_to_resolve(), "open").with_tone(tone),
    ]
}
