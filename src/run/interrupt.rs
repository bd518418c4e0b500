//! The first interrupt asks the run to end; a second one ends the program at once.

use crate::host;
use crate::load::stop::{Stop, stop_switch};

use super::error::RunError;

/// The code of a program that an interrupt ended.
const INTERRUPTED: i32 = 130;

/// Listens for SIGINT, SIGTERM and SIGHUP.
///
/// Called before Goose starts, which would listen too: the first to listen is the only one.
/// # Errors
/// [`RunError::System`] where something listens already.
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
