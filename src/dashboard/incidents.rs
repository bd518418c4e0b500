//! The incidents of a run as the page knows them: each keeps its number, also where it is withdrawn.

use jiff::Timestamp;

use crate::analysis::incident::{Incident, IncidentCause};
use crate::domain::cell_name::CellName;
use crate::report::wording::phrases::{incident_span, incident_words};

use super::clean::clean;
use super::json::{AffectedEntry, IncidentEntry};

/// An incident with the version in which it changed last.
#[derive(Debug)]
struct Known {
    incident: Incident,
    entry: IncidentEntry,
    version: u64,
}

/// A sentence about an incident, as the report has it.
#[derive(Debug, Clone)]
pub(super) struct Described {
    pub(super) cause: IncidentCause,
    pub(super) opened_at: Timestamp,
    pub(super) resolved_at: Option<Timestamp>,
    pub(super) sentence: String,
}

/// All incidents so far, in the order in which they became known.
#[derive(Debug, Default)]
pub(super) struct Incidents {
    known: Vec<Known>,
    version: u64,
}

impl Incidents {
    /// Compares what is known with the incidents as they are seen now.
    pub(super) fn update(&mut self, now: Vec<Incident>) {
        let mut is_seen = vec![false; self.known.len()];
        for incident in now {
            let place = self.place_of(&incident, &is_seen);
            if let Some(place) = place {
                is_seen[place] = true;
                self.replace(place, incident);
            } else {
                self.add(incident);
                is_seen.push(true);
            }
        }
        let gone = is_seen.iter().enumerate().filter(|(_, seen)| !**seen).map(|(place, _)| place);
        for place in gone.collect::<Vec<_>>() {
            if !self.known[place].entry.withdrawn {
                self.version += 1;
                let known = &mut self.known[place];
                known.entry.withdrawn = true;
                known.version = self.version;
            }
        }
    }

    /// The incident that this one is, with what was learnt since: mostly it began at the same time, or in the same cells
    /// within the same stretch.
    fn place_of(&self, incident: &Incident, is_seen: &[bool]) -> Option<usize> {
        let candidates = || {
            let all = self.known.iter().enumerate().filter(|(place, _)| !is_seen[*place]);
            all.filter(|(_, known)| known.incident.cause == incident.cause)
        };
        let same = candidates().find(|(_, known)| known.incident.opened_at == incident.opened_at);
        let shares_cell = |known: &Known| {
            let is_of = |cell: &CellName| incident.cells.iter().any(|other| other.cell == *cell);
            known.incident.cells.iter().any(|affected| is_of(&affected.cell))
        };
        let overlaps = |known: &Known| {
            let ends_after = |end: Option<Timestamp>, at: Timestamp| end.is_none_or(|end| end > at);
            ends_after(known.incident.resolved_at, incident.opened_at)
                && ends_after(incident.resolved_at, known.incident.opened_at)
        };
        let similar = || candidates().find(|(_, known)| shares_cell(known) && overlaps(known));
        same.or_else(similar).map(|(place, _)| place)
    }

    fn add(&mut self, incident: Incident) {
        self.version += 1;
        let entry = entry_of(self.known.len(), &incident, sentence_of(&incident));
        self.known.push(Known { incident, entry, version: self.version });
    }

    fn replace(&mut self, place: usize, incident: Incident) {
        let known = &mut self.known[place];
        if known.incident == incident && !known.entry.withdrawn {
            return;
        }
        self.version += 1;
        known.entry = entry_of(place, &incident, sentence_of(&incident));
        known.incident = incident;
        known.version = self.version;
    }

    /// Takes over the sentences of the report, which name the reasons of failures.
    pub(super) fn describe(&mut self, described: &[Described]) {
        for known in &mut self.known {
            let incident = &known.incident;
            let is_same = |found: &&Described| {
                found.cause == incident.cause
                    && found.opened_at == incident.opened_at
                    && found.resolved_at == incident.resolved_at
            };
            if let Some(found) = described.iter().find(is_same)
                && found.sentence != known.entry.sentence
            {
                self.version += 1;
                known.entry.sentence.clone_from(&found.sentence);
                known.version = self.version;
            }
        }
    }

