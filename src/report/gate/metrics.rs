//! The candidate's values as `OpenMetrics`, as GitLab's metrics report reads them.

use std::fmt::Write as _;

use crate::analysis::gate::{JUDGED, Quantity};

use super::view::GateView;

/// One family per metric, one line per cell.
pub(super) fn open_metrics(stages: &[GateView]) -> String {
    let mut text = String::new();
    for quantity in JUDGED.into_iter().map(Quantity::Metric).chain(Quantity::RATIOS) {
        let name = format!("baseline_{}", quantity.name());
        let rows = stages.iter().flat_map(|view| view.judgement.rows.iter().map(move |row| (view, row)));
        let mut lines = String::new();
        for (view, row) in rows.filter(|(_, row)| row.quantity == quantity && row.after.is_finite()) {
            let share =
                view.load_percent.map_or_else(String::new, |share| format!(",share_percent=\"{share}\""));
            let (endpoint, level) = (label(&row.cell.series()), label(&row.cell.level));
            let _ =
                writeln!(lines, "{name}{{endpoint=\"{endpoint}\",level=\"{level}\"{share}}} {}", row.after);
        }
        if !lines.is_empty() {
            let _ = writeln!(text, "# TYPE {name} gauge\n{}", lines.trim_end());
        }
    }
    text.push_str("# EOF\n");
    text
}

fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
