//! What `start` will do, before anything is sent: the plan, its limits, its size on disk; and `--dry-run`, which stops there.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::json;

use crate::domain::plan::Plan;
use crate::domain::units::format_span;
use crate::host;
use crate::report::numbers::{bytes, counted, span, trimmed};
use crate::scenario::environment::Environment;
use crate::scenario::file::ScenarioFile;
use crate::scenario::overrides::Overrides;
use crate::scenario::{Settings, Source, limits, parse, plan_of, shipped};
use crate::target::Fault;

use super::{CommandError, Format};

/// A row and its histogram lines, as measured on rehearsals: about 0.6 kB and two lines of 1 to 3 kB.
const BYTES_A_WINDOW: u64 = 4_500;
/// Reports and everything else.
const BYTES_A_RUN: u64 = 1_000_000;
/// The built-in scenario behind `--demo`.
pub(super) const DEMO: &str = "demo";
/// Stands where the embedded target's address will be.
pub(super) const EMBEDDED: &str = "http://127.0.0.1";

/// A scenario with the command line applied, and the plan it makes.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) source: Source,
    pub(super) file: ScenarioFile,
    pub(super) settings: Settings,
    pub(super) plan: Plan,
}

impl Prepared {
    /// Reads a scenario, applies the options, and validates the whole.
    pub(super) fn new(
        scenario: &str,
        overrides: &Overrides,
        seed: u64,
        environment: &Environment,
        on_embedded_target: bool,
    ) -> Result<Self, CommandError> {
        let source = shipped::find(scenario)?;
        let mut file = parse(&source)?;
        if on_embedded_target {
            move_to(&mut file, EMBEDDED);
        }
        let overridden = overrides.apply(&mut file);
        let settings = Settings { seed, overridden, ..Settings::default() };
        let plan = plan_of(&file, &source, environment, &settings)?;
        Ok(Self { source, file, settings, plan })
    }

    /// The same plan at the embedded target's address.
    pub(super) fn at(&self, url: &str, environment: &Environment) -> Result<Plan, CommandError> {
        let mut file = self.file.clone();
        move_to(&mut file, url);
        Ok(plan_of(&file, &self.source, environment, &self.settings)?)
    }

    /// The file as the manifest keeps it: URLs as resolved, so that a resumed run meets the same target.
    pub(super) fn file_for_manifest(&self) -> ScenarioFile {
        let mut file = self.file.clone();
        let at_base = self
            .file
            .endpoint
            .iter()
            .zip(&self.plan.endpoints)
            .find(|(section, _)| section.base_url.is_none());
        if let Some((_, endpoint)) = at_base {
            file.target.base_url = endpoint.origin.to_string();
        }
        for (section, endpoint) in file.endpoint.iter_mut().zip(&self.plan.endpoints) {
            if section.base_url.is_some() {
                section.base_url = Some(endpoint.origin.to_string());
            }
        }
        file
    }
}

/// Points every endpoint at one address, and lets packets go nowhere else.
pub(super) fn move_to(file: &mut ScenarioFile, url: &str) {
    url.clone_into(&mut file.target.base_url);
    file.target.allow_hosts = vec!["127.0.0.1".to_owned()];
    file.target.allow_networks = Some(vec!["127.0.0.0/8".to_owned()]);
    file.endpoint.iter_mut().for_each(|endpoint| endpoint.base_url = None);
}

/// The faults of a run on the latency model: those given, or the demo's one slowdown. `none` is no fault at all.
pub(super) fn faults(
    given: &[String],
    is_demo: bool,
    duration: Duration,
) -> Result<Vec<Fault>, CommandError> {
    let texts: Vec<String> = match given {
        [] if is_demo => {
            // Late enough that baselines are learnt, early enough that the end is normal again.
            let at = |percent: u32| {
                let exact = duration * percent / 100;
                format_span(Duration::from_millis(u64::try_from(exact.as_millis()).unwrap_or(u64::MAX)))
            };
            vec![format!("slow:browse:+60%:{}..{}", at(65), at(85))]
        }
        [none] if none == "none" => Vec::new(),
        given => given.to_vec(),
    };
    texts.into_iter().map(|text| parse_fault(&text)).collect()
}

/// Reads a fault.
pub(super) fn parse_fault(text: &str) -> Result<Fault, CommandError> {
    text.parse().map_err(|source| CommandError::Fault { text: text.to_owned(), source })
}

/// How many bytes a run will write, roughly.
pub(super) fn bytes_on_disk(plan: &Plan) -> u64 {
    plan.windows().saturating_mul(BYTES_A_WINDOW).saturating_add(BYTES_A_RUN)
}

/// What the plan would do, for people or programs.
pub(super) fn dry_run(prepared: &Prepared, format: Format) -> String {
    match format {
        Format::Json => dry_run_json(&prepared.plan),
        _ => dry_run_text(&prepared.plan),
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
    let load = |(index, endpoint): (usize, &crate::domain::endpoint::Endpoint)| {
        let cells: Vec<usize> =
            (0..plan.cells.len()).filter(|cell| plan.cells[*cell].endpoint == index).collect();
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
    plan.endpoints.iter().enumerate().map(load).collect()
}

fn dry_run_text(plan: &Plan) -> String {
    let mut text = String::new();
    let end =
        host::clock::now().saturating_add(jiff::SignedDuration::try_from(plan.duration).unwrap_or_default());
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
    if let Ok(end) = end {
        let _ = writeln!(text, "started now, it ends at {end:.0}");
    }
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
pub(super) fn left_out(plan: &Plan) -> Option<String> {
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
