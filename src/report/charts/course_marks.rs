//! Marks above a panel of service times: beginnings and ends of incidents, and level shifts.

use jiff::Timestamp;
use plotters::style::RGBColor;

use crate::domain::units::epoch_seconds;
use crate::report::view::run_view::{CellView, RunView};

use super::canvas::Canvas;
use super::frame::Frame;
use super::palette::{ALARM, GREEN, INK};

/// A mark above a panel.
pub(super) struct Mark {
    pub(super) at: f64,
    pub(super) label: String,
    pub(super) is_incident: bool,
    is_worse: bool,
}

/// The marks of a cell, in the order of time.
pub(super) fn marks(view: &RunView, cell: &CellView) -> Vec<Mark> {
    let incidents = view.findings.incidents.iter().enumerate();
    let of_cell = incidents.filter(|(_, incident)| incident.cells.iter().any(|of| of.cell == cell.name));
    let changes =
        view.findings.step_changes.iter().enumerate().filter(|(_, (series, _))| series.cell == cell.name);
    let mut marks: Vec<Mark> = of_cell
        .flat_map(|(place, incident)| {
            let mark = |at: Timestamp, is_worse| Mark {
                at: epoch_seconds(at),
                label: format!("I{}", place + 1),
                is_incident: true,
                is_worse,
            };
            [Some(mark(incident.opened_at, true)), incident.resolved_at.map(|at| mark(at, false))]
        })
        .flatten()
        .chain(changes.map(|(place, (_, change))| Mark {
            at: change.at,
            label: format!("C{}", place + 1),
            is_incident: false,
            is_worse: false,
        }))
        .collect();
    marks.sort_by(|left, right| left.at.total_cmp(&right.at));
    marks
}

impl Mark {
    pub(super) fn colour(&self) -> RGBColor {
        match (self.is_incident, self.is_worse) {
            (true, true) => ALARM,
            (true, false) => GREEN,
            (false, _) => INK,
        }
    }

    /// Up for worse, down for better: not by colour alone.
    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, frame: &Frame, x: f64) {
        let colour = self.colour();
        if !self.is_incident {
            return canvas.dashes((x, frame.top), (x, frame.bottom()), colour, 0.9);
        }
        let (high, low) = (frame.top + 1.0, frame.top + 10.0);
        let (tip, base) = if self.is_worse { (high, low) } else { (low, high) };
        canvas.fill(&[(x, tip), (x - 5.0, base), (x + 5.0, base)], colour, 1.0);
        canvas.line(&[(x, low), (x, frame.bottom())], colour, 0.8);
    }
}
