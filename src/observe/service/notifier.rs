//! Messages to the service manager, as `sd_notify(3)` sends them: datagrams to the socket that `NOTIFY_SOCKET` names.
//!
//! The variable stays in the environment, because removing it is unsafe in a program with threads; child processes are
//! started without it.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use crate::host::process::abstract_address;

/// Name of the variable that names the socket.
pub const SOCKET: &str = "NOTIFY_SOCKET";
/// Names of the variables that describe the watchdog.
pub const WATCHDOG_USEC: &str = "WATCHDOG_USEC";
/// The process that the watchdog is for.
pub const WATCHDOG_PID: &str = "WATCHDOG_PID";
/// How long a service manager that does not read is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Sends messages to the service manager.
#[derive(Debug)]
pub struct Notifier {
    socket: UnixDatagram,
    address: SocketAddr,
}

impl Notifier {
    /// A notifier for the socket with this address: a path, or `@` and a name without one.
    /// # Errors
    /// That of the system, or [`io::ErrorKind::InvalidInput`] for any other address.
    pub fn new(address: &OsStr) -> io::Result<Self> {
        let address = match address.as_bytes() {
            [b'@', name @ ..] if !name.is_empty() => abstract_address(name)?,
            [b'/', ..] => SocketAddr::from_pathname(address)?,
            _ => return Err(io::Error::new(io::ErrorKind::InvalidInput, "neither a path nor @name")),
        };
        let socket = UnixDatagram::unbound()?;
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { socket, address })
    }

    /// Sends assignments, such as `READY=1`.
    /// # Errors
    /// That of the system.
    pub fn send(&self, assignments: &[&str]) -> io::Result<()> {
        self.socket.send_to_addr(assignments.join("\n").as_bytes(), &self.address).map(|_| ())
    }
}

/// How often the watchdog expects a message; `None` without one for this process.
pub fn watchdog(usec: Option<&str>, pid: Option<&str>, own_pid: u32) -> Option<Duration> {
    if pid.is_some_and(|pid| pid.trim().parse() != Ok(own_pid)) {
        return None;
    }
    let usec = usec?.trim().parse().ok().filter(|usec| *usec > 0 && *usec < u64::MAX)?;
    Some(Duration::from_micros(usec))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_reach_a_path_and_an_abstract_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let server = UnixDatagram::bind(&path).unwrap();
        Notifier::new(path.as_os_str()).unwrap().send(&["READY=1", "STATUS=x"]).unwrap();
        let mut bytes = [0; 64];
        let length = server.recv(&mut bytes).unwrap();
        assert_eq!(&bytes[..length], b"READY=1\nSTATUS=x");

        let name = format!("baseline-test-{}", std::process::id());
        let server = UnixDatagram::bind_addr(&abstract_address(name.as_bytes()).unwrap()).unwrap();
        Notifier::new(OsStr::new(&format!("@{name}"))).unwrap().send(&["WATCHDOG=1"]).unwrap();
        let length = server.recv(&mut bytes).unwrap();
        assert_eq!(&bytes[..length], b"WATCHDOG=1");
    }

    #[test]
    fn other_addresses_are_refused() {
        for address in ["", "@", "relative", "vsock:2:1"] {
            assert!(Notifier::new(OsStr::new(address)).is_err(), "{address}");
        }
        let long = format!("/{}", "x".repeat(200));
        assert!(Notifier::new(OsStr::new(&long)).is_err());
    }

    #[test]
    fn the_watchdog_is_for_one_process() {
        let check = |usec, pid, expected| assert_eq!(watchdog(usec, pid, 7), expected);
        check(Some("2000000"), None, Some(Duration::from_secs(2)));
        check(Some("2000000"), Some("7"), Some(Duration::from_secs(2)));
        check(Some("2000000"), Some("8"), None);
        check(Some("0"), None, None);
        check(Some("soon"), None, None);
        check(None, Some("7"), None);
    }
}
