//! The slowest requests of a run with their traces: where to go on at the target.

use crate::report::formats::document::{Cell, Document, Table, Text};
use crate::report::view::run_view::RunView;
use crate::report::wording::numbers::{MISSING, time_us};
use crate::report::wording::times::moment;
use crate::store::slowest_log::FILE;

/// Rows of the table.
const MOST_ROWS: usize = 10;

pub(super) fn section(document: &mut Document, view: &RunView) {
    let few = view.slowest.few(MOST_ROWS);
    if few.is_empty() {
        return;
    }
    document.heading("slowest", "Slowest requests");
    let what = Text::plain("Look up these trace IDs at the target to see where the time went; ");
    document.paragraph(what.and(Text::code(FILE)).then(" has the slowest of every window."));
    let mut table = Table::new(&[
        view.names_heading(),
        "level",
        ">service time",
        ">window",
        "sent",
        "result",
        "trace ID",
    ]);
    for slow in few {
        let micros = slow.service_time.as_nanos() as f64 / 1e3;
        let result = match (slow.failure, slow.status) {
            (Some(failure), None) => failure.brief().to_owned(),
            (Some(failure), Some(status)) => format!("{} ({status})", failure.brief()),
            (None, Some(status)) => status.to_string(),
            (None, None) => MISSING.to_owned(),
        };
        table.row(vec![
            slow.cell.series().into(),
            slow.cell.level.to_string().into(),
            Cell::number(time_us(Some(micros)), Some(micros)),
            Cell::number(slow.window.to_string(), Some(slow.window as f64)),
            moment(slow.sent_at).into(),
            result.into(),
            Text::code(slow.trace_id.to_string()).into(),
        ]);
    }
    document.table(table);
}
