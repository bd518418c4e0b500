//! From runs of both sides to a verdict, with a row for each value and every doubt by name.

use std::collections::BTreeSet;

use crate::domain::metric::{Direction, Metric, Reading, TimeKind};
use crate::domain::percentile::Percentile;
use crate::domain::verdict::Verdict;
use crate::stats::{Estimate, t_test};

use super::counts::{self, CountChange};
use super::decide::{self, Fitted, Place, Strictness};
use super::detectable::{self, Confirmed};
use super::model::{CellChange, Model, Samples};
use super::{CellKey, Design, JUDGED, Quantity, RunOfCells, Settings, Sides};

/// With fewer runs nothing is said at all.
const LEAST_BEFORE: usize = 3;
const LEAST_AFTER: usize = 2;
/// With fewer, a change can be shown, but not that there is none.
const ENOUGH_BEFORE: usize = 5;
const ENOUGH_AFTER: usize = 3;
/// A cell in which only a larger change than this would have been seen was measured too badly to accept.
const LARGEST_UNSEEN: f64 = 0.40;

/// What a gate comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing got worse, as far as the gate could have seen.
    Accepted,
    /// Something got worse.
    Regressed,
    /// It cannot be told.
    Inconclusive,
}

impl Outcome {
    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Regressed => "regressed",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// Whether what fails was measured twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// There was no second set of runs to ask.
    Unconfirmed,
    /// The first set raised nothing that was worth a second.
    NotNeeded,
    /// A second set was measured, and what fails failed in both.
    Confirmed,
}

impl Confirmation {
    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unconfirmed => "unconfirmed",
            Self::NotNeeded => "not_needed",
            Self::Confirmed => "confirmed",
        }
    }
}

/// Why a value fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It moved by itself.
    Alone,
    /// It moved with all others, by more than machines drift.
    Together,
}

/// Why it cannot be told.
#[derive(Debug, Clone, PartialEq)]
pub enum Doubt {
    /// Too few runs on a side to know how runs vary.
    FewRuns {
        /// Of the baseline.
        before: usize,
        /// Of the candidate.
        after: usize,
    },
    /// Enough runs to show a change, too few to show that there is none.
    ThinRuns {
        /// Of the baseline.
        before: usize,
        /// Of the candidate.
        after: usize,
    },
    /// Everything moved by this much: the machine, or the change.
    MovedTogether(Vec<(Metric, f64)>),
    /// Cells without a value in some run.
    NoValues(Vec<CellKey>),
    /// Cells in which only this large a change would have been seen.
    TooNoisy(Vec<(CellKey, f64)>),
    /// Runs of which fewer than half of the windows may be judged: identity, valid windows, all windows.
    BadlyMeasured(Vec<(String, usize, usize)>),
}

/// One value on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The cell's endpoint.
    pub endpoint: String,
    /// The cell's level.
    pub level: String,
    /// What it is about.
    pub quantity: Quantity,
    /// Before. Units: the metric's; of times and throughput the geometric mean of runs.
    pub before: f64,
    /// After.
    pub after: f64,
    /// After over before with its 95 % interval; of ratios the ratio after with its own.
    pub change: Estimate,
    /// The probability of such a change by chance.
    pub p: f64,
    /// The same, adjusted for how many values were judged.
    pub p_adjusted: f64,
    /// What it comes to.
    pub verdict: Verdict,
    /// Why it fails, where it does.
    pub cause: Option<Cause>,
    /// The smallest change for the worse that would probably have been seen. Units: ratio less 1.
    pub smallest: Option<f64>,
    /// A ratio that was 0 and is no longer.
    pub is_new: bool,
    /// The first set failed it, and the second did not.
    pub is_cleared: bool,
}

