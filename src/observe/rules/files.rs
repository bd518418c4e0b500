//! The files of the rules: the rules, their tests, and how to use them.

use crate::domain::baseline::Baseline;
use crate::domain::plan::Plan;

use super::promql::span;
use super::rule::{Common, Group};
use super::scope::Scope;
use super::yaml::Yaml;

const README: &str = include_str!("readme.md");

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFile {
    /// Its path below the folder.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// The rules of a scenario, with the bands of a baseline if there is one. `runbooks` is the URL of the folder of runbooks.
///
/// Shape: rules, tests of the rules, README.
pub fn files(plan: &Plan, baseline: Option<&Baseline>, runbooks: &str) -> Vec<RuleFile> {
    let scope = Scope { plan, baseline };
    let common = Common {
        scenario: plan.name.to_string(),
        runbooks: runbooks.trim_end_matches('/').to_owned(),
        evaluation: scope.timing().evaluation(),
    };
    let groups = groups(scope);
    let rules_name = format!("{}.rules.yml", plan.name);
    let rules = Yaml::map([("groups", Yaml::List(groups.iter().map(|group| group.yaml(&common)).collect()))]);
    let cases = groups.iter().flat_map(|group| &group.alerts).flat_map(|alert| alert.tests(&common));
    let tests = Yaml::map([
        ("rule_files", Yaml::List(vec![Yaml::text(&rules_name)])),
        ("evaluation_interval", Yaml::text(span(common.evaluation))),
        ("tests", Yaml::List(cases.collect())),
    ]);
    let bands = baseline.map_or_else(
        || "the runs themselves: each exports its baseline band once it has learned it. Name a promoted baseline with `--baseline`\n  to write fixed bands, which also know the time of day".to_owned(),
        |baseline| format!("baseline `{}`, as numbers. Export again when you promote a new one", baseline.name),
    );
    let readme = README
        .replace("{{scenario}}", &plan.name)
        .replace("{{every}}", &span(plan.monitoring.every))
        .replace("{{stale}}", &span(scope.timing().stale_after()))
        .replace("{{bands}}", &bands)
        .replace("{{unseen}}", &unseen(scope));
    vec![
        RuleFile { name: rules_name, text: head(plan) + &rules.document() },
        RuleFile { name: format!("{}.test.yml", plan.name), text: head(plan) + &tests.document() },
        RuleFile { name: "README.md".to_owned(), text: readme },
    ]
}

fn head(plan: &Plan) -> String {
    format!(
        "# Written by `baseline export rules` for the scenario {}. Export again after a change of the scenario.\n",
        plan.name
    )
}

/// What probes at this interval cannot show of the objective.
fn unseen(scope: Scope<'_>) -> String {
    let budget = super::burn::PERIOD.mul_f64(scope.budget().clamp(0.0, 1.0));
    let minutes = budget.as_secs_f64() / 60.0;
    let every = scope.plan.monitoring.every;
    let allowed = format!(
        "An availability of {} allows {minutes:.1} minutes of outage in 30 days.",
        super::shown::percent(scope.plan.assessment.availability)
    );
    let missed =
        format!("An outage shorter than {} can fall between two probes and is then not seen.", span(every));
    if budget < every {
        format!(
            "{allowed} With a probe every {}, that cannot be measured: probe more often, or lower the objective.",
            span(every)
        )
    } else {
        format!("{allowed} {missed}")
    }
}

fn groups(scope: Scope<'_>) -> Vec<Group> {
    let name = |of: &str| format!("baseline-{}-{of}", scope.plan.name);
    let mut recordings = scope.platform_recordings();
    let mut alerts = scope.platform_alerts();
    let mut groups = Vec::new();
    if !scope.plan.workloads.is_empty() {
        // In one group, because rules of a group see what was recorded at the same moment.
        let windows = scope.window_recordings().into_iter().chain(scope.band_recordings());
        recordings = windows.chain(recordings).collect();
        alerts = scope.window_alerts().into_iter().chain(scope.band_alerts()).chain(alerts).collect();
        let budget = scope.budget_alerts();
        if !budget.is_empty() {
            groups.push(Group {
                name: name("budget"),
                recordings: scope.budget_recordings(),
                alerts: budget,
            });
        }
    }
    groups.insert(0, Group { name: name("alerts"), recordings, alerts });
    groups
}
