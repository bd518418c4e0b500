//! The settings of a gate: what it compares, how the sides were measured, and its limits.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::baseline::CellRun;
use crate::domain::cell_name::CellName;
use crate::domain::metric::{Direction, Metric, Reading};
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::TimeKind;

/// The values of one run, by cell.
pub type RunOfCells = BTreeMap<CellName, CellRun>;

/// The metrics whose change is judged by runs.
pub const JUDGED: [Metric; 5] = [
    Metric::Throughput,
    Metric::Time(TimeKind::Service, Reading::Mean),
    Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P50)),
    Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P95)),
    Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P99)),
];

/// The quantity that a row of a gate compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// A metric of the catalogue, such as p95 service time.
    Metric(Metric),
    /// Rate-limited requests (429) over all requests.
    ThrottledRatio,
}

impl Quantity {
    /// The quantities that are judged as counts.
    pub const RATIOS: [Self; 2] = [Self::Metric(Metric::ErrorRatio), Self::ThrottledRatio];

    /// The value of `metric` in files.
    pub fn name(self) -> String {
        match self {
            Self::Metric(metric) => metric.name(),
            Self::ThrottledRatio => "throttled_ratio".to_owned(),
        }
    }

    /// Whether it is judged as counts, not as times.
    pub fn is_ratio(self) -> bool {
        Self::RATIOS.contains(&self)
    }

    /// Whether a larger value is an improvement.
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
    /// Stored runs of a baseline, compared with later runs of a candidate.
    Stored,
    /// Rounds in which both sides were measured, interleaved: machine noise affects both equally.
    Interleaved,
}

impl Design {
    /// Both designs, in the order of their declaration.
    pub const ALL: [Self; 2] = [Self::Stored, Self::Interleaved];

    /// The name of the design in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Interleaved => "interleaved",
        }
    }
}

/// How much all cells may move together between stored runs, where nothing else is chosen. Units: ratio less 1.
pub const DRIFT: f64 = 0.10;

/// Design and limits of a gate.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How the two sides were measured.
    pub design: Design,
    /// Smallest change of throughput, mean and median that fails. Units: ratio less 1.
    pub floor: f64,
    /// Smallest change of p95 and p99 that fails; they vary more. Units: ratio less 1.
    pub tail_floor: f64,
    /// Smallest change of the ratio of errors or rate-limited requests that fails. Units: difference of ratios.
    pub error_floor: f64,
    /// How much all cells may move together between stored runs without meaning. Units: ratio less 1.
    pub drift: f64,
}

impl Settings {
    /// The default limits for a design.
    pub fn of(design: Design) -> Self {
        Self { design, floor: 0.05, tail_floor: 0.10, error_floor: 0.005, drift: DRIFT }
    }

    /// The smallest change that fails, on the logarithmic scale.
    pub(super) fn floor_of(&self, metric: Metric) -> f64 {
        match metric {
            Metric::Time(_, Reading::Percentile(Percentile::P95 | Percentile::P99 | Percentile::P999)) => {
                self.tail_floor.ln_1p()
            }
            _ => self.floor.ln_1p(),
        }
    }

    /// The allowance for drift, on the logarithmic scale; interleaved sides drift together, which needs none.
    pub(super) fn log_drift(&self) -> f64 {
        match self.design {
            Design::Stored => self.drift.ln_1p(),
            Design::Interleaved => 0.0,
        }
    }
}

impl Settings {
    /// The runs of both sets together that belong to the second.
    pub(super) fn second_of(&self, first: &Sides, joint: &Sides) -> Sides {
        let rest = |all: &[RunOfCells], first: usize| all[first.min(all.len())..].to_vec();
        let before = match self.design {
            Design::Stored => joint.before.clone(),
            Design::Interleaved => rest(&joint.before, first.before.len()),
        };
        Sides { before, after: rest(&joint.after, first.after.len()) }
    }
}

/// Runs of both sides; in interleaved designs, entries at the same position are one round.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sides {
    /// Runs of the baseline, or its side of each round.
    pub before: Vec<RunOfCells>,
    /// Runs of the candidate, or its side of each round.
    pub after: Vec<RunOfCells>,
}

impl Sides {
    /// The cells of both sides.
    pub(super) fn cells(&self) -> Vec<CellName> {
        let all: BTreeSet<&CellName> =
            self.before.iter().chain(&self.after).flat_map(RunOfCells::keys).collect();
        all.into_iter().cloned().collect()
    }
}
