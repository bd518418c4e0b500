//! A gate as a document: the verdict, a table with one row per change, and every value folded.

use crate::analysis::gate::{Outcome, Quantity, Row, smallest_of};
use crate::domain::verdict::Verdict;
use crate::report::changes::{self, quantity_words, value_words};
use crate::report::formats::document::{Block, Cell, Document, Table, Text, Tone};
use crate::report::wording::numbers::{capital, count, counted, percent, significant};
use crate::report::wording::precision;

use super::doubts::doubted;
use super::moved::{listed, tone_of, verdict_words};
use super::reason::{broken, false_alarms, reason};
use super::view::GateView;

/// Maximum rows of the first table; the rest are folded.
const MOST_LISTED: usize = 20;

/// How many of the values are shown below the changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// None: they are counted in one line.
    Counted,
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
    let verdict = format!("{}: {}", capital(outcome.word()), reason(view));
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

fn changed(document: &mut Document, view: &GateView) {
    let changes = listed(view);
    if changes.is_empty() {
        return;
    }
    document.table(changes::table(&changes, MOST_LISTED));
    if changes.len() > MOST_LISTED {
        let more = counted((changes.len() - MOST_LISTED) as u64, "more change");
        document.paragraph(format!("{more} in the JSON output."));
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
    let (text, interval) = match row.difference {
        None => precision::change(row.change),
        Some(difference) => precision::points(difference),
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
        Cell::from(verdict_words(row)).with_tone(tone_of(row)),
    ]
}

fn probability(p: f64) -> String {
    if p < 1e-4 { "< 0.0001".to_owned() } else { significant(p) }
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
    let rows = &view.judgement.rows;
    let Length::Rows(most) = length else { return document.paragraph(count_line(view)) };
    let smallest = smallest_table(view);
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

/// What is not shown.
fn count_line(view: &GateView) -> Text {
    let rows = &view.judgement.rows;
    let of = |verdict| count(rows.iter().filter(|row| row.verdict == verdict).count() as u64);
    Text::plain(format!(
        "{}: {} regressed, {} improved, {} unchanged, {} inconclusive. ",
        counted(rows.len() as u64, "value"),
        of(Verdict::Regressed),
        of(Verdict::Improved),
        of(Verdict::Unchanged),
        of(Verdict::Inconclusive)
    ))
    .and(Text::code("--all"))
    .then(" lists them and explains the rule.")
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
