//! What `baseline start --dry-run` prints: what the plan would send, against the documented limits.

use std::fmt::Write as _;

use serde_json::json;

use crate::domain::plan::Plan;
use crate::domain::units::after;
use crate::domain::workload::Workload;
use crate::host;
use crate::report::formats::format::Format;
use crate::report::wording::numbers::{bytes, counted, span, trimmed};
use crate::run::prepared::{EMBEDDED, bytes_on_disk};
use crate::scenario::limits;

/// What the plan would do, for people or programs.
pub fn dry_run(plan: &Plan, format: Format) -> String {
    match format {
        Format::Json => dry_run_json(plan),
        _ => dry_run_text(plan),
    }
}

struct EndpointLoad {
    name: String,
    url: String,
    levels: String,
    /// Over one cycle.
    requests: f64,
    per_minute: f64,
    capped: bool,
}

fn loads(plan: &Plan) -> Vec<EndpointLoad> {
    let minutes = plan.cycle.as_secs_f64() / 60.0;
    let load = |(index, workload): (usize, &Workload)| {
        let endpoint = workload.endpoint();
        let cells: Vec<usize> =
            (0..plan.cells.len()).filter(|cell| plan.cells[*cell].workload == index).collect();
        let requests: f64 = cells.iter().map(|cell| limits::expected_requests(plan, *cell)).sum();
        let levels: Vec<String> =
            cells.iter().map(|cell| plan.level(plan.cells[*cell]).to_string()).collect();
        EndpointLoad {
            name: endpoint.name.to_string(),
            url: match endpoint.origin.to_string() {
                origin if origin == EMBEDDED => {
                    format!("{} {} on the embedded target", endpoint.method.as_str(), endpoint.path)
                }
                origin => format!("{} {origin}{}", endpoint.method.as_str(), endpoint.path),
            },
            levels: if levels.is_empty() {
                "none fits the rate limits".to_owned()
            } else {
                levels.join(", ")
            },
            requests,
            per_minute: requests / minutes,
            capped: cells.iter().any(|cell| plan.request_caps[*cell].is_some()),
        }
    };
    plan.workloads.iter().enumerate().map(load).collect()
}

fn dry_run_text(plan: &Plan) -> String {
    let mut text = String::new();
    let end = after(host::clock::now(), plan.duration);
    let _ = writeln!(
        text,
        "{}: {} in {} of {}, {} each; {} of {} after {} of warm-up",
        plan.name,
        span(plan.duration),
        counted(plan.cycles(), "cycle"),
        span(plan.cycle),
        counted(plan.cells.len() as u64, "cell"),
        counted(plan.windows(), "window"),
        span(plan.window),
        span(plan.warm_up),
    );
    let _ = writeln!(text, "started now, it ends at {end:.0}");
    let _ = writeln!(text, "on disk: about {}\n", bytes(bytes_on_disk(plan)));
    for load in loads(plan) {
        let bound = if load.capped { "at most" } else { "about" };
        let _ = writeln!(text, "  {}: {}", load.name, load.url);
        let _ = writeln!(text, "    {}", load.levels);
        let _ = writeln!(
            text,
            "    {bound} {} requests a cycle, {} a minute",
            trimmed(load.requests),
            trimmed(load.per_minute)
        );
    }
    if let Some(left_out) = left_out(plan) {
        let _ = writeln!(text, "\n{left_out}");
    }
    let sums = limits::sums(plan);
    if !sums.is_empty() {
        text.push_str("\nagainst the documented limits, in the worst stretch:\n");
        text.push_str(&limits::describe(&sums));
        text.push('\n');
    }
    text.push_str("\nnothing was sent\n");
    text
}

/// Which cells the rate limits leave no room for, where there are any.
pub fn left_out(plan: &Plan) -> Option<String> {
    let cells: Vec<String> = plan.left_out.iter().map(|cell| plan.describe(*cell)).collect();
    let sentence = "left out, because the rate limits have no room for one request of each user";
    (!cells.is_empty()).then(|| format!("{sentence}: {}", cells.join(", ")))
}

fn dry_run_json(plan: &Plan) -> String {
    let endpoints: Vec<_> = loads(plan)
        .into_iter()
        .map(|load| {
            json!({
                "endpoint": load.name, "url": load.url, "levels": load.levels,
                "requests_per_cycle": load.requests, "requests_per_minute": load.per_minute, "capped": load.capped,
            })
        })
        .collect();
    let limits: Vec<_> = limits::sums(plan)
        .into_iter()
        .map(|sum| {
            json!({
                "path": sum.path, "per_s": sum.allowance.per.as_secs_f64(), "allowed": sum.allowance.requests,
                "planned": sum.planned, "fits": sum.fits(),
            })
        })
        .collect();
    let text = serde_json::to_string_pretty(&json!({
        "schema": 1,
        "scenario": *plan.name,
        "duration_s": plan.duration.as_secs_f64(),
        "cycles": plan.cycles(),
        "cells": plan.cells.len(),
        "windows": plan.windows(),
        "bytes_on_disk": bytes_on_disk(plan),
        "left_out": plan.left_out.iter().map(|cell| plan.describe(*cell)).collect::<Vec<_>>(),
        "endpoints": endpoints,
        "rate_limits": limits,
    }));
    text.unwrap_or_default() + "\n"
}
