//! A gate as a document: the verdict, one table of what changed, and the rest folded.

use crate::analysis::gate::{Cause, Outcome, Quantity, Row, smallest_of};
use crate::domain::verdict::Verdict;
use crate::report::formats::document::{Block, Cell, Document, Table, Text, Tone};
use crate::report::wording::numbers::{count, counted, percent, significant};
use crate::report::wording::phrases::signed_percent;
use crate::stats::Estimate;

use super::reason::{broken, doubted, false_alarms, quantity_words, reason, value_words};
use super::view::GateView;

/// Maximum rows of the first table; the rest are folded.
const MOST_LISTED: usize = 20;

/// How many of the folded rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// None: a terminal shows only what changed.
    Terminal,
    /// At most this number of rows.
    Rows(usize),
}

/// The gate as a document.
pub(super) fn document(view: &GateView, length: Length) -> Document {
    let mut document = Document { title: view.title(), ..Document::default() };
    let outcome = view.outcome();
    let tone = match outcome {
        Outcome::Accepted => Tone::Good,
        Outcome::Regressed => Tone::Bad,
        Outcome::Inconclusive => Tone::Doubt,
    };
    let verdict = format!("{}: {}", capitalised(outcome.word()), reason(view));
    document.blocks.push(Block::Verdict { tone, text: verdict.into(), rest: Text::default() });
    document.paragraph(
        Text::plain("Before: ")
            .and(Text::code(&view.before))
            .then(format!(" ({}). After: ", sides(view, view.judgement.runs_before)))
            .and(Text::code(&view.after))
            .then(format!(" ({}).", sides(view, view.judgement.runs_after))),
    );
    changed(&mut document, view);
    let list = doubts(view);
    document.list(list);
    if view.differences.is_empty() {
        rest(&mut document, view, length);
    }
    document
}