impl Row {
    /// How much worse it is, whichever way the metric goes. Units: logarithm of a ratio; of ratios their difference.
    pub fn worsening(&self) -> f64 {
        if self.quantity.is_ratio() {
            return self.after - self.before;
        }
        match self.quantity.direction() {
            Direction::LowerIsBetter => self.change.value.ln(),
            Direction::HigherIsBetter => -self.change.value.ln(),
        }
    }
}

/// What a gate found.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub outcome: Outcome,
    /// Every value: metrics in their order, then ratios.
    pub rows: Vec<Row>,
    /// What keeps it from being accepted, or would.
    pub doubts: Vec<Doubt>,
    /// Whether it was measured twice.
    pub confirmation: Confirmation,
    /// Runs of the baseline that were judged, or rounds.
    pub runs_before: usize,
    /// Runs of the candidate, or rounds.
    pub runs_after: usize,
    /// What all cells did, by metric: ratio less 1, for the worse above 0. Where it can be told.
    pub together: Vec<(Metric, f64)>,
}

impl Judgement {
    /// A gate that was not held.
    pub fn refused(doubt: Doubt, runs_before: usize, runs_after: usize) -> Self {
        Self {
            outcome: Outcome::Inconclusive,
            rows: Vec::new(),
            doubts: vec![doubt],
            confirmation: Confirmation::Unconfirmed,
            runs_before,
            runs_after,
            together: Vec::new(),
        }
    }

    /// The rows that fail, the worst first.
    pub fn regressed(&self) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.rows.iter().filter(|row| row.verdict == Verdict::Regressed).collect();
        rows.sort_by(|left, right| right.worsening().total_cmp(&left.worsening()));
        rows
    }

    /// The smallest change that would probably have been seen in every cell's throughput, mean or median, whichever
    /// shows most; `None` where nothing was judged.
    pub fn smallest(&self) -> Option<f64> {
        smallest_by_cell(&self.rows).into_iter().map(|(_, smallest)| smallest).reduce(f64::max)
    }
}

/// The cells of both sides.
fn cells_of(sides: &Sides) -> Vec<CellKey> {
    let all: BTreeSet<&CellKey> =
        sides.before.iter().chain(&sides.after).flat_map(RunOfCells::keys).collect();
    all.into_iter().cloned().collect()
}

/// A metric's values `[run][cell]` on both sides, for the cells that have one in every run.
fn values(metric: Metric, cells: &[CellKey], sides: &Sides) -> (Vec<usize>, Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let name = metric.name();
    let all = || sides.before.iter().chain(&sides.after);
    let sign = if metric.direction() == Direction::HigherIsBetter { -1.0 } else { 1.0 };
    let mut places = Vec::new();
    let (mut before, mut after) = (vec![Vec::new(); sides.before.len()], vec![Vec::new(); sides.after.len()]);
    for (place, cell) in cells.iter().enumerate() {
        let by_windows = |run: &RunOfCells| run.get(cell)?.values.get(&name).copied();
        let merged = |run: &RunOfCells| run.get(cell)?.merged.get(&name).copied();
        // One reading for all runs: the two differ by more than what is looked for.
        let reading: &dyn Fn(&RunOfCells) -> Option<f64> = if all().all(|run| by_windows(run).is_some()) {
            &by_windows
        } else if all().all(|run| merged(run).is_some()) {
            &merged
        } else {
            continue;
        };
        places.push(place);
        for (side, runs) in [(&mut before, &sides.before), (&mut after, &sides.after)] {
            for (values, run) in side.iter_mut().zip(runs) {
                values.extend(reading(run).map(|value| sign * value));
            }
        }
    }
    (places, before, after)
}

fn fits(cells: &[CellKey], sides: &Sides, settings: &Settings) -> Vec<Fitted> {
    let fit = |metric: Metric| {
        let (places, before, after) = values(metric, cells, sides);
        if places.is_empty() {
            return None;
        }
        let samples = match settings.design {
            Design::Stored => Samples::of_groups(&before, &after),
            Design::Interleaved => Samples::of_rounds(&before, &after),
        }?;
        let endpoints: BTreeSet<&str> = places.iter().map(|place| cells[*place].0.as_str()).collect();
        let model = Model::fit(&samples, settings.log_drift(), endpoints.len());
        Some(Fitted { metric, floor: settings.floor_of(metric), cells: places, model })
    };
    JUDGED.into_iter().filter_map(fit).collect()
}

