//! Output of `baseline scenario check` and `baseline scenario list`.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::plan::Plan;
use crate::domain::workload::Workload;
use crate::report::formats::envelope::{Output, print};
use crate::report::wording::numbers::{counted, span, workloads_words};
use crate::scenario::Problem;

use super::readiness::{self, BaselineReadiness};

/// The size of a plan and the notes on it, for people.
pub fn checked_text(label: &str, plan: &Plan, notes: &[String]) -> String {
    if plan.cells.is_empty() {
        let services = counted(plan.assessment.services.len() as u64, "service");
        return format!("{label}: {services} for `baseline check`, nothing to measure under load\n");
    }
    let mut text = format!(
        "{label}: {}, {}, {} in {}\n",
        workloads_words(workload_counts(plan)),
        counted(plan.cells.len() as u64, "cell"),
        counted(plan.windows(), "window"),
        span(plan.duration)
    );
    for note in notes.iter().cloned().chain(readiness::gate_note(plan)) {
        let _ = writeln!(text, "  note: {note}");
    }
    for warning in readiness::warnings(plan) {
        let _ = writeln!(text, "  warning: {warning}");
    }
    text
}

/// The same for programs.
pub fn checked_json(label: &str, plan: &Plan, notes: &[String]) -> String {
    print(CheckedOutput {
        scenario: &plan.name,
        source: label,
        endpoints: names(plan, |workload| workload.as_endpoint().is_some()),
        journeys: names(plan, |workload| workload.as_journey().is_some()),
        mixes: names(plan, |workload| matches!(workload, Workload::Mix(_))),
        cells: plan.cells.len(),
        left_out: plan.left_out.iter().map(|cell| plan.describe(*cell)).collect(),
        windows: plan.windows(),
        duration_s: plan.duration.as_secs_f64(),
        baseline: BaselineReadiness::of(plan),
        warnings: readiness::warnings(plan),
        notes: notes.iter().cloned().chain(readiness::gate_note(plan)).collect(),
    })
}

fn names(plan: &Plan, is_wanted: impl Fn(&Workload) -> bool) -> Vec<String> {
    let wanted = plan.workloads.iter().filter(|workload| is_wanted(workload));
    wanted.map(|workload| workload.name().to_string()).collect()
}

/// Number of endpoints, journeys and mixes of a plan.
fn workload_counts(plan: &Plan) -> [u64; 3] {
    let mut counts = [0; 3];
    for workload in &plan.workloads {
        counts[match workload {
            Workload::Endpoint(_) => 0,
            Workload::Journey(_) => 1,
            Workload::Mix(_) => 2,
        }] += 1;
    }
    counts
}

/// The problems of a scenario that cannot be run, for programs.
pub fn problems_json(label: &str, problems: &[Problem]) -> String {
    let problem = |problem: &Problem| FoundProblem {
        source: problem.place.label.clone(),
        line: problem.place.position.map(|(line, _)| line),
        column: problem.place.position.map(|(_, column)| column),
        key: problem.place.key.clone(),
        message: problem.what.clone(),
        hint: problem.hint.clone(),
    };
    print(ProblemsOutput { source: label, problems: problems.iter().map(problem).collect() })
}

/// Names of scenarios and where they come from, for people.
pub fn known_text(known: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, place) in known {
        let _ = writeln!(text, "{name:<20} {place}");
    }
    text
}

/// The same for programs.
pub fn known_json(known: &[(String, String)]) -> String {
    let scenarios = known.iter().map(|(name, source)| Known { name, source }).collect();
    print(KnownOutput { scenarios })
}

/// A scenario that was checked and has no mistake.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline scenario check --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct CheckedOutput<'a> {
    /// The scenario's name.
    scenario: &'a str,
    /// Where it was read from: a path, or its name and `(built in)`.
    source: &'a str,
    /// Names of its endpoints that are measured by themselves.
    endpoints: Vec<String>,
    /// Names of its journeys that are measured by themselves.
    journeys: Vec<String>,
    /// Names of its mixes.
    mixes: Vec<String>,
    /// Cells that fit the rate limits.
    cells: usize,
    /// Cells that the rate limits leave no room for.
    left_out: Vec<String>,
    /// Windows that a run has.
    windows: u64,
    /// How long a run takes.
    duration_s: f64,
    /// Whether a run has enough windows to become a baseline.
    baseline: BaselineReadiness,
    /// What the plan is too small for, a sentence each.
    warnings: Vec<String>,
    /// What the plan does that the file does not show, and what a gate cannot do with it, a sentence each.
    notes: Vec<String>,
}

impl Output for CheckedOutput<'_> {
    const KIND: &'static str = "scenario";
}

/// The problems of a scenario that cannot be run.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(
    title = "what `baseline scenario check --format json` prints of a scenario with problems",
    deny_unknown_fields
)]
pub(in crate::report) struct ProblemsOutput<'a> {
    /// Where the scenario was read from: a path, or its name and `(built in)`.
    source: &'a str,
    /// Every problem, in the order of the file.
    problems: Vec<FoundProblem>,
}

impl Output for ProblemsOutput<'_> {
    const KIND: &'static str = "problems";
}

/// One problem.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct FoundProblem {
    /// The file, or the option, that is at fault.
    source: String,
    /// Line, from 1; null where the problem has no place in the file.
    line: Option<usize>,
    /// Column, from 1. Units: characters.
    column: Option<usize>,
    /// The key, such as `plan.window`; null where there is none.
    key: Option<String>,
    /// What is wrong.
    message: String,
    /// What to write instead; null where there is no suggestion.
    hint: Option<String>,
}

/// The scenarios that can be given by name.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "what `baseline scenario list --format json` prints", deny_unknown_fields)]
pub(in crate::report) struct KnownOutput<'a> {
    /// By name.
    scenarios: Vec<Known<'a>>,
}

impl Output for KnownOutput<'_> {
    const KIND: &'static str = "scenarios";
}

/// A scenario and where it comes from.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Known<'a> {
    /// The name to give.
    name: &'a str,
    /// A path, or `built in`.
    source: &'a str,
}
