//! One endpoint or journey: its state, the alert that belongs to it, its usual pace, and its availability.

use std::time::Duration;

use jiff::Timestamp;

use crate::analysis::usual::{Pace, UsualPace};
use crate::domain::alert::AlertKind;
use crate::domain::health::{Health, HealthRules, HealthTracker, Probe};
use crate::domain::objective::Objective;
use crate::domain::window::Window;

use super::history::History;
use super::probe::{pace_of, probe_of};

/// A workload that is watched.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Watched {
    pub(super) objective: Objective,
    pub(super) tracker: HealthTracker,
    /// The latest probes with their times, as many as the tracker has.
    pub(super) probes: Vec<(Timestamp, Probe)>,
    pub(super) pace: UsualPace,
    pub(super) state: Health,
    /// The alert about its state that is open: its kind and its beginning.
    pub(super) open: Option<(AlertKind, Timestamp)>,
    /// The alerts about its budget that are open: of pages and of tickets.
    pub(super) burning: [Option<Timestamp>; 2],
    pub(super) history: History,
    /// The last window: failed requests, requests judged, mean service time in microseconds.
    pub(super) last: Option<(u64, u64, Option<f64>)>,
    /// Mean of the last probes over the usual one, where it is slow.
    pub(super) factor: Option<f64>,
}

/// What changed with a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Turn {
    pub(super) before: Health,
    pub(super) after: Health,
    /// The alert that ended, with its beginning and its end.
    pub(super) closed: Option<(AlertKind, Timestamp, Timestamp)>,
    /// The alert that began, with its beginning.
    pub(super) opened: Option<(AlertKind, Timestamp)>,
}

impl Watched {
    pub(super) fn new(objective: Objective, rules: HealthRules, pace: UsualPace) -> Self {
        Self {
            objective,
            tracker: HealthTracker::new(rules),
            probes: Vec::new(),
            pace,
            state: Health::Unknown,
            open: None,
            burning: [None; 2],
            history: History::default(),
            last: None,
            factor: None,
        }
    }

    /// Counts a window of it, which stands for an interval.
    pub(super) fn take(&mut self, window: &Window, interval: Duration) -> Option<Turn> {
        let at = window.started_at;
        let counts = window.counts;
        self.last = Some((counts.failed, counts.failed + counts.succeeded, pace_of(window)));
        if let Some(worked) = window.worked() {
            let is_alerted = matches!(self.open, Some((AlertKind::Down, _)));
            self.history.add(at, interval, !worked, is_alerted);
        }
        let probe = probe_of(window, &self.objective)?;
        self.probes.push((at, probe));
        self.tracker.take(probe);
        let kept = self.tracker.recent().len();
        self.probes.drain(..self.probes.len().saturating_sub(kept));
        let mut usual_since = None;
        if let Some(mean) = pace_of(window).filter(|_| probe != Probe::Bad) {
            match self.pace.take(at, mean) {
                Some(Pace::Slower { factor, .. }) => self.factor = Some(factor),
                Some(Pace::Usual { since }) => (self.factor, usual_since) = (None, Some(since)),
                None => (),
            }
        }
        self.turn(at, usual_since)
    }

    fn turn(&mut self, at: Timestamp, usual_since: Option<Timestamp>) -> Option<Turn> {
        let tracked = self.tracker.state();
        let slow = self.pace.slow_since();
        let after = if slow.is_some() { tracked.max(Health::Degraded) } else { tracked };
        let before = std::mem::replace(&mut self.state, after);
        if before == after {
            return None;
        }
        let closed = self.open.take().map(|(kind, since)| {
            let until = match kind {
                AlertKind::Down => self.streak(|probe| probe != Probe::Bad),
                AlertKind::Slow => usual_since,
                _ => self.streak(|probe| probe == Probe::Good),
            };
            // A worse state takes over where that was first seen.
            let until = if after > before { self.began(after) } else { until };
            (kind, since, until.unwrap_or(at).max(since))
        });
        self.open = match after {
            Health::Unhealthy => Some((AlertKind::Down, self.began(after).unwrap_or(at))),
            Health::Degraded if tracked < Health::Degraded => Some((AlertKind::Slow, slow.unwrap_or(at))),
            Health::Degraded => {
                let since = closed.map(|(_, _, until)| until).or_else(|| self.began(after));
                Some((AlertKind::Degraded, since.unwrap_or(at)))
            }
            Health::Unknown | Health::Healthy => None,
        };
        if let Some((AlertKind::Down, since)) = self.open {
            self.history.alerted_since(since);
        }
        Some(Turn { before, after, closed, opened: self.open })
    }

    /// The first of the latest probes that speaks for a state.
    fn began(&self, state: Health) -> Option<Timestamp> {
        let speaks = |probe: Probe| match state {
            Health::Unhealthy => probe == Probe::Bad,
            _ => probe != Probe::Good,
        };
        self.probes.iter().find(|(_, probe)| speaks(*probe)).map(|(at, _)| *at)
    }

    /// The first of the latest probes in a row that are all so.
    fn streak(&self, is_one: impl Fn(Probe) -> bool) -> Option<Timestamp> {
        self.probes.iter().rev().take_while(|(_, probe)| is_one(*probe)).last().map(|(at, _)| *at)
    }
}
