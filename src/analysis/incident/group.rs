//! Which entries are one incident: pieces of one cell, and cells that begin and end together.

use std::collections::BTreeMap;

use crate::analysis::alert::LEAST_CHANGE;
use crate::domain::cell_name::CellName;
use crate::stats::stretch_fit::{Height, fit};

use super::edges::evidence;
use super::history::History;
use super::stretch::{CERTAIN, Fits, Stretch, same};
use super::types::IncidentCause;

/// Entries whose ends differ by at most this many cycles are one incident.
const SAME_CYCLES: f64 = 4.0;
/// From this many standard errors on an entry may be joined with a later one.
const SURE: f64 = 4.0;
/// Evidence that a cell may lose with the edges of others; the odds of its own edges are then e to this power.
const MOST_LOST: f64 = 6.0;
/// Cycles in which all cells of an incident should have ended once the first has.
const JUST_ENDED: f64 = 12.0;
/// A slowdown of a single cell stands by itself from this many standard errors on.
const CLEAR: f64 = 7.0;

/// Joins entries of one cell and cause that are one: those with hardly a pause between them, and those that end together, of
/// which the later one is a worsening of the earlier. Where the earlier one is doubtful, only the later remains.
pub(super) fn join_pieces(stretches: &mut Vec<Stretch<'_>>, cycle: f64) {
    let near = |left: f64, right: f64| is_same(left, right) || (left - right).abs() <= SAME_CYCLES * cycle;
    let mut i = 0;
    while i < stretches.len() {
        let found = (0..stretches.len()).find(|j| {
            let (first, second) = (&stretches[i], &stretches[*j]);
            *j != i
                && first.entry.cell == second.entry.cell
                && first.entry.cause == second.entry.cause
                && first.from <= second.from
                && (near(first.until, second.until)
                    || near(first.until, second.from) && second.from >= first.until)
        });
        match found {
            Some(_) if is_doubtful(&stretches[i]) => {
                stretches.remove(i);
                i = 0;
            }
            Some(j) => {
                let joined = stretches.remove(j);
                let first = if j < i { i - 1 } else { i };
                stretches[first].until = stretches[first].until.max(joined.until);
                stretches[first].ids.extend(joined.ids);
                i = 0;
            }
            None => i += 1,
        }
    }
}

fn is_doubtful(stretch: &Stretch<'_>) -> bool {
    let is_clear =
        |height: Height| height.value >= LEAST_CHANGE.ln_1p() && height.value >= SURE * height.error;
    stretch.height.is_some_and(|height| !is_clear(height))
}

/// Stretches of one cause that begin and end together, the clearest first.
///
/// They do where their edges are close, or where the edges of the group explain the windows of the cell nearly as well as its
/// own: a cell with few failures or much noise hardly shows where it begins.
pub(super) fn groups_of(
    histories: &BTreeMap<CellName, History>,
    fits: &Fits,
    stretches: &mut [Stretch<'_>],
    cycle: f64,
) -> Vec<Vec<usize>> {
    let now = last_moment(histories);
    let near = |left: f64, right: f64| {
        let (first, second) = (left.min(right), left.max(right));
        // One that ended just now may be as open as the others: their windows come later.
        let is_recent = second.is_infinite() && first >= now - JUST_ENDED * cycle;
        is_same(left, right) || is_recent || second - first <= SAME_CYCLES * cycle
    };
    let own: Vec<f64> = stretches
        .iter()
        .map(|stretch| evidence(histories, fits, stretches, stretch, (stretch.from, stretch.until)))
        .collect();
    let mut order: Vec<usize> = (0..stretches.len()).collect();
    order.sort_by(|a, b| own[*b].total_cmp(&own[*a]));
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for i in order {
        let this = &stretches[i];
        let is_near = |group: &Vec<usize>| {
            let of = |j: &usize| near(this.from, stretches[*j].from) && near(this.until, stretches[*j].until);
            stretches[group[0]].entry.cause == this.entry.cause && group.iter().any(of)
        };
        let explains = |group: &Vec<usize>| {
            let first = &stretches[group[0]];
            let overlaps = this.from < first.until && first.from < this.until;
            let is_new = group.iter().all(|j| stretches[*j].entry.cell != this.entry.cell);
            let lost = || own[i] - evidence(histories, fits, stretches, this, (first.from, first.until));
            first.entry.cause == this.entry.cause && overlaps && is_new && lost() <= MOST_LOST
        };
        // One that is open in a group that is over has mostly too much noise to show its end, so its evidence comes first.
        let explained = groups.iter().position(explains);
        match explained.or_else(|| groups.iter().position(is_near)) {
            Some(group) => {
                if explained.is_some() {
                    let first = &stretches[groups[group][0]];
                    let edges = (first.from, first.until);
                    (stretches[i].from, stretches[i].until) = edges;
                }
                groups[group].push(i);
            }
            None => groups.push(vec![i]),
        }
    }
    groups
}

/// Whether two ends are equal; two that are open are.
fn is_same(left: f64, right: f64) -> bool {
    left.total_cmp(&right).is_eq()
}

/// Start of the last window of all.
fn last_moment(histories: &BTreeMap<CellName, History>) -> f64 {
    let last = histories.values().filter_map(|history| Some(history.points.last()?.at));
    last.fold(f64::NEG_INFINITY, f64::max)
}

/// Whether a slowdown of one cell is not clear enough by itself, and the endpoint's other levels do not show it.
///
/// With many cells and hours some cell strays by chance; what slows a target down mostly shows at more than one level.
pub(super) fn is_contradicted(
    histories: &BTreeMap<CellName, History>,
    stretches: &[Stretch<'_>],
    group: &[usize],
) -> bool {
    let [only] = group else { return false };
    let this = &stretches[*only];
    let Some(height) = this.height.filter(|_| this.entry.cause != IncidentCause::Errors) else {
        return false;
    };
    let is_clear = height.value >= CLEAR * height.error;
    let same_endpoint = histories
        .iter()
        .filter(|(cell, _)| cell.series() == this.entry.cell.series() && **cell != this.entry.cell);
    let heights = same_endpoint.filter_map(|(cell, history)| height_in(cell, history, stretches, this));
    let known = heights.filter(|height| height.error.is_finite() && height.error > 0.0);
    let (sum, weight) = known.fold((0.0, 0.0), |sum: (f64, f64), of| {
        let weight = of.error.powi(-2);
        (sum.0 + weight * of.value, sum.1 + weight)
    });
    !is_clear && weight > 0.0 && sum / weight + CERTAIN / weight.sqrt() < height.value / 2.0
}

/// How much worse another cell was during a stretch, beside its own stretches.
fn height_in(
    cell: &CellName,
    history: &History,
    stretches: &[Stretch<'_>],
    during: &Stretch<'_>,
) -> Option<Height> {
    let own = same(stretches, cell, during.entry.cause);
    let spans: Vec<(f64, f64)> =
        std::iter::once(during).chain(own).map(|stretch| (stretch.from, stretch.until)).collect();
    let points: Vec<(f64, f64)> =
        history.series(during.metric).into_iter().map(|(_, at, value)| (at, value)).collect();
    fit(&points, &spans)?.heights.first().copied()
}
