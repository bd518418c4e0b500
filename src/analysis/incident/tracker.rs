//! Follows the cells of a run window by window: opens entries, closes them, and reports which incidents began and ended.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::alert::LEAST_CHANGE;
use crate::analysis::baseline_model::{Judgement, Taken};
use crate::analysis::learning::{self, Lift};
use crate::domain::cell_name::CellName;
use crate::domain::metric::Metric;
use crate::domain::units::epoch_seconds;
use crate::domain::window::Window;

use super::entry::{BackTest, Entry, MOST_OPEN, calm_against_bad, members};
use super::hindsight::incidents;
use super::history::{History, MEAN, place_of, worse};
use super::types::{Incident, IncidentCause};

/// A step within this many windows of an entry's beginning belongs to it: the same change, measured again.
const SAME_STEP: usize = 12;

/// News about an incident, as of the window that was taken.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// It has begun, and this is confirmed.
    Opened(Incident),
    /// It is over.
    Resolved(Incident),
    /// With the windows since, it turns out to be explained by the time of day or by noise.
    Withdrawn(Incident),
}

/// What a window changed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct News {
    /// The metrics of its cell whose change for the worse it confirmed.
    pub confirmed: Vec<Metric>,
    /// What it changed about incidents.
    pub updates: Vec<Update>,
}

/// The entries and the measured past of every cell of a run.
#[derive(Debug, Clone, Default)]
pub struct Tracker {
    pub(super) histories: BTreeMap<CellName, History>,
    entries: Vec<Entry>,
    tests: BTreeMap<(CellName, IncidentCause), BackTest>,
    pub(super) announced: Vec<Announced>,
}

/// An incident that was reported.
#[derive(Debug, Clone)]
pub(super) struct Announced {
    /// Entries that it consists of.
    entries: BTreeSet<usize>,
    pub(super) incident: Incident,
    pub(super) is_over: bool,
}

impl Tracker {
    /// Takes a valid window with its judgements, and what its cell learnt if this window ended the learning.
    pub fn take(&mut self, window: &Window, taken: &Taken) -> News {
        let cell = &window.cell;
        self.histories.entry(cell.clone()).or_default().push(window);
        let mut is_news = self.learn(cell, &taken.lifts);
        let mut confirmed = Vec::new();
        for judgement in &taken.judgements {
            let before = self.entries.len();
            self.open_with(cell, judgement);
            if self.entries.len() > before {
                confirmed.push(judgement.metric);
            }
        }
        is_news |= !confirmed.is_empty();
        for cause in [IncidentCause::Slowdown, IncidentCause::Cache] {
            is_news |= self.close_by_values(cell, cause, &taken.judgements);
        }
        is_news |= self.close_errors(cell);
        is_news |= self.is_due(cell);
        News { confirmed, updates: if is_news { self.announce() } else { Vec::new() } }
    }

    /// The incidents so far, in the order of their beginnings.
    pub fn incidents(&self) -> Vec<Incident> {
        incidents(&self.histories, &self.entries).into_iter().map(|(incident, _)| incident).collect()
    }

    /// Whether an open entry of the cell should be looked at again: each time it has become twice as old.
    fn is_due(&self, cell: &CellName) -> bool {
        const FIRST: usize = 24;
        let windows = self.histories.get(cell).map_or(0, |history| history.points.len());
        let ages = self.entries.iter().filter(|entry| entry.until.is_none() && entry.cell == *cell);
        ages.map(|entry| windows - entry.from.min(windows))
            .any(|age| age.is_multiple_of(FIRST) && (age / FIRST).is_power_of_two())
    }

    /// Entries from the windows that a cell learnt from, which were not watched.
    fn learn(&mut self, cell: &CellName, lifts: &[(Metric, Lift)]) -> bool {
        let before = self.entries.len();
        for (metric, lift) in lifts.iter().filter(|(metric, _)| *metric == Metric::ErrorRatio) {
            self.add(cell, IncidentCause::Errors, *metric, lift);
        }
        for (metric, lift) in lifts.iter().filter(|(metric, _)| *metric != Metric::ErrorRatio) {
            // Requests that fail are not answered: that is no slowdown.
            let is_failing = *metric == Metric::Throughput
                && self.overlapping(cell, IncidentCause::Errors, lift).is_some();
            if !is_failing {
                self.add(cell, IncidentCause::of(*metric), *metric, lift);
            }
        }
        if let Some(history) = self.histories.get_mut(cell) {
            for (metric, lift) in lifts.iter().filter(|(_, lift)| lift.until.is_none()) {
                history.lifted[place_of(*metric)] = lift.height;
            }
        }
        self.entries.len() > before
    }

