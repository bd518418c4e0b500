//! Processes: our own readings, and whether another one still lives.

use std::sync::Mutex;
use std::time::Duration;

use rustix::process::{Pid, Resource, Signal};

use super::linux;

/// Identifies a process for as long as the machine is up, and beyond.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessIdentity {
    /// Its id.
    pub pid: u32,
    /// The boot it belongs to, where the machine tells.
    pub boot_id: Option<String>,
    /// When it started, in clock ticks since boot, where the machine tells.
    pub started_ticks: Option<u64>,
}

/// The identity of this process.
pub fn own_identity() -> ProcessIdentity {
    let pid = std::process::id();
    ProcessIdentity { pid, boot_id: linux::boot_id(), started_ticks: linux::process_start(pid) }
}

impl ProcessIdentity {
    /// Whether that very process still runs: same boot, same id, same start.
    pub fn is_alive(&self) -> bool {
        let now = linux::boot_id();
        if self.boot_id.is_some() && now.is_some() && self.boot_id != now {
            return false;
        }
        match (self.started_ticks, linux::process_start(self.pid)) {
            (Some(then), Some(now)) => then == now,
            // Where starts are told but this id has none, the process is gone.
            (Some(_), None) => false,
            (None, _) => self.rustix_pid().is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok()),
        }
    }

    /// Asks that process to end gracefully.
    /// # Errors
    /// What the operating system says, for instance that it may not be signalled.
    pub fn terminate(&self) -> std::io::Result<()> {
        let pid = self.rustix_pid().ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound))?;
        rustix::process::kill_process(pid, Signal::TERM).map_err(Into::into)
    }

    fn rustix_pid(&self) -> Option<Pid> {
        i32::try_from(self.pid).ok().and_then(Pid::from_raw)
    }
}

/// Processor time of the calling thread so far.
pub fn thread_cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}

/// Time since the machine started, sleep included; `None` where there is no such clock.
pub fn time_since_boot() -> Option<Duration> {
    #[cfg(target_os = "linux")]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Some(Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0)))
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// How long the calling thread has been ready to run without a processor; `None` where the machine does not tell.
pub fn thread_wait_time() -> Option<Duration> {
    linux::thread_wait()
}

/// The share of file descriptors that are still free; `None` where the machine does not tell.
pub fn descriptor_headroom() -> Option<f64> {
    let open = linux::open_descriptors()?;
    let limit = rustix::process::getrlimit(Resource::Nofile).current?;
    (limit > 0).then(|| (limit.saturating_sub(open)) as f64 / limit as f64)
}

/// How many file descriptors this process may still open; `None` where there is no limit or it is unknown.
pub fn free_descriptors() -> Option<u64> {
    let open = linux::open_descriptors()?;
    rustix::process::getrlimit(Resource::Nofile).current.map(|limit| limit.saturating_sub(open))
}

/// Leaves the terminal's session, so that closing it does not end this process.
/// # Errors
/// What the operating system says; a group leader cannot leave.
pub fn leave_session() -> std::io::Result<()> {
    rustix::process::setsid().map(|_| ()).map_err(Into::into)
}

/// Sends what this process prints, to either stream, into a file.
/// # Errors
/// What the operating system says.
pub fn redirect_output(file: &std::fs::File) -> std::io::Result<()> {
    rustix::stdio::dup2_stdout(file)?;
    rustix::stdio::dup2_stderr(file)?;
    Ok(())
}

/// The groups of processes that must not outlive this one.
static GROUPS: Mutex<Vec<u32>> = Mutex::new(Vec::new());

fn groups() -> std::sync::MutexGuard<'static, Vec<u32>> {
    // A thread that panicked with it left whole entries.
    GROUPS.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// From now on a group of processes ends when this one is ended at once.
pub fn end_with_us(leader: u32) {
    groups().push(leader);
}

/// The group has ended.
pub fn forget(leader: u32) {
    groups().retain(|known| *known != leader);
}

/// Ends every group that must not outlive this process, at once.
pub fn end_groups() {
    for leader in groups().drain(..) {
        let _ = signal_group(leader, Ending::Made);
    }
}

/// Whether a group has a process.
pub fn is_group_alive(leader: u32) -> bool {
    let pid = i32::try_from(leader).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| rustix::process::test_kill_process_group(pid).is_ok())
}

/// How a group of processes ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// By itself, because it is asked to.
    Asked,
    /// At once.
    Made,
}

/// Ends every process of a group, by the identity of its leader.
/// # Errors
/// What the operating system says, for instance that there is none.
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
