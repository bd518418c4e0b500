//! `incidents.csv`: one row per incident and affected cell.

use crate::analysis::incident::{Affected, Incident};
use crate::report::view::run_view::RunView;
use crate::store::table::write_line;

/// Names of the columns, in order.
pub(in crate::report) const COLUMNS: [&str; 14] = [
    "incident",
    "cause",
    "opened_at",
    "resolved_at",
    "endpoint",
    "level",
    "metric",
    "expected",
    "measured",
    "change",
    "low_95",
    "high_95",
    "failed",
    "judged",
];

/// One row per incident and affected cell; the end of an open incident is empty, and so is the change of errors.
pub(in crate::report) fn incidents(view: &RunView) -> String {
    let mut bytes = Vec::new();
    // Memory does not fail to be written to.
    let mut line = |fields: &[&str]| write_line(&mut bytes, fields).unwrap_or_default();
    line(&COLUMNS);
    for (place, incident) in view.findings.incidents.iter().enumerate() {
        for cell in &incident.cells {
            line(&row(place + 1, incident, cell).each_ref().map(String::as_str));
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

fn row(number: usize, incident: &Incident, cell: &Affected) -> [String; COLUMNS.len()] {
    let number_of = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.6}"));
    [
        number.to_string(),
        incident.cause.name().to_owned(),
        format!("{:.3}", incident.opened_at),
        incident.resolved_at.map_or_else(String::new, |at| format!("{at:.3}")),
        cell.cell.series(),
        cell.cell.level.to_string(),
        incident.metric.name(),
        format!("{:.6}", cell.expected),
        format!("{:.6}", cell.measured),
        number_of(cell.effect.map(|effect| effect.value)),
        number_of(cell.effect.map(|effect| effect.low)),
        number_of(cell.effect.map(|effect| effect.high)),
        cell.failed.0.to_string(),
        cell.failed.1.to_string(),
    ]
}
