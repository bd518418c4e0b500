//! A workload: what a cell measures.

use std::sync::Arc;

use super::endpoint::{Endpoint, Pace};

/// What a cell measures: one endpoint.
///
/// Everything that plans, drives, stores and judges load is indexed by workload, so that a workload of several requests
/// fits through the same doors.
#[derive(Debug, Clone, PartialEq)]
pub enum Workload {
    /// One documented request, over and over.
    Endpoint(Endpoint),
}

impl Workload {
    /// Unique within a plan.
    pub fn name(&self) -> &Arc<str> {
        &self.endpoint().name
    }

    /// When a user sends its next request.
    pub fn pace(&self) -> Pace {
        self.endpoint().pace
    }

    /// The endpoint that stands for the workload: its only one.
    pub fn endpoint(&self) -> &Endpoint {
        match self {
            Self::Endpoint(endpoint) => endpoint,
        }
    }

    /// Every request that the workload sends, in order.
    pub fn requests(&self) -> &[Endpoint] {
        match self {
            Self::Endpoint(endpoint) => std::slice::from_ref(endpoint),
        }
    }
}
