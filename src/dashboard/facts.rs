//! What does not change while a run is measured: identity, plan, levels, limits.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::objective::Objective;
use crate::report::ReportError;
use crate::report::drawing::facts;
use crate::report::view::run_view::RunFacts;
use crate::run::follow::RunFollower;
use crate::run::judged::objectives_of;
use crate::run::stored_plan::StoredPlan;

use super::clean::clean;
use super::json::{Kind, LevelEntry};

/// The facts of a run.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) run_id: String,
    pub(super) scenario: String,
    pub(super) mode: String,
    pub(super) started_at: Timestamp,
    pub(super) planned_end: Timestamp,
    pub(super) planned_windows: u64,
    pub(super) cycles: u64,
    pub(super) plan: String,
    pub(super) host: String,
    pub(super) tool: String,
    pub(super) baseline: Option<String>,
    pub(super) levels: Vec<LevelEntry>,
    pub(super) objectives: BTreeMap<String, Objective>,
    kinds: BTreeMap<String, Kind>,
}

impl Facts {
    /// Reads the facts of a run.
    /// # Errors
    /// [`ReportError`] where its manifest cannot be read.
    pub(super) fn read(run: &RunFollower) -> Result<Self, ReportError> {
        let (manifest, folder): (_, &Path) = (run.manifest(), run.folder());
        let RunFacts {
            run_id,
            scenario,
            mode,
            started_at,
            planned_end,
            planned_windows,
            plan,
            host,
            tool,
            ..
        } = facts(manifest, folder, Vec::new())?;
        Ok(Self {
            run_id,
            scenario,
            mode: clean(mode),
            started_at,
            planned_end,
            planned_windows,
            cycles: StoredPlan::of(manifest).cycles(),
            plan,
            host,
            tool,
            baseline: run.baseline().map(|baseline| baseline.name.clone()),
            levels: levels_of(&manifest.plan),
            objectives: objectives_of(manifest, folder)?,
            kinds: kinds_of(&manifest.plan),
        })
    }

    /// What a workload is; an endpoint where the plan does not say.
    pub(super) fn kind(&self, workload: &str) -> Kind {
        self.kinds.get(workload).copied().unwrap_or(Kind::Endpoint)
    }
}

fn levels_of(plan: &Value) -> Vec<LevelEntry> {
    let levels = plan.get("levels").and_then(Value::as_object).into_iter().flatten();
    let mut levels: Vec<LevelEntry> = levels
        .filter_map(|(name, users)| Some(LevelEntry { name: name.clone(), users: users.as_u64()? }))
        .collect();
    levels.sort_by(|left, right| (left.users, &left.name).cmp(&(right.users, &right.name)));
    levels
}

fn kinds_of(plan: &Value) -> BTreeMap<String, Kind> {
    let of = |key: &'static str, kind: Kind| {
        let all = plan.get(key).and_then(Value::as_array).into_iter().flatten();
        all.filter_map(move |section| Some((section.get("name")?.as_str()?.to_owned(), kind)))
    };
    of("journey", Kind::Journey).chain(of("mix", Kind::Mix)).collect()
}
