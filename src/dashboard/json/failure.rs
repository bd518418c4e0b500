//! What is sent where a request cannot be answered.

use serde::Serialize;

/// Why a request cannot be answered, and what to do.
#[derive(Debug, Clone, Serialize)]
pub(in crate::dashboard) struct Failure {
    /// What is wrong.
    pub(in crate::dashboard) error: String,
    /// What to do next; null where there is no specific advice.
    pub(in crate::dashboard) hint: Option<String>,
}
