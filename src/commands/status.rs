//! `baseline status`: what a run is doing, or how it ended; with `--watch` again and again until it ends.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use crate::host::monotonic::Clock;
use crate::report::console::status::Status;
use crate::run::interrupt;
use crate::store::runs;

use super::{CommandError, Exit, Format};

/// How often a watched run is looked after besides reading it: interrupts, and the size of the terminal.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// Reading all windows of a long run takes time from the processor that measures. This many times as long passes before
/// they are read again.
const PAUSE: u32 = 20;

/// Runs `status`. `is_rolling` adds statistics of the last 1 to 60 minutes.
/// # Errors
/// [`CommandError`] where the run cannot be found or read.
pub fn status(
    out_folder: &Path,
    run: &str,
    is_rolling: bool,
    format: Format,
    out: &mut dyn Write,
) -> Result<Exit, CommandError> {
    let folder = runs::find(out_folder, run)?;
    let status = Status::read(&folder, is_rolling)?;
    let text = match format {
        Format::Json => status.json(),
        _ => status.text(),
    };
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}

/// Where the status of a watched run is shown.
pub trait Watched {
    /// Whether everything that is shown replaces what was shown before; otherwise only news are shown.
    fn is_in_place(&self) -> bool;

    /// Shows the status.
    /// # Errors
    /// That of the stream.
    fn show(&mut self, text: &str) -> io::Result<()>;

    /// Called several times a second: follows a resize of the terminal.
    /// # Errors
    /// That of the stream.
    fn look_after(&mut self) -> io::Result<()>;

    /// Ends with the last status.
    /// # Errors
    /// That of the stream.
    fn finish(&mut self, text: &str) -> io::Result<()>;
}

/// Runs `status --watch`: shows the status every `every` until the run ends, or until it is interrupted. The exit code is
/// that of `status`, not that of the run.
/// # Errors
/// As [`status`].
pub fn watch(
    out_folder: &Path,
    run: &str,
    is_rolling: bool,
    every: Duration,
    watched: &mut dyn Watched,
) -> Result<Exit, CommandError> {
    let folder = runs::find(out_folder, run)?;
    let stop = interrupt::listen()?;
    let clock = Clock::start();
    let now = || Duration::from_nanos(clock.now_ns());
    let mut status = Status::read(&folder, is_rolling)?;
    let mut pause = now() * PAUSE;
    let mut read_at = now();
    let mut shown = None;
    let mut is_stale = false;
    while status.is_running() && !stop.is_raised() {
        let news = status.news();
        if watched.is_in_place() || shown.as_ref() != Some(&news) {
            watched.show(&status.text()).map_err(CommandError::Output)?;
            shown = Some(news);
        }
        let next = now() + every;
        while now() < next && !stop.is_raised() {
            std::thread::sleep(LOOK_AGAIN.min(next.saturating_sub(now())));
            watched.look_after().map_err(CommandError::Output)?;
        }
        // What changed during the pause is still to be read after it.
        is_stale |= !status.refresh();
        if !status.is_running() || (is_stale && now() >= read_at + pause) {
            let began = now();
            status = Status::read(&folder, is_rolling)?;
            is_stale = false;
            read_at = now();
            pause = read_at.saturating_sub(began) * PAUSE;
        }
    }
    watched.finish(&status.text()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}
