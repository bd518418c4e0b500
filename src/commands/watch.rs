//! `baseline watch`: a run, window by window, as it is measured or as it was.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use crate::host::monotonic::Clock;
use crate::report::console::watch::Live;
use crate::report::console::watch::lines::{end_lines, gap_line, window_line};
use crate::run::follow::{Distributions, Group, RunFollower};
use crate::run::interrupt;
use crate::run::judged::judged;
use crate::run::wake::Wake;
use crate::store::runs;

use super::{CommandError, Exit};

/// How often the run's folder is read.
pub const EVERY: Duration = Duration::from_millis(500);
/// How often somebody looks whether the watching was interrupted.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// The verdict needs all windows again, which takes time from the processor that measures. This many times as long passes
/// before it is computed again.
const PAUSE: u32 = 20;

/// A run that is being watched.
#[derive(Debug)]
pub struct Watching {
    run: RunFollower,
    live: Live,
    clock: Clock,
    /// When the verdict may be computed again, on this clock.
    judge_at: Duration,
    /// Whether windows were measured since the last verdict.
    is_stale: bool,
}

impl Watching {
    /// Finds the run. Nothing of its windows is read yet.
    /// # Errors
    /// [`CommandError`] where it cannot be found or read.
    pub fn open(out_folder: &Path, run: &str) -> Result<Self, CommandError> {
        let folder = runs::find(out_folder, run)?;
        let run = RunFollower::open(&folder, Distributions::Skip)?;
        let live = Live::new(&run)?;
        Ok(Self { run, live, clock: Clock::start(), judge_at: Duration::ZERO, is_stale: true })
    }

    /// What is known.
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// Whether the run has ended and everything was read, so that nothing more will come.
    pub fn is_over(&self) -> bool {
        !self.live.is_running() && !self.is_stale
    }

    /// Reads what is new, calling back after each group. Returns whether anything that is
    /// shown has changed.
    /// # Errors
    /// [`CommandError`] where a file cannot be read; the next call tries it again.
    pub fn read(&mut self, mut on_group: impl FnMut(&Live, &Group)) -> Result<bool, CommandError> {
        // The state first: what a run that has ended by now has measured is complete.
        let status = self.run.status();
        let (live, before) = (&mut self.live, self.run.last());
        self.run.poll(|run, group| {
            live.group(&group, run.watcher());
            on_group(live, &group);
        })?;
        let beside = self.run.beside()?;
        self.live.beside(&beside);
        let mut is_news = self.run.last() > before || !beside.gaps.is_empty();
        self.is_stale |= is_news;
        let run = &self.run;
        let was_running = self.live.is_running();
        is_news |= self.live.status(status, || run.watcher().incidents());
        self.is_stale |= was_running != self.live.is_running();
        if self.is_stale && (!self.live.is_running() || self.now() >= self.judge_at) {
            self.judge()?;
            is_news = true;
        }
        Ok(is_news)
    }

    fn judge(&mut self) -> Result<(), CommandError> {
        let began = self.now();
        self.live.judged(&judged(self.run.folder())?);
        self.is_stale = false;
        let now = self.now();
        self.judge_at = now + now.saturating_sub(began) * PAUSE;
        Ok(())
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(self.clock.now_ns())
    }
}

/// Runs `watch` without a terminal: one line per window until the run ends, then its verdict. The exit code is 0 however the run
/// ends.
/// # Errors
/// [`CommandError`] where the run cannot be found or read, or the output not be written.
pub fn lines(out_folder: &Path, run: &str, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let mut watching = Watching::open(out_folder, run)?;
    let stop = interrupt::listen()?;
    let mut gaps = 0;
    loop {
        let mut written = Ok(());
        watching.read(|live, group| {
            if let (Ok(()), Some(line)) = (&written, window_line(live, group)) {
                written = out.write_all(line.as_bytes());
            }
        })?;
        written.map_err(CommandError::Output)?;
        let live = watching.live();
        for gap in live.gaps.iter().skip(std::mem::replace(&mut gaps, live.gaps.len())) {
            out.write_all(gap_line(gap).as_bytes()).map_err(CommandError::Output)?;
        }
        out.flush().map_err(CommandError::Output)?;
        if watching.is_over() || stop.is_raised() {
            out.write_all(end_lines(watching.live()).as_bytes()).map_err(CommandError::Output)?;
            return Ok(Exit::Accepted);
        }
        let wake = Wake::Every(LOOK_AGAIN);
        for _ in 0..EVERY.as_millis() / LOOK_AGAIN.as_millis() {
            if !stop.is_raised() {
                wake.wait(LOOK_AGAIN);
            }
        }
    }
}
