//! What changed since an earlier health check, as plain data.

use jiff::Timestamp;

use crate::domain::finding::Finding;

use super::earlier::EarlierFinding;

/// What changed since an earlier check.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// When the earlier check began.
    pub(super) since: Timestamp,
    /// Findings that the earlier check does not have.
    pub(super) new: Vec<Finding>,
    /// Findings of the earlier check that are gone.
    pub(super) resolved: Vec<EarlierFinding>,
    /// Findings of the earlier check whose subject was not checked this time, or is no longer part of the scenario.
    pub(super) open: Vec<EarlierFinding>,
    /// What else differs, by service.
    pub(super) differences: Vec<Difference>,
}

/// Something that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Name of the service; empty where it is about the whole check.
    pub(super) service: String,
    /// The endpoint, path, header or phase; empty for the service as a whole.
    pub(super) subject: String,
    /// What differs, in words.
    pub(super) what: &'static str,
    /// As it was; `None` where there was none.
    pub(super) before: Option<String>,
    /// As it is; `None` where there is none.
    pub(super) after: Option<String>,
}

impl Change {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.resolved.is_empty() && self.open.is_empty() && self.differences.is_empty()
    }
}
