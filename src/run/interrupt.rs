//! The first interrupt requests a stop; a second one ends the program at once.

use crate::host;
use crate::load::stop::{Stop, stop_switch};

use super::error::RunError;

/// Exit code of a program that was ended by an interrupt.
const INTERRUPTED: i32 = 130;

/// Starts to listen for SIGINT, SIGTERM and SIGHUP.
///
/// Must be called before Goose starts, which would listen too: only the first listener counts.
/// # Errors
/// [`RunError::System`] where a handler is already installed.
pub fn listen() -> Result<Stop, RunError> {
    let (switch, stop) = stop_switch();
    let on_signal = move || {
        if switch.raise() {
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
