//! Output of `baseline list` as text: one row per run.

use std::fmt::Write as _;
use std::path::Path;

use crate::domain::columns::{columns, cut, cut_middle, padded};
use crate::domain::plain_text::visible;
use crate::host;
use crate::report::drawing::HTML;
use crate::report::wording::numbers::{MISSING, count, listed, span};
use crate::report::wording::times::moment_beside;
use crate::run::state::RUNNING;
use crate::store::runs::{self, Found};

use super::listed_run::ListedRun;
use super::worst::Worst;

/// Columns between two columns of the table.
const GAP: usize = 2;
/// A run ID is not cut further than this.
const LEAST_ID: usize = 29;
/// The name of an endpoint is cut to this before a run ID is cut.
const SHORT_NAME: usize = 8;
/// An endpoint with its SLO is not cut further than this.
const LEAST_WORST: usize = 14;

/// The runs of a folder, the latest last.
#[derive(Debug, Clone)]
pub struct Listing {
    pub(super) runs: Vec<ListedRun>,
    /// What cannot be read, a sentence each.
    pub(super) warnings: Vec<String>,
}

impl Listing {
    /// Reads the runs of a folder. Folders without a manifest are skipped; damaged ones become a warning.
    pub fn read(out_folder: &Path) -> Self {
        let Found { runs, unreadable } = runs::look(out_folder);
        let mut listing = Self { runs: Vec::new(), warnings: Vec::new() };
        for folder in runs {
            match ListedRun::read(&folder, &mut listing.warnings) {
                Ok(run) => listing.runs.push(run),
                Err(error) => listing.warnings.push(error.to_string()),
            }
        }
        listing.warnings.extend(unreadable.into_iter().map(|(_, error)| error.to_string()));
        listing
    }

    /// Renders one row per run as text, for people. Rows are at most `width` columns wide, but `keeps_ids` leaves run IDs
    /// whole in any case, for scripts.
    pub fn text(&self, out_folder: &Path, width: usize, keeps_ids: bool) -> String {
        if self.runs.is_empty() && self.warnings.is_empty() {
            return format!("no runs in {}; `baseline start --demo` starts one\n", out_folder.display());
        }
        let mut text = String::new();
        if !self.runs.is_empty() {
            text.push_str(&self.table(width, keeps_ids));
            let _ = writeln!(text, "\nreport of a run: {}", out_folder.join("RUN").join(HTML).display());
            let missing: Vec<String> = self
                .runs
                .iter()
                .filter(|run| run.report.is_none() && run.state != RUNNING)
                .map(|run| run.manifest.run_id.clone())
                .collect();
            if !missing.is_empty() {
                let _ =
                    writeln!(text, "no report yet, `baseline report RUN` writes it: {}", listed(&missing));
            }
        }
        for warning in &self.warnings {
            let _ = writeln!(text, "warning: {warning}");
        }
        text
    }

    /// Columns for the worst endpoints with short names and whole values.
    fn short_worst(&self) -> usize {
        let briefs = self.runs.iter().filter_map(|run| run.worst.as_ref().map(Worst::brief));
        let needs = briefs.map(|(name, value)| columns(name).min(SHORT_NAME) + 1 + columns(&value));
        needs.max().unwrap_or(LEAST_WORST)
    }

    fn table(&self, width: usize, keeps_ids: bool) -> String {
        let head = ["run", "state", "verdict", "incidents", "left or ended", "worst endpoint/SLO"];
        let mut rows = vec![head.map(str::to_owned)];
        rows.extend(self.runs.iter().map(cells));
        let mut widths = widths_of(&rows);
        if excess(&widths, width) > 0 {
            "inc.".clone_into(&mut rows[0][3]);
            widths = widths_of(&rows);
        }
        let mut over = excess(&widths, width);
        let mut shrink = |column: usize, least: usize| {
            let by = over.min(widths[column].saturating_sub(least));
            widths[column] -= by;
            over -= by;
        };
        shrink(5, self.short_worst());
        if !keeps_ids {
            shrink(0, LEAST_ID);
            shrink(5, LEAST_WORST);
        }
        // A terminal that is narrower still shows fewer columns, the last ones first.
        let mut shown = widths.len();
        while over > 0 && shown > 2 && !keeps_ids {
            shown -= 1;
            over = over.saturating_sub(widths[shown] + GAP);
        }
        let mut text = String::new();
        for (place, row) in rows.iter().enumerate() {
            let line = (0..shown).map(|column| {
                let cell = match column {
                    0 => short_id(&row[0], widths[0]),
                    5 if place > 0 => fitted(&self.runs[place - 1], widths[5]),
                    column => cut(&row[column], widths[column]),
                };
                padded(&cell, widths[column])
            });
            let line = line.collect::<Vec<_>>().join(&" ".repeat(GAP));
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text
    }
}

/// A run ID that fits. The virtual start of a rehearsal goes first: what is left names it, and is a prefix that every command takes.
fn short_id(id: &str, width: usize) -> String {
    if columns(id) <= width {
        return id.to_owned();
    }
    match id.rsplit_once('-').filter(|(prefix, _)| prefix.contains("-rehearsal-")) {
        Some((prefix, _)) => cut_middle(prefix, width),
        None => cut_middle(id, width),
    }
}

/// Columns of each column of the table.
fn widths_of(rows: &[[String; 6]]) -> [usize; 6] {
    [0, 1, 2, 3, 4, 5].map(|column| rows.iter().map(|row| columns(&row[column])).max().unwrap_or(0))
}

/// By how much a row is too wide.
fn excess(widths: &[usize; 6], width: usize) -> usize {
    (widths.iter().sum::<usize>() + GAP * (widths.len() - 1)).saturating_sub(width)
}

/// The cells of a run's row, in full.
fn cells(run: &ListedRun) -> [String; 6] {
    let missing = || MISSING.to_owned();
    [
        visible(&run.manifest.run_id).into_owned(),
        run.state.to_owned(),
        run.outcome.map_or_else(missing, |outcome| outcome.word().to_owned()),
        run.incidents.map_or_else(missing, |(all, open)| match open {
            0 => count(all),
            open => format!("{}, {} open", count(all), count(open)),
        }),
        match (run.left, run.ended_at) {
            (Some(left), _) => format!("{} left", span(std::time::Duration::from_secs(left.as_secs()))),
            (None, Some(at)) => moment_beside(at, host::clock::now()),
            (None, None) => missing(),
        },
        run.worst.as_ref().map_or_else(missing, |worst| {
            let (endpoint, value) = worst.brief();
            format!("{} {value}", visible(endpoint))
        }),
    ]
}

/// The worst endpoint within a number of columns: the name is cut, not the value.
fn fitted(run: &ListedRun, most: usize) -> String {
    let Some(worst) = &run.worst else { return MISSING.to_owned() };
    let (endpoint, value) = worst.brief();
    match most.checked_sub(columns(&value) + 1) {
        Some(room) if room >= 4 => format!("{} {value}", cut(&visible(endpoint), room)),
        _ => cut(&format!("{} {value}", visible(endpoint)), most),
    }
}
