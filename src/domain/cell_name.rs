//! The name of a cell, the same in every file, table and message.

use std::fmt;
use std::sync::Arc;

/// A workload at a load level, or one step of it.
///
/// Ordered by workload, then step, then level, so that a workload's steps stand together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellName {
    /// Name of the workload, which is its endpoint's name.
    pub workload: Arc<str>,
    /// Name of the step; `None` for the workload as a whole.
    pub step: Option<Arc<str>>,
    /// Name of the load level, without its number of users.
    pub level: Arc<str>,
}

impl CellName {
    /// The name of a whole workload at a level.
    pub fn new(workload: impl Into<Arc<str>>, level: impl Into<Arc<str>>) -> Self {
        Self { workload: workload.into(), step: None, level: level.into() }
    }

    /// Name of the time series in files: `workload`, or `workload.step`.
    pub fn series(&self) -> String {
        match &self.step {
            Some(step) => format!("{}.{step}", self.workload),
            None => self.workload.to_string(),
        }
    }
}

impl CellName {
    /// Whether [`CellName::series`] equals `name`, without building it.
    pub fn is_series(&self, name: &str) -> bool {
        match &self.step {
            None => *self.workload == *name,
            Some(step) => name
                .strip_prefix(&*self.workload)
                .and_then(|rest| rest.strip_prefix('.'))
                .is_some_and(|rest| *rest == **step),
        }
    }
}

impl CellName {
    /// Whether `other` is a step of what this names, at whatever level: `a.create` of `a`, `mix.a.create` of `mix.a`.
    pub fn has_step(&self, other: &Self) -> bool {
        self.workload == other.workload
            && match (&self.step, &other.step) {
                (None, step) => step.is_some(),
                (Some(own), Some(step)) => {
                    step.strip_prefix(&**own).is_some_and(|rest| rest.starts_with('.'))
                }
                (Some(_), None) => false,
            }
    }
}

impl fmt::Display for CellName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.series(), self.level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_stand_behind_their_workload_and_before_the_next() {
        let cell = |workload: &str, step: Option<&str>, level: &str| CellName {
            step: step.map(Arc::from),
            ..CellName::new(workload, level)
        };
        let mut cells = [
            cell("b", None, "light"),
            cell("a", Some("create"), "light"),
            cell("a", None, "normal"),
            cell("a", None, "light"),
        ];
        cells.sort();
        assert!(cells.iter().all(|cell| cell.is_series(&cell.series())));
        assert!(!cells[2].is_series("a") && !cells[0].is_series("a.create"));
        assert!(
            cells[0].has_step(&cells[2]) && !cells[0].has_step(&cells[3]) && !cells[2].has_step(&cells[0])
        );
        let names: Vec<String> = cells.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["a at light", "a at normal", "a.create at light", "b at light"]);
    }
}
