//! Opens a file or a URL in the browser of the desktop.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::observe::service::notifier::SOCKET;

/// How long an opener may take to refuse. One that runs on has started the browser, or is it.
const TRIES: u32 = 10;
const BETWEEN: Duration = Duration::from_millis(100);

/// Opens a file with whatever the desktop uses for it.
/// # Errors
/// Why it cannot, as a phrase.
pub(super) fn open(path: &Path) -> Result<(), String> {
    let path = std::path::absolute(path).map_err(|error| error.to_string())?;
    open_target(path.as_os_str())
}

/// Opens a URL in the browser.
/// # Errors
/// As [`open`].
pub(super) fn open_url(url: &str) -> Result<(), String> {
    open_target(OsStr::new(url))
}

fn open_target(target: &OsStr) -> Result<(), String> {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let started = Command::new(opener)
        .arg(target)
        .env_remove(SOCKET)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut child = started.map_err(|error| format!("{opener}: {error}"))?;
    for _ in 0..TRIES {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("{opener} failed with {status}")),
            Ok(None) => std::thread::sleep(BETWEEN),
            Err(error) => return Err(format!("{opener}: {error}")),
        }
    }
    Ok(())
}
