//! Journeys and mixes as funnels: the steps in order, how many reached each, where time goes, and where iterations fail.

use crate::domain::error_counts::ErrorCounts;
use crate::domain::percentile::Percentile;
use crate::domain::window::Counts;
use crate::report::formats::document::{Block, Cell, Document, Table, Text, Tone};
use crate::report::view::funnel::{FunnelLevel, FunnelPart, FunnelView, remarks};
use crate::report::view::run_view::{CellView, RunView};
use crate::report::wording::failures::failures_listed;
use crate::report::wording::numbers::{MISSING, count, counted, listed, percent, time_us};

use super::parts::{MOST_LINES, more};

/// More tables than these are folded, but for the heaviest level of each journey.
const MOST_OPEN: usize = 4;

pub(super) fn section(document: &mut Document, view: &RunView) {
    let funnels = FunnelView::all(view);
    if funnels.is_empty() {
        return;
    }
    document.heading("journeys", "Journeys");
    document.paragraph(
        "An iteration is one pass of a user through a journey. It is completed if every step succeeded, and abandoned at the \
         first step that failed; steps that are always sent come after that as well. The active time is the time of an \
         iteration without its pauses. Counts are of all windows, times of successful requests in valid windows.",
    );
    let tables: usize = funnels.iter().map(|funnel| funnel.levels.len()).sum();
    for funnel in &funnels {
        document.subheading(&format!("journey-{}", funnel.name), &funnel.name);
        document.paragraph(summary(funnel));
        for (place, level) in funnel.levels.iter().enumerate() {
            let users = counted(u64::from(level.level.users), "user");
            document.blocks.push(Block::Folded {
                summary: format!("{} at {}: {users}", funnel.name, level.level.name),
                is_open: tables <= MOST_OPEN || place + 1 == funnel.levels.len(),
                blocks: vec![Block::Table(table(funnel, level))],
            });
        }
    }
    let remarks = remarks(view);
    if !remarks.is_empty() {
        document.paragraph("Failed checks, captures that found nothing, and setup errors:");
        let line = |(series, remark, n): &(String, String, u64)| {
            Text::plain(format!("{series}: {remark} (in {})", counted(*n, "window")))
        };
        let mut lines: Vec<Text> = remarks.iter().take(MOST_LINES).map(line).collect();
        lines.extend(more(remarks.len(), MOST_LINES, "report.json"));
        document.list(lines);
    }
}

/// All levels in a sentence: how many iterations were completed, and where the others failed.
fn summary(funnel: &FunnelView<'_>) -> String {
    let mut all = Counts::default();
    funnel.levels.iter().for_each(|level| all += level.whole.all_counts);
    let mut text = format!(
        "{} started, {} completed ({}).",
        counted(all.requests(), "iteration"),
        count(all.succeeded),
        percent(Some(all.succeeded as f64 / all.requests().max(1) as f64)),
    );
    let failing = failing(funnel);
    if !failing.is_empty() {
        text = format!("{text} Failed requests by {}: {}.", noun(funnel), listed(&failing));
    }
    text
}

/// The parts with failures, in their order: `create 656 (status 500 (656))`.
fn failing(funnel: &FunnelView<'_>) -> Vec<String> {
    let mut all: Vec<(&str, u64, ErrorCounts, std::collections::BTreeMap<u16, u64>)> = Vec::new();
    for part in funnel.levels.iter().flat_map(|level| &level.parts) {
        let name = funnel.short_name(part);
        let place = all.iter().position(|of| of.0 == name).unwrap_or_else(|| {
            all.push((name, 0, ErrorCounts::default(), std::collections::BTreeMap::new()));
            all.len() - 1
        });
        let (_, failed, errors, statuses) = &mut all[place];
        *failed += part.cell.all_counts.failed;
        errors.merge(&part.cell.errors);
        part.cell.statuses.iter().for_each(|(status, n)| *statuses.entry(*status).or_default() += n);
    }
    let said = |(name, failed, errors, statuses): &(&str, u64, ErrorCounts, _)| {
        let reasons = failures_listed(errors, statuses);
        match reasons.as_slice() {
            [] => format!("{name} {}", count(*failed)),
            reasons => format!("{name} {}: {}", count(*failed), reasons.join(", ")),
        }
    };
    all.iter().filter(|of| of.1 > 0).map(said).collect()
}

fn noun(funnel: &FunnelView<'_>) -> &'static str {
    if funnel.is_mix { "member" } else { "step" }
}

fn table(funnel: &FunnelView<'_>, level: &FunnelLevel<'_>) -> Table {
    let columns: &[&str] = if funnel.is_mix {
        &["member", ">iterations", ">failed", ">p50", ">p95", ">active time"]
    } else {
        &["step", ">reached", ">failed", ">p50", ">p95", ">active time"]
    };
    let mut table = Table::new(columns);
    for part in &level.parts {
        table.row(row(funnel, part));
    }
    let started = level.whole.all_counts.requests();
    let mut all = vec!["whole iteration".into(), number(started)];
    all.extend(outcome(level.whole));
    all.push(Cell::number("100 %", Some(1.0)));
    table.row(all);
    table
}

fn row(funnel: &FunnelView<'_>, part: &FunnelPart<'_>) -> Vec<Cell> {
    let weight = part.due.map(|due| format!(", {} by weight", percent(Some(due))));
    let reached = part
        .reached
        .map(|ratio| format!("{} of all{}", percent(Some(ratio)), weight.as_deref().unwrap_or_default()));
    let mut row =
        vec![funnel.short_name(part).into(), number(part.cell.all_counts.requests()).with_note(reached)];
    row.extend(outcome(part.cell));
    row.push(Cell::number(percent(part.time), part.time));
    row
}

/// How many failed and why, and the times of the others.
fn outcome(cell: &CellView) -> [Cell; 3] {
    let counts = &cell.all_counts;
    let mut why = failures_listed(&cell.errors, &cell.statuses);
    if counts.throttled > 0 {
        why.push(format!("{} rate-limited (429)", count(counts.throttled)));
    }
    let failed = counts.failed + counts.throttled;
    let time = |percentile| {
        let value = cell.service_us(percentile);
        Cell::number(if value.is_some() { time_us(value) } else { MISSING.to_owned() }, value)
    };
    [
        number(failed).with_note((!why.is_empty()).then(|| why.join(", "))).with_tone(if failed > 0 {
            Tone::Doubt
        } else {
            Tone::Plain
        }),
        time(Percentile::P50),
        time(Percentile::P95),
    ]
}

fn number(value: u64) -> Cell {
    Cell::number(count(value), Some(value as f64))
}
