//! Which samples are sent at the end of a group: those of its cells and of the run, and all others once a minute.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::cell_name::CellName;
use crate::observe::prometheus::catalogue::{Definition, Kind, RUN_INFO, RUN_STATE};
use crate::observe::prometheus::{Collected, Metrics, Sample, Value, bound_text};

use super::message::{Labels, Point, STALE};

/// Gauges that were sent and have not ended: of the run as a whole, and of each cell.
#[derive(Debug, Default)]
pub(super) struct Emission {
    live: BTreeMap<Option<CellName>, BTreeSet<Labels>>,
}

impl Emission {
    /// The samples of the run, and those of the cells that are wanted. Gauges that have no value any more end.
    pub(super) fn points(
        &mut self,
        metrics: &Metrics,
        is_wanted: impl Fn(&CellName) -> bool,
    ) -> Vec<(Labels, Point)> {
        let mut points = Vec::new();
        self.add(None, &metrics.collected_of_run(), &mut points);
        for (cell, collected) in metrics.collected_of_cells(is_wanted) {
            self.add(Some(cell), &collected, &mut points);
        }
        points
    }

    /// The end of all gauges, but for the state of the run and what it is.
    pub(super) fn end(&mut self) -> Vec<(Labels, Point)> {
        let all = std::mem::take(&mut self.live).into_values().flatten();
        let stays = [RUN_STATE.name, RUN_INFO.name];
        let ended = all.filter(|labels| !labels.iter().any(|(_, value)| stays.contains(&&**value)));
        ended.map(|labels| (labels, Point::Number(STALE))).collect()
    }

    fn add(&mut self, of: Option<CellName>, collected: &Collected, points: &mut Vec<(Labels, Point)>) {
        let mut gauges = BTreeSet::new();
        for (definition, samples) in collected.families() {
            for sample in samples {
                let before = points.len();
                add_sample(definition, sample, points);
                if matches!(definition.kind, Kind::Gauge | Kind::Info) {
                    gauges.extend(points[before..].iter().map(|(labels, _)| labels.clone()));
                }
            }
        }
        let live = self.live.entry(of).or_default();
        points.extend(live.difference(&gauges).map(|labels| (labels.clone(), Point::Number(STALE))));
        *live = gauges;
    }
}

/// The series of a sample: one, or those of a histogram, native and classic.
fn add_sample(of: &Definition, sample: &Sample, points: &mut Vec<(Labels, Point)>) {
    let labels = |end: &str, bound: Option<String>| -> Labels {
        let own = of.labels.iter().copied().zip(sample.labels.iter().map(Arc::clone));
        let name = ("__name__", Arc::from(format!("{}{end}", of.name)));
        let bound = bound.map(|bound| ("le", Arc::from(bound)));
        let mut labels: Labels = std::iter::once(name).chain(own).chain(bound).collect();
        labels.sort_unstable();
        labels
    };
    match &sample.value {
        Value::Number(value) => points.push((labels("", None), Point::Number(*value))),
        Value::Distribution(times) => {
            points.push((labels("", None), Point::Distribution(Arc::clone(times))));
            for (bound, count) in times.cumulative() {
                let labels = labels("_bucket", Some(bound_text(bound)));
                points.push((labels, Point::Number(count as f64)));
            }
            points.push((labels("_sum", None), Point::Number(times.sum_s)));
            points.push((labels("_count", None), Point::Number(times.count as f64)));
        }
    }
}
