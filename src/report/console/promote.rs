//! Output of `baseline promote`: the new baseline next to the one it replaces, and suggested thresholds.

use std::fmt::Write as _;
use std::path::Path;

use crate::analysis::promotion::{KEPT, Promotion};
use crate::analysis::series::Scale;
use crate::analysis::suggested_objective::SuggestedObjective;
use crate::analysis::thresholds::Suggestion;
use crate::domain::baseline::{Baseline, CellBaseline};
use crate::domain::metric::Metric;
use crate::domain::units::format_span;
use crate::report::wording::numbers::{count, counted, significant, time_us};
use crate::report::wording::phrases::{metric_value, metric_words, signed_percent};

/// Runs of the same code differ, so smaller changes from the last baseline are not listed.
const LEAST_LISTED: f64 = 0.01;

/// The baseline value of a cell's metric, in the metric's unit.
pub(super) fn baseline_value(cell: &CellBaseline, metric: Metric) -> Option<f64> {
    if metric == Metric::ErrorRatio {
        return (cell.judged > 0).then(|| cell.failed as f64 / cell.judged as f64);
    }
    cell.series.get(&metric.name()).map(|series| Scale::of(metric).take(series.mean))
}

/// The new baseline, and what changes, for people.
pub fn promotion_text(path: &Path, promotion: &Promotion, before: Option<&Baseline>) -> String {
    let mut text = format!("{}\n", path.display());
    let origins = &promotion.baseline.provenance.runs;
    for origin in origins {
        let _ = writeln!(
            text,
            "  from {}: {} valid, {} excluded",
            origin.run_id,
            counted(origin.valid_windows, "window"),
            count(origin.left_out)
        );
    }
    for (cell, windows) in &promotion.left_out {
        let _ = writeln!(text, "  excluded: {cell}, {} valid, 20 needed", counted(*windows as u64, "window"));
    }
    if origins.len() == 1 {
        text.push_str(
            "  one run cannot show the variation between runs; `gate` needs a baseline of five or more runs\n",
        );
    }
    match before {
        None => text.push_str("  new baseline\n"),
        Some(before) => changes_text(&mut text, before, &promotion.baseline),
    }
    text
}

fn changes_text(text: &mut String, before: &Baseline, after: &Baseline) {
    let _ = writeln!(text, "  changes from the baseline it replaces:");
    for (key, cell) in &after.cells {
        let changes: Vec<String> = match before.cells.get(key) {
            None => vec!["new".to_owned()],
            Some(earlier) => KEPT
                .into_iter()
                .filter_map(|metric| {
                    let (from, to) = (baseline_value(earlier, metric)?, baseline_value(cell, metric)?);
                    let shown = |value| metric_value(metric, Some(value));
                    let change = if from > 0.0 { to / from - 1.0 } else { f64::from(u8::from(to > 0.0)) };
                    (change.abs() >= LEAST_LISTED).then(|| {
                        // A percentage of a percentage misleads.
                        let size = match metric {
                            Metric::CacheHitRatio => format!("{:+.1} points", (to - from) * 100.0),
                            _ => signed_percent(change),
                        };
                        format!("{} {} to {} ({size})", metric_words(metric), shown(from), shown(to))
                    })
                })
                .collect(),
        };
        let what =
            if changes.is_empty() { "no change of 1 % or more".to_owned() } else { changes.join("; ") };
        let _ = writeln!(text, "    {key}: {what}");
    }
    for key in before.cells.keys().filter(|key| !after.cells.contains_key(*key)) {
        let _ = writeln!(text, "    {key}: removed");
    }
}

/// Renders suggested limits and SLOs as text, for people.
pub fn suggestions_text(suggestions: &[Suggestion], objectives: &[SuggestedObjective]) -> String {
    if suggestions.is_empty() {
        return "no suggestions: no cell has 20 valid windows\n".to_owned();
    }
    let mut text = String::from(
        "limits, and windows per day above each limit: expected from log-normal noise / seen in the runs\n\n",
    );
    let mut rows = vec![
        ["cell", "", "baseline", "+3 sigma", "per day", "+4 sigma", "per day", "+5 sigma", "per day"]
            .map(str::to_owned),
    ];
    for suggestion in suggestions {
        let mut row = vec![
            suggestion.cell.to_string(),
            metric_words(suggestion.metric),
            time_us(Some(suggestion.value)),
        ];
        for limit in &suggestion.limits {
            row.push(time_us(Some(limit.value)));
            row.push(format!("{} / {}", significant(limit.expected_a_day), significant(limit.seen_a_day)));
        }
        rows.extend(<[String; 9]>::try_from(row));
    }
    aligned(&mut text, &rows);
    text.push_str(&objectives_text(objectives));
    text
}

/// Suggested SLOs as lines to paste into a scenario.
fn objectives_text(objectives: &[SuggestedObjective]) -> String {
    if objectives.is_empty() {
        return "\nno suggested SLOs: the windows of every endpoint are alike, so a limit would be kept by all or by none\n"
            .to_owned();
    }
    let mut text = String::from(
        "\nsuggested SLOs for the scenario, for the level with the most users. 90 to 99 % of its single windows keep each limit;\n\
         an SLO is judged over stretches of the length `for`, and here a stretch exceeds it if most of its windows do.\n\
         There is no error rate where hardly any window had errors:\n\n",
    );
    for objective in objectives {
        let _ = writeln!(
            text,
            "  {}: slo = {{ {} }}  # {} of {} exceed it",
            objective.endpoint,
            limits_toml(objective),
            count(objective.exceeded as u64),
            stretches(objective.stretches)
        );
    }
    text
}

fn stretches(all: usize) -> String {
    format!("{} {}", count(all as u64), if all == 1 { "stretch" } else { "stretches" })
}

/// The limits as the inside of an inline table.
fn limits_toml(objective: &SuggestedObjective) -> String {
    let parts = [
        ("mean", objective.mean_us.map(span_toml)),
        ("p95", objective.p95_us.map(span_toml)),
        ("error_rate", objective.error_rate.map(|rate| rate.to_string())),
        ("cache_hit_ratio", objective.cache_hit_ratio.map(|ratio| ratio.to_string())),
        ("for", Some(format!("\"{}\"", format_span(objective.over)))),
    ];
    let parts = parts.into_iter().filter_map(|(key, value)| Some(format!("{key} = {}", value?)));
    parts.collect::<Vec<String>>().join(", ")
}

/// A time in the unit that suits it, as scenarios have it: `"9.5ms"`.
fn span_toml(us: f64) -> String {
    match us {
        us if us < 1e3 => format!("\"{us}us\""),
        us if us < 1e6 => format!("\"{}ms\"", us / 1e3),
        us => format!("\"{}s\"", us / 1e6),
    }
}

fn aligned(text: &mut String, rows: &[[String; 9]]) {
    let widths: Vec<usize> =
        (0..9).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
    for row in rows {
        let mut line = String::new();
        for (place, (field, width)) in row.iter().zip(&widths).enumerate() {
            let gap = width - field.chars().count();
            let space = " ".repeat(gap);
            let padded = if place < 2 { format!("{field}{space}") } else { format!("{space}{field}") };
            line.push_str(&padded);
            line.push_str("  ");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
}
