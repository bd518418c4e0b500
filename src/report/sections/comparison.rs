//! Comparison of a run with a baseline or another run: before, after, change with its interval, and verdict.

use crate::analysis::comparison::{Row, is_ratio};
use crate::domain::verdict::Verdict;
use crate::report::formats::document::{Cell, Document, Table, Text, Tone};
use crate::report::view::findings::NamedComparison;
use crate::report::view::run_view::RunView;
use crate::report::wording::numbers::{MISSING, count, counted, significant};
use crate::report::wording::phrases::{interval_words, metric_value, metric_words, signed_percent};

use super::parts::{MOST_LINES, more};

pub(super) fn section(document: &mut Document, view: &RunView) {
    let Some(named) = &view.findings.comparison else { return };
    document.heading("comparison", "Comparison with a baseline");
    document.paragraph(Text::plain("Compared with baseline ").and(Text::code(&named.name)).then("."));
    compared(document, named, 2 * MOST_LINES, |row| row.verdict != Verdict::Unchanged);
}

/// The comparison: of the rows that are shown the first `most`.
pub(in crate::report) fn compared(
    document: &mut Document,
    named: &NamedComparison,
    most: usize,
    is_shown: impl Fn(&Row) -> bool,
) {
    let rows = &named.comparison.rows;
    document.paragraph(Text::strong(tally(rows)));
    let mut doubts: Vec<Text> = named
        .differences
        .iter()
        .map(|difference| Text::plain(format!("setup differs: {difference}")))
        .collect();
    if let Some(cell) = named.comparison.not_compared.first() {
        let others = match named.comparison.not_compared.len() - 1 {
            0 => String::new(),
            n => format!(" and {} more", count(n as u64)),
        };
        doubts.push(Text::plain(format!(
            "not compared, fewer than 20 valid windows on one side: {cell}{others}"
        )));
    }
    if !named.comparison.knows_runs && !rows.is_empty() {
        doubts.push(Text::plain(
            "each side has only one run, so the variation between runs of the same code is unknown and the intervals are too narrow",
        ));
    }
    document.list(doubts);
    let mut listed: Vec<&Row> = rows.iter().filter(|row| is_shown(row)).collect();
    // The worst first: verdicts are in that order.
    listed.sort_by(|left, right| left.verdict.cmp(&right.verdict).then(left.p.total_cmp(&right.p)));
    if listed.is_empty() {
        return;
    }
    let mut table = Table::new(&[
        "endpoint",
        "level",
        "metric",
        ">before",
        ">after",
        ">improvement",
        ">effect size",
        "verdict",
    ]);
    for row in listed.iter().take(most) {
        table.row(row_of(row));
    }
    document.table(table);
    document.list(more(listed.len(), most, "the JSON").into_iter().collect());
}

fn tally(rows: &[Row]) -> String {
    if rows.is_empty() {
        return "Nothing could be compared.".to_owned();
    }
    let of = |verdict| count(rows.iter().filter(|row| row.verdict == verdict).count() as u64);
    format!(
        "{}: {} regressed, {} improved, {} unchanged, {} inconclusive.",
        counted(rows.len() as u64, "value"),
        of(Verdict::Regressed),
        of(Verdict::Improved),
        of(Verdict::Unchanged),
        of(Verdict::Inconclusive)
    )
}

fn row_of(row: &Row) -> Vec<Cell> {
    let tone = match row.verdict {
        Verdict::Regressed => Tone::Bad,
        Verdict::Improved => Tone::Good,
        Verdict::Inconclusive => Tone::Doubt,
        Verdict::Unchanged => Tone::Plain,
    };
    let value = |value| Cell::number(metric_value(row.metric, Some(value)), Some(value));
    vec![
        row.cell.series().into(),
        (&*row.cell.level).into(),
        metric_words(row.metric).into(),
        value(row.before),
        if is_ratio(row.metric) {
            value(row.after).with_note(Some(interval_words(row.metric, (row.change.low, row.change.high))))
        } else {
            value(row.after)
        },
        improvement(row),
        Cell::number(row.effect.map_or_else(|| MISSING.to_owned(), effect), row.effect),
        Cell::from(row.verdict.word()).with_tone(tone),
    ]
}

/// Nothing is known to a hundredth of a deviation.
fn effect(value: f64) -> String {
    if value.abs() < 0.005 { "0".to_owned() } else { significant(value) }
}

/// Above 0 is better, whichever way the metric goes.
fn improvement(row: &Row) -> Cell {
    if let Some(gain) = row.improvement() {
        let interval = format!("{} to {}", signed_percent(gain.low), signed_percent(gain.high));
        return Cell::number(signed_percent(gain.value), Some(gain.value)).with_note(Some(interval));
    }
    let points = (row.before - row.after) * 100.0;
    if points.abs() < 0.005 {
        return Cell::number("0 points", Some(0.0));
    }
    let sign = if points < 0.0 { "-" } else { "+" };
    Cell::number(format!("{sign}{} points", significant(points.abs())), Some(points / 100.0))
}
