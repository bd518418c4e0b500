//! Why a report cannot be drawn.

use crate::store::StoreError;

use super::charts::ChartError;

/// Why a report cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A run's files are at fault.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A chart cannot be drawn.
    #[error(transparent)]
    Chart(#[from] ChartError),
}

impl ReportError {
    /// The next step, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Store(error) => error.hint(),
            Self::Chart(_) => None,
        }
    }
}
