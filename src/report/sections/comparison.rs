//! Comparison of a run with a baseline or another run: what changed first, and every value behind it.

use crate::analysis::comparison::{Row, is_ratio};
use crate::analysis::gate::Quantity;
use crate::domain::cell_name::CellName;
use crate::domain::metric::Direction;
use crate::domain::verdict::Verdict;
use crate::report::changes::{self, Change, Label, Value};
use crate::report::formats::document::{Block, Cell, Document, Table, Text, Tone};
use crate::report::view::findings::NamedComparison;
use crate::report::view::run_view::RunView;
use crate::report::wording::numbers::{MISSING, capital, count, counted, significant};
use crate::report::wording::phrases::{metric_value, metric_words};
use crate::report::wording::precision::{self, ratio_interval};

use super::parts::{MOST_LINES, more};

/// Rows of the folded table in the report of a run.
const MOST_ROWS: usize = 2 * MOST_LINES;

pub(super) fn section(document: &mut Document, view: &RunView) {
    let Some(named) = &view.findings.comparison else { return };
    document.heading("comparison", "Comparison with a baseline");
    document.paragraph(Text::plain("Compared with baseline ").and(Text::code(&named.name)).then("."));
    compared(document, named, Rest::Folded(MOST_ROWS));
}

/// How the values are shown that did not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Rest {
    /// Only their number, with the option that lists them.
    Counted,
    /// Folded, at most this number of rows.
    Folded(usize),
}

/// The comparison: what changed, then everything.
pub(in crate::report) fn compared(document: &mut Document, named: &NamedComparison, rest: Rest) {
    let rows = &named.comparison.rows;
    let changes = changed(rows);
    document.paragraph(Text::strong(headline(rows, &changes)));
    if !changes.is_empty() {
        document.table(changes::table(&changes, MOST_LINES));
        document.list(more(changes.len(), MOST_LINES, "the JSON").into_iter().collect());
    }
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
    match rest {
        _ if rows.is_empty() => (),
        Rest::Counted => {
            document.paragraph(
                Text::plain(format!("{} ", tally(rows))).and(Text::code("--all")).then(" lists them."),
            );
        }
        Rest::Folded(most) => folded(document, rows, most),
    }
}

/// What changed: values that moved alike are one change.
fn changed(rows: &[Row]) -> Vec<Change> {
    let values: Vec<Value> = rows
        .iter()
        .filter(|row| matches!(row.verdict, Verdict::Regressed | Verdict::Improved))
        .map(|row| Value {
            cell: row.cell.clone(),
            quantity: Quantity::Metric(row.metric),
            before: row.before,
            after: row.after,
            // Of a ratio, the change is that of the run and not the difference.
            size: if is_ratio(row.metric) { row.change.map(|ratio| ratio - row.before) } else { row.change },
            label: Label {
                text: row.verdict.word().to_owned(),
                tone: tone_of(row.verdict),
                rank: row.verdict as u8,
            },
        })
        .collect();
    let mut cells: Vec<CellName> = rows.iter().map(|row| row.cell.clone()).collect();
    cells.sort_unstable();
    cells.dedup();
    changes::changes(&values, &cells)
}

/// The changes in a sentence for each verdict.
fn headline(rows: &[Row], changes: &[Change]) -> String {
    const MOST_SENTENCES: usize = 3;
    if rows.is_empty() {
        return "Nothing could be compared.".to_owned();
    }
    let of = |verdict: Verdict| {
        let of_verdict: Vec<&Change> =
            changes.iter().filter(|change| change.label.text == verdict.word()).collect();
        let said = changes::sentences(&of_verdict, MOST_SENTENCES);
        (!of_verdict.is_empty()).then(|| format!("{}: {said}.", capital(verdict.word())))
    };
    match [of(Verdict::Regressed), of(Verdict::Improved)].into_iter().flatten().collect::<Vec<_>>() {
        none if none.is_empty() => {
            format!("No change in {} beyond the floors.", counted(rows.len() as u64, "value"))
        }
        said => said.join(" "),
    }
}

/// Every value, the worst first.
fn folded(document: &mut Document, rows: &[Row], most: usize) {
    let mut listed: Vec<&Row> = rows.iter().collect();
    // Verdicts are in that order.
    listed.sort_by(|left, right| left.verdict.cmp(&right.verdict).then(left.p.total_cmp(&right.p)));
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
    let mut blocks = vec![Block::Paragraph(tally(rows).into()), Block::Table(table)];
    blocks.extend(more(listed.len(), most, "the JSON").map(|more| Block::List(vec![more])));
    document.folded(format!("All {}", counted(rows.len() as u64, "value")), blocks);
}

fn tally(rows: &[Row]) -> String {
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

fn tone_of(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Regressed => Tone::Bad,
        Verdict::Improved => Tone::Good,
        Verdict::Inconclusive => Tone::Doubt,
        Verdict::Unchanged => Tone::Plain,
    }
}

fn row_of(row: &Row) -> Vec<Cell> {
    let value = |value| Cell::number(metric_value(row.metric, Some(value)), Some(value));
    vec![
        row.cell.series().into(),
        (&*row.cell.level).into(),
        metric_words(row.metric).into(),
        value(row.before),
        if is_ratio(row.metric) {
            value(row.after).with_note(Some(ratio_interval((row.change.low, row.change.high))))
        } else {
            value(row.after)
        },
        improvement(row),
        Cell::number(row.effect.map_or_else(|| MISSING.to_owned(), effect), row.effect),
        Cell::from(row.verdict.word()).with_tone(tone_of(row.verdict)),
    ]
}

/// Nothing is known to a hundredth of a deviation.
fn effect(value: f64) -> String {
    if value.abs() < 0.005 { "0".to_owned() } else { significant(value) }
}

/// Above 0 is better, whichever way the metric goes.
fn improvement(row: &Row) -> Cell {
    if let Some(gain) = row.improvement() {
        let (text, interval) = precision::change(gain.map(|gain| 1.0 + gain));
        return Cell::number(text, Some(gain.value)).with_note(Some(interval));
    }
    let better = if row.metric.direction() == Direction::HigherIsBetter { 1.0 } else { -1.0 };
    let points = (row.after - row.before) * better * 100.0;
    if points.abs() < 0.005 {
        return Cell::number("0 points", Some(0.0));
    }
    let sign = if points < 0.0 { "-" } else { "+" };
    Cell::number(format!("{sign}{} points", significant(points.abs())), Some(points / 100.0))
}