/// Whether the first set of runs raises something that a second should be asked about.
pub fn wants_confirmation(first: &Sides, settings: &Settings) -> bool {
    let cells = cells_of(first);
    let fits = fits(&cells, first, settings);
    let counts = counts::changes(&cells, &first.before, &first.after);
    !decide::failing(&fits, Strictness::SCREEN, settings.log_drift()).is_empty()
        || counts.iter().any(|change| change.has_failed(settings.error_floor))
}

/// Judges both sides. `joint` holds both sets of runs together, where a second was measured; without it, `can_confirm`
/// says whether there would have been one.
pub fn judge(first: &Sides, joint: Option<&Sides>, can_confirm: bool, settings: &Settings) -> Judgement {
    let all = joint.unwrap_or(first);
    let cells = cells_of(all);
    let (first_fits, fits) = (fits(&cells, first, settings), fits(&cells, all, settings));
    let strictness = Strictness::final_of(cells.len());
    let drift = settings.log_drift();
    let screened = screened(&first_fits, joint.is_some().then_some(Strictness::SCREEN), strictness, drift);
    let failing_all = decide::failing(&fits, strictness, drift);
    let mut rows = Vec::new();
    let adjusted = decide::adjusted(&fits);
    let values: usize = fits.iter().map(|fit| fit.model.cells.len()).sum();
    for (metric, fit) in fits.iter().enumerate() {
        let smallest =
            smallest(fit, &first_fits, values, strictness, can_confirm, joint.is_some(), settings, first);
        for (cell, change) in fit.model.cells.iter().enumerate() {
            let name = (fit.metric, fit.cells[cell]);
            let was_screened = screened.contains(&key(name));
            let fails = failing_all.contains(&(metric, cell)) && was_screened;
            let q = adjusted[metric][cell];
            let mut row = row_of(&cells[name.1], fit, change, q);
            row.smallest = smallest.get(cell).copied();
            let is_alone = q < strictness.level && change.alone >= fit.floor;
            row.cause = fails.then_some(if is_alone { Cause::Alone } else { Cause::Together });
            row.is_cleared = joint.is_some()
                && was_screened
                && !fails
                && first_failed(&first_fits, strictness, drift, name);
            row.verdict = verdict(fails, q < strictness.level, change, fit.floor, row.smallest);
            set_values(&mut row, fit.metric, &cells[name.1], all);
            rows.push(row);
        }
    }
    for change in counts::changes(&cells, &all.before, &all.after) {
        rows.push(count_row(&cells[change.cell], &change, settings.error_floor));
    }
    let confirmation = match (joint.is_some(), can_confirm) {
        (true, _) => Confirmation::Confirmed,
        (false, true) => Confirmation::NotNeeded,
        (false, false) => Confirmation::Unconfirmed,
    };
    let together = fits.iter().filter_map(|fit| Some((fit.metric, fit.model.common?.change.exp_m1())));
    let mut judgement = Judgement {
        outcome: Outcome::Inconclusive,
        together: together.collect(),
        doubts: Vec::new(),
        confirmation,
        runs_before: all.before.len(),
        runs_after: all.after.len(),
        rows,
    };
    conclude(&mut judgement, &cells, &fits, settings);
    judgement
}

type Named = (String, usize);

fn key((metric, cell): (Metric, usize)) -> Named {
    (metric.name(), cell)
}

fn named(fits: &[Fitted], places: Vec<Place>) -> BTreeSet<Named> {
    places.into_iter().map(|(metric, cell)| key((fits[metric].metric, fits[metric].cells[cell]))).collect()
}

