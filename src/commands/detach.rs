//! `--detach`: the run goes on without its terminal. A second process runs it; this one tells where, and ends.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::host;

use super::{CommandError, Exit};

/// Set for the process that runs on.
pub const VARIABLE: &str = "BASELINE_DETACHED";
/// What that process would have told its terminal.
const LOG: &str = "detached.log";

/// Whether this is the process that runs on.
pub fn is_detached() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// Starts this program again, without `--detach`, and waits until it tells where its run is.
/// # Errors
/// [`CommandError::System`] where it cannot be started. Its own errors it tells itself.
pub fn spawn(arguments: &[OsString], out: &mut dyn Write) -> Result<Exit, CommandError> {
    let system = |action| move |source| CommandError::System { action, source };
    let program = std::env::current_exe().map_err(system("find this program"))?;
    let rest = arguments.iter().skip(1).filter(|argument| *argument != "--detach");
    let mut child = Command::new(program)
        .args(rest)
        .env(VARIABLE, "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(system("start the detached run"))?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line).map_err(system("hear from the detached run"))?;
    }
    if line.trim().is_empty() {
        // It ended before it had a run, and said why on the same standard error.
        let status = child.wait().map_err(system("wait for the detached run"))?;
        return Ok(status.code().map_or(Exit::Error, Exit::from_code));
    }
    writeln!(out, "{}", line.trim()).map_err(CommandError::Output)?;
    // A run that was over already has ended by now, and its code is the answer.
    let ended = child.try_wait().map_err(system("look at the detached run"))?;
    Ok(ended.and_then(|status| status.code()).map_or(Exit::Accepted, Exit::from_code))
}

/// In the process that runs on: leaves the terminal, tells where the run is, and writes to its folder from now on.
/// # Errors
/// [`CommandError::System`] where the operating system refuses.
pub fn settle(folder: &Path) -> Result<(), CommandError> {
    let system = |action| move |source| CommandError::System { action, source };
    // A process that already leads a session has no terminal to lose.
    let _ = host::process::leave_session();
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", folder.display()).and_then(|()| stdout.flush()).map_err(CommandError::Output)?;
    let path = folder.join(LOG);
    let log =
        std::fs::OpenOptions::new().create(true).append(true).open(path).map_err(system("open the log"))?;
    host::process::redirect_output(&log).map_err(system("write to the log"))
}
