//! `outliers.csv`: one row per outlier for the time of day.

use std::collections::BTreeMap;

use crate::analysis::watch::Flag;
use crate::domain::plain_text::as_field;
use crate::report::view::run_view::RunView;
use crate::store::table::write_line;

/// Names of the columns, in order.
pub(in crate::report) const COLUMNS: [&str; 11] = [
    "window",
    "started_at",
    "endpoint",
    "level",
    "metric",
    "value",
    "expected",
    "low",
    "high",
    "sigmas",
    "baseline_sigmas",
];

/// One row per outlier, cell by cell; the distance from the baseline is empty within its band.
pub(in crate::report) fn outliers(view: &RunView) -> String {
    let key = |flag: &Flag| (flag.place.window, flag.place.cell.clone(), flag.metric.name());
    let of_baseline: BTreeMap<_, f64> = view.flags.iter().map(|flag| (key(flag), flag.sigmas)).collect();
    let mut bytes = Vec::new();
    // Memory does not fail to be written to.
    let mut line = |fields: &[&str]| write_line(&mut bytes, fields).unwrap_or_default();
    line(&COLUMNS);
    for outlier in &view.outliers {
        let beside = of_baseline.get(&key(outlier)).copied();
        line(&row(outlier, beside).each_ref().map(String::as_str));
    }
    String::from_utf8(bytes).unwrap_or_default()
}

fn row(outlier: &Flag, of_baseline: Option<f64>) -> [String; COLUMNS.len()] {
    let cell = &outlier.place.cell;
    [
        outlier.place.window.to_string(),
        format!("{:.3}", outlier.place.started_at),
        as_field(&cell.series()).into_owned(),
        as_field(&cell.level).into_owned(),
        outlier.metric.name(),
        format!("{:.6}", outlier.value),
        format!("{:.6}", outlier.band.baseline),
        format!("{:.6}", outlier.band.low),
        format!("{:.6}", outlier.band.high),
        format!("{:.3}", outlier.sigmas),
        of_baseline.map_or_else(String::new, |sigmas| format!("{sigmas:.3}")),
    ]
}
