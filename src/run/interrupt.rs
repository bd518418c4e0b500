//! The first interrupt requests a stop; a second one ends the program at once.

use std::sync::OnceLock;

use crate::host;
use crate::load::stop::{Stop, stop_switch};

use super::error::RunError;

/// Exit code of a program that was ended by an interrupt.
const INTERRUPTED: i32 = 130;

/// What is left to do before the program ends at once.
static LAST: OnceLock<fn()> = OnceLock::new();

/// Sets what to do before a second interrupt ends the program, such as clearing a line of the terminal. It must not
/// wait: whatever holds the program up may hold it up too. Only the first call counts.
pub fn before_exit(last: fn()) {
    let _ = LAST.set(last);
}

/// Starts to listen for SIGINT, SIGTERM and SIGHUP.
///
/// Must be called before Goose starts, which would listen too: only the first listener counts.
/// # Errors
/// [`RunError::System`] where a handler is already installed.
pub fn listen() -> Result<Stop, RunError> {
    let (switch, stop) = stop_switch();
    let on_signal = move || {
        if switch.raise() {
            if let Some(last) = LAST.get() {
                last();
            }
            host::process::end_groups();
            #[expect(clippy::disallowed_methods, clippy::exit, reason = "asked twice, so at once")]
            std::process::exit(INTERRUPTED);
        }
    };
    ctrlc::set_handler(on_signal).map_err(|error| RunError::System {
        action: "listen for interrupts",
        source: std::io::Error::other(error),
    })?;
    Ok(stop)
}