    /// Adds an entry that was found among earlier windows; where another metric has shown it, the mean describes it.
    fn add(&mut self, cell: &CellName, cause: IncidentCause, metric: Metric, lift: &Lift) {
        let Some(history) = self.histories.get(cell) else { return };
        let place = |at: f64| history.points.partition_point(|point| point.at < at);
        let (from, until) = (place(lift.from), lift.until.map(place));
        let i = match self.overlapping(cell, cause, lift) {
            Some(i) if metric == MEAN && self.entries[i].metric != MEAN => i,
            Some(_) => return,
            None => {
                self.push(cell, cause, metric, from, lift.height);
                self.entries.len() - 1
            }
        };
        let entry = &mut self.entries[i];
        (entry.metric, entry.from, entry.until, entry.height) = (metric, from, until, lift.height);
        self.restart(cell, cause);
    }

    /// An entry of the cell that overlaps a stretch.
    fn overlapping(&self, cell: &CellName, cause: IncidentCause, lift: &Lift) -> Option<usize> {
        let points = &self.histories.get(cell)?.points;
        let at = |place: usize| points.get(place).map_or(f64::INFINITY, |point| point.at);
        let until = lift.until.unwrap_or(f64::INFINITY);
        self.entries.iter().position(|entry| {
            let ends = entry.until.map_or(f64::INFINITY, at);
            let is_of = entry.cell == *cell && entry.cause == cause && !entry.is_withdrawn;
            is_of && at(entry.from) < until && lift.from < ends
        })
    }

    /// Looks for a stretch that has just ended and was not noticed, because the cell was learnt from while it lasted.
    fn look_back(&mut self, cell: &CellName, metric: Metric) {
        let cause = IncidentCause::of(metric);
        let Some(history) = self.histories.get(cell) else { return };
        let sign = worse(metric);
        let points: Vec<(f64, f64)> =
            history.series(metric).into_iter().map(|(_, at, value)| (at, sign * value)).collect();
        let Some(last) = learning::lifts(&points, metric).into_iter().rfind(|lift| lift.until.is_some())
        else {
            return;
        };
        if self.overlapping(cell, cause, &last).is_none() {
            self.add(cell, cause, metric, &last);
        }
    }

    fn push(&mut self, cell: &CellName, cause: IncidentCause, metric: Metric, from: usize, height: f64) {
        let id = self.entries.len();
        let entry = Entry {
            id,
            cell: cell.clone(),
            cause,
            metric,
            from,
            until: None,
            height,
            seen: Vec::new(),
            is_withdrawn: false,
        };
        self.entries.push(entry);
        self.restart(cell, cause);
    }

    fn restart(&mut self, cell: &CellName, cause: IncidentCause) {
        let open = self.open_of(cell, cause).len();
        self.tests.entry((cell.clone(), cause)).or_default().reset(open);
    }

    /// The places of the open entries of a cell, the oldest first.
    fn open_of(&self, cell: &CellName, cause: IncidentCause) -> Vec<usize> {
        (0..self.entries.len()).filter(|i| self.entries[*i].is_open(cell, cause)).take(MOST_OPEN).collect()
    }

