//! `--detach`: runs in the background. A second process measures; this one prints the run's folder and ends.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::host;
use crate::observe::service::notifier::SOCKET;

use super::{CommandError, Exit};

/// Environment variable that marks the background process.
pub const VARIABLE: &str = "BASELINE_DETACHED";
/// File in the run's folder for the output of the background process.
const LOG: &str = "detached.log";

/// Whether this is the background process.
pub fn is_detached() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// Starts this program again, without `--detach`, and waits until it prints its run's folder.
/// # Errors
/// [`CommandError::System`] where it cannot be started. It reports its own errors itself.
pub fn spawn(arguments: &[OsString], out: &mut dyn Write) -> Result<Exit, CommandError> {
    let system = |action| move |source| CommandError::System { action, source };
    let program = std::env::current_exe().map_err(system("find this program"))?;
    let rest = arguments.iter().skip(1).filter(|argument| *argument != "--detach");
    let mut child = Command::new(program)
        .args(rest)
        .env(VARIABLE, "1")
        .env_remove(SOCKET)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(system("start the detached run"))?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line).map_err(system("read from the detached run"))?;
    }
    if line.trim().is_empty() {
        // It ended before it had a run, and printed the reason to the same standard error.
        let status = child.wait().map_err(system("wait for the detached run"))?;
        return Ok(status.code().map_or(Exit::Error, Exit::from_code));
    }
    writeln!(out, "{}", line.trim()).map_err(CommandError::Output)?;
    // A run that was already over has ended by now, and its exit code is the result.
    let ended = child.try_wait().map_err(system("check the detached run"))?;
    Ok(ended.and_then(|status| status.code()).map_or(Exit::Accepted, Exit::from_code))
}

/// In the background process: leaves the terminal, prints the run's folder, and writes to a file in it from now on.
/// # Errors
/// [`CommandError::System`] where the operating system refuses.
pub fn settle(folder: &Path) -> Result<(), CommandError> {
    let system = |action| move |source| CommandError::System { action, source };
    // A process that already leads a session has no terminal to leave.
    let _ = host::process::leave_session();
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", folder.display()).and_then(|()| stdout.flush()).map_err(CommandError::Output)?;
    let path = folder.join(LOG);
    let log =
        std::fs::OpenOptions::new().create(true).append(true).open(path).map_err(system("open the log"))?;
    host::process::redirect_output(&log).map_err(system("write to the log"))
}
