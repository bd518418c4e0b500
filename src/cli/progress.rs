//! The progress bar: on a terminal, on standard error, and nowhere else.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::commands::detach;
use crate::commands::observer::{Observer, Progress};
use crate::report::numbers::{count, counted, span};

/// How often the bar is drawn.
const FRAMES_A_SECOND: u8 = 8;

/// Tells a terminal how a run goes.
pub(super) struct Terminal {
    bar: Option<ProgressBar>,
}

impl Terminal {
    /// A terminal, or whatever standard error is.
    pub(super) fn new() -> Self {
        Self { bar: None }
    }

    fn say(&self, text: &str) {
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
        write_line(&format!("measuring {mode} into {}", folder.display()));
        if std::io::stderr().is_terminal() && !detach::is_detached() {
            let target = ProgressDrawTarget::stderr_with_hz(FRAMES_A_SECOND);
            let bar = ProgressBar::with_draw_target(None, target);
            bar.set_style(style());
            // Between events the clock of the bar goes on.
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
        self.say(text);
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
        (None, Some(until)) => format!("next cycle at {until:.0}"),
        (None, None) => String::new(),
    };
    format!(
        "{cycle}  {} requests, {} failed, {} flags, {}  {} left\n  {cell}",
        count(progress.requests),
        count(progress.failed),
        count(progress.flags),
        counted(progress.alerts, "alert"),
        span(Duration::from_secs(progress.left.as_secs())),
    )
}

fn style() -> ProgressStyle {
    let template = "{bar:24} {pos}/{len} windows  {msg}";
    // A template that does not parse costs the bar its looks, not the run.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

fn write_line(text: &str) {
    // Talk that cannot be heard is no reason to end a run.
    let _ = writeln!(std::io::stderr(), "{text}");
}