    /// Opens an entry, or deepens an open one, where a judgement confirms a change for the worse.
    fn open_with(&mut self, cell: &CellName, judgement: &Judgement) {
        let metric = judgement.metric;
        let cause = IncidentCause::of(metric);
        let Some(history) = self.histories.get_mut(cell) else { return };
        let windows = history.points.len();
        if metric == Metric::ErrorRatio {
            if let Some(change) = judgement.change
                && self.open_of(cell, IncidentCause::Errors).is_empty()
            {
                self.push(cell, IncidentCause::Errors, metric, windows - 1, change.expected);
            }
            return;
        }
        // Requests that fail are not answered: that is no slowdown.
        let is_failing = self.entries.iter().any(|entry| entry.is_open(cell, IncidentCause::Errors));
        if metric == Metric::Throughput && is_failing {
            return;
        }
        let (place, sign) = (place_of(metric), worse(metric));
        let moved = judgement.seen.and_then(|seen| seen.moved);
        let is_open = self.entries.iter().any(|entry| entry.is_open(cell, cause));
        if !is_open {
            // The forecast's accepted steps count from the opening on.
            history.lifted[place] = 0.0;
        }
        if let Some(moved) = moved {
            history.lifted[place] += sign * moved.height;
        }
        let lifted = history.lifted[place];
        if !is_open
            && (metric == MEAN || cause == IncidentCause::Cache)
            && moved.is_some_and(|moved| sign * moved.height <= -LEAST_CHANGE.ln_1p())
        {
            return self.look_back(cell, metric);
        }
        let change = judgement.change.filter(|change| change.z * sign > 0.0);
        let change = change.map(|change| (change.windows, (sign * change.height).max(0.0)));
        let open = self.open_of(cell, cause);
        match (open.last().copied(), change) {
            (None, Some((of, height))) => {
                self.push(cell, cause, metric, windows.saturating_sub(of), height);
            }
            (Some(last), Some((_, height))) if metric == MEAN && self.entries[last].metric != MEAN => {
                let entry = &mut self.entries[last];
                (entry.metric, entry.height) = (metric, height);
                entry.seen.clear();
                self.restart(cell, cause);
            }
            (Some(last), _) if self.entries[last].metric == metric => {
                // A further step counts whether it is worth another alert or not.
                let further = moved.filter(|moved| sign * moved.height >= LEAST_CHANGE.ln_1p());
                if let Some(moved) = further {
                    self.deepen(&open, windows.saturating_sub(moved.windows), sign * moved.height, lifted);
                }
            }
            _ => (),
        }
    }

    /// Takes a further step of a cell with open entries: the last one measured anew, or a second one above it.
    fn deepen(&mut self, open: &[usize], from: usize, height: f64, lifted: f64) {
        let Some((last, outer)) = open.split_last() else { return };
        let entry = &self.entries[*last];
        if from < entry.from + SAME_STEP {
            let outer: f64 = outer.iter().map(|i| self.entries[*i].height).sum();
            self.entries[*last].height = (lifted - outer).max(height);
        } else if open.len() < MOST_OPEN {
            let (cell, cause, metric) = (entry.cell.clone(), entry.cause, entry.metric);
            self.push(&cell, cause, metric, from, height);
        }
    }

    /// Closes entries of a cell, of a cause that values show, that are over according to this window.
    fn close_by_values(&mut self, cell: &CellName, cause: IncidentCause, judgements: &[Judgement]) -> bool {
        let open = self.open_of(cell, cause);
        let Some(first) = open.first() else { return false };
        let metric = self.entries[*first].metric;
        let Some(history) = self.histories.get(cell) else { return false };
        let Some(seen) = judgements.iter().find(|of| of.metric == metric).and_then(|of| of.seen) else {
            return false;
        };
        let place = history.points.len() - 1;
        let above = worse(metric) * seen.rest + history.lifted[place_of(metric)];
        for (nth, i) in open.iter().enumerate() {
            let others: f64 = open[..nth].iter().map(|i| self.entries[*i].height).sum();
            if nth + 1 == open.len() {
                self.entries[*i].seen.push(above);
                self.entries[*i].measure(others);
            }
        }
        let heights: Vec<f64> = open.iter().map(|i| self.entries[*i].height).collect();
        let all: f64 = heights.iter().sum();
        let variance = seen.sigma * seen.sigma * (1.0 + seen.lag_1) / (1.0 - seen.lag_1).max(0.05);
        let Some(test) = self.tests.get_mut(&(cell.clone(), cause)) else { return false };
        let over = test.take(place, |set| {
            let gone: f64 = members(set, heights.len()).map(|nth| heights[nth]).sum();
            let (with, without) = (above - all, above - (all - gone));
            (with * with - without * without) / (2.0 * variance)
        });
        let Some((set, since)) = over else { return false };
        for nth in members(set, open.len()) {
            self.entries[open[nth]].until = Some(since);
        }
        self.restart(cell, cause);
        true
    }

