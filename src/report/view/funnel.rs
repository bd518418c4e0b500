//! A journey as a funnel: its steps in order, how many reached each, how much of the time each took. A mix is one of members.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::time_summary::TimeKind;

use super::run_view::{CellView, LevelView, RunView};

/// A journey or a mix, level by level.
#[derive(Debug, Clone)]
pub struct FunnelView<'a> {
    /// The name of its series: `create_pitch`, or `traffic.create_pitch` within a mix.
    pub name: Arc<str>,
    /// Whether it is a mix, whose parts are members and not steps.
    pub is_mix: bool,
    /// One per level, fewest users first; at least one.
    pub levels: Vec<FunnelLevel<'a>>,
}

/// A journey or a mix at one level.
#[derive(Debug, Clone)]
pub struct FunnelLevel<'a> {
    /// The level.
    pub level: &'a LevelView,
    /// Its iterations.
    pub whole: &'a CellView,
    /// Its steps in their order, or its members in that of the scenario.
    pub parts: Vec<FunnelPart<'a>>,
}

/// A step of a journey, or a member of a mix.
#[derive(Debug, Clone, Copy)]
pub struct FunnelPart<'a> {
    /// Its requests; the iterations of a journey in a mix.
    pub cell: &'a CellView,
    /// Iterations that reached it over those that were started; `None` where none was. Units: fraction, 0 to 1.
    pub reached: Option<f64>,
    /// Its part of the time that all of them took, succeeded and in valid windows; `None` without any. Units: fraction.
    pub time: Option<f64>,
    /// The part of the iterations that its weight gives it; `None` for a step. Units: fraction.
    pub due: Option<f64>,
}

impl<'a> FunnelView<'a> {
    /// The funnels of a run: journeys and mixes by name, each with its members behind it.
    pub fn all(view: &'a RunView) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for name in view.endpoints() {
            let levels: Vec<FunnelLevel<'a>> = view
                .cells()
                .filter(|(_, cell)| cell.endpoint == name)
                .filter_map(|(level, whole)| funnel(view, level, whole))
                .collect();
            if let Some(first) = levels.first() {
                let is_mix = first.parts.iter().any(|part| part.due.is_some());
                all.push(Self { name, is_mix, levels });
            }
        }
        all
    }

    /// Name of a part without that of the whole: `create`.
    pub fn short_name(&self, part: &FunnelPart<'a>) -> &'a str {
        let name: &'a str = &part.cell.endpoint;
        name.get(self.name.len() + 1..).unwrap_or(name)
    }
}

/// The funnel of a cell; `None` where it has no parts.
fn funnel<'a>(view: &'a RunView, level: &'a LevelView, whole: &'a CellView) -> Option<FunnelLevel<'a>> {
    let below: Vec<&CellView> = level.cells.iter().filter(|cell| whole.name.has_step(&cell.name)).collect();
    // The steps of a member are its own.
    let is_deep = |cell: &CellView| below.iter().any(|other| other.name.has_step(&cell.name));
    let parts: Vec<&CellView> = below.iter().copied().filter(|cell| !is_deep(cell)).collect();
    let weights = view.facts.mixes.get(&*whole.name.workload).filter(|_| whole.name.step.is_none());
    let all_time: f64 = parts.iter().map(|part| time_us(part)).sum();
    let started = whole.all_counts.requests();
    let part = |cell: &'a CellView| FunnelPart {
        cell,
        reached: (started > 0).then(|| cell.all_counts.requests() as f64 / started as f64),
        time: (all_time > 0.0).then(|| time_us(cell) / all_time),
        due: weights.and_then(|weights| due(weights, cell.name.step.as_deref()?)),
    };
    let parts: Vec<FunnelPart<'a>> = parts.into_iter().map(part).collect();
    (!parts.is_empty()).then_some(FunnelLevel { level, whole, parts })
}

fn due(weights: &BTreeMap<String, u64>, member: &str) -> Option<f64> {
    let all: u64 = weights.values().sum();
    weights.get(member).filter(|_| all > 0).map(|weight| *weight as f64 / all as f64)
}

/// The time of its succeeded requests together. Units: microseconds.
fn time_us(cell: &CellView) -> f64 {
    cell.times[TimeKind::Service as usize].mean.unwrap_or(0.0) * cell.counts.succeeded as f64
}

/// Remarks on windows: what was missing in responses, and why users could not be set up.
///
/// Shape: series, remark and number of windows with it; by series in the order of the report, the most frequent first.
pub fn remarks(view: &RunView) -> Vec<(String, String, u64)> {
    let mut numbers: BTreeMap<(String, String), u64> = BTreeMap::new();
    for window in &view.windows {
        for remark in &window.remarks {
            *numbers.entry((window.cell.series(), remark.clone())).or_default() += 1;
        }
    }
    let mut all: Vec<(String, String, u64)> =
        numbers.into_iter().map(|((series, remark), n)| (series, remark, n)).collect();
    let order = view.endpoints();
    let place = |series: &str| order.iter().position(|name| **name == *series);
    all.sort_by(|a, b| place(&a.0).cmp(&place(&b.0)).then(b.2.cmp(&a.2)));
    all
}