/// What the first set lets fail: with a second set whatever was screened, otherwise what fails at once.
fn screened(fits: &[Fitted], screen: Option<Strictness>, alone: Strictness, drift: f64) -> BTreeSet<Named> {
    named(fits, decide::failing(fits, screen.unwrap_or(alone), drift))
}

fn first_failed(fits: &[Fitted], strictness: Strictness, drift: f64, name: (Metric, usize)) -> bool {
    named(fits, decide::failing(fits, strictness, drift)).contains(&key(name))
}

#[expect(clippy::too_many_arguments, reason = "each says something else of the design")]
fn smallest(
    fit: &Fitted,
    first_fits: &[Fitted],
    values: usize,
    strictness: Strictness,
    can_confirm: bool,
    is_confirmed: bool,
    settings: &Settings,
    first: &Sides,
) -> Vec<f64> {
    let known = first_fits.iter().find(|first| first.metric == fit.metric && first.cells == fit.cells);
    let Some(known) = known else { return Vec::new() };
    let confirmed = (can_confirm || is_confirmed).then(|| {
        if is_confirmed {
            return Confirmed { degrees: fit.model.degrees, factor: fit.model.factor };
        }
        let (n, k) = (first.before.len() as f64, first.after.len() as f64);
        match settings.design {
            Design::Stored => Confirmed { degrees: n + 2.0 * k - 2.0, factor: 1.0 / n + 1.0 / (2.0 * k) },
            Design::Interleaved => Confirmed { degrees: 2.0 * k - 1.0, factor: 1.0 / (2.0 * k) },
        }
    });
    detectable::smallest(known, values, strictness, confirmed)
}

fn verdict(
    fails: bool,
    is_unlikely: bool,
    change: &CellChange,
    floor: f64,
    smallest: Option<f64>,
) -> Verdict {
    let has_improved = is_unlikely && -change.difference >= floor && -change.alone >= floor;
    if fails {
        Verdict::Regressed
    } else if has_improved {
        Verdict::Improved
    } else if smallest.is_some_and(|smallest| smallest <= LARGEST_UNSEEN) {
        Verdict::Unchanged
    } else {
        Verdict::Inconclusive
    }
}

fn row_of(cell: &CellKey, fit: &Fitted, change: &CellChange, p_adjusted: f64) -> Row {
    let half = if change.error > 0.0 { t_test::quantile(0.95, change.degrees) * change.error } else { 0.0 };
    let slower =
        Estimate { value: change.difference, low: change.difference - half, high: change.difference + half };
    let ratio = match fit.metric.direction() {
        Direction::LowerIsBetter => slower.map(f64::exp),
        Direction::HigherIsBetter => {
            let faster = |log: f64| (-log).exp();
            Estimate { value: faster(slower.value), low: faster(slower.high), high: faster(slower.low) }
        }
    };
    Row {
        endpoint: cell.0.clone(),
        level: cell.1.clone(),
        quantity: Quantity::Metric(fit.metric),
        before: 0.0,
        after: 0.0,
        change: ratio,
        p: change.p,
        p_adjusted,
        verdict: Verdict::Inconclusive,
        cause: None,
        smallest: None,
        is_new: false,
        is_cleared: false,
    }
}

/// The geometric means of both sides' runs.
fn set_values(row: &mut Row, metric: Metric, cell: &CellKey, sides: &Sides) {
    let one = |sides: &Sides| values(metric, std::slice::from_ref(cell), sides);
    let (_, before, after) = one(sides);
    let sign = if metric.direction() == Direction::HigherIsBetter { -1.0 } else { 1.0 };
    let mean = |runs: &[Vec<f64>]| {
        let values: Vec<f64> = runs.iter().flatten().copied().collect();
        (sign * values.iter().sum::<f64>() / values.len().max(1) as f64).exp()
    };
    (row.before, row.after) = (mean(&before), mean(&after));
}

