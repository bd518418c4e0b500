//! Processes: readings of this process, and whether another one is alive.

use std::sync::Mutex;
use std::time::Duration;

use rustix::process::{Pid, Resource, Signal};

use super::linux;

/// Identifies a process uniquely, also after its ID is reused and after a reboot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessIdentity {
    /// Process ID; may be reused after the process ends.
    pub pid: u32,
    /// ID of the boot it belongs to; `None` where the machine does not report it.
    pub boot_id: Option<String>,
    /// Start in clock ticks since boot; `None` where the machine does not report it.
    pub started_ticks: Option<u64>,
}

/// The identity of this process, as others can check it.
pub fn own_identity() -> ProcessIdentity {
    let pid = std::process::id();
    ProcessIdentity { pid, boot_id: linux::boot_id(), started_ticks: linux::process_start(pid) }
}

impl ProcessIdentity {
    /// Whether this very process is still running: same boot, same ID, same start.
    pub fn is_alive(&self) -> bool {
        let now = linux::boot_id();
        if self.boot_id.is_some() && now.is_some() && self.boot_id != now {
            return false;
        }
        match (self.started_ticks, linux::process_start(self.pid)) {
            (Some(then), Some(now)) => then == now,
            // Where starts are reported but this ID has none, the process is gone. Where the file has none, its ID may be
            // that of any other process by now.
            (Some(_), None) | (None, Some(_)) => false,
            (None, None) => {
                self.rustix_pid().is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
            }
        }
    }

    /// Asks the process to end gracefully (SIGTERM).
    /// # Errors
    /// The error of the operating system, for instance a missing permission.
    pub fn terminate(&self) -> std::io::Result<()> {
        let pid = self.rustix_pid().ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound))?;
        rustix::process::kill_process(pid, Signal::TERM).map_err(Into::into)
    }

    fn rustix_pid(&self) -> Option<Pid> {
        i32::try_from(self.pid).ok().and_then(Pid::from_raw)
    }
}

/// Address of a socket of Linux that has a name and no file.
/// # Errors
/// That of the system; other systems have no such sockets.
pub fn abstract_address(name: &[u8]) -> std::io::Result<std::os::unix::net::SocketAddr> {
    linux::abstract_address(name)
}

/// Stops all processes of this terminal's job, as Ctrl-Z does, until the shell continues them.
pub fn suspend() {
    // Where this is refused, the program goes on.
    let _ = rustix::process::kill_current_process_group(Signal::TSTP);
}

/// CPU time of the calling thread so far.
pub fn thread_cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}

/// Time since the machine started, sleep included; `None` on systems without such a clock.
pub fn time_since_boot() -> Option<Duration> {
    #[cfg(target_os = "linux")]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Some(Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0)))
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// Time the calling thread was ready to run without a processor; `None` where the machine does not report it.
pub fn thread_wait_time() -> Option<Duration> {
    linux::thread_wait()
}

/// Fraction of file descriptors that are still free, 0 to 1; `None` where the machine does not report it.
pub fn descriptor_headroom() -> Option<f64> {
    let open = linux::open_descriptors()?;
    let limit = rustix::process::getrlimit(Resource::Nofile).current?;
    (limit > 0).then(|| (limit.saturating_sub(open)) as f64 / limit as f64)
}

/// Number of file descriptors that this process may still open; `None` without a limit, or where it is unknown.
pub fn free_descriptors() -> Option<u64> {
    let open = linux::open_descriptors()?;
    rustix::process::getrlimit(Resource::Nofile).current.map(|limit| limit.saturating_sub(open))
}

/// Most file descriptors that this process may open; `None` without a limit.
pub fn descriptor_limit() -> Option<u64> {
    rustix::process::getrlimit(Resource::Nofile).current
}

/// Raises the soft limit of file descriptors to the hard one. The soft one is low for the sake of old programs.
pub fn raise_descriptor_limit() {
    let mut limit = rustix::process::getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        // If it may not be raised, the check of free descriptors says what is missing.
        let _ = rustix::process::setrlimit(Resource::Nofile, limit);
    }
}

/// Checks that a file of this size may be written (`ulimit -f`): beyond the limit the system ends the process with SIGXFSZ,
/// before it can say why.
/// # Errors
/// [`ErrorKind::FileTooLarge`](std::io::ErrorKind::FileTooLarge) where the limit is lower.
pub fn check_file_size(bytes: u64) -> std::io::Result<()> {
    match rustix::process::getrlimit(Resource::Fsize).current {
        Some(most) if bytes > most => Err(std::io::ErrorKind::FileTooLarge.into()),
        _ => Ok(()),
    }
}

/// Leaves the terminal's session, so that closing it does not end this process.
/// # Errors
/// The error of the operating system; a group leader cannot leave.
pub fn leave_session() -> std::io::Result<()> {
    rustix::process::setsid().map(|_| ()).map_err(Into::into)
}

/// Redirects standard output and standard error of this process into a file.
/// # Errors
/// The error of the operating system.
pub fn redirect_output(file: &std::fs::File) -> std::io::Result<()> {
    rustix::stdio::dup2_stdout(file)?;
    rustix::stdio::dup2_stderr(file)?;
    Ok(())
}

/// Leaders of process groups that must not outlive this process.
static GROUPS: Mutex<Vec<u32>> = Mutex::new(Vec::new());

fn groups() -> std::sync::MutexGuard<'static, Vec<u32>> {
    // A thread that panicked while holding it left complete entries.
    GROUPS.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Registers a process group that [`end_groups`] ends.
pub fn end_with_us(leader: u32) {
    groups().push(leader);
}

/// Removes a group that has ended from the registration.
pub fn forget(leader: u32) {
    groups().retain(|known| *known != leader);
}

/// Kills every registered process group (SIGKILL).
pub fn end_groups() {
    for leader in groups().drain(..) {
        let _ = signal_group(leader, Ending::Made);
    }
}

/// Whether a process group has any process.
pub fn is_group_alive(leader: u32) -> bool {
    let pid = i32::try_from(leader).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| rustix::process::test_kill_process_group(pid).is_ok())
}

/// How a process group is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Asked to end by itself (SIGTERM).
    Asked,
    /// Killed at once, without cleaning up (SIGKILL).
    Made,
}

/// Signals every process of a group, by the process ID of its leader.
/// # Errors
/// The error of the operating system, for instance that there is no such group.
pub fn signal_group(leader: u32, ending: Ending) -> std::io::Result<()> {
    let pid = i32::try_from(leader).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| std::io::Error::other("no process has that identity"))?;
    let signal = match ending {
        Ending::Asked => Signal::TERM,
        Ending::Made => Signal::KILL,
    };
    rustix::process::kill_process_group(pid, signal).map_err(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_another_start_does_not() {
        let own = own_identity();
        assert!(own.is_alive());
        if let Some(ticks) = own.started_ticks {
            assert!(!ProcessIdentity { started_ticks: Some(ticks + 1), ..own.clone() }.is_alive());
        }
        if own.boot_id.is_some() {
            assert!(!ProcessIdentity { boot_id: Some("another".into()), ..own }.is_alive());
        }
    }

    #[test]
    fn processor_time_does_not_go_back() {
        let before = thread_cpu_time();
        assert!(thread_cpu_time() >= before);
    }
}
