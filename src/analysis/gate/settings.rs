//! What a gate compares, how the sides were measured, and what was asked of it.

use std::collections::BTreeMap;

use crate::domain::baseline::CellRun;
use crate::domain::cell_name::CellName;
use crate::domain::metric::{Direction, Metric, Reading};
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::TimeKind;

use super::rounds;

/// What one run says of each of its cells.
pub type RunOfCells = BTreeMap<CellName, CellRun>;

/// The metrics whose change is judged by runs.
pub const JUDGED: [Metric; 5] = [
    Metric::Throughput,
    Metric::Time(TimeKind::Service, Reading::Mean),
    Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P50)),
    Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P95)),
    Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P99)),
];

/// What a row of a gate is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// A metric of the catalogue.
    Metric(Metric),
    /// Requests that were refused for their number, over all requests.
    ThrottledRatio,
}

impl Quantity {
    /// Those judged as counts.
    pub const RATIOS: [Self; 2] = [Self::Metric(Metric::ErrorRatio), Self::ThrottledRatio];

    /// The name in files.
    pub fn name(self) -> String {
        match self {
            Self::Metric(metric) => metric.name(),
            Self::ThrottledRatio => "throttled_ratio".to_owned(),
        }
    }

    /// Whether it is judged as counts.
    pub fn is_ratio(self) -> bool {
        Self::RATIOS.contains(&self)
    }

    /// Which way is better.
    pub fn direction(self) -> Direction {
        match self {
            Self::Metric(metric) => metric.direction(),
            Self::ThrottledRatio => Direction::LowerIsBetter,
        }
    }
}

/// How the two sides were measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Design {
    /// Runs of a baseline, and later runs of a candidate.
    Stored,
    /// Rounds in which both sides were measured in turn: what the machine did meanwhile, it did to both.
    Interleaved,
}

/// What is asked of a gate.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How the sides were measured.
    pub design: Design,
    /// No smaller change of throughput, mean and median is called one. Units: ratio less 1.
    pub floor: f64,
    /// The same for p95 and p99, which vary more.
    pub tail_floor: f64,
    /// The same for ratios of errors and throttled requests. Units: difference of ratios.
    pub error_floor: f64,
    /// How much all cells may move together between stored runs without meaning anything. Units: ratio less 1.
    pub drift: f64,
}

impl Settings {
    /// The defaults.
    pub fn of(design: Design) -> Self {
        Self { design, floor: 0.05, tail_floor: 0.10, error_floor: 0.005, drift: 0.10 }
    }

    /// On the logarithmic scale.
    pub(super) fn floor_of(&self, metric: Metric) -> f64 {
        match metric {
            Metric::Time(_, Reading::Percentile(Percentile::P95 | Percentile::P99 | Percentile::P999)) => {
                self.tail_floor.ln_1p()
            }
            _ => self.floor.ln_1p(),
        }
    }

    /// On the logarithmic scale; what both sides share takes itself away where they were measured in turn.
    pub(super) fn log_drift(&self) -> f64 {
        match self.design {
            Design::Stored => self.drift.ln_1p(),
            Design::Interleaved => 0.0,
        }
    }
}

impl Settings {
    /// What the second set has alone, of both together.
    pub(super) fn second_of(&self, first: &Sides, joint: &Sides) -> Sides {
        let rest = |all: &[RunOfCells], first: usize| all[first.min(all.len())..].to_vec();
        let before = match self.design {
            Design::Stored => joint.before.clone(),
            Design::Interleaved => rest(&joint.before, first.before.len()),
        };
        Sides { before, after: rest(&joint.after, first.after.len()) }
    }

    /// The runs or rounds whose times are judged.
    pub(super) fn timed(&self, sides: &Sides) -> Sides {
        match self.design {
            Design::Stored => sides.clone(),
            Design::Interleaved => rounds::complete(sides),
        }
    }
}

/// How many rounds have times of every cell that can be measured.
pub fn complete_rounds(sides: &Sides) -> usize {
    rounds::complete(sides).before.len()
}

/// Runs of both sides; of interleaved rounds the n-th of both belong together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sides {
    /// Of the baseline.
    pub before: Vec<RunOfCells>,
    /// Of the candidate.
    pub after: Vec<RunOfCells>,
}
