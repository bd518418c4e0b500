//! How many connections were opened, and how long their phases took.

use crate::domain::units::round_to_thousandths;
use crate::domain::window::Phases;
use crate::http::ConnectPhases;

/// Sums of connection phases: count and nanoseconds each.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PhaseSums {
    connections: u64,
    resolve: (u64, u64),
    connect: (u64, u64),
    tls: (u64, u64),
}

impl PhaseSums {
    /// Adds a connection.
    pub(super) fn add(&mut self, phases: ConnectPhases) {
        let add = |sum: &mut (u64, u64), phase: Option<u64>| {
            if let Some(phase_ns) = phase {
                *sum = (sum.0 + 1, sum.1 + phase_ns);
            }
        };
        self.connections += 1;
        add(&mut self.resolve, phases.resolve_ns);
        add(&mut self.connect, phases.connect_ns);
        add(&mut self.tls, phases.tls_ns);
    }

    /// Adds the connections of another user.
    pub(super) fn merge(&mut self, other: &Self) {
        self.connections += other.connections;
        for (mine, theirs) in [
            (&mut self.resolve, other.resolve),
            (&mut self.connect, other.connect),
            (&mut self.tls, other.tls),
        ] {
            *mine = (mine.0 + theirs.0, mine.1 + theirs.1);
        }
    }

    /// Mean times of the phases.
    pub(super) fn means(&self) -> Phases {
        let mean = |(count, sum_ns): (u64, u64)| {
            (count > 0).then(|| round_to_thousandths(sum_ns as f64 / count as f64 / 1e3))
        };
        Phases {
            connections: self.connections,
            resolve_mean_us: mean(self.resolve),
            connect_mean_us: mean(self.connect),
            tls_mean_us: mean(self.tls),
        }
    }
}
