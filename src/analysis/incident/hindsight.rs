//! From entries to incidents, with everything that was measured since.
//!
//! Heights come from a fit of the whole series of a cell, so that the daily cycle is not taken for a change and a change not
//! for the cycle. Edges come from all cells of an incident together. What turns out smaller than an alert is left out.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::alert::LEAST_CHANGE;
use crate::domain::cell_name::CellName;
use crate::domain::metric::Metric;
use crate::stats::robust::median;
use crate::stats::stretch_fit::{Height, StretchFit, fit};

use super::describe;
use super::edges::move_edges;
use super::entry::Entry;
use super::group::{groups_of, is_contradicted, join_pieces};
use super::history::{History, MEAN, place_of};
use super::stretch::{CERTAIN, Fits, Fitted, Stretch};
use super::types::{Incident, IncidentCause};

/// Rounds of fitting heights and looking for edges.
const ROUNDS: usize = 2;

/// The incidents that these entries come to, in the order of their beginnings, each with the IDs of its entries.
pub(super) fn incidents(
    histories: &BTreeMap<CellName, History>,
    entries: &[Entry],
) -> Vec<(Incident, BTreeSet<usize>)> {
    let Some(cycle) = cycle_of(histories) else { return Vec::new() };
    let mut stretches: Vec<Stretch<'_>> = entries
        .iter()
        .filter(|entry| !entry.is_withdrawn)
        .filter_map(|entry| stretch(histories.get(&entry.cell)?, entry))
        .collect();
    let mut fits = BTreeMap::new();
    for _ in 0..ROUNDS {
        fits = fit_all(histories, &mut stretches);
        stretches.retain(|stretch| !is_too_small(stretch));
        for i in 0..stretches.len() {
            move_edges(histories, &fits, &mut stretches, &[i], cycle);
        }
        join_pieces(&mut stretches, cycle);
    }
    let mut groups = groups_of(histories, &fits, &mut stretches, cycle);
    groups.retain(|group| !is_contradicted(histories, &stretches, group));
    for group in &groups {
        move_edges(histories, &fits, &mut stretches, group, cycle);
    }
    let fits = fit_all(histories, &mut stretches).into_iter().chain(fits).collect();
    let mut all: Vec<(Incident, BTreeSet<usize>)> = groups
        .iter()
        .filter_map(|group| {
            let of_group: Vec<&Stretch<'_>> = group.iter().map(|i| &stretches[*i]).collect();
            let ids = of_group.iter().flat_map(|stretch| stretch.ids.iter().copied()).collect();
            Some((describe::incident(histories, &fits, &of_group)?, ids))
        })
        .collect();
    all.sort_by_key(|(incident, _)| incident.opened_at);
    all
}

/// The time from one window of a cell to its next, in seconds; `None` where no cell has two.
fn cycle_of(histories: &BTreeMap<CellName, History>) -> Option<f64> {
    let spacings: Vec<f64> = histories.values().filter_map(History::spacing).collect();
    median(&spacings).filter(|spacing| *spacing > 0.0)
}

fn stretch<'a>(history: &History, entry: &'a Entry) -> Option<Stretch<'a>> {
    let at = |place: usize| history.points.get(place).map(|point| point.at);
    let until = entry.until.map_or(Some(f64::INFINITY), at).unwrap_or(f64::INFINITY);
    Some(Stretch {
        entry,
        ids: BTreeSet::from([entry.id]),
        metric: entry.metric,
        from: at(entry.from)?,
        until,
        height: None,
    })
}

/// Fits the series of every cell with stretches that have a height, and sets their heights.
fn fit_all(histories: &BTreeMap<CellName, History>, stretches: &mut [Stretch<'_>]) -> Fits {
    let mut fits = BTreeMap::new();
    let all: BTreeSet<Fitted> = stretches.iter().filter_map(Stretch::fitted).collect();
    for (cell, cause) in all {
        let is_of = |i: &usize| stretches[*i].entry.cause == cause && stretches[*i].entry.cell == cell;
        let of_cell: Vec<usize> = (0..stretches.len()).filter(is_of).collect();
        let spans: Vec<(f64, f64)> =
            of_cell.iter().map(|i| (stretches[*i].from, stretches[*i].until)).collect();
        let Some(history) = histories.get(&cell) else { continue };
        let shown_by = of_cell.iter().map(|i| stretches[*i].metric).min_by_key(|metric| place_of(*metric));
        let Some((metric, found)) = shown_by.and_then(|metric| best_fit(history, metric, &spans)) else {
            continue;
        };
        for (i, height) in of_cell.into_iter().zip(&found.heights) {
            (stretches[i].height, stretches[i].metric) = (Some(*height), metric);
        }
        fits.insert((cell, cause), found);
    }
    fits
}

/// The fit of the mean service time where it shows every stretch, else that of the metric that showed them.
fn best_fit(history: &History, metric: Metric, spans: &[(f64, f64)]) -> Option<(Metric, StretchFit)> {
    let of = |metric: Metric| {
        let points: Vec<(f64, f64)> =
            history.series(metric).into_iter().map(|(_, at, value)| (at, value)).collect();
        fit(&points, spans)
    };
    let is_shown = |height: &Height| {
        height.value >= LEAST_CHANGE.ln_1p() / 2.0 && height.value >= 2.0 * CERTAIN * height.error
    };
    let mean = of(MEAN).filter(|_| IncidentCause::of(metric) == IncidentCause::Slowdown);
    match mean {
        Some(mean) if metric == MEAN || mean.heights.iter().all(is_shown) => Some((MEAN, mean)),
        _ => Some((metric, of(metric)?)),
    }
}

fn is_too_small(stretch: &Stretch<'_>) -> bool {
    stretch.height.is_some_and(|height| height.value + CERTAIN * height.error < LEAST_CHANGE.ln_1p())
}
