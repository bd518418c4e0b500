//! `summary.csv`: every number of every cell, one per row, with its interval and its SLO.

use crate::domain::metric::Metric;
use crate::domain::plain_text::as_field;
use crate::report::view::objective::ObjectiveView;
use crate::report::view::run_view::{CellView, LevelView, RunView};
use crate::store::table::write_line;

/// Names of the columns, in order.
pub(in crate::report) const COLUMNS: [&str; 15] = [
    "endpoint",
    "level",
    "users",
    "metric",
    "unit",
    "value",
    "low_95",
    "high_95",
    "objective",
    "state",
    "windows",
    "valid_windows",
    "requests",
    "measured_s",
    "availability",
];

/// One row per metric and cell; a value that the sample cannot support is empty.
pub(in crate::report) fn summary(view: &RunView) -> String {
    let mut bytes = Vec::new();
    // Memory does not fail to be written to.
    let mut line = |fields: &[&str]| write_line(&mut bytes, fields).unwrap_or_default();
    line(&COLUMNS);
    for (level, cell) in view.cells() {
        for metric in Metric::ALL {
            line(&row(level, cell, metric).each_ref().map(String::as_str));
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

fn row(level: &LevelView, cell: &CellView, metric: Metric) -> [String; COLUMNS.len()] {
    // As short as it can be and still be read back exactly.
    let number = |value: Option<f64>| {
        value.filter(|value| value.is_finite()).map_or_else(String::new, |v| v.to_string())
    };
    let interval = cell.interval(metric);
    let objective = cell.objectives.iter().find(|objective| objective.metric == metric);
    [
        as_field(&cell.endpoint).into_owned(),
        as_field(&level.name).into_owned(),
        level.users.to_string(),
        metric.name(),
        metric.unit().to_owned(),
        number(cell.value(metric)),
        number(interval.map(|(low, _)| low)),
        number(interval.map(|(_, high)| high)),
        number(objective.map(|objective| objective.limit)),
        objective.map_or_else(String::new, |objective: &ObjectiveView| objective.state.name().to_owned()),
        cell.windows.to_string(),
        cell.valid_windows.to_string(),
        cell.counts.requests().to_string(),
        cell.measured.as_secs_f64().to_string(),
        number(cell.availability.ratio()),
    ]
}
