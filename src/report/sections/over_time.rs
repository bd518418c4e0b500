//! The run over time: level shifts, trends, the daily cycle, and its last hour.

use std::time::Duration;

use jiff::SignedDuration;

use crate::analysis::drift::StepChange;
use crate::report::Report;
use crate::report::charts::{Subject, endpoints_left_out};
use crate::report::formats::document::{Block, Cell, Document, Table, Text};
use crate::report::view::findings::{Findings, Series, time_of};
use crate::report::view::incident_view::IncidentView;
use crate::report::view::rolling::RollingView;
use crate::report::view::run_view::RunView;
use crate::report::wording::numbers::{count, counted, percent, span, time_us};
use crate::report::wording::phrases::{metric_value, metric_words, signed_percent};
use crate::report::wording::times::moment;

use super::endpoints::EndpointSummary;
use super::parts::{MOST_LINES, figures, figures_of, more};

pub(super) fn section(document: &mut Document, report: &Report<'_>, endpoints: &[EndpointSummary<'_>]) {
    let findings = &report.view.findings;
    document.heading("course", "Over time");
    figures(document, report, Subject::Errors);
    endpoint_charts(document, report, endpoints);
    trends(document, findings);
    step_changes(document, report.view);
    let more = [Subject::Hours, Subject::Percentiles]
        .into_iter()
        .flat_map(|subject| figures_of(report, subject, None));
    document.folded("All endpoints: service time by hour of day and by percentile", more.collect());
    if !report.view.rolling.is_empty() {
        document.folded("The last hour", vec![Block::Table(rolling(&report.view.rolling))]);
    }
}

/// The charts of each endpoint, the worst first. Those where something was wrong are unfolded, or else the first.
fn endpoint_charts(document: &mut Document, report: &Report<'_>, endpoints: &[EndpointSummary<'_>]) {
    const MOST_OPEN: usize = 3;
    let is_any_notable = endpoints.iter().any(EndpointSummary::is_notable);
    let mut open = 0;
    for (place, endpoint) in endpoints.iter().enumerate() {
        let course = figures_of(report, Subject::Course, Some(&endpoint.name));
        let heat = figures_of(report, Subject::HeatMap, Some(&endpoint.name));
        if course.is_empty() && heat.is_empty() {
            continue;
        }
        let is_open = open < MOST_OPEN && if is_any_notable { endpoint.is_notable() } else { place == 0 };
        open += usize::from(is_open);
        let mut blocks = course;
        if !heat.is_empty() {
            let summary = format!("{}: distribution of service time over the run", endpoint.name);
            blocks.push(Block::Folded { summary, is_open: false, blocks: heat });
        }
        let summary = format!("{}: service time over the run", endpoint.name);
        document.blocks.push(Block::Folded { summary, is_open, blocks });
    }
    let left_out = endpoints_left_out(report.view);
    if left_out > 0 {
        let more = counted(left_out as u64, "more endpoint");
        document
            .paragraph(format!("{more} without charts; their numbers are in the tables and in the files."));
    }
}

fn step_changes(document: &mut Document, view: &RunView) {
    let findings = &view.findings;
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
    let (of_incidents, others): (Vec<&StepOf>, Vec<&StepOf>) =
        findings.step_changes.iter().partition(|(series, change)| is_of_incident(view, series, change));
    if !others.is_empty() {
        document.paragraph("Level shifts outside incidents, found after the run:");
        document.table(step_table(&others));
        document.list(more(others.len(), MOST_LINES, "report.json").into_iter().collect());
    }
    if !of_incidents.is_empty() {
        let mut blocks = vec![Block::Table(step_table(&of_incidents))];
        let more = more(of_incidents.len(), MOST_LINES, "report.json");
        blocks.extend(more.map(|more| Block::List(vec![more])));
        document.folded(
            format!("{} at or within an incident", counted(of_incidents.len() as u64, "level shift")),
            blocks,
        );
    }
}

/// A level shift and its series.
type StepOf = (Series, StepChange);

/// Whether a shift is dated to an incident of its endpoint, or to two cycles beside it: a shift lies between two windows.
fn is_of_incident(view: &RunView, series: &Series, change: &StepChange) -> bool {
    let at = time_of(change);
    let slack = cycle_of(view) * 2;
    IncidentView::all(view).iter().any(|of| {
        let found = of.incident;
        let is_affected = found.cells.iter().any(|cell| cell.cell.is_series(&series.cell.series()));
        let is_after = found.opened_at.saturating_sub(slack).is_ok_and(|from| at >= from);
        let is_before =
            found.resolved_at.is_none_or(|until| until.saturating_add(slack).is_ok_and(|until| at <= until));
        is_affected && is_after && is_before
    })
}

/// The time from one cycle to the next, on average.
fn cycle_of(view: &RunView) -> SignedDuration {
    let cycles = view.windows.iter().map(|window| window.cycle).max().unwrap_or(0);
    let first = view.windows.iter().map(|window| window.started_at).min();
    let last = view.windows.iter().map(|window| window.started_at).max();
    match (first.zip(last), i32::try_from(cycles)) {
        (Some((first, last)), Ok(cycles)) if cycles > 0 => last.duration_since(first) / cycles,
        _ => SignedDuration::ZERO,
    }
}

fn step_table(changes: &[&StepOf]) -> Table {
    let mut table =
        Table::new(&["started at", ">window", "endpoint", "level", "metric", ">before", ">after", ">change"]);
    for (series, change) in changes.iter().take(MOST_LINES) {
        let value = |value: f64| Cell::number(metric_value(series.metric, Some(value)), Some(value));
        let effect = change.effect();
        table.row(vec![
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
    table
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
