//! Changes as a table, one row each.

use crate::report::formats::document::{Cell, Table};
use crate::report::wording::numbers::{count, listed};
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
            Levels::These(levels) => listed(levels),
            Levels::Cells(changed, all) => {
                format!("{} of {} cells", count(*changed as u64), count(*all as u64))
            }
        };
        table.row(vec![
            listed(&change.endpoints).into(),
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

#[cfg(test)]
mod tests {
    use super::super::grouping::changes;
    use super::super::value::{Label, Value};
    use super::*;
    use crate::analysis::gate::Quantity;
    use crate::domain::cell_name::CellName;
    use crate::domain::metric::Metric;
    use crate::report::formats::document::Tone;
    use crate::stats::Estimate;

    #[test]
    fn many_endpoints_and_levels_are_counted() {
        let names = (0..500).map(|endpoint| format!("endpoint-{endpoint:03}"));
        let cells: Vec<CellName> = names
            .flat_map(|name| (0..8).map(move |level| CellName::new(name.as_str(), format!("level-{level}"))))
            .chain([CellName::new("endpoint-000", "level-9")])
            .collect();
        let value = |cell: &CellName| Value {
            cell: cell.clone(),
            quantity: Quantity::Metric(Metric::Throughput),
            before: 100.0,
            after: 80.0,
            size: Estimate { value: 0.8, low: 0.75, high: 0.85 },
            label: Label { text: "regressed".to_owned(), tone: Tone::Bad, rank: 0 },
        };
        let values: Vec<Value> = cells.iter().take(4_000).map(value).collect();
        let table = table(&changes(&values, &cells), 20);
        let shown: Vec<String> = table.rows[0].iter().map(|cell| cell.text.bare()).collect();
        assert_eq!(table.rows.len(), 1);
        assert!(shown[0].ends_with("endpoint-005 and 494 more") && shown[0].len() < 120, "{}", shown[0]);
        assert_eq!(shown[1], "level-0, level-1, level-2, level-3, level-4, level-5 and 2 more");
    }
}