    /// Closes the errors of a cell that are over according to its last window.
    fn close_errors(&mut self, cell: &CellName) -> bool {
        let Some(i) = self.open_of(cell, IncidentCause::Errors).first().copied() else { return false };
        let (Some(history), Some(test)) =
            (self.histories.get(cell), self.tests.get_mut(&(cell.clone(), IncidentCause::Errors)))
        else {
            return false;
        };
        let entry = &mut self.entries[i];
        let since = &history.points[entry.from..];
        let (failed, judged) =
            since.iter().fold((0, 0), |sum, point| (sum.0 + point.failed, sum.1 + point.judged));
        let bad = (failed as f64 / judged.max(1) as f64).max(2.0 * entry.height);
        let place = history.points.len() - 1;
        let last = history.points[place];
        let over = test.take(place, |_| calm_against_bad(last.failed, last.judged, entry.height, bad));
        let Some((_, since)) = over else { return false };
        entry.until = Some(since);
        self.restart(cell, IncidentCause::Errors);
        true
    }

    /// Gives up the entries that are in no incident: what the forecast accepted as their step is normal.
    fn withdraw(&mut self, found: &[(Incident, BTreeSet<usize>)]) {
        let mut given_up = Vec::new();
        for entry in self.entries.iter_mut().filter(|entry| !entry.is_withdrawn) {
            if found.iter().any(|(_, entries)| entries.contains(&entry.id)) {
                continue;
            }
            entry.is_withdrawn = true;
            if entry.until.is_none() {
                given_up.push((entry.cell.clone(), entry.cause));
                if let Some(history) = self.histories.get_mut(&entry.cell) {
                    history.lifted[place_of(entry.metric)] -= entry.height;
                }
            }
        }
        for (cell, cause) in given_up {
            self.restart(&cell, cause);
        }
    }

    /// Closes the entries of incidents that are over: a cell with much noise does not show the end by itself.
    fn close_with(&mut self, found: &[(Incident, BTreeSet<usize>)]) {
        for (incident, entries) in found {
            let Some(at) = incident.resolved_at.map(epoch_seconds) else { continue };
            for entry in
                self.entries.iter_mut().filter(|entry| entry.until.is_none() && entries.contains(&entry.id))
            {
                let points = self.histories.get(&entry.cell).map_or(&[][..], |history| &history.points);
                entry.until = Some(points.partition_point(|point| point.at < at).max(entry.from + 1));
            }
        }
    }

    /// Compares the incidents with those reported, and reports what is new.
    fn announce(&mut self) -> Vec<Update> {
        let mut found = incidents(&self.histories, &self.entries);
        self.withdraw(&found);
        self.close_with(&found);
        let mut updates = Vec::new();
        let all: BTreeSet<usize> = found.iter().flat_map(|(_, entries)| entries.iter().copied()).collect();
        // Those reported first keep their identity where incidents were joined or split.
        for known in &mut self.announced {
            let shared = |entries: &BTreeSet<usize>| known.entries.intersection(entries).count();
            let best =
                (0..found.len()).max_by_key(|i| shared(&found[*i].1)).filter(|i| shared(&found[*i].1) > 0);
            let Some((incident, entries)) = best.map(|i| found.remove(i)) else {
                // One that became a part of another is not withdrawn: that one reports its end.
                let is_joined = !known.entries.is_disjoint(&all);
                if !std::mem::replace(&mut known.is_over, true) && !is_joined {
                    updates.push(Update::Withdrawn(known.incident.clone()));
                }
                continue;
            };
            if incident.is_resolved() && !known.is_over {
                updates.push(Update::Resolved(incident.clone()));
            }
            *known = Announced { entries, is_over: incident.is_resolved(), incident };
        }
        for (incident, entries) in found {
            updates.push(Update::Opened(incident.clone()));
            if incident.is_resolved() {
                updates.push(Update::Resolved(incident.clone()));
            }
            self.announced.push(Announced { entries, is_over: incident.is_resolved(), incident });
        }
        updates
    }
}
