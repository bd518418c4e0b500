//! A workload: what a cell measures.

use std::sync::Arc;

use super::endpoint::{Endpoint, Pace};

/// What a cell measures: one endpoint.
///
/// Code that plans, drives, stores and judges load indexes workloads, so that a workload of several requests needs no
/// new interfaces.
#[derive(Debug, Clone, PartialEq)]
pub enum Workload {
    /// One documented request, repeated by every user.
    Endpoint(Endpoint),
}

impl Workload {
    /// Name of the workload, unique within a plan.
    pub fn name(&self) -> &Arc<str> {
        &self.endpoint().name
    }

    /// How the sending of requests is timed.
    pub fn pace(&self) -> Pace {
        self.endpoint().pace
    }

    /// The endpoint that represents the workload: its only one.
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
