//! Values that a gate could not judge, because some run lacks them.

use crate::domain::cell_name::CellName;
use crate::domain::metric::{Metric, Reading};

use super::decide::Fitted;
use super::settings::{JUDGED, RunOfCells, Sides};

/// Whether a run has a metric of a cell, from windows or merged histograms.
fn has(run: &RunOfCells, cell: &CellName, name: &str) -> bool {
    run.get(cell).is_some_and(|run| run.values.contains_key(name) || run.merged.contains_key(name))
}

/// The cells whose metric was not judged.
fn left_out<'f>(
    cells: &'f [CellName],
    fits: &'f [Fitted],
    metric: Metric,
) -> impl Iterator<Item = &'f CellName> {
    let fit = fits.iter().find(move |fit| fit.metric == metric);
    let is_judged = move |place: &usize| fit.is_some_and(|fit| fit.cells.contains(place));
    (0..cells.len()).filter(move |place| !is_judged(place)).map(|place| &cells[place])
}

/// Whether a run lacks a metric of a cell that its requests would support: some of it is lost.
fn lost(run: &RunOfCells, cell: &CellName, metric: Metric) -> bool {
    let needed = match metric {
        // It stands in the same rows as the requests; where it is missing, the windows do not show one.
        Metric::Throughput => return false,
        Metric::Time(_, Reading::Percentile(percentile)) => percentile.needs(),
        _ => 1,
    };
    let succeeded = run.get(cell).map_or(0, |run| run.judged - run.failed.min(run.judged));
    succeeded >= needed && !has(run, cell, &metric.name())
}

/// Metrics that every run of the baseline has and a run of the candidate lost: a change may hide there.
pub(super) fn missing(cells: &[CellName], sides: &Sides, fits: &[Fitted]) -> Vec<(Metric, usize)> {
    let lacks = |metric: Metric| {
        let name = metric.name();
        left_out(cells, fits, metric)
            .filter(|cell| sides.before.iter().all(|run| has(run, cell, &name)))
            .filter(|cell| sides.after.iter().any(|run| lost(run, cell, metric)))
            .count()
    };
    JUDGED.into_iter().map(|metric| (metric, lacks(metric))).filter(|(_, cells)| *cells > 0).collect()
}

/// Metrics that some runs have and others lack, with the number of cells.
pub(super) fn unjudged(cells: &[CellName], sides: &Sides, fits: &[Fitted]) -> Vec<(Metric, usize)> {
    let all = || sides.before.iter().chain(&sides.after);
    let lacks = |metric: Metric| {
        let name = metric.name();
        left_out(cells, fits, metric).filter(|cell| all().any(|run| has(run, cell, &name))).count()
    };
    JUDGED.into_iter().map(|metric| (metric, lacks(metric))).filter(|(_, cells)| *cells > 0).collect()
}
