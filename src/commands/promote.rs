//! `baseline promote`: accepted runs become the baseline that later ones are held against.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::analysis::promotion::{KEPT, Promotion, Run, promote as promotion_of};
use crate::analysis::series::Scale;
use crate::analysis::thresholds::{Objective, Suggestion, objectives, suggest};
use crate::analysis::watch::Alert;
use crate::domain::baseline::{Baseline, CellBaseline};
use crate::domain::metric::Metric;
use crate::domain::window::Window;
use crate::report::numbers::{count, counted, significant, time_us};
use crate::report::sentences::{describe_alert, metric_value, metric_words, signed_percent};
use crate::store::heartbeat::Heartbeat;
use crate::store::manifest::Manifest;
use crate::store::{StoreError, baselines, runs};

use super::observer::Observer;
use super::recorded::Recorded;
use super::report::state_of;
use super::watching::watcher_of;
use super::{CommandError, Exit, Format, fingerprint};

/// Runs of the same code differ, so a smaller change against the last baseline is not listed.
const LEAST_TOLD: f64 = 0.01;

/// What `promote` was asked to do.
#[derive(Debug, Clone)]
pub struct PromoteOptions {
    /// Runs.
    pub runs: Vec<String>,
    /// The baseline's name.
    pub name: Option<String>,
    /// Whether to print objectives and limits.
    pub suggest_thresholds: bool,
    /// The folder that holds runs.
    pub out: PathBuf,
    /// The folder that holds baselines.
    pub baselines: PathBuf,
}

/// Runs `promote`.
/// # Errors
/// [`CommandError`]; an earlier baseline of that name is intact then.
pub fn promote(
    options: &PromoteOptions,
    format: Format,
    out: &mut dyn Write,
    observer: &mut dyn Observer,
) -> Result<Exit, CommandError> {
    let accepted = Accepted::read(options, observer)?;
    let suggested = options.suggest_thresholds.then(|| {
        let windows: Vec<&Window> = accepted.runs.iter().flat_map(|run| &run.windows).collect();
        let suggestions = suggest(&windows, accepted.cycle_s);
        let objectives = objectives(&suggestions, &windows, accepted.cycle_s);
        (suggestions, objectives)
    });
    let mut say = |text: &str| out.write_all(text.as_bytes()).map_err(CommandError::Output);
    let Some(name) = &options.name else {
        let Some((suggestions, objectives)) = suggested else { return Ok(Exit::Accepted) };
        say(&match format {
            Format::Json => pretty(&suggestions_json(&suggestions, &objectives)),
            _ => suggestions_text(&suggestions, &objectives),
        })?;
        return Ok(if suggestions.is_empty() { Exit::Inconclusive } else { Exit::Accepted });
    };
    let path = baselines::path(&options.baselines, &accepted.scenario, name)?;
    // A baseline that cannot be read is not replaced by accident: somebody should look at it.
    let before = if path.is_file() { Some(baselines::read(&path)?) } else { None };
    let promotion = promotion_of(name, &accepted.scenario, &accepted.runs, accepted.fingerprint.clone());
    if promotion.baseline.cells.is_empty() {
        return Err(CommandError::NothingToPromote { left_out: promotion.left_out.len() });
    }
    baselines::write(&path, &promotion.baseline)?;
    let text = if format == Format::Json {
        let mut object = promotion_json(&path, &promotion, before.as_ref());
        if let Some((suggestions, objectives)) = &suggested {
            object["thresholds"] = suggestions_json(suggestions, objectives);
        }
        pretty(&object)
    } else {
        let limits =
            suggested.map(|(suggestions, objectives)| suggestions_text(&suggestions, &objectives) + "\n");
        limits.unwrap_or_default() + &promotion_text(&path, &promotion, before.as_ref())
    };
    say(&text)?;
    Ok(Exit::Accepted)
}

/// Runs that may be put together.
struct Accepted {
    scenario: String,
    fingerprint: std::collections::BTreeMap<String, String>,
    cycle_s: f64,
    runs: Vec<Run>,
}

impl Accepted {
    fn read(options: &PromoteOptions, observer: &mut dyn Observer) -> Result<Self, CommandError> {
        let mut accepted: Option<Self> = None;
        for wanted in &options.runs {
            let folder = runs::find(&options.out, wanted)?;
            let recorded = Recorded::read(&folder)?;
            let (manifest, windows) = (&recorded.manifest, &recorded.windows);
            let (run_id, valid) = (manifest.run_id.clone(), recorded.valid());
            if valid * 2 < windows.len() || valid == 0 {
                return Err(CommandError::BadRun { run_id, valid, windows: windows.len() });
            }
            if state_of(Heartbeat::read(&folder).as_ref()) == "running" {
                return Err(CommandError::Usage {
                    what: format!("run {run_id} is still going on"),
                    hint: "promote it when it has ended; `baseline status` says when that is".to_owned(),
                });
            }
            for doubt in doubts(manifest, windows) {
                observer.remark(&format!("warning: {run_id}: {doubt}"));
            }
            let (fingerprint, scenario) = (fingerprint::of(manifest), manifest.scenario.clone());
            match &mut accepted {
                None => {
                    let cycle_s = cycle_of(manifest, &folder)?;
                    accepted = Some(Self { scenario, fingerprint, cycle_s, runs: vec![recorded.into_run()] });
                }
                Some(accepted) => accepted.add(recorded.into_run(), &scenario, &fingerprint)?,
            }
        }
        accepted.ok_or_else(|| CommandError::Usage {
            what: "there is no run to promote".to_owned(),
            hint: "name one or more runs; `baseline list` shows them".to_owned(),
        })
    }

