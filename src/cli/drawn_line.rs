//! One line at the bottom of the terminal that is drawn again and again, on standard error.
//!
//! The cursor waits at its beginning. Clearing from there to the end of the screen removes the whole line also where a
//! resize has wrapped it, and whatever is printed next, such as `^C`, starts where the line did.

use std::io::Write;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::observe::log::Log;

/// To the beginning of the line, and everything from there on cleared.
const CLEAR: &str = "\r\u{1b}[J";

/// How often, and how far apart, a program that ends at once tries to clear the line.
const TRIES: u32 = 5;
const BETWEEN: Duration = Duration::from_millis(10);

static STATE: Mutex<State> = Mutex::new(State { is_drawn: false, is_closed: false });

struct State {
    is_drawn: bool,
    /// Whether the program is about to end, so that nothing may be drawn any more.
    is_closed: bool,
}

fn lock() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The log of the run, where it has one.
static LOG: OnceLock<Log> = OnceLock::new();

/// Logs from now on what is said; on standard error the log is alone.
pub(super) fn log_to(log: Log) {
    let _ = LOG.set(log);
}

/// The log that has standard error for itself.
pub(super) fn log_on_stderr() -> Option<&'static Log> {
    LOG.get().filter(|log| log.is_on_stderr())
}

/// Says that something beside the run does not work, to the user and in a log.
pub(super) fn trouble(text: &str) {
    print(text);
    if let Some(log) = LOG.get().filter(|log| !log.is_on_stderr()) {
        log.notice(text);
    }
}

/// Draws the line, in place of the one that is there.
pub(super) fn draw(line: &str) {
    if log_on_stderr().is_some() {
        return;
    }
    let mut state = lock();
    if !state.is_closed {
        state.is_drawn = true;
        write(&format!("{CLEAR}{line}\r"));
    }
}

/// Removes the line, if there is one.
pub(super) fn clear() {
    clear_of(&mut lock());
}

/// Prints a whole line where the drawn one is.
pub(super) fn print(text: &str) {
    if let Some(log) = log_on_stderr() {
        return log.notice(text);
    }
    let mut state = lock();
    let clear = if std::mem::take(&mut state.is_drawn) { CLEAR } else { "" };
    write(&format!("{clear}{text}\n"));
}

/// Removes the line for a program that is about to end, without waiting for whoever may be writing.
pub(super) fn close() {
    for _ in 0..TRIES {
        if let Ok(mut state) = STATE.try_lock() {
            clear_of(&mut state);
            state.is_closed = true;
            return;
        }
        std::thread::sleep(BETWEEN);
    }
}

fn clear_of(state: &mut State) {
    if std::mem::take(&mut state.is_drawn) {
        write(CLEAR);
    }
}

fn write(text: &str) {
    // In one piece, so that another process on this terminal cannot tear it. A run must not end because standard error is
    // closed.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
