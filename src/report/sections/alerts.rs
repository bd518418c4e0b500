//! Alerts with their windows, and outliers with the number expected by chance.

use crate::analysis::alert::AlertKind;
use crate::analysis::watch::{Alert, Flag};
use crate::report::Report;
use crate::report::charts::Subject;
use crate::report::formats::document::{Cell, Document, Table, Text, Tone};
use crate::report::view::run_view::RunView;
use crate::report::wording::numbers::{MISSING, count, significant};
use crate::report::wording::phrases::{interval_words, metric_value, metric_words, signed_percent};

use super::parts::{MOST_LINES, figures, more};

/// The number of outliers that are listed: those with the largest deviation.
const MOST_FLAGS: usize = 10;

pub(super) fn section(document: &mut Document, report: &Report<'_>) {
    let view = report.view;
    document.heading("alerts", "Alerts and outliers");
    alerts(document, view);
    figures(document, report, Subject::Errors);
    document.subheading("flags", "Outliers");
    document.paragraph(view.health.flags_sentence());
    flags(document, view);
}

fn alerts(document: &mut Document, view: &RunView) {
    let alerts = &view.findings.alerts;
    if alerts.is_empty() {
        document.paragraph(if view.health.flags.judged == 0 {
            "No alerts: no window has been compared with a baseline yet."
        } else {
            "No alerts: no change of 10 % or more was confirmed during the run."
        });
        return;
    }
    document.paragraph("Changes of 10 % or more that were confirmed during the run, one per incident, in chronological order.");
    let mut table = Table::new(&[
        "",
        "confirmed at",
        ">window",
        "endpoint",
        "level",
        "metric",
        ">expected",
        ">new value",
        ">change",
        "direction",
    ]);
    for (place, alert) in alerts.iter().enumerate().take(MOST_LINES) {
        table.row(alert_row(place, alert));
    }
    document.table(table);
    document.list(more(alerts.len(), MOST_LINES, "anomalies.csv").into_iter().collect());
}

fn alert_row(place: usize, alert: &Alert) -> Vec<Cell> {
    let (word, tone) = if alert.is_worse() { ("worse", Tone::Bad) } else { ("better", Tone::Good) };
    let kind = match alert.kind {
        AlertKind::Burst => "burst",
        AlertKind::Shift => "shift",
        AlertKind::Errors => "errors",
    };
    let windows = if alert.windows == 1 { "window" } else { "windows" };
    let value = |value: f64| Cell::number(metric_value(alert.metric, Some(value)), Some(value));
    let mut expected = value(alert.expected);
    if alert.kind == AlertKind::Errors {
        expected.text = Text::plain("at most ").and(expected.text);
    }
    vec![
        format!("A{}", place + 1).into(),
        format!("{:.0}", alert.place.started_at).into(),
        Cell::number(count(alert.place.window), Some(alert.place.window as f64)),
        alert.place.cell.series().into(),
        (&*alert.place.cell.level).into(),
        metric_words(alert.metric).into(),
        expected,
        value(alert.level()),
        Cell::number(alert.effect.map_or_else(|| MISSING.to_owned(), signed_percent), alert.effect),
        Cell::from(word)
            .with_note(Some(format!("{kind} over {} {windows}", count(alert.windows as u64))))
            .with_tone(tone),
    ]
}

fn flags(document: &mut Document, view: &RunView) {
    if view.flags.is_empty() {
        return;
    }
    let mut furthest: Vec<&Flag> = view.flags.iter().collect();
    furthest.sort_by(|left, right| right.sigmas.abs().total_cmp(&left.sigmas.abs()));
    let mut table =
        Table::new(&["at", ">window", "endpoint", "level", "metric", ">value", "baseline band", ">sigma"]);
    for flag in furthest.into_iter().take(MOST_FLAGS) {
        let sigmas =
            if flag.sigmas.is_finite() { significant(flag.sigmas) } else { "constant baseline".to_owned() };
        table.row(vec![
            format!("{:.0}", flag.place.started_at).into(),
            Cell::number(count(flag.place.window), Some(flag.place.window as f64)),
            flag.place.cell.series().into(),
            (&*flag.place.cell.level).into(),
            metric_words(flag.metric).into(),
            Cell::number(metric_value(flag.metric, Some(flag.value)), Some(flag.value)),
            interval_words(flag.metric, (flag.band.low, flag.band.high)).into(),
            Cell::number(sigmas, Some(flag.sigmas)),
        ]);
    }
    if view.flags.len() > MOST_FLAGS {
        document.paragraph("The largest deviations:");
    }
    document.table(table);
    let all = more(view.flags.len(), MOST_FLAGS, "anomalies.csv");
    document.list(all.into_iter().collect::<Vec<Text>>());
}
