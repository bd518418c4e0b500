//! What the check compared with, and what it could not check.

use crate::check::facts::Assessed;
use crate::domain::grade::{Grade, Phase};
use crate::report::formats::document::{Block, Cell, Document, Table, Text};
use crate::report::wording::numbers::{chosen_percent, span};

/// Limits and grades.
pub(super) fn thresholds(document: &mut Document, assessed: &Assessed) {
    let settings = &assessed.settings;
    document.heading("thresholds", "Thresholds and grades");
    let mut table = Table::new(&["threshold", ">value", "an endpoint beyond it"]);
    let rows = [
        ("response time, target", span(settings.target), "gets a finding of medium priority"),
        ("response time, alert", span(settings.alert), "gets a finding of high priority"),
        ("availability", chosen_percent(settings.availability), "fails too often over a month"),
        ("error rate", chosen_percent(settings.error_rate), "gets a finding of high priority"),
    ];
    for (name, value, meaning) in rows {
        table.row(vec![name.into(), value.into(), meaning.into()]);
    }
    document.table(table);
    grades(document, assessed);
}

fn grades(document: &mut Document, assessed: &Assessed) {
    let limits_of = |phase| assessed.settings.grades.limits(phase);
    let used: Vec<Grade> = Grade::ALL
        .into_iter()
        .filter(|grade| {
            Phase::ALL.into_iter().any(|phase| limits_of(phase).listed().any(|(known, _)| known == *grade))
        })
        .collect();
    let names: Vec<String> = used.iter().map(|grade| format!(">{}", grade.words())).collect();
    let mut columns = vec!["phase"];
    columns.extend(names.iter().map(String::as_str));
    let mut table = Table::new(&columns);
    for phase in Phase::ALL {
        let mut row = vec![Cell::from(phase.words())];
        row.extend(used.iter().map(|grade| {
            let mut limits = limits_of(phase).listed();
            limits.find(|(known, _)| known == grade).map_or_else(
                || Cell::from("not used"),
                |(_, limit)| Cell::number(format!("up to {}", span(limit)), Some(limit.as_secs_f64())),
            )
        }));
        table.row(row);
    }
    document.table(table);
    let mut note = "A longer time is slow. A time that equals a limit has the better grade.".to_owned();
    let limit = limits_of(Phase::FirstByte).excellent;
    if let Some(limit) = limit {
        let above = limit + std::time::Duration::from_millis(1);
        let (below, above_grade) =
            (Grade::Excellent, assessed.settings.grades.grade(Phase::FirstByte, above));
        note = format!(
            "{note} Near a limit, a millisecond decides: a first byte after {} is {}, one after {} is {}. Times vary more than \
             that from check to check.",
            span(limit),
            below.words(),
            span(above),
            above_grade.words()
        );
    }
    document.blocks.push(Block::Small(note.into()));
}

/// What was not checked and why.
pub(super) fn not_checked(document: &mut Document, assessed: &Assessed) {
    if assessed.not_checked.is_empty() {
        return;
    }
    document.heading("not-checked", "Not checked");
    let items = assessed.not_checked.iter().map(|not| {
        let service = if not.service.is_empty() { String::new() } else { format!("{}, ", not.service) };
        Text::plain(format!("{service}{}: {}", not.what, not.why))
    });
    document.list(items.collect());
}