fn count_row(cell: &CellKey, change: &CountChange, floor: f64) -> Row {
    let verdict = if change.has_failed(floor) {
        Verdict::Regressed
    } else if change.has_improved(floor) {
        Verdict::Improved
    } else {
        Verdict::Unchanged
    };
    Row {
        endpoint: cell.0.clone(),
        level: cell.1.clone(),
        quantity: change.quantity,
        before: change.before.0 as f64 / change.before.1.max(1) as f64,
        after: change.ratio.value,
        change: change.ratio,
        p: change.p,
        p_adjusted: change.p_adjusted,
        verdict,
        cause: (verdict == Verdict::Regressed).then_some(Cause::Alone),
        smallest: None,
        is_new: change.is_new(),
        is_cleared: false,
    }
}

/// The metrics of which one at least must have been measured well in every cell.
fn is_central(quantity: Quantity) -> bool {
    matches!(
        quantity,
        Quantity::Metric(
            Metric::Throughput
                | Metric::Time(TimeKind::Service, Reading::Mean | Reading::Percentile(Percentile::P50))
        )
    )
}

/// Of each cell, the smallest change that one of its central metrics would have shown.
fn smallest_by_cell(rows: &[Row]) -> Vec<(CellKey, f64)> {
    let mut cells: std::collections::BTreeMap<CellKey, f64> = std::collections::BTreeMap::new();
    for row in rows.iter().filter(|row| is_central(row.quantity)) {
        let Some(smallest) = row.smallest else { continue };
        let known = cells.entry((row.endpoint.clone(), row.level.clone())).or_insert(f64::INFINITY);
        *known = known.min(smallest);
    }
    cells.into_iter().collect()
}

fn conclude(judgement: &mut Judgement, cells: &[CellKey], fits: &[Fitted], settings: &Settings) {
    let (before, after) = (judgement.runs_before, judgement.runs_after);
    let least = match settings.design {
        Design::Stored => (LEAST_BEFORE, LEAST_AFTER, ENOUGH_BEFORE, ENOUGH_AFTER),
        Design::Interleaved => (LEAST_BEFORE, LEAST_BEFORE, ENOUGH_BEFORE, ENOUGH_BEFORE),
    };
    let are_few = before < least.0 || after < least.1;
    let fails = judgement.rows.iter().any(|row| row.verdict == Verdict::Regressed);
    if are_few {
        judgement.doubts.push(Doubt::FewRuns { before, after });
    } else if before < least.2 || after < least.3 {
        judgement.doubts.push(Doubt::ThinRuns { before, after });
    }
    let moved: Vec<(Metric, f64)> = decide::moved_together(fits)
        .into_iter()
        .filter_map(|place| Some((fits[place].metric, fits[place].model.common?.change.exp_m1())))
        .collect();
    if !moved.is_empty() && !fails {
        judgement.doubts.push(Doubt::MovedTogether(moved));
    }
    let smallest = smallest_by_cell(&judgement.rows);
    let is_known = |cell: &&CellKey| smallest.iter().any(|(known, _)| known == *cell);
    let unknown: Vec<CellKey> = cells.iter().filter(|cell| !is_known(cell)).cloned().collect();
    if !unknown.is_empty() {
        judgement.doubts.push(Doubt::NoValues(unknown));
    }
    let noisy: Vec<(CellKey, f64)> =
        smallest.into_iter().filter(|(_, smallest)| *smallest > LARGEST_UNSEEN).collect();
    if !noisy.is_empty() {
        judgement.doubts.push(Doubt::TooNoisy(noisy));
    }
    judgement.outcome = match (fails && !are_few, judgement.doubts.is_empty()) {
        (true, _) => Outcome::Regressed,
        (false, true) => Outcome::Accepted,
        (false, false) => Outcome::Inconclusive,
    };
    if are_few {
        // Nothing is called changed that too few runs say.
        judgement.rows.iter_mut().for_each(|row| row.verdict = Verdict::Inconclusive);
    }
}
