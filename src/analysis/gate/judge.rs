//! From runs of both sides to a judgement.

use std::collections::BTreeSet;

use crate::domain::metric::{Direction, Metric};
use crate::domain::verdict::Verdict;
use crate::stats::{Estimate, t_test};

use super::counts::{self, CountChange};
use super::decide::{self, Fitted, Place, Strictness};
use super::detectable::{self, Confirmed};
use super::judgement::{Cause, Confirmation, Doubt, Judgement, Outcome, Row, smallest_by_cell};
use super::model::{CellChange, Model, Samples};
use super::{CellKey, Design, JUDGED, Quantity, RunOfCells, Settings, Sides};

/// With fewer runs nothing is said at all.
const LEAST_BEFORE: usize = 3;
const LEAST_AFTER: usize = 2;
/// With fewer, a change can be shown, but not that there is none.
const ENOUGH_BEFORE: usize = 5;
const ENOUGH_AFTER: usize = 3;
/// A cell in which a change by so much more than the floor could have hidden was measured too badly to accept.
const MOST_HIDDEN: f64 = 0.35;

/// The cells of both sides.
pub(super) fn cells_of(sides: &Sides) -> Vec<CellKey> {
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
    let fits = fits(&cells, &settings.timed(first), settings);
    let counts = counts::changes(&cells, &first.before, &first.after);
    !decide::failing(&fits, Strictness::SCREEN, settings.log_drift()).is_empty()
        || counts.iter().any(|change| change.has_failed(settings.error_floor))
}

/// Judges both sides. `joint` holds both sets of runs together, where a second was measured; without it, `can_confirm`
/// says whether there would have been one.
pub fn judge(first: &Sides, joint: Option<&Sides>, can_confirm: bool, settings: &Settings) -> Judgement {
    let all = joint.unwrap_or(first);
    let cells = cells_of(all);
    let (timed_first, timed) = (settings.timed(first), settings.timed(all));
    let fitted = Sets {
        first: fits(&cells, &timed_first, settings),
        all: fits(&cells, &timed, settings),
        strictness: Strictness::final_of(cells.len()),
        is_confirmed: joint.is_some(),
        confirmed: confirmed(&timed_first, joint.map(|_| &timed), can_confirm, settings),
        drift: settings.log_drift(),
    };
    let mut rows = fitted.rows(&cells);
    for row in &mut rows {
        set_values(row, &timed);
    }
    let counts = counts::changes(&cells, &all.before, &all.after);
    rows.extend(counts.iter().map(|change| count_row(&cells[change.cell], change, settings.error_floor)));
    let confirmation = match (joint.is_some(), can_confirm) {
        (true, _) => Confirmation::Confirmed,
        (false, true) => Confirmation::NotNeeded,
        (false, false) => Confirmation::Unconfirmed,
    };
    let together = fitted.all.iter().filter_map(|fit| Some((fit.metric, fit.model.common?.change.exp_m1())));
    let mut judgement = Judgement {
        outcome: Outcome::Inconclusive,
        together: together.collect(),
        doubts: Vec::new(),
        confirmation,
        runs_before: timed.before.len(),
        runs_after: timed.after.len(),
        rows,
    };
    conclude(&mut judgement, &cells, &fitted.all, settings);
    judgement
}

/// The design of both sets together, where there is or would be a second.
fn confirmed(
    first: &Sides,
    joint: Option<&Sides>,
    can_confirm: bool,
    settings: &Settings,
) -> Option<Confirmed> {
    let of = |n: usize, k: usize| {
        let (n, k) = (n as f64, k as f64);
        match settings.design {
            Design::Stored => Confirmed { degrees: n + k - 2.0, factor: 1.0 / n + 1.0 / k },
            Design::Interleaved => Confirmed { degrees: k - 1.0, factor: 1.0 / k },
        }
    };
    match joint {
        Some(joint) => Some(of(joint.before.len(), joint.after.len())),
        None => can_confirm.then(|| of(first.before.len(), 2 * first.after.len())),
    }
}

