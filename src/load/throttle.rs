//! Honours "too many requests": nobody whom the same limit counts sends before the target said.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::plan::Plan;

/// Until when each endpoint's users hold back.
#[derive(Debug)]
pub(crate) struct Throttle {
    until_ns: Vec<AtomicU64>,
    /// For each endpoint, those that share a documented limit with it, itself included.
    peers: Vec<Vec<usize>>,
}

impl Throttle {
    /// Nobody holds back.
    pub(crate) fn new(plan: &Plan) -> Self {
        let shares = |a: usize, b: usize| {
            let covers = |limit: &crate::domain::rate_limit::RateLimit, index: usize| {
                limit.covers(plan.endpoints[index].path.reveal())
            };
            a == b || plan.rate_limits.iter().any(|limit| covers(limit, a) && covers(limit, b))
        };
        let all = 0..plan.endpoints.len();
        Self {
            until_ns: all.clone().map(|_| AtomicU64::new(0)).collect(),
            peers: all.clone().map(|a| all.clone().filter(|b| shares(a, *b)).collect()).collect(),
        }
    }

    /// The endpoint was refused: it and its peers hold back until then.
    pub(crate) fn hold(&self, endpoint: usize, until_ns: u64) {
        for peer in &self.peers[endpoint] {
            self.until_ns[*peer].fetch_max(until_ns, Ordering::Relaxed);
        }
    }

    /// Until when the endpoint holds back; a time in the past where it does not.
    pub(crate) fn until_ns(&self, endpoint: usize) -> u64 {
        self.until_ns[endpoint].load(Ordering::Relaxed)
    }
}
