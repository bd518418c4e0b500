//! Honours 429 responses: no workload that shares the limit sends before the time that the target named.
//!
//! Requests that an open loop would have sent meanwhile are not sent, and the window is `throttled`.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::plan::Plan;
use crate::domain::rate_limit::RateLimit;

/// Times until which the users of each workload hold back.
#[derive(Debug)]
pub(crate) struct Throttle {
    until_ns: Vec<AtomicU64>,
    /// For each workload, those that share a documented limit with it, itself included.
    peers: Vec<Vec<usize>>,
}

impl Throttle {
    /// A throttle with no workload held back.
    pub(crate) fn new(plan: &Plan) -> Self {
        let shares = |a: usize, b: usize| {
            let covers = |limit: &RateLimit, index: usize| {
                plan.workloads[index].requests().iter().any(|request| limit.may_cover(request.path.reveal()))
            };
            a == b || plan.rate_limits.iter().any(|limit| covers(limit, a) && covers(limit, b))
        };
        let all = 0..plan.workloads.len();
        Self {
            until_ns: all.clone().map(|_| AtomicU64::new(0)).collect(),
            peers: all.clone().map(|a| all.clone().filter(|b| shares(a, *b)).collect()).collect(),
        }
    }

    /// The workload was rate-limited: it and its peers hold back until `until_ns`.
    pub(crate) fn hold(&self, workload: usize, until_ns: u64) {
        for peer in &self.peers[workload] {
            self.until_ns[*peer].fetch_max(until_ns, Ordering::Relaxed);
        }
    }

    /// Time until which the workload holds back; in the past where it does not.
    pub(crate) fn until_ns(&self, workload: usize) -> u64 {
        self.until_ns[workload].load(Ordering::Relaxed)
    }
}
