//! The plan of a recorded run: the one reader of what a manifest says about it.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::domain::units::parse_span;
use crate::scenario::file::ScenarioFile;
use crate::store::StoreError;
use crate::store::manifest::{self, Manifest};

/// A manifest's plan. A plan of another version of the program may not be a scenario to this one; what it says as text
/// can be read all the same.
#[derive(Debug, Clone)]
pub struct StoredPlan<'a> {
    value: &'a Value,
    file: Option<ScenarioFile>,
}

impl<'a> StoredPlan<'a> {
    /// The plan of a manifest.
    pub fn of(manifest: &'a Manifest) -> Self {
        Self { value: &manifest.plan, file: serde_json::from_value(manifest.plan.clone()).ok() }
    }

    /// The scenario as it was run; `None` where this version cannot read it.
    pub fn file(&self) -> Option<&ScenarioFile> {
        self.file.as_ref()
    }

    /// The scenario as it was run.
    /// # Errors
    /// [`StoreError::Corrupt`] where this version cannot read it.
    pub fn into_file(self, folder: &Path) -> Result<ScenarioFile, StoreError> {
        serde_json::from_value(self.value.clone()).map_err(|error| corrupt(folder, format!("plan: {error}")))
    }

    /// How many cycles were planned; at least one.
    pub fn cycles(&self) -> u64 {
        match (self.span("duration"), self.span("cycle")) {
            (Some(duration), Some(cycle)) if !cycle.is_zero() => {
                u64::try_from(duration.as_nanos() / cycle.as_nanos()).unwrap_or(u64::MAX).max(1)
            }
            _ => 1,
        }
    }

    /// How often a pass over all cells started.
    /// # Errors
    /// [`StoreError::Corrupt`] where the manifest does not say.
    pub fn cycle(&self, folder: &Path) -> Result<Duration, StoreError> {
        let cycle = self.span("cycle").filter(|cycle| !cycle.is_zero());
        cycle.ok_or_else(|| corrupt(folder, "plan.cycle is not a span of time".to_owned()))
    }

    /// A span of the plan: `duration`, `cycle`, `window` or `warm_up`.
    pub fn span(&self, key: &str) -> Option<Duration> {
        parse_span(self.at(&["plan", key])?.as_str()?).ok()
    }

    /// Where the target was.
    pub fn base_url(&self) -> Option<&'a str> {
        self.at(&["target", "base_url"])?.as_str()
    }

    /// How many endpoints were measured.
    pub fn endpoint_count(&self) -> usize {
        self.endpoints().count()
    }

    /// Users of each level, fewest first.
    pub fn users(&self) -> Vec<u64> {
        let levels = self.at(&["levels"]).and_then(Value::as_object);
        let mut users: Vec<u64> =
            levels.into_iter().flat_map(serde_json::Map::values).filter_map(Value::as_u64).collect();
        users.sort_unstable();
        users
    }

    /// A value as a fingerprint compares it: text as it is, anything else as JSON, and `-` where there is none.
    pub fn text(&self, path: &[&str]) -> String {
        text_of(self.at(path))
    }

    /// Each endpoint's name and its load, without what may differ between comparable runs: objectives and the address.
    pub fn loads(&self) -> Vec<(String, String)> {
        let load = |endpoint: &Value| {
            let mut load = endpoint.as_object().cloned().unwrap_or_default();
            for key in ["name", "slo", "base_url"] {
                load.remove(key);
            }
            (text_of(endpoint.get("name")), Value::Object(load).to_string())
        };
        self.endpoints().map(load).collect()
    }

    fn endpoints(&self) -> impl Iterator<Item = &'a Value> {
        self.at(&["endpoint"]).and_then(Value::as_array).into_iter().flatten()
    }

    fn at(&self, path: &[&str]) -> Option<&'a Value> {
        path.iter().try_fold(self.value, |value, key| value.get(key))
    }
}

fn text_of(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => "-".to_owned(),
    }
}

fn corrupt(folder: &Path, what: String) -> StoreError {
    StoreError::Corrupt { path: folder.join(manifest::FILE), what }
}
