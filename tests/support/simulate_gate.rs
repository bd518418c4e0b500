//! Simulated runs with known truth for the gate, at the level of runs: 15 cells, five metrics that correlate. All seeded.

use std::collections::BTreeMap;

use baseline::analysis::gate::{
    Design, JUDGED, Outcome, RunOfCells, Settings, Sides, judge, wants_confirmation,
};
use baseline::domain::baseline::CellRun;
use baseline::domain::cell_name::CellName;
use baseline::domain::metric::{Direction, Metric};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

pub(crate) const ENDPOINTS: usize = 5;
pub(crate) const LEVELS: usize = 3;
const CELLS: usize = ENDPOINTS * LEVELS;
const METRICS: usize = JUDGED.len();
/// How throughput, mean, p50, p95 and p99 of a run correlate, all turned so that above 0 is slower.
const CORRELATION: [[f64; METRICS]; METRICS] = [
    [1.0, 0.95, 0.85, 0.65, 0.45],
    [0.95, 1.0, 0.90, 0.70, 0.50],
    [0.85, 0.90, 1.0, 0.50, 0.30],
    [0.65, 0.70, 0.50, 1.0, 0.70],
    [0.45, 0.50, 0.30, 0.70, 1.0],
];
/// Windows of a cell and run, how far each strays, and how much it depends on the one before.
const WINDOWS: usize = 40;
const WINDOW_SIGMA: f64 = 0.10;
const LAG_1: f64 = 0.5;

/// How runs of the same code differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Noise {
    /// The deviation between runs.
    pub(crate) sigma: f64,
    /// The share of its variance that all cells of a run have in common.
    pub(crate) common: f64,
    /// How unlike cells are in how much they stray by themselves: the deviation of its logarithm.
    pub(crate) uneven: f64,
    /// Whether windows stray on top of that.
    pub(crate) windows: bool,
    /// What the machine does from the first run to the last.
    pub(crate) drift: Drift,
}

/// What the machine does, as it touches all cells alike. Units: ratio less 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Drift {
    None,
    /// Evenly from the first run to the last.
    Linear(f64),
    /// Between the baseline and the candidate.
    Step(f64),
}

/// A change of the candidate, and the cells that it touches.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    pub(crate) size: f64,
    pub(crate) cells: std::ops::Range<usize>,
}

impl Change {
    pub(crate) const NONE: Self = Self { size: 0.0, cells: 0..0 };

    pub(crate) fn of_one_cell(size: f64) -> Self {
        Self { size, cells: 0..1 }
    }

    pub(crate) fn of_one_endpoint(size: f64) -> Self {
        Self { size, cells: 0..LEVELS }
    }
}

/// The lower triangle of a correlation's root.
fn root() -> [[f64; METRICS]; METRICS] {
    let mut root = [[0.0; METRICS]; METRICS];
    for row in 0..METRICS {
        for column in 0..=row {
            let known: f64 = (0..column).map(|k| root[row][k] * root[column][k]).sum();
            let rest = CORRELATION[row][column] - known;
            root[row][column] = if row == column { rest.sqrt() } else { rest / root[column][column] };
        }
    }
    root
}

fn draw(random: &mut ChaCha8Rng, root: &[[f64; METRICS]; METRICS]) -> [f64; METRICS] {
    let normal: [f64; METRICS] = std::array::from_fn(|_| StandardNormal.sample(random));
    std::array::from_fn(|row| (0..=row).map(|column| root[row][column] * normal[column]).sum())
}

/// The deviation of the mean of a run's windows.
fn of_windows() -> f64 {
    let n = WINDOWS as f64;
    let dependence: f64 = (1..WINDOWS).map(|lag| (1.0 - lag as f64 / n) * LAG_1.powf(lag as f64)).sum();
    WINDOW_SIGMA * ((1.0 + 2.0 * dependence) / n).sqrt()
}

/// Draws gates of one kind, one after the other.
pub(crate) struct Runs {
    random: ChaCha8Rng,
    root: [[f64; METRICS]; METRICS],
    noise: Noise,
    /// How much each cell strays by itself; drawn anew for each gate.
    scales: [f64; CELLS],
}

