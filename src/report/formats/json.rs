//! `report.json`: the view as data. Keys of metrics come from the one catalogue.

use serde_json::{Map, Value, json};

use crate::domain::metric::{Metric, Reading};
use crate::domain::time_summary::{TimeKind, TimeSummary};
use crate::report::Report;
use crate::report::recommendations::Recommendation;
use crate::report::view::headline::Headline;
use crate::report::view::rolling::RollingView;
use crate::report::view::run_view::CellView;

use super::json_findings;

/// The schema this program writes.
pub(in crate::report) const SCHEMA: u32 = 1;

/// The JSON Schema of `report.json`.
pub const REPORT_SCHEMA: &str = include_str!("../../../docs/report.schema.json");

/// The report as pretty JSON, with a line end.
pub(in crate::report) fn run_json(report: &Report<'_>) -> String {
    let view = report.view;
    let facts = &view.facts;
    let health = &view.health;
    let invalid: Map<String, Value> =
        health.invalid.iter().map(|(name, (_, count))| ((*name).to_owned(), json!(count))).collect();
    let errors: Map<String, Value> =
        health.errors.iter().map(|(class, count)| (class.name().to_owned(), json!(count))).collect();
    let gaps: Vec<Value> = facts
        .gaps
        .iter()
        .map(|gap| {
            json!({
                "from": format!("{:.3}", gap.from),
                "to": format!("{:.3}", gap.to),
                "length_s": gap.length().as_secs_f64(),
                "reason": gap.reason.name(),
            })
        })
        .collect();
    let levels: Vec<Value> = view
        .levels
        .iter()
        .map(|level| {
            json!({
                "level": *level.name,
                "users": level.users,
                "cells": level.cells.iter().map(cell_json).collect::<Vec<_>>(),
            })
        })
        .collect();
    let mut object = json!({
        "schema": SCHEMA,
        "run": {
            "id": facts.run_id,
            "scenario": facts.scenario,
            "scenario_hash": facts.scenario_hash,
            "measured": facts.mode,
            "plan": facts.plan,
            "state": facts.state,
            "started_at": format!("{:.3}", facts.started_at),
            "planned_end": format!("{:.3}", facts.planned_end),
            "last_window_at": health.last_window_at.map(|at| format!("{at:.3}")),
            "seed": facts.seed,
            "host": facts.host,
            "tool": facts.tool,
        },
        "verdict": headline_json(&report.headline),
        "health": {
            "trust": health.verdict(),
            "windows": health.tally.windows,
            "planned_windows": facts.planned_windows,
            "missing": health.missing,
            "unmeasured_endpoints": health.unmeasured,
            "valid": health.tally.valid,
            "throttled": health.tally.throttled,
            "invalid": invalid,
            "requests": health.tally.counts.requests(),
            "succeeded": health.tally.counts.succeeded,
            "failed": health.tally.counts.failed,
            "throttled_requests": health.tally.counts.throttled,
            "errors": errors,
            "late_starts": health.late_starts,
            "cpu_us_per_request": health.cpu_us_per_request,
            "highest_cpu_share": health.highest_cpu_share,
            "latest_timer_us": health.latest_timer_us,
            "gap_s": health.gap_time.as_secs_f64(),
            "gaps": gaps,
        },
        "flags": {
            "judged": health.flags.judged,
            "observed": health.flags.observed,
            "expected_by_noise": health.flags.expected,
            "not_counted": health.other_flags,
            "learning_windows": health.learning_windows,
            "cells_learning": health.cells_learning,
        },
        "levels": levels,
    });
    if let Value::Object(object) = &mut object {
        json_findings::add(object, &view.findings);
        object.insert("rolling".to_owned(), rolling_json(&view.rolling));
        let advice = report.recommendations.iter().map(recommendation_json);
        object.insert("recommendations".to_owned(), Value::Array(advice.collect()));
        let charts =
            report.charts.iter().map(|chart| json!({ "file": chart.file, "shows": chart.alternative }));
        object.insert("charts".to_owned(), Value::Array(charts.collect()));
    }
    pretty(&object)
}

