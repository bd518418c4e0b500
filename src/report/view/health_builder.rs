//! Collects how a run went, window by window.

use jiff::Timestamp;

use crate::domain::cell_name::CellName;
use crate::domain::gap::Gap;
use crate::domain::verdict::Validity;
use crate::domain::window::Window;

use super::cell_builder::max_of;
use super::findings::Terms;
use super::health::RunHealth;
use super::run_view::RunFacts;

#[derive(Debug)]
pub(super) struct HealthBuilder {
    health: RunHealth,
    first_window_at: Option<Timestamp>,
    cpu_us: f64,
    cpu_requests: f64,
}

impl HealthBuilder {
    /// For a run that learns its baseline from this many windows of each cell.
    pub(super) fn new(learning_windows: usize) -> Self {
        let health = RunHealth { learning_windows, ..RunHealth::default() };
        Self { health, first_window_at: None, cpu_us: 0.0, cpu_requests: 0.0 }
    }

    /// Adds a window of the run; steps of a workload are ignored, since their whole is counted.
    pub(super) fn add(&mut self, window: &Window) {
        // A step is part of the window of its whole.
        if window.cell.step.is_some() {
            self.health.has_iterations = true;
            return;
        }
        let health = &mut self.health;
        health.tally.add(window);
        let first = self.first_window_at.get_or_insert(window.started_at);
        *first = window.started_at.min(*first);
        if let Validity::Invalid(reason) = window.validity {
            health.invalid.entry(reason.name()).or_insert((reason, 0)).1 += 1;
        }
        health.last_window_at = Some(window.ended_at()).max(health.last_window_at);
        health.errors.merge(&window.errors);
        for (status, n) in &window.statuses {
            *health.statuses.entry(*status).or_default() += n;
        }
        health.late_starts += window.late_starts;
        health.highest_cpu_share = max_of(health.highest_cpu_share, window.generator.cpu_share);
        health.latest_timer_us = max_of(health.latest_timer_us, window.generator.scheduling_lag_max_us);
        if let Some(cpu_us) = window.generator.cpu_us_per_request {
            self.cpu_us += cpu_us * window.counts.requests() as f64;
            self.cpu_requests += window.counts.requests() as f64;
        }
    }

    /// From the start of the first window to the end of the last, so far.
    pub(super) fn stretch(&self) -> Option<(Timestamp, Timestamp)> {
        Some((self.first_window_at?, self.health.last_window_at?))
    }

    /// What the plan had and the run has not: by now where it goes on, in all where it is over.
    fn missing(&mut self, facts: &RunFacts, terms: &Terms, cells: &[&CellName]) {
        let health = &mut self.health;
        let is_over = facts.state == "completed";
        let by_now = match health.last_window_at {
            Some(last) if !is_over => share_before(last, facts.started_at, facts.planned_end),
            _ => 1.0,
        };
        // A cycle is not over: its windows may still come.
        let due = facts.planned_windows as f64 * by_now - if is_over { 0.0 } else { cells.len() as f64 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut at 0")]
        let due = due.max(0.0) as u64;
        health.missing = due.saturating_sub(health.tally.windows);
        let is_measured = |name: &&String| cells.iter().any(|cell| *cell.workload == **name);
        if health.tally.windows > 0 && (is_over || health.missing > 0) {
            let all = terms.endpoints.iter().filter(|(name, terms)| **name == terms.workload);
            let all = all.map(|(name, _)| name);
            health.unmeasured = all.filter(|name| !is_measured(name)).cloned().collect();
        }
    }

    /// How the run went, as far as its windows tell; `cells` are those that were measured.
    pub(super) fn finish(mut self, facts: &RunFacts, terms: &Terms, cells: &[&CellName]) -> RunHealth {
        self.health.gap_time = facts.gaps.iter().filter(|gap| gap.is_pause()).map(Gap::length).sum();
        self.health.cpu_us_per_request = (self.cpu_requests > 0.0).then(|| self.cpu_us / self.cpu_requests);
        self.missing(facts, terms, cells);
        self.health
    }
}

/// How much of a time span lies before a moment.
fn share_before(at: Timestamp, from: Timestamp, to: Timestamp) -> f64 {
    let length = to.duration_since(from).as_secs_f64();
    if length > 0.0 { (at.duration_since(from).as_secs_f64() / length).clamp(0.0, 1.0) } else { 1.0 }
}