    fn add(
        &mut self,
        run: Run,
        scenario: &str,
        fingerprint: &std::collections::BTreeMap<String, String>,
    ) -> Result<(), CommandError> {
        if self.runs.iter().any(|earlier| earlier.run_id == run.run_id) {
            return Err(CommandError::Usage {
                what: format!("run {} is named twice", run.run_id),
                hint: "name each run once".to_owned(),
            });
        }
        let mut differences: Vec<String> = self
            .fingerprint
            .iter()
            .filter(|(name, here)| fingerprint.get(*name) != Some(here))
            .map(|(name, _)| name.clone())
            .chain(fingerprint.keys().filter(|name| !self.fingerprint.contains_key(*name)).cloned())
            .collect();
        if scenario != self.scenario {
            differences.insert(0, "scenario".to_owned());
        }
        if differences.is_empty() {
            self.runs.push(run);
            return Ok(());
        }
        Err(CommandError::NotComparable { run_id: run.run_id, differences })
    }
}

/// What speaks against taking a run for what is usual: it is for people to decide.
fn doubts(manifest: &Manifest, windows: &[Window]) -> Vec<String> {
    let mut doubts = Vec::new();
    if (windows.len() as u64) < manifest.planned_windows {
        let planned = count(manifest.planned_windows);
        doubts.push(format!("it has {} of {planned} planned windows", count(windows.len() as u64)));
    }
    let mut watcher = watcher_of(manifest, None);
    let alerts: Vec<Alert> = windows.iter().flat_map(|window| watcher.take(window).alerts).collect();
    if let Some(first) = alerts.first() {
        let all = counted(alerts.len() as u64, "alert");
        let sentence = describe_alert(first);
        let what = sentence.strip_prefix("alert: ").unwrap_or(&sentence);
        doubts.push(format!("{all} within it, the first: {what}"));
    }
    doubts
}

fn cycle_of(manifest: &Manifest, folder: &Path) -> Result<f64, CommandError> {
    let text = manifest.plan.get("plan").and_then(|plan| plan.get("cycle")).and_then(Value::as_str);
    let cycle =
        text.and_then(|text| crate::domain::units::parse_span(text).ok()).filter(|cycle| !cycle.is_zero());
    cycle.map(|cycle| cycle.as_secs_f64()).ok_or_else(|| {
        let path = folder.join(crate::store::manifest::FILE);
        StoreError::Corrupt { path, what: "plan.cycle is not a span of time".to_owned() }.into()
    })
}

/// What a cell's metric is in a baseline, in the metric's unit.
fn usual(cell: &CellBaseline, metric: Metric) -> Option<f64> {
    if metric == Metric::ErrorRatio {
        return (cell.judged > 0).then(|| cell.failed as f64 / cell.judged as f64);
    }
    cell.series.get(&metric.name()).map(|series| Scale::of(metric).take(series.mean))
}

fn promotion_text(path: &Path, promotion: &Promotion, before: Option<&Baseline>) -> String {
    let mut text = format!("{}\n", path.display());
    let origins = &promotion.baseline.provenance.runs;
    for origin in origins {
        let _ = writeln!(
            text,
            "  from {}: {} valid, {} left out",
            origin.run_id,
            counted(origin.valid_windows, "window"),
            count(origin.left_out)
        );
    }
    for ((endpoint, level), windows) in &promotion.left_out {
        let _ = writeln!(
            text,
            "  not in it: {endpoint} at {level}, with {} valid; 20 are needed",
            counted(*windows as u64, "window")
        );
    }
    if origins.len() == 1 {
        text.push_str(
            "  one run does not tell how much runs differ; five or more make a baseline to gate on\n",
        );
    }
    match before {
        None => text.push_str("  it is new\n"),
        Some(before) => changes_text(&mut text, before, &promotion.baseline),
    }
    text
}

