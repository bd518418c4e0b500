//! Progress and remarks on standard error, with a progress bar if that is a terminal.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::commands::detach;
use crate::commands::observer::{Observer, Progress};
use crate::report::numbers::{count, counted, span};

/// How often the bar is redrawn, per second.
const FRAMES_PER_SECOND: u8 = 8;

/// Shows the progress of a run on standard error.
pub(super) struct Terminal {
    bar: Option<ProgressBar>,
}

impl Terminal {
    /// Standard error without a bar; a bar appears when a run begins on a terminal.
    pub(super) fn new() -> Self {
        Self { bar: None }
    }

    fn print(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| write_line(text)),
            None => write_line(text),
        }
    }
}

impl Observer for Terminal {
    fn began(&mut self, folder: &Path, mode: &str) {
        if detach::is_detached()
            && let Err(error) = detach::settle(folder)
        {
            write_line(&format!("warning: {error}"));
        }
        write_line(&format!("measuring {mode}; writing to {}", folder.display()));
        if std::io::stderr().is_terminal() && !detach::is_detached() {
            let target = ProgressDrawTarget::stderr_with_hz(FRAMES_PER_SECOND);
            let bar = ProgressBar::with_draw_target(None, target);
            bar.set_style(style());
            // Redraws between events too, so that the bar does not look frozen.
            bar.enable_steady_tick(Duration::from_millis(250));
            self.bar = Some(bar);
        }
    }

    fn progress(&mut self, progress: &Progress) {
        let Some(bar) = &self.bar else { return };
        bar.set_length(progress.planned_windows);
        bar.set_position(progress.windows);
        bar.set_message(describe(progress));
    }

    fn remark(&mut self, text: &str) {
        self.print(text);
    }

    fn ended(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn describe(progress: &Progress) -> String {
    let cycle = format!("cycle {}/{}", progress.cycle + 1, progress.cycles);
    let cell = match (&progress.cell, progress.waiting_until) {
        (Some(cell), _) => cell.clone(),
        (None, Some(until)) => format!("waiting; next cycle at {until:.0}"),
        (None, None) => String::new(),
    };
    format!(
        "{cycle}  {}, {} failed, {}, {}  {} left\n  {cell}",
        counted(progress.requests, "request"),
        count(progress.failed),
        counted(progress.flags, "outlier"),
        counted(progress.alerts, "alert"),
        span(Duration::from_secs(progress.left.as_secs())),
    )
}

fn style() -> ProgressStyle {
    let template = "{bar:24} {pos}/{len} windows  {msg}";
    // If the template does not parse, the run continues with the default style.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

fn write_line(text: &str) {
    // A run must not end because standard error is closed.
    let _ = writeln!(std::io::stderr(), "{text}");
}
