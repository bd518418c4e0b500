//! What needs the distributions of all windows: heat maps and metrics. Reading them takes a thousand times as long as reading
//! rows, so that they are read when somebody asks, and then only what is new.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::domain::time_summary::TimeKind;
use crate::observe::prometheus::{Metrics, Rendered, render};
use crate::run::follow::{Distributions, Group, RunFollower};
use crate::store::StoreError;

use super::heat::HeatColumns;
use super::json::Heat;

/// The distributions of a run, as far as they were read.
#[derive(Debug)]
pub(super) struct Deep {
    folder: PathBuf,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    run: RunFollower,
    heat: BTreeMap<String, HeatColumns>,
    metrics: Metrics,
}

impl Deep {
    /// Reads nothing yet.
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), open: None }
    }

    /// The heat map of a series; `None` where there is no such series.
    /// # Errors
    /// [`StoreError`] where a file of the run cannot be read.
    pub(super) fn heat(&mut self, id: &str) -> Result<Option<Heat>, StoreError> {
        let open = self.refresh()?;
        Ok(open.heat.get(id).map(|columns| columns.entry(id)))
    }

    /// The metrics of the run, in the format that the header `Accept` asks for.
    /// # Errors
    /// As [`Deep::heat`].
    pub(super) fn metrics(&mut self, accept: Option<&str>) -> Result<Rendered, StoreError> {
        let open = self.refresh()?;
        let beside = open.run.beside()?;
        open.metrics.beside(&beside);
        open.metrics.status(&open.run.status());
        Ok(render(&[&open.metrics], accept))
    }

    /// Reads what is new.
    fn refresh(&mut self) -> Result<&mut Open, StoreError> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => Open::of(&self.folder)?,
        };
        let Open { run, heat, metrics } = &mut open;
        let polled = run.poll(|run, group| {
            add(heat, &group);
            metrics.take(run, &group);
        });
        let open = self.open.insert(open);
        polled.map(|()| open)
    }
}

impl Open {
    fn of(folder: &Path) -> Result<Self, StoreError> {
        let run = RunFollower::open(folder, Distributions::Read)?;
        Ok(Self { metrics: Metrics::new(&run), heat: BTreeMap::new(), run })
    }
}

fn add(heat: &mut BTreeMap<String, HeatColumns>, group: &Group) {
    for row in &group.rows {
        if let Some(times) = &row.times[TimeKind::Service as usize] {
            heat.entry(row.window.cell.to_string()).or_default().add(&row.window, times);
        }
    }
}
