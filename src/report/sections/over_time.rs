//! The run over time: level shifts, trends, the daily cycle, and its last hour.

use std::time::Duration;

use crate::report::Report;
use crate::report::charts::Subject;
use crate::report::formats::document::{Cell, Document, Table, Text};
use crate::report::view::findings::{Findings, Series, time_of};
use crate::report::view::rolling::RollingView;
use crate::report::wording::numbers::{count, percent, span, time_us};
use crate::report::wording::phrases::{metric_value, metric_words, signed_percent};
use crate::report::wording::times::moment;

use super::parts::{MOST_LINES, figures, more};

pub(super) fn section(document: &mut Document, report: &Report<'_>) {
    let findings = &report.view.findings;
    document.heading("course", "Over time");
    step_changes(document, findings);
    trends(document, findings);
    figures(document, report, Subject::Course);
    figures(document, report, Subject::Hours);
    if !report.view.rolling.is_empty() {
        document.subheading("rolling", "End of the run");
        document.table(rolling(&report.view.rolling));
    }
}

fn step_changes(document: &mut Document, findings: &Findings) {
    if findings.examined == 0 {
        document.paragraph("Too few valid windows to look for level shifts.");
        return;
    }
    if findings.step_changes.is_empty() {
        document.paragraph(format!(
            "No level shifts of 5 % or more in {}.",
            counted_series(findings.examined as u64)
        ));
        return;
    }
    document.paragraph("Level shifts, found after the run:");
    let mut table = Table::new(&[
        "",
        "started at",
        ">window",
        "endpoint",
        "level",
        "metric",
        ">before",
        ">after",
        ">change",
    ]);
    for (place, (series, change)) in findings.step_changes.iter().enumerate().take(MOST_LINES) {
        let value = |value: f64| Cell::number(metric_value(series.metric, Some(value)), Some(value));
        let effect = change.effect();
        table.row(vec![
            format!("C{}", place + 1).into(),
            moment(time_of(change)).into(),
            Cell::number(count(change.window), Some(change.window as f64)),
            series.cell.series().into(),
            (&*series.cell.level).into(),
            metric_words(series.metric).into(),
            value(change.before),
            value(change.after),
            Cell::number(signed_percent(effect), Some(effect)),
        ]);
    }
    document.table(table);
    document.list(more(findings.step_changes.len(), MOST_LINES, "report.json").into_iter().collect());
}

fn trends(document: &mut Document, findings: &Findings) {
    let mut lines: Vec<Text> = Vec::new();
    for (series, drift) in findings.trends.iter().take(MOST_LINES) {
        lines.push(Text::plain(format!(
            "{} drifts by {} per 24 hours (95 % interval {} to {}), measured over {}",
            name(series),
            signed_percent(drift.in_a_day.value),
            signed_percent(drift.in_a_day.low),
            signed_percent(drift.in_a_day.high),
            span(Duration::try_from_secs_f64(drift.seen_s.max(0.0)).unwrap_or_default())
        )));
    }
    lines.extend(more(findings.trends.len(), MOST_LINES, "report.json"));
    match (findings.trends.is_empty(), findings.trends_examined) {
        (_, 0) => {
            lines.push(
                "Too short for trends: a trend of less than a day cannot be separated from the daily cycle."
                    .into(),
            );
        }
        (true, n) => lines
            .push(format!("No trends of 10 % or more per 24 hours in {}.", counted_series(n as u64)).into()),
        (false, _) => (),
    }
    if let Some((series, swing)) = &findings.daily_swing {
        lines.push(format!("Largest daily cycle: {}, +-{}.", name(series), percent(Some(*swing))).into());
    }
    document.list(lines);
}

fn name(series: &Series) -> String {
    format!("{}: {}", series.cell, metric_words(series.metric))
}

fn counted_series(n: u64) -> String {
    if n == 1 { "1 series".to_owned() } else { format!("{} series", count(n)) }
}

/// The last minute, 5 minutes, 15 minutes and hour of the run, per endpoint.
pub(in crate::report) fn rolling(views: &[RollingView]) -> Table {
    let mut table =
        Table::new(&["endpoint", ">last", ">windows", ">requests", ">errors", ">mean", ">p95", ">p99"]);
    for view in views {
        let requests = view.counts.requests();
        let time = |us: Option<f64>| Cell::number(time_us(us), us);
        table.row(vec![
            (&*view.endpoint).into(),
            Cell::number(span(view.span), Some(view.span.as_secs_f64())),
            Cell::number(count(view.windows), Some(view.windows as f64)),
            Cell::number(count(requests), Some(requests as f64)),
            Cell::number(percent(view.counts.error_ratio()), view.counts.error_ratio()),
            time(view.mean_us),
            time(view.p95_us),
            time(view.p99_us),
        ]);
    }
    table
}
