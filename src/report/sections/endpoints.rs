//! One row per endpoint, the worst first: an index of the tables and charts that follow.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::domain::availability::Availability;
use crate::domain::objective::ObjectiveState;
use crate::domain::percentile::Percentile;
use crate::domain::window::Counts;
use crate::report::formats::document::{Block, Cell, Document, Table, Text, Tone};
use crate::report::view::incident_view::IncidentView;
use crate::report::view::objective::ObjectiveView;
use crate::report::view::run_view::{CellView, LevelView, RunView};
use crate::report::wording::numbers::{MISSING, count, percent, time_us};
use crate::report::wording::phrases::{chosen_value, metric_words};

use super::incidents::anchor;

/// The most endpoints that are shown at once; the others are folded.
const MOST_SHOWN: usize = 25;
/// The most incidents that a row names.
const MOST_INCIDENTS: usize = 4;

/// An endpoint over the whole run, all levels together.
pub(super) struct EndpointSummary<'a> {
    pub(super) name: Arc<str>,
    cells: Vec<(&'a LevelView, &'a CellView)>,
    incidents: Vec<IncidentView<'a>>,
}

impl<'a> EndpointSummary<'a> {
    /// All endpoints of a run, the worst first; those that are equally well by name. The steps of a journey stand behind it.
    pub(super) fn worst_first(view: &'a RunView) -> Vec<Self> {
        let incidents = IncidentView::by_weight(view);
        let of = |name: Arc<str>| {
            let is_affected = |incident: &&IncidentView<'_>| {
                incident.incident.cells.iter().any(|cell| cell.cell.is_series(&name))
            };
            Self {
                cells: view.cells().filter(|(_, cell)| cell.endpoint == name).collect(),
                incidents: incidents.iter().filter(is_affected).copied().collect(),
                name: Arc::clone(&name),
            }
        };
        let mut groups: Vec<Vec<Self>> = Vec::new();
        for summary in view.endpoints().into_iter().map(of) {
            match groups.last_mut().filter(|group| group[0].workload() == summary.workload()) {
                Some(group) => group.push(summary),
                None => groups.push(vec![summary]),
            }
        }
        let worst =
            |group: &[Self]| (0..group.len()).max_by(|a, b| group[*a].badness(&group[*b])).unwrap_or(0);
        groups.sort_by(|left, right| {
            let badness = right[worst(right)].badness(&left[worst(left)]);
            badness.then_with(|| left[0].name.cmp(&right[0].name))
        });
        groups.into_iter().flatten().collect()
    }

    fn workload(&self) -> Option<&Arc<str>> {
        self.cells.first().map(|(_, cell)| &cell.name.workload)
    }

    /// Whether something was wrong with it.
    pub(super) fn is_notable(&self) -> bool {
        !self.incidents.is_empty() || self.number_of(ObjectiveState::Violated) > 0
    }

    /// Compares by violated SLOs and incidents, then failures, then how much of an SLO is used.
    fn badness(&self, other: &Self) -> Ordering {
        let weight = |of: &Self| of.incidents.first().map_or(0.0, |incident| incident.incident.weight());
        let failed = |of: &Self| of.counts().error_ratio().unwrap_or(0.0);
        let used = |of: &Self| of.most_used().and_then(|(_, objective)| objective.used()).unwrap_or(0.0);
        self.number_of(ObjectiveState::Violated)
            .cmp(&other.number_of(ObjectiveState::Violated))
            .then_with(|| weight(self).total_cmp(&weight(other)))
            .then_with(|| failed(self).total_cmp(&failed(other)))
            .then_with(|| used(self).total_cmp(&used(other)))
    }

    fn objectives(&self) -> impl Iterator<Item = (&'a LevelView, &'a ObjectiveView)> {
        self.cells
            .iter()
            .flat_map(|(level, cell)| cell.objectives.iter().map(move |objective| (*level, objective)))
    }

    fn number_of(&self, state: ObjectiveState) -> u64 {
        self.objectives().filter(|(_, objective)| objective.state == state).count() as u64
    }

    /// The SLO closest to its limit, or furthest beyond it.
    fn most_used(&self) -> Option<(&'a LevelView, &'a ObjectiveView)> {
        let used = |(_, objective): &(_, &ObjectiveView)| objective.used().unwrap_or(0.0);
        self.objectives().max_by(|left, right| used(left).total_cmp(&used(right)))
    }

    fn counts(&self) -> Counts {
        self.cells.iter().fold(Counts::default(), |mut sum, (_, cell)| {
            sum += cell.all_counts;
            sum
        })
    }

    fn availability(&self) -> Availability {
        self.cells.iter().fold(Availability::default(), |mut sum, (_, cell)| {
            sum.merge(&cell.availability);
            sum
        })
    }

    fn row(&self) -> Vec<Cell> {
        let (counts, available) = (self.counts(), self.availability().ratio());
        let failed = counts.error_ratio();
        let (p95, place) = self.longest_p95();
        let tone = if counts.failed > 0 { Tone::Doubt } else { Tone::Plain };
        vec![
            (&*self.name).into(),
            self.slo(),
            self.incident_links(),
            Cell::number(percent(available), available),
            Cell::number(percent(failed), failed)
                .with_note((counts.failed > 0).then(|| count(counts.failed)))
                .with_tone(tone),
            Cell::number(time_us(p95), p95).with_note(place),
            self.nearest(),
        ]
    }

    fn slo(&self) -> Cell {
        let all = self.objectives().count() as u64;
        let (violated, undecided) =
            (self.number_of(ObjectiveState::Violated), self.number_of(ObjectiveState::Undecided));
        match (all, violated, undecided) {
            (0, ..) => MISSING.into(),
            (all, 0, 0) => Cell::from(format!("{} met", count(all))).with_tone(Tone::Good),
            (all, 0, n) => {
                Cell::from(format!("{} of {} undecided", count(n), count(all))).with_tone(Tone::Doubt)
            }
            (all, n, _) => {
                Cell::from(format!("{} of {} violated", count(n), count(all))).with_tone(Tone::Bad)
            }
        }
    }

    fn incident_links(&self) -> Cell {
        if self.incidents.is_empty() {
            return "none".into();
        }
        let mut text = Text::default();
        for (place, incident) in self.incidents.iter().take(MOST_INCIDENTS).enumerate() {
            text = text
                .then(if place > 0 { ", " } else { "" })
                .and(Text::link(incident.label(), anchor(incident)));
        }
        if let Some(more) = self.incidents.len().checked_sub(MOST_INCIDENTS).filter(|more| *more > 0) {
            text = text.then(format!(" and {more} more"));
        }
        Cell { text, sort: Some(self.incidents.len() as f64), ..Cell::default() }
    }

    /// The longest p95 of its levels, and which level that is.
    fn longest_p95(&self) -> (Option<f64>, Option<String>) {
        let all =
            self.cells.iter().filter_map(|(level, cell)| Some((cell.service_us(Percentile::P95)?, level)));
        let longest = all.max_by(|left, right| left.0.total_cmp(&right.0));
        (longest.map(|(p95, _)| p95), longest.map(|(_, level)| level.name.to_string()))
    }

    fn nearest(&self) -> Cell {
        let Some((level, objective)) = self.most_used() else { return MISSING.into() };
        let used = objective.used();
        let limit = chosen_value(objective.metric, objective.limit);
        let words = metric_words(objective.metric);
        let note = format!(
            "{} SLO {limit} at {}",
            words.strip_suffix(" service time").unwrap_or(&words),
            level.name
        );
        Cell::number(percent(used), used).with_note(Some(note))
    }
}

pub(super) fn section(document: &mut Document, view: &RunView, endpoints: &[EndpointSummary<'_>]) {
    if endpoints.is_empty() {
        return;
    }
    let has_iterations = view.health.has_iterations;
    document.heading("endpoints", if has_iterations { "Endpoints and journeys" } else { "Endpoints" });
    let (first, rest) = endpoints.split_at(endpoints.len().min(MOST_SHOWN));
    document.table(table(view, first));
    if !rest.is_empty() {
        let what = if has_iterations { "endpoints and steps" } else { "endpoints" };
        let summary = format!("{} more {what}, with fewer problems", count(rest.len() as u64));
        document.folded(summary, vec![Block::Table(table(view, rest))]);
    }
}

fn table(view: &RunView, endpoints: &[EndpointSummary<'_>]) -> Table {
    let mut table = Table::new(&[
        view.names_heading(),
        "SLOs",
        "incidents",
        ">availability",
        ">failed",
        ">longest p95",
        ">closest SLO, used",
    ]);
    for endpoint in endpoints {
        table.row(endpoint.row());
    }
    table
}
