//! The rules for the times of a plan: durations, and whether all cells fit into a cycle.

use std::time::Duration;

use crate::domain::units::format_span;

use super::check::Check;
use super::file::ScenarioFile;
use super::key_path::KeyPath;
use super::problem::Reported;

/// Bounds the size of a plan, and with it of every file that is drawn from it.
const MOST_CELLS: usize = 10_000;

/// The times of a plan, each as far as it can be read.
pub(super) struct Times {
    pub(super) duration: Result<Duration, Reported>,
    pub(super) cycle: Result<Duration, Reported>,
    pub(super) window: Result<Duration, Reported>,
    pub(super) warm_up: Result<Duration, Reported>,
}

fn key(name: &str) -> KeyPath {
    KeyPath::of(["plan", name])
}

impl Times {
    pub(super) fn of(check: &Check<'_>, file: &ScenarioFile) -> Self {
        // The default in place of a value that cannot be read says nothing about the file.
        let known = |name: &str, value: Result<Duration, Reported>| {
            if check.is_unknown(&key(name)) { Err(Reported(())) } else { value }
        };
        Self {
            duration: known("duration", check.span(&key("duration"), &file.plan.duration)),
            cycle: known("cycle", check.span(&key("cycle"), &file.plan.cycle)),
            window: known("window", check.span(&key("window"), &file.plan.window)),
            warm_up: known("warm_up", check.span_or_zero(&key("warm_up"), &file.plan.warm_up)),
        }
    }

    /// The time that a cell takes; `None` where it cannot be read.
    pub(super) fn cell_span(&self) -> Option<Duration> {
        Some(self.window.ok()? + self.warm_up.ok()?)
    }

    /// Whether the window fits into its cycle, all cells do, and the cycle into the run. What cannot be read fits.
    pub(super) fn fit(&self, check: &Check<'_>, cells: usize) -> Result<(), Reported> {
        if cells > MOST_CELLS {
            return Err(check.wrong(
                &KeyPath::of(["endpoint"]),
                format!("more than {MOST_CELLS} cells"),
                None,
            ));
        }
        let Ok(cycle) = self.cycle else { return Ok(()) };
        if let Ok(window) = self.window
            && window > cycle
        {
            let what = format!(
                "the window of {} is longer than the cycle of {}",
                format_span(window),
                format_span(cycle)
            );
            return Err(check.wrong(&key("window"), what, Some("shorten the window, or lengthen the cycle")));
        }
        if !check.settings.cells_fit_cycle {
            return Ok(());
        }
        let cells = if check.document.is_whole(&KeyPath::of(["levels"])) { cells } else { 0 };
        let in_run = self.cycle_fits_run(check, cycle);
        in_run.and(self.cells_fit_cycle(check, cells, cycle))
    }

    fn cycle_fits_run(&self, check: &Check<'_>, cycle: Duration) -> Result<(), Reported> {
        let Some(duration) = self.duration.ok().filter(|duration| cycle > *duration) else { return Ok(()) };
        let what = format!(
            "the cycle of {} is longer than the run of {}",
            format_span(cycle),
            format_span(duration)
        );
        Err(check.wrong(&key("cycle"), what, Some("shorten the cycle, or lengthen the run")))
    }

    fn cells_fit_cycle(&self, check: &Check<'_>, cells: usize, cycle: Duration) -> Result<(), Reported> {
        let (Ok(window), Ok(warm_up)) = (self.window, self.warm_up) else { return Ok(()) };
        let cells = u32::try_from(cells).unwrap_or(u32::MAX);
        let span = window + warm_up;
        let needed = span.saturating_mul(cells);
        if needed <= cycle {
            return Ok(());
        }
        let what = format!(
            "all cells together take {} ({cells} x {}: window {} + warm-up {}), but the cycle is {}",
            format_span(needed),
            format_span(span),
            format_span(window),
            format_span(warm_up),
            format_span(cycle),
        );
        let hint = "lengthen the cycle, shorten the window, or measure fewer cells";
        Err(check.wrong(&key("cycle"), what, Some(hint)))
    }
}