fn headline_json(headline: &Headline) -> Value {
    let numbers = headline
        .numbers
        .iter()
        .map(|number| json!({ "label": number.label, "value": number.value, "note": number.note }));
    json!({
        "state": headline.state.word(),
        "sentence": headline.sentence,
        "numbers": numbers.collect::<Vec<_>>(),
    })
}

fn recommendation_json(advice: &Recommendation) -> Value {
    json!({
        "id": advice.id,
        "priority": advice.priority.word(),
        "issue": advice.issue,
        "evidence": advice.evidence,
        "chart": advice.chart,
        "impact": advice.impact,
        "action": advice.action,
    })
}

/// The last minute to hour, by endpoint.
pub fn rolling_json(views: &[RollingView]) -> Value {
    let row = |view: &RollingView| {
        json!({
            "endpoint": *view.endpoint,
            "span_s": view.span.as_secs(),
            "windows": view.windows,
            "requests": view.counts.requests(),
            "error_ratio": view.counts.error_ratio(),
            "service_time_mean_us": view.mean_us,
            "service_time_p95_us": view.p95_us,
            "service_time_p99_us": view.p99_us,
        })
    };
    Value::Array(views.iter().map(row).collect())
}

fn cell_json(cell: &CellView) -> Value {
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
    put("endpoint", json!(*cell.endpoint));
    put("windows", json!(cell.windows));
    put("valid_windows", json!(cell.valid_windows));
    put("measured_s", json!(cell.measured.as_secs_f64()));
    put("requests", json!(cell.counts.requests()));
    put("succeeded", json!(cell.counts.succeeded));
    put("failed", json!(cell.counts.failed));
    put("throttled", json!(cell.all_counts.throttled));
    put("goodput_per_s", json!(cell.goodput_per_s));
    for metric in Metric::ALL {
        put(&metric.name(), json!(cell.value(metric)));
    }
    let intervals = Metric::ALL.into_iter().filter_map(|metric| {
        let (low, high) = cell.interval(metric)?;
        Some((metric.name(), json!([low, high])))
    });
    put("interval_95", Value::Object(intervals.collect()));
    let objectives = cell.objectives.iter().map(|objective| {
        json!({
            "metric": objective.metric.name(),
            "at_most": objective.limit,
            "state": objective.state.name(),
        })
    });
    put("objectives", Value::Array(objectives.collect()));
    put("cache_hit_ratio", json!(cell.cache.hit_ratio()));
    put("statuses", status_json(cell.statuses.iter()));
    put("share_4xx", json!(cell.status_share(4)));
    put("share_5xx", json!(cell.status_share(5)));
    let errors = cell.errors.iter().map(|(class, count)| (class.name().to_owned(), json!(count)));
    put("errors", Value::Object(errors.collect()));
    put("connections", json!(cell.phases.connections));
    put("phases_us", phases_json(&cell.phases));
    put("baseline_service_time_mean_us", json!(cell.baseline_us.map(|band| band.usual)));
    put("baseline_service_time_band_us", json!(cell.baseline_us.map(|band| [band.low, band.high])));
    put("flags", json!(cell.flags.observed));
    put("flags_expected_by_noise", json!(cell.flags.expected));
    Value::Object(object)
}

/// Phases of opening a connection, as means in microseconds.
pub(in crate::report) fn phases_json(phases: &crate::domain::window::Phases) -> Value {
    json!({ "resolve": phases.resolve_mean_us, "connect": phases.connect_mean_us, "tls": phases.tls_mean_us })
}

/// Counts by status.
pub(in crate::report) fn status_json<'a>(statuses: impl Iterator<Item = (&'a u16, &'a u64)>) -> Value {
    Value::Object(statuses.map(|(status, count)| (status.to_string(), json!(count))).collect())
}

/// A summary under the names of its readings.
pub(in crate::report) fn summary_json(summary: &TimeSummary) -> Value {
    Value::Object(
        Reading::ALL
            .into_iter()
            .map(|reading| (reading.name().to_owned(), json!(reading.of(summary))))
            .collect(),
    )
}

/// JSON for people and programs alike, with a line end.
pub(in crate::report) fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// The key of a kind of time where a summary stands below it.
pub(in crate::report) fn time_key(kind: TimeKind) -> String {
    format!("{}_us", kind.name())
}