fn sides(view: &GateView, runs: usize) -> String {
    counted(runs as u64, if view.is_interleaved() { "round" } else { "run" })
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Whether a row belongs in the table of changes.
fn is_listed(row: &Row) -> bool {
    let has_changed = matches!(row.verdict, Verdict::Regressed | Verdict::Improved);
    has_changed || row.is_new || row.is_cleared || row.is_suspect
}

fn changed(document: &mut Document, view: &GateView) {
    let mut listed: Vec<&Row> = view.judgement.rows.iter().filter(|row| is_listed(row)).collect();
    listed.sort_by(|left, right| {
        left.verdict.cmp(&right.verdict).then(right.worsening().abs().total_cmp(&left.worsening().abs()))
    });
    if listed.is_empty() {
        return;
    }
    let mut table = table();
    for row in listed.iter().take(MOST_LISTED) {
        table.row(cells(row));
    }
    document.table(table);
    if listed.len() > MOST_LISTED {
        let more = counted((listed.len() - MOST_LISTED) as u64, "more changed value");
        document.paragraph(format!("{more} below and in the JSON output."));
    }
}

fn table() -> Table {
    Table::new(&[
        "endpoint",
        "level",
        "metric",
        ">before",
        ">after",
        ">change",
        ">adjusted p",
        ">smallest detectable",
        "verdict",
    ])
}

fn cells(row: &Row) -> Vec<Cell> {
    let tone = match row.verdict {
        Verdict::Regressed => Tone::Bad,
        Verdict::Improved => Tone::Good,
        Verdict::Inconclusive => Tone::Doubt,
        Verdict::Unchanged => Tone::Plain,
    };
    let change = |ratio: f64| signed_percent(ratio - 1.0);
    let (text, interval) = match row.difference {
        None => {
            (change(row.change.value), format!("{} to {}", change(row.change.low), change(row.change.high)))
        }
        Some(Estimate { value, low, high }) => {
            (format!("{} points", points(value)), format!("{} to {} points", points(low), points(high)))
        }
    };
    vec![
        row.cell.series().into(),
        (&*row.cell.level).into(),
        quantity_words(row.quantity).into(),
        value_words(row.quantity, row.before).into(),
        value_words(row.quantity, row.after).into(),
        Cell::from(text).with_note(Some(interval)),
        probability(row.p_adjusted).into(),
        percent(row.smallest).into(),
        Cell::from(verdict_words(row)).with_tone(tone),
    ]
}

/// A difference of ratios in percentage points, with its sign.
fn points(difference: f64) -> String {
    let points = difference * 100.0;
    if points.abs() < 5e-4 {
        return "0".to_owned();
    }
    let sign = if points < 0.0 { "-" } else { "+" };
    format!("{sign}{}", significant(points.abs()))
}

fn probability(p: f64) -> String {
    if p < 1e-4 { "< 0.0001".to_owned() } else { significant(p) }
}

/// The verdict, with its qualification.
fn verdict_words(row: &Row) -> String {
    let word = row.verdict.word();
    match row.cause {
        Some(Cause::Together) => format!("{word} (system-wide shift)"),
        _ if row.is_cleared => format!("{word}: not confirmed"),
        _ if row.is_new && row.verdict != Verdict::Regressed => format!("{word}: new"),
        _ => word.to_owned(),
    }
}

fn doubts(view: &GateView) -> Vec<Text> {
    let mut list: Vec<Text> = Vec::new();
    // The verdict's sentence has the first.
    list.extend(view.broken.iter().skip(1).take(10).map(|one| Text::plain(broken(one, 1))));
    if view.outcome() != Outcome::Inconclusive {
        list.extend(view.judgement.doubts.iter().map(|doubt| Text::plain(doubted(view, doubt))));
    }
    list.extend(view.judgement.unjudged.iter().map(|(metric, cells)| {
        Text::plain(format!(
            "{} of {} was not judged: some runs have too few requests per window for it, others have enough",
            quantity_words(Quantity::Metric(*metric)),
            counted(*cells as u64, "cell")
        ))
    }));
    list.extend(view.remarks.iter().map(Text::plain));
    list
}

fn rest(document: &mut Document, view: &GateView, length: Length) {
    if view.judgement.rows.is_empty() {
        return;
    }
    document.paragraph(false_alarms(view));
    let smallest = smallest_table(view);
    let Length::Rows(most) = length else { return document.table(smallest) };
    let rows = &view.judgement.rows;
    let mut table = table();
    for row in rows.iter().take(most) {
        table.row(cells(row));
    }
    let mut blocks = vec![Block::Table(table)];
    if rows.len() > most {
        blocks.push(Block::Paragraph(
            format!(
                "{} of {} rows; the JSON output lists all.",
                count(most as u64),
                count(rows.len() as u64)
            )
            .into(),
        ));
    }
    document.blocks.push(Block::Folded {
        summary: format!("All {}", counted(rows.len() as u64, "value")),
        is_open: false,
        blocks,
    });
    let runs = |name: &str, runs: &[String]| {
        let codes = runs.iter().enumerate().fold(Text::plain(format!("{name}: ")), |text, (place, run)| {
            if place == 0 { text.and(Text::code(run)) } else { text.then(", ").and(Text::code(run)) }
        });
        codes.then(".")
    };
    document.blocks.push(Block::Folded {
        summary: "How the gate decides".to_owned(),
        is_open: false,
        blocks: vec![
            Block::Paragraph(rule(view).into()),
            Block::Table(smallest),
            Block::List(vec![runs("Before", &view.runs_before), runs("After", &view.runs_after)]),
        ],
    });
}

/// How a value fails, and what the other words mean.
fn rule(view: &GateView) -> String {
    let settings = &view.settings;
    let rule = format!(
        "A value fails if its change is statistically significant (false discovery rate 3 %, or 1.5 % with fewer than nine \
         cells) and at least {} (throughput, mean, p50), {} (p95, p99), or {} percentage points (errors, rate-limited \
         requests). With a second set of runs, both sets together must fail it and the second set alone must show at least \
         half of that change. A value is unchanged if all of its 95 % interval lies within that, improved if it is \
         significantly better by that much and the interval excludes zero, and otherwise inconclusive, which does not \
         keep a change from being accepted unless all of the interval lies beyond, for the worse. Before and after are \
         geometric means of the runs. The smallest detectable change is the smallest that four of five such gates would \
         find.",
        percent(Some(settings.floor)),
        percent(Some(settings.tail_floor)),
        significant(settings.error_floor * 100.0)
    );
    if !view.is_interleaved() {
        let drift = percent(Some(settings.drift));
        return format!("{rule} A system-wide drift of up to {drift} between runs does not fail.");
    }
    rule
}

/// Per metric: the number of cells by verdict, and the smallest detectable change.
fn smallest_table(view: &GateView) -> Table {
    let mut table = Table::new(&[
        "metric",
        ">cells",
        ">regressed",
        ">improved",
        ">unchanged",
        ">inconclusive",
        ">smallest detectable, median cell",
        ">worst cell",
    ]);
    for (quantity, rows) in view.judgement.by_quantity() {
        let of = |verdict| count(rows.iter().filter(|row| row.verdict == verdict).count() as u64);
        let (middle, worst) = smallest_of(&rows);
        table.row(vec![
            quantity_words(quantity).into(),
            count(rows.len() as u64).into(),
            of(Verdict::Regressed).into(),
            of(Verdict::Improved).into(),
            of(Verdict::Unchanged).into(),
            of(Verdict::Inconclusive).into(),
            percent(middle).into(),
            percent(worst).into(),
        ]);
    }
    table
}
