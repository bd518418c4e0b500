//! Changes as a table, one row each.

use crate::report::formats::document::{Cell, Table};
use crate::report::wording::numbers::count;
use crate::report::wording::precision::{change as change_words, points};

use super::grouping::{Change, Levels};
use super::value::{is_difference, quantity_words};
use super::words::values;

/// The first of these changes.
pub(in crate::report) fn table(changes: &[Change], most: usize) -> Table {
    let mut table =
        Table::new(&["endpoint", "level", "metric", ">before", ">after", ">change", ">values", "verdict"]);
    for change in changes.iter().take(most) {
        let (size, interval) =
            if is_difference(change.lead) { points(change.size) } else { change_words(change.size) };
        let levels = match &change.levels {
            Levels::All => "all".to_owned(),
            Levels::These(levels) => levels.join(", "),
            Levels::Cells(changed, all) => {
                format!("{} of {} cells", count(*changed as u64), count(*all as u64))
            }
        };
        table.row(vec![
            change.endpoints.join(", ").into(),
            levels.into(),
            quantity_words(change.lead).into(),
            values(change, |value| value.before).into(),
            values(change, |value| value.after).into(),
            Cell::number(size, Some(change.size.value)).with_note(Some(interval)),
            count(change.values as u64).into(),
            Cell::from(change.label.text.as_str()).with_tone(change.label.tone),
        ]);
    }
    table
}