impl Runs {
    pub(crate) fn new(seed: u64, noise: Noise) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(seed), root: root(), noise, scales: [1.0; CELLS] }
    }

    /// The cells of the next gate. Their mean variance stays what it was.
    fn draw_cells(&mut self) {
        let uneven = self.noise.uneven;
        for scale in &mut self.scales {
            let normal: f64 = if uneven > 0.0 { StandardNormal.sample(&mut self.random) } else { 0.0 };
            *scale = (uneven * normal - uneven * uneven).exp();
        }
    }

    /// One run, with what the machine did to all of it and what the code did to some.
    fn run(&mut self, machine: f64, change: &Change) -> RunOfCells {
        let Noise { sigma, common, windows, .. } = self.noise;
        let mood = draw(&mut self.random, &self.root);
        let mut cells = RunOfCells::new();
        for cell in 0..CELLS {
            let (own, within) = (draw(&mut self.random, &self.root), draw(&mut self.random, &self.root));
            let effect = if change.cells.contains(&cell) { change.size.ln_1p() } else { 0.0 };
            let value = |place: usize, metric: Metric| {
                let stray = sigma
                    * (common.sqrt() * mood[place] + (1.0 - common).sqrt() * self.scales[cell] * own[place]);
                let windows = if windows { of_windows() * within[place] } else { 0.0 };
                let slower = 8.0 + stray + windows + machine.ln_1p() + effect;
                let sign = if metric.direction() == Direction::HigherIsBetter { -1.0 } else { 1.0 };
                (metric.name(), sign * slower)
            };
            let values: BTreeMap<String, f64> =
                JUDGED.into_iter().enumerate().map(|(place, metric)| value(place, metric)).collect();
            let key =
                CellName::new(format!("endpoint-{}", cell / LEVELS), format!("level-{}", cell % LEVELS));
            let run = CellRun { windows: 40, judged: 4_000, requests: 4_000, values, ..CellRun::default() };
            cells.insert(key, run);
        }
        cells
    }

    /// A baseline of five runs and two sets of three of the candidate: the first, and both.
    pub(crate) fn stored(&mut self, change: &Change) -> (Sides, Sides) {
        const N: usize = 5;
        const K: usize = 3;
        self.draw_cells();
        let machine = |run: usize| match self.noise.drift {
            Drift::None => 0.0,
            Drift::Linear(size) => size * run as f64 / (N + 2 * K - 1) as f64,
            Drift::Step(size) => {
                if run < N {
                    0.0
                } else {
                    size
                }
            }
        };
        let moved: Vec<f64> = (0..N + 2 * K).map(machine).collect();
        let before: Vec<RunOfCells> =
            moved[..N].iter().map(|machine| self.run(*machine, &Change::NONE)).collect();
        let after: Vec<RunOfCells> = moved[N..].iter().map(|machine| self.run(*machine, change)).collect();
        let first = Sides { before: before.clone(), after: after[..K].to_vec() };
        (first, Sides { before, after })
    }

    /// Five rounds, and ten.
    pub(crate) fn interleaved(&mut self, change: &Change) -> (Sides, Sides) {
        const K: usize = 5;
        self.draw_cells();
        let mut all = Sides::default();
        for round in 0..2 * K {
            let machine = match self.noise.drift {
                Drift::None | Drift::Step(_) => 0.0,
                Drift::Linear(size) => size * round as f64 / (2 * K - 1) as f64,
            };
            all.before.push(self.run(machine, &Change::NONE));
            all.after.push(self.run(machine, change));
        }
        let first = Sides { before: all.before[..K].to_vec(), after: all.after[..K].to_vec() };
        (first, all)
    }
}

/// Whether a gate fails on its first set alone, and as it would with a second one to ask.
pub(crate) fn fails(first: &Sides, both: &Sides, design: Design) -> (bool, bool) {
    let settings = Settings::of(design);
    let alone = judge(first, None, false, &settings).outcome == Outcome::Regressed;
    let confirmed = wants_confirmation(first, &settings)
        && judge(first, Some(both), true, &settings).outcome == Outcome::Regressed;
    (alone, confirmed)
}
