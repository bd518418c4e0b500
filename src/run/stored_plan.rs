//! The plan of a recorded run, as read from its manifest.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::domain::units::parse_span;
use crate::scenario::file::ScenarioFile;
use crate::store::StoreError;
use crate::store::manifest::{self, Manifest};

/// The text of a value that a plan does not state.
pub const NONE: &str = "-";

/// A manifest's plan. This version may not be able to read another version's plan as a scenario; its text values can be
/// read nevertheless.
#[derive(Debug, Clone)]
pub struct StoredPlan<'a> {
    value: &'a Value,
    file: Option<ScenarioFile>,
}

impl<'a> StoredPlan<'a> {
    /// The plan in a manifest, read as far as possible.
    pub fn of(manifest: &'a Manifest) -> Self {
        Self { value: &manifest.plan, file: serde_json::from_value(manifest.plan.clone()).ok() }
    }

    /// The scenario as executed; `None` where this version cannot read it.
    pub fn file(&self) -> Option<&ScenarioFile> {
        self.file.as_ref()
    }

    /// The scenario as executed; `None` for a plan without endpoints, which states no objectives.
    /// # Errors
    /// [`StoreError::Corrupt`] where it has endpoints that this version cannot read: their objectives are then unknown.
    pub fn terms(&self, folder: &Path) -> Result<Option<&ScenarioFile>, StoreError> {
        if self.file.is_none() && self.at(&["endpoint"]).is_some() {
            return match serde_json::from_value::<ScenarioFile>(self.value.clone()) {
                Ok(_) => Ok(None),
                Err(error) => Err(corrupt(folder, format!("plan: {error}"))),
            };
        }
        Ok(self.file.as_ref())
    }

    /// The scenario as executed.
    /// # Errors
    /// [`StoreError::Corrupt`] where this version cannot read it.
    pub fn into_file(self, folder: &Path) -> Result<ScenarioFile, StoreError> {
        serde_json::from_value(self.value.clone()).map_err(|error| corrupt(folder, format!("plan: {error}")))
    }

    /// Number of planned cycles, at least 1; also 1 where the plan does not state it.
    pub fn cycles(&self) -> u64 {
        match (self.span("duration"), self.span("cycle")) {
            (Some(duration), Some(cycle)) if !cycle.is_zero() => {
                u64::try_from(duration.as_nanos() / cycle.as_nanos()).unwrap_or(u64::MAX).max(1)
            }
            _ => 1,
        }
    }

    /// Time from one pass over all cells to the next.
    /// # Errors
    /// [`StoreError::Corrupt`] where the manifest does not state it.
    pub fn cycle(&self, folder: &Path) -> Result<Duration, StoreError> {
        let cycle = self.span("cycle").filter(|cycle| !cycle.is_zero());
        cycle.ok_or_else(|| corrupt(folder, "plan.cycle is not a duration".to_owned()))
    }

    /// A time span of the plan: `duration`, `cycle`, `window` or `warm_up`; `None` where it is not stated.
    pub fn span(&self, key: &str) -> Option<Duration> {
        parse_span(self.at(&["plan", key])?.as_str()?).ok()
    }

    /// The availability objective of health checks and monitors; `None` where it is not stated.
    pub fn availability(&self) -> Option<f64> {
        self.at(&["check", "availability"])?.as_f64()
    }

    /// How long the days of a monitor are kept; `None` where it is not stated.
    pub fn monitor_keep(&self) -> Option<Duration> {
        parse_span(self.at(&["monitor", "keep"])?.as_str()?).ok()
    }

    /// Base URL of the target; `None` where it is not stated.
    pub fn base_url(&self) -> Option<&'a str> {
        self.at(&["target", "base_url"])?.as_str()
    }

    /// Whether certificates are not verified.
    pub fn is_insecure(&self) -> bool {
        self.at(&["target", "insecure"]).and_then(Value::as_bool).unwrap_or(false)
    }

    /// Number of endpoints, journeys and mixes in the plan.
    pub fn workload_counts(&self) -> [u64; 3] {
        ["endpoint", "journey", "mix"]
            .map(|key| self.at(&[key]).and_then(Value::as_array).map_or(0, |all| all.len() as u64))
    }

    /// The members of each mix with their weights.
    pub fn mixes(&self) -> BTreeMap<String, BTreeMap<String, u64>> {
        let weights = |mix: &Value| {
            let weights = mix.get("weights")?.as_object()?.iter();
            Some(weights.filter_map(|(name, weight)| Some((name.clone(), weight.as_u64()?))).collect())
        };
        let all = self.at(&["mix"]).and_then(Value::as_array).into_iter().flatten();
        all.filter_map(|mix| Some((text_of(mix.get("name")), weights(mix)?))).collect()
    }

    /// Concurrent users of each level, ascending.
    pub fn users(&self) -> Vec<u64> {
        let levels = self.at(&["levels"]).and_then(Value::as_object);
        let mut users: Vec<u64> =
            levels.into_iter().flat_map(serde_json::Map::values).filter_map(Value::as_u64).collect();
        users.sort_unstable();
        users
    }

    /// A value as a fingerprint compares it: text unchanged, other values as JSON, and `-` for none.
    pub fn text(&self, path: &[&str]) -> String {
        text_of(self.at(path))
    }

    /// Name and load of everything that is measured, and of the data that it uses, without what may differ between
    /// comparable runs: SLOs and addresses. Names are `endpoint.browse`, `journey.signup`, `mix.traffic`, `data.account`.
    pub fn loads(&self) -> Vec<(String, String)> {
        let of_kind = |kind: &'static str| {
            let sections = self.at(&[kind]).and_then(Value::as_array).into_iter().flatten();
            sections.map(move |section| {
                let name = format!("{kind}.{}", text_of(section.get("name")));
                (name, comparable(section, true).to_string())
            })
        };
        ["endpoint", "journey", "mix", "data"].into_iter().flat_map(of_kind).collect()
    }

    fn at(&self, path: &[&str]) -> Option<&'a Value> {
        path.iter().try_fold(self.value, |value, key| value.get(key))
    }
}

/// A section without what may differ between comparable runs, at any depth.
fn comparable(value: &Value, is_top: bool) -> Value {
    match value {
        Value::Object(fields) => {
            let mut kept = fields.clone();
            // Removed one by one as ever: the order that this leaves is part of stored fingerprints.
            let names = if is_top { &["name", "slo", "base_url"][..] } else { &["slo", "base_url"] };
            for name in names {
                kept.remove(*name);
            }
            for (key, value) in &mut kept {
                let file = value.as_str().filter(|_| ["body_file", "file"].contains(&key.as_str()));
                // The same file, wherever a clone of the repository lies.
                let name = file.and_then(|path| Path::new(path).file_name());
                *value = match (name, value.as_array().filter(|_| *key == "rows")) {
                    (Some(name), _) => name.to_string_lossy().into(),
                    // Rows may be secrets.
                    (None, Some(rows)) => rows.len().into(),
                    (None, None) => comparable(value, false),
                };
            }
            Value::Object(kept)
        }
        Value::Array(items) => items.iter().map(|item| comparable(item, false)).collect(),
        other => other.clone(),
    }
}

fn text_of(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => NONE.to_owned(),
    }
}

fn corrupt(folder: &Path, what: String) -> StoreError {
    StoreError::Corrupt { path: folder.join(manifest::FILE), what }
}