/// A value by its metric and the place of its cell among all.
type Named = (String, usize);

/// Both sets of runs, fitted.
struct Sets {
    first: Vec<Fitted>,
    /// With the second set, where there is one.
    all: Vec<Fitted>,
    strictness: Strictness,
    is_confirmed: bool,
    confirmed: Option<Confirmed>,
    drift: f64,
}

impl Sets {
    fn rows(&self, cells: &[CellKey]) -> Vec<Row> {
        // With a second set whatever the first raises may fail, otherwise what it fails.
        let screen = if self.is_confirmed { Strictness::SCREEN } else { self.strictness };
        let raised = self.failing(&self.first, screen);
        let failed_first = self.failing(&self.first, self.strictness);
        let failing = self.failing(&self.all, self.strictness);
        let adjusted = decide::adjusted(&self.all);
        let values: usize = adjusted.iter().map(Vec::len).sum();
        let mut rows = Vec::new();
        for (fit, adjusted) in self.all.iter().zip(&adjusted) {
            let smallest = self.smallest(fit, values);
            for (place, (change, q)) in fit.model.cells.iter().zip(adjusted).enumerate() {
                let name = (fit.metric.name(), fit.cells[place]);
                let fails = failing.contains(&name) && raised.contains(&name);
                let is_unlikely = *q < self.strictness.level;
                let mut row = row_of(&cells[name.1], fit.metric, change, *q);
                row.smallest = smallest.get(place).copied();
                row.verdict = verdict(fails, is_unlikely, change, fit.floor, row.smallest);
                row.is_cleared = self.is_confirmed && !fails && failed_first.contains(&name);
                let is_alone = is_unlikely && change.alone >= fit.floor;
                row.cause = fails.then_some(if is_alone { Cause::Alone } else { Cause::Together });
                rows.push(row);
            }
        }
        rows
    }

    fn failing(&self, fits: &[Fitted], strictness: Strictness) -> BTreeSet<Named> {
        let name = |(metric, cell): Place| (fits[metric].metric.name(), fits[metric].cells[cell]);
        decide::failing(fits, strictness, self.drift).into_iter().map(name).collect()
    }

    /// The smallest visible change of each cell; nothing where the first set knows other cells.
    fn smallest(&self, fit: &Fitted, values: usize) -> Vec<f64> {
        let known = self.first.iter().find(|first| first.metric == fit.metric && first.cells == fit.cells);
        known.map_or_else(Vec::new, |known| {
            detectable::smallest(known, values, self.strictness, self.confirmed)
        })
    }
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
    } else if smallest.is_some_and(|smallest| smallest <= floor.exp_m1() + MOST_HIDDEN) {
        Verdict::Unchanged
    } else {
        Verdict::Inconclusive
    }
}

fn row_of(cell: &CellKey, metric: Metric, change: &CellChange, p_adjusted: f64) -> Row {
    let half = if change.error > 0.0 { t_test::quantile(0.95, change.degrees) * change.error } else { 0.0 };
    let slower =
        Estimate { value: change.difference, low: change.difference - half, high: change.difference + half };
    let ratio = match metric.direction() {
        Direction::LowerIsBetter => slower.map(f64::exp),
        Direction::HigherIsBetter => {
            let faster = |log: f64| (-log).exp();
            Estimate { value: faster(slower.value), low: faster(slower.high), high: faster(slower.low) }
        }
    };
    Row {
        endpoint: cell.0.clone(),
        level: cell.1.clone(),
        quantity: Quantity::Metric(metric),
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
fn set_values(row: &mut Row, sides: &Sides) {
    let Quantity::Metric(metric) = row.quantity else { return };
    let cell = (row.endpoint.clone(), row.level.clone());
    let (_, before, after) = values(metric, &[cell], sides);
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
        smallest.into_iter().filter(|(_, smallest)| *smallest > settings.floor + MOST_HIDDEN).collect();
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
