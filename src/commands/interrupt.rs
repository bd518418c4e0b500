//! The first interrupt asks the run to end; a second one ends the program at once.

use crate::host;
use crate::load::stop::{Stop, stop_switch};

use super::CommandError;

/// The code of a program that an interrupt ended.
const INTERRUPTED: i32 = 130;

/// Listens for SIGINT, SIGTERM and SIGHUP.
///
/// Called before Goose starts, which would listen too: the first to listen is the only one.
/// # Errors
/// [`CommandError::System`] where somebody listens already.
pub(super) fn listen() -> Result<Stop, CommandError> {
    let (switch, stop) = stop_switch();
    let heard = move || {
        if switch.raise() {
            host::process::end_groups();
            #[expect(clippy::disallowed_methods, clippy::exit, reason = "asked twice, so at once")]
            std::process::exit(INTERRUPTED);
        }
    };
    ctrlc::set_handler(heard).map_err(|error| CommandError::System {
        action: "listen for interrupts",
        source: std::io::Error::other(error),
    })?;
    Ok(stop)
}
