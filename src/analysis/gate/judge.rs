//! From runs of both sides to a judgement.

use std::collections::BTreeSet;

use crate::domain::cell_name::CellName;
use crate::domain::metric::{Direction, Metric};
use crate::domain::verdict::Verdict;
use crate::stats::Estimate;

use super::counts::CountChange;
use super::decide::{Fitted, Place, Strictness};
use super::detectable::Confirmed;
use super::feasible::{Feasible, feasible};
use super::judgement::{Cause, Confirmation, Doubt, Judgement, Outcome, Row, Suspect, smallest_by_cell};
use super::missing::{missing, unjudged};
use super::model::{CellChange, Model, Samples, prior_degrees};
use super::settings::{Design, JUDGED, Quantity, RunOfCells, Settings, Sides};
use super::{counts, decide, detectable, word};

/// A cell that could hide a change this far above the floor was measured too badly to accept.
const MOST_HIDDEN: f64 = 0.35;

/// A metric's values `[run][cell]` on both sides, for the cells that have one in every run.
fn values(metric: Metric, cells: &[CellName], sides: &Sides) -> (Vec<usize>, Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let name = metric.name();
    let all = || sides.before.iter().chain(&sides.after);
    let sign = if metric.direction() == Direction::HigherIsBetter { -1.0 } else { 1.0 };
    let mut places = Vec::new();
    let (mut before, mut after) = (vec![Vec::new(); sides.before.len()], vec![Vec::new(); sides.after.len()]);
    for (place, cell) in cells.iter().enumerate() {
        let by_windows = |run: &RunOfCells| run.get(cell)?.values.get(&name).copied();
        let merged = |run: &RunOfCells| run.get(cell)?.merged.get(&name).copied();
        // One reading for all runs: the two differ by more than the changes in question.
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

fn fits(cells: &[CellName], sides: &Sides, settings: &Settings) -> Vec<Fitted> {
    let samples = |metric: Metric| {
        let (places, before, after) = values(metric, cells, sides);
        let samples = match settings.design {
            _ if places.is_empty() => None,
            Design::Stored => Samples::of_groups(&before, &after),
            Design::Interleaved => Samples::of_rounds(&before, &after),
        };
        Some((metric, places, samples?))
    };
    let all: Vec<(Metric, Vec<usize>, Samples)> = JUDGED.into_iter().filter_map(samples).collect();
    let prior = prior_degrees(&all.iter().map(|(.., samples)| samples).collect::<Vec<_>>());
    let fit = |(metric, places, samples): (Metric, Vec<usize>, Samples)| {
        let endpoints: BTreeSet<&str> = places.iter().map(|place| &*cells[*place].workload).collect();
        let floor = settings.floor_of(metric);
        let model = Model::fit(&samples, prior, settings.log_drift(), floor, endpoints.len());
        Fitted { metric, floor, cells: places, model }
    };
    all.into_iter().map(fit).collect()
}

/// Whether the first set of runs raises anything that a second set should confirm.
pub fn wants_confirmation(first: &Sides, settings: &Settings) -> bool {
    let cells = first.cells();
    let fits = fits(&cells, &settings.timed(first), settings);
    let counts = counts::changes(&cells, first);
    !decide::failing(&fits, Strictness::SCREEN, settings.log_drift()).is_empty()
        || counts.iter().any(|change| change.has_failed(settings.error_floor))
}

/// Judges both sides. `joint` holds both sets of runs together, where a second was measured; without it, `can_confirm`
/// states whether a second could have been measured.
pub fn judge(first: &Sides, joint: Option<&Sides>, can_confirm: bool, settings: &Settings) -> Judgement {
    let all = joint.unwrap_or(first);
    let cells = all.cells();
    let (timed_first, timed) = (settings.timed(first), settings.timed(all));
    let second = joint.map(|joint| settings.second_of(first, joint));
    let timed_second = second.as_ref().map(|second| settings.timed(second));
    // A second set whose times cannot be judged confirms nothing.
    let timed_second = timed_second.filter(|second| !second.after.is_empty());
    let fitted = Sets {
        first: fits(&cells, &timed_first, settings),
        second: timed_second.as_ref().map(|second| fits(&cells, second, settings)),
        all: fits(&cells, &timed, settings),
        strictness: Strictness::final_of(cells.len()),
        confirmed: confirmed(&timed_first, timed_second.as_ref().map(|_| &timed), can_confirm, settings),
        drift: settings.log_drift(),
    };
    let mut rows = fitted.rows(&cells);
    for row in &mut rows {
        set_values(row, &timed);
    }
    let changes = |sides: &Sides| counts::changes(&cells, sides);
    let again = second.as_ref().map(changes);
    let (floor, counted_first) = (settings.error_floor, changes(first));
    for (place, change) in changes(all).iter().enumerate() {
        let again = again.as_ref().map(|again| again.iter().find(|one| one.is_of(change)));
        let failed_first =
            counted_first.get(place).is_some_and(|one| one.is_of(change) && one.has_failed(floor));
        let fails =
            change.has_failed(floor) && again.is_none_or(|again| again.is_some_and(|one| one.is_high(floor)));
        let mut row = count_row(&cells[change.cell], change, fails, floor);
        row.is_cleared = second.is_some() && failed_first && !fails;
        rows.push(row);
    }
    let confirmation = match (timed_second.is_some(), joint.is_some() || !can_confirm) {
        (true, _) => Confirmation::Confirmed,
        (false, false) => Confirmation::NotNeeded,
        (false, true) => Confirmation::Unconfirmed,
    };
    let together = fitted.all.iter().filter_map(|fit| Some((fit.metric, fit.model.common?.change.exp_m1())));
    let mut judgement = Judgement {
        outcome: Outcome::Inconclusive,
        together: together.collect(),
        doubts: Vec::new(),
        unjudged: unjudged(&cells, &timed, &fitted.all),
        confirmation,
        runs_before: timed.before.len(),
        runs_after: timed.after.len(),
        rows,
    };
    let missing = missing(&cells, &timed, &fitted.all);
    if !missing.is_empty() {
        judgement.doubts.push(Doubt::Missing(missing));
    }
    conclude(&mut judgement, &cells, &fitted.all, settings);
    judgement
}

/// The design of both sets together, where there is or could be a second.
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

/// A value, by its metric and the position of its cell among all.
type Named = (String, usize);

/// The fits of both sets of runs.
struct Sets {
    first: Vec<Fitted>,
    /// The second set by itself, where there is one.
    second: Option<Vec<Fitted>>,
    /// Both sets of runs together; the first alone where there is no second.
    all: Vec<Fitted>,
    strictness: Strictness,
    confirmed: Option<Confirmed>,
    drift: f64,
}

/// The same cell in the fits of another set.
fn find(fits: &[Fitted], metric: Metric, cell: usize) -> Option<(&Fitted, usize)> {
    let fit = fits.iter().find(|fit| fit.metric == metric)?;
    Some((fit, fit.cells.iter().position(|known| *known == cell)?))
}

impl Sets {
    fn rows(&self, cells: &[CellName]) -> Vec<Row> {
        // With a second set, everything that the first raises may fail; otherwise only what the first fails.
        let screen = if self.second.is_some() { Strictness::SCREEN } else { self.strictness };
        let raised = self.failing(&self.first, screen);
        let failed_first = self.failing(&self.first, self.strictness);
        let failing = self.failing(&self.all, self.strictness);
        let faster = names(&self.all, decide::faster_together(&self.all, self.drift));
        let adjusted = decide::adjusted(&self.all);
        let values: usize = adjusted.iter().map(Vec::len).sum();
        let together = decide::together(&self.all);
        let mut rows = Vec::new();
        for (fit, adjusted) in self.all.iter().zip(&adjusted) {
            for (place, (change, q)) in fit.model.cells.iter().zip(adjusted).enumerate() {
                let name = (fit.metric.name(), fit.cells[place]);
                let fails =
                    failing.contains(&name) && raised.contains(&name) && self.is_seen_again(fit, place);
                let is_unlikely = *q < self.strictness.level;
                let improved = is_unlikely && -change.difference >= fit.floor && -change.alone >= fit.floor;
                let interval = change.interval();
                let mut row = row_of(&cells[name.1], fit.metric, change, interval, *q);
                row.smallest = self.smallest(fit, place, values);
                row.verdict = if fails {
                    Verdict::Regressed
                } else {
                    word::word(improved || faster.contains(&name), interval, fit.floor)
                };
                row.is_suspect = !fails && word::is_suspect(interval, fit.floor);
                row.is_cleared = self.second.is_some() && !fails && failed_first.contains(&name);
                row.beyond_others = fit.model.common.map(|_| beyond_others(fit.metric, change));
                let is_alone = is_unlikely && change.alone >= fit.floor;
                row.cause = fails.then_some(if is_alone { Cause::Alone } else { Cause::Together });
                if let (Some(Cause::Together), Some(common)) = (row.cause, fit.model.common) {
                    (row.p, row.p_adjusted) =
                        (common.p_beyond_drift, together.get(&fit.metric.name()).copied().unwrap_or(1.0));
                }
                rows.push(row);
            }
        }
        rows
    }

    fn failing(&self, fits: &[Fitted], strictness: Strictness) -> BTreeSet<Named> {
        names(fits, decide::failing(fits, strictness, self.drift))
    }

    /// Whether the second set by itself shows a change too: by half of the floor, like the first.
    fn is_seen_again(&self, fit: &Fitted, place: usize) -> bool {
        let Some(second) = &self.second else { return true };
        // Too few rounds for a fit by themselves: both sets together decide.
        let Some((second, at)) = find(second, fit.metric, fit.cells[place]) else { return true };
        let least = fit.floor * Strictness::SCREEN.floor;
        let (again, is_alone) = (second.model.cells[at], fit.model.cells[place].alone >= fit.floor);
        again.difference >= least && (!is_alone || again.alone >= least)
    }

    /// The smallest detectable change of a cell; `None` where the first set lacks the value.
    fn smallest(&self, fit: &Fitted, place: usize, values: usize) -> Option<f64> {
        let (known, at) = find(&self.first, fit.metric, fit.cells[place])?;
        Some(detectable::smallest(known, at, values, self.strictness, self.confirmed, self.drift))
    }
}

fn names(fits: &[Fitted], places: Vec<Place>) -> BTreeSet<Named> {
    let name = |(metric, cell): Place| (fits[metric].metric.name(), fits[metric].cells[cell]);
    places.into_iter().map(name).collect()
}

/// A change of the logarithm, oriented so that above 0 is slower, as a ratio of the metric with its 95% interval.
fn ratio_of(metric: Metric, change: f64, (low, high): (f64, f64)) -> Estimate {
    let slower = Estimate { value: change, low, high };
    match metric.direction() {
        Direction::LowerIsBetter => slower.map(f64::exp),
        Direction::HigherIsBetter => {
            let faster = |log: f64| (-log).exp();
            Estimate { value: faster(slower.value), low: faster(slower.high), high: faster(slower.low) }
        }
    }
}

fn beyond_others(metric: Metric, change: &CellChange) -> Estimate {
    ratio_of(metric, change.alone, change.alone_interval())
}

fn row_of(
    cell: &CellName,
    metric: Metric,
    change: &CellChange,
    interval: (f64, f64),
    p_adjusted: f64,
) -> Row {
    Row {
        cell: cell.clone(),
        quantity: Quantity::Metric(metric),
        before: 0.0,
        after: 0.0,
        change: ratio_of(metric, change.difference, interval),
        beyond_others: None,
        difference: None,
        p: change.p,
        p_adjusted,
        verdict: Verdict::Inconclusive,
        cause: None,
        smallest: None,
        is_new: false,
        is_cleared: false,
        is_suspect: false,
    }
}

/// Sets the geometric means of both sides' runs.
fn set_values(row: &mut Row, sides: &Sides) {
    let Quantity::Metric(metric) = row.quantity else { return };
    let cell = row.cell.clone();
    let (_, before, after) = values(metric, &[cell], sides);
    let sign = if metric.direction() == Direction::HigherIsBetter { -1.0 } else { 1.0 };
    let mean = |runs: &[Vec<f64>]| {
        let values: Vec<f64> = runs.iter().flatten().copied().collect();
        (sign * values.iter().sum::<f64>() / values.len().max(1) as f64).exp()
    };
    (row.before, row.after) = (mean(&before), mean(&after));
}

fn count_row(cell: &CellName, change: &CountChange, fails: bool, floor: f64) -> Row {
    let verdict = if fails { Verdict::Regressed } else { word::of_count(change, floor) };
    Row {
        cell: cell.clone(),
        quantity: change.quantity,
        before: change.before.0 as f64 / change.before.1.max(1) as f64,
        after: change.ratio.value,
        change: change.ratio,
        beyond_others: None,
        difference: Some(change.difference_interval()),
        p: change.p,
        p_adjusted: change.p_adjusted,
        verdict,
        cause: (verdict == Verdict::Regressed).then_some(Cause::Alone),
        smallest: None,
        is_new: change.is_new(),
        is_cleared: false,
        is_suspect: false,
    }
}

fn conclude(judgement: &mut Judgement, cells: &[CellName], fits: &[Fitted], settings: &Settings) {
    let (before, after) = (judgement.runs_before, judgement.runs_after);
    let feasible = feasible(settings.design, before, after);
    let are_few = feasible == Feasible::Nothing;
    let fails = judgement.rows.iter().any(|row| row.verdict == Verdict::Regressed);
    if are_few {
        judgement.doubts.push(Doubt::FewRuns { before, after });
    } else if feasible == Feasible::OnlyRegressions {
        judgement.doubts.push(Doubt::ThinRuns { before, after });
    }
    let moved: Vec<(Metric, f64)> = decide::moved_together(fits)
        .into_iter()
        .filter_map(|place| Some((fits[place].metric, fits[place].model.common?.change.exp_m1())))
        .collect();
    if !moved.is_empty() && !fails {
        judgement.doubts.push(Doubt::MovedTogether(moved));
    }
    let within: Vec<(Metric, f64)> = decide::within_drift(fits, settings.log_drift())
        .into_iter()
        .map(|(place, change)| (fits[place].metric, change.exp_m1()))
        .collect();
    if !within.is_empty() && !fails {
        judgement.doubts.push(Doubt::WithinDrift(within));
    }
    let smallest = smallest_by_cell(&judgement.rows);
    let is_known = |cell: &&CellName| smallest.iter().any(|(known, _)| known == *cell);
    let unknown: Vec<CellName> = cells.iter().filter(|cell| !is_known(cell)).cloned().collect();
    if !unknown.is_empty() {
        judgement.doubts.push(Doubt::NoValues(unknown));
    }
    let noisy: Vec<(CellName, f64)> =
        smallest.into_iter().filter(|(_, smallest)| *smallest > settings.floor + MOST_HIDDEN).collect();
    if !noisy.is_empty() {
        judgement.doubts.push(Doubt::TooNoisy(noisy));
    }
    let suspects: Vec<Suspect> = judgement.rows.iter().filter_map(Suspect::of).collect();
    if !suspects.is_empty() && !fails {
        judgement.doubts.push(Doubt::Suspected(suspects));
    }
    judgement.outcome = match (fails && !are_few, judgement.doubts.is_empty()) {
        (true, _) => Outcome::Regressed,
        (false, true) => Outcome::Accepted,
        (false, false) => Outcome::Inconclusive,
    };
    if are_few {
        // Too few runs prove no change.
        for row in &mut judgement.rows {
            (row.verdict, row.is_suspect) = (Verdict::Inconclusive, false);
        }
    }
}