    /// Counts up with every change.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// All of them.
    pub(super) fn entries(&self) -> Vec<IncidentEntry> {
        self.changed_since(0)
    }

    /// Those that changed after a version.
    pub(super) fn changed_since(&self, version: u64) -> Vec<IncidentEntry> {
        let changed = self.known.iter().filter(|known| known.version > version);
        changed.map(|known| known.entry.clone()).collect()
    }

    /// How many there are, and how many of them are open; without those that were withdrawn.
    pub(super) fn counts(&self) -> (usize, usize) {
        let real = self.known.iter().filter(|known| !known.entry.withdrawn);
        let open = real.clone().filter(|known| !known.incident.is_resolved());
        (real.count(), open.count())
    }

    /// The open incident that a series is part of.
    pub(super) fn open_of(&self, cell: &CellName) -> Option<usize> {
        let is_open = |known: &&Known| !known.entry.withdrawn && !known.incident.is_resolved();
        let is_of = |known: &&Known| known.incident.cells.iter().any(|affected| affected.cell == *cell);
        self.known.iter().filter(is_open).find(is_of).map(|known| known.entry.id)
    }
}

fn sentence_of(incident: &Incident) -> String {
    let joint = if incident.is_resolved() { " " } else { ", not resolved, " };
    clean(format!("{}{joint}{}", incident_words(incident), incident_span(incident)))
}

fn entry_of(id: usize, incident: &Incident, sentence: String) -> IncidentEntry {
    let is_errors = incident.cause == IncidentCause::Errors;
    IncidentEntry {
        id,
        cause: incident.cause.name(),
        endpoints: incident.series(),
        metric: incident.metric.name(),
        opened_at: format!("{:.3}", incident.opened_at),
        resolved_at: incident.resolved_at.map(|at| format!("{at:.3}")),
        withdrawn: false,
        change: incident.effect.map(|effect| effect.value).filter(|value| value.is_finite()),
        error_ratio: incident.error_ratio().filter(|_| is_errors),
        sentence,
        cells: incident.cells.iter().map(affected).collect(),
    }
}

fn affected(cell: &crate::analysis::incident::Affected) -> AffectedEntry {
    AffectedEntry { id: cell.cell.to_string(), expected: cell.expected, measured: cell.measured }
}

#[cfg(test)]
mod tests {
    use crate::analysis::incident::Affected;
    use crate::domain::metric::Metric;

    use super::*;

    fn of(second: i64, endpoint: &str) -> Incident {
        let cell = CellName::new(endpoint, "light_load");
        Incident {
            cause: IncidentCause::Slowdown,
            metric: Metric::Throughput,
            opened_at: Timestamp::from_second(second).unwrap(),
            resolved_at: None,
            cells: vec![Affected {
                cell: cell.clone(),
                expected: 1.0,
                measured: 2.0,
                effect: None,
                failed: (0, 0),
            }],
            effect: None,
            worst: (1, cell, 2.0),
        }
    }

    #[test]
    fn several_may_become_known_at_once_and_each_keeps_its_number() {
        let mut incidents = Incidents::default();
        incidents.update(vec![of(10, "a"), of(20, "b"), of(30, "c")]);
        assert_eq!(incidents.known.len(), 3);
        // The second was noise after all, and two others become known.
        incidents.update(vec![of(5, "d"), of(10, "a"), of(30, "c"), of(40, "e")]);
        let withdrawn: Vec<bool> = incidents.known.iter().map(|known| known.entry.withdrawn).collect();
        assert_eq!(withdrawn, [false, true, false, false, false]);
        let opened: Vec<i64> =
            incidents.known.iter().map(|known| known.incident.opened_at.as_second()).collect();
        assert_eq!(opened, [10, 20, 30, 5, 40]);
    }
}