fn changes_text(text: &mut String, before: &Baseline, after: &Baseline) {
    let _ = writeln!(text, "  what changes against the baseline it replaces:");
    for (key, cell) in &after.cells {
        let changes: Vec<String> = match before.cells.get(key) {
            None => vec!["new".to_owned()],
            Some(earlier) => KEPT
                .into_iter()
                .filter_map(|metric| {
                    let (from, to) = (usual(earlier, metric)?, usual(cell, metric)?);
                    let shown = |value| metric_value(metric, Some(value));
                    let change = if from > 0.0 { to / from - 1.0 } else { f64::from(u8::from(to > 0.0)) };
                    (change.abs() >= LEAST_TOLD).then(|| {
                        let percent = signed_percent(change);
                        format!("{} {} to {} ({percent})", metric_words(metric), shown(from), shown(to))
                    })
                })
                .collect(),
        };
        let what = if changes.is_empty() { "nothing by 1 % or more".to_owned() } else { changes.join("; ") };
        let _ = writeln!(text, "    {} at {}: {what}", key.0, key.1);
    }
    for key in before.cells.keys().filter(|key| !after.cells.contains_key(*key)) {
        let _ = writeln!(text, "    {} at {}: no longer in it", key.0, key.1);
    }
}

fn promotion_json(path: &Path, promotion: &Promotion, before: Option<&Baseline>) -> Value {
    let cells: Vec<Value> = promotion
        .baseline
        .cells
        .iter()
        .map(|(key, cell)| {
            let earlier = before.and_then(|before| before.cells.get(key));
            let metrics: serde_json::Map<String, Value> = KEPT
                .into_iter()
                .map(|metric| {
                    let of = |cell: Option<&CellBaseline>| cell.and_then(|cell| usual(cell, metric));
                    (metric.name(), json!({ "before": of(earlier), "after": of(Some(cell)) }))
                })
                .collect();
            json!({ "endpoint": key.0, "level": key.1, "metrics": metrics })
        })
        .collect();
    json!({
        "schema": 1,
        "path": path.display().to_string(),
        "replaces": before.is_some(),
        "runs": promotion.baseline.provenance.runs.iter().map(|origin| json!({
            "run": origin.run_id,
            "valid_windows": origin.valid_windows,
            "left_out": origin.left_out,
        })).collect::<Vec<_>>(),
        "cells": cells,
        "left_out": promotion.left_out.iter().map(|((endpoint, level), windows)| {
            json!({ "endpoint": endpoint, "level": level, "valid_windows": windows })
        }).collect::<Vec<_>>(),
    })
}

fn suggestions_text(suggestions: &[Suggestion], objectives: &[Objective]) -> String {
    if suggestions.is_empty() {
        return "no cell has the 20 valid windows that a suggestion needs\n".to_owned();
    }
    let mut text = String::from(
        "limits, and how many windows a day would lie beyond each without a cause: expected of log-normal noise / seen\n\n",
    );
    let mut rows = vec![
        ["cell", "", "usual", "+3 sigma", "a day", "+4 sigma", "a day", "+5 sigma", "a day"]
            .map(str::to_owned),
    ];
    for suggestion in suggestions {
        let mut row = vec![
            format!("{} at {}", suggestion.endpoint, suggestion.level),
            metric_words(suggestion.metric),
            time_us(Some(suggestion.usual)),
        ];
        for limit in &suggestion.limits {
            row.push(time_us(Some(limit.value)));
            row.push(format!("{} / {}", significant(limit.expected_a_day), significant(limit.seen_a_day)));
        }
        rows.extend(<[String; 9]>::try_from(row));
    }
    aligned(&mut text, &rows);
    text.push_str("\nobjectives at +4 sigma of the level with most users, for the scenario, and the windows of that level that would miss one\nwithout a cause:\n\n");
    for objective in objectives {
        let span = |us: Option<f64>| us.map(|us| format!("\"{}us\"", us.round()));
        let parts = [
            ("mean", span(objective.mean_us)),
            ("p95", span(objective.p95_us)),
            (
                "error_rate",
                objective
                    .error_rate
                    .map(|rate| format!("{rate:.6}").trim_end_matches('0').trim_end_matches('.').to_owned()),
            ),
        ];
        let parts: Vec<String> =
            parts.into_iter().filter_map(|(key, value)| Some(format!("{key} = {}", value?))).collect();
        let _ = writeln!(
            text,
            "  {}: slo = {{ {} }}  # about {} a day",
            objective.endpoint,
            parts.join(", "),
            significant(objective.expected_a_day)
        );
    }
    text
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

fn suggestions_json(suggestions: &[Suggestion], objectives: &[Objective]) -> Value {
    json!({
        "schema": 1,
        "limits": suggestions.iter().map(|suggestion| json!({
            "endpoint": suggestion.endpoint,
            "level": suggestion.level,
            "metric": suggestion.metric.name(),
            "windows": suggestion.windows,
            "usual": suggestion.usual,
            "offered": suggestion.limits.iter().map(|limit| json!({
                "sigmas": limit.sigmas,
                "value": limit.value,
                "expected_alarms_a_day": limit.expected_a_day,
                "seen_alarms_a_day": limit.seen_a_day,
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "objectives": objectives.iter().map(|objective| json!({
            "endpoint": objective.endpoint,
            "mean_us": objective.mean_us,
            "p95_us": objective.p95_us,
            "error_rate": objective.error_rate,
            "expected_alarms_a_day": objective.expected_a_day,
        })).collect::<Vec<_>>(),
    })
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
