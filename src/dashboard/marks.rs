//! Notes of people about the time of a run, and its silences: read again while the run is served.

use std::path::Path;

use jiff::Timestamp;

use crate::domain::silence::Silence;
use crate::report::drawing::silences_of;
use crate::report::view::marks::{Mark, marks};
use crate::run::follow::RunFollower;
use crate::store::notes::{Notes, folder_of};

use super::clean::clean;
use super::json::MarkEntry;

/// Reads the notes beside a run.
#[derive(Debug)]
pub(super) struct MarksWatch {
    notes: Notes,
    scenario: String,
    silences: Vec<Silence>,
    /// The span that they were looked up for.
    span: Option<(Timestamp, Timestamp)>,
}

impl MarksWatch {
    /// The notes beside a run, of which none is read yet.
    pub(super) fn new(follower: &RunFollower) -> Self {
        let folder: &Path = follower.folder();
        Self {
            notes: Notes::of(&folder_of(folder)),
            scenario: follower.manifest().scenario.clone(),
            silences: silences_of(follower.manifest()),
            span: None,
        }
    }

    /// All marks of the run's time where they may have changed. Notes that cannot be read are missing: the report's warnings,
    /// which the page shows, say why.
    pub(super) fn poll(&mut self, span: (Timestamp, Timestamp)) -> Option<Vec<MarkEntry>> {
        let is_changed = self.notes.poll().unwrap_or(false);
        if !is_changed && self.span == Some(span) {
            return None;
        }
        self.span = Some(span);
        let all = marks(&self.scenario, self.notes.all(), &self.silences, span);
        Some(all.iter().map(MarkEntry::from).collect())
    }
}

impl From<&Mark> for MarkEntry {
    fn from(mark: &Mark) -> Self {
        Self {
            number: mark.number,
            at: format!("{:.3}", mark.at),
            until: mark.until.map(|until| format!("{until:.3}")),
            text: clean(&mark.text),
            silence: mark.silence,
            only: mark.only.clone(),
            source: mark.source.name(),
        }
    }
}
