//! Readings that only Linux offers, from `/proc` and `/sys`. On other systems each is `None`.

use std::fs;
use std::time::Duration;

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// ID of the current boot of the machine.
pub(super) fn boot_id() -> Option<String> {
    read("/proc/sys/kernel/random/boot_id")
}

/// Model name of the first processor; `None` on machines that do not report one.
pub(super) fn cpu_model() -> Option<String> {
    let info = read("/proc/cpuinfo")?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim().to_owned())
}

/// The frequency governor of the first processor.
pub(super) fn governor() -> Option<String> {
    read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
}

/// Release of the kernel, such as `6.8.0-45-generic`.
pub(super) fn kernel() -> Option<String> {
    read("/proc/sys/kernel/osrelease")
}

/// Time that the calling thread has been ready to run, but without a processor.
pub(super) fn thread_wait() -> Option<Duration> {
    let text = read("/proc/thread-self/schedstat")?;
    text.split_ascii_whitespace().nth(1)?.parse().ok().map(Duration::from_nanos)
}

/// Number of descriptors that this process has open.
pub(super) fn open_descriptors() -> Option<u64> {
    fs::read_dir("/proc/self/fd").ok().map(|entries| entries.count() as u64)
}

/// Start of a process in clock ticks since boot, which distinguishes it from a later one with the same ID.
pub(super) fn process_start(pid: u32) -> Option<u64> {
    let stat = read(&format!("/proc/{pid}/stat"))?;
    // The second field is the command in brackets and may contain spaces; the start is field 22.
    let (_, after) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = after.split_ascii_whitespace().collect();
    // A zombie has ended; its parent has not collected it yet.
    if fields.first() == Some(&"Z") {
        return None;
    }
    fields.get(19)?.parse().ok()
}

/// First and last port that the system gives to connections by itself.
pub(super) fn local_port_range() -> Option<(u16, u16)> {
    let range = read("/proc/sys/net/ipv4/ip_local_port_range")?;
    let (first, last) = range.split_once(char::is_whitespace)?;
    Some((first.parse().ok()?, last.trim().parse().ok()?))
}

/// Number of TCP sockets, those included that only wait for their port to become free again.
pub(super) fn tcp_sockets() -> Option<u64> {
    let count = |text: &str, line: &str, key: &str| -> Option<u64> {
        let fields = text.lines().find_map(|text| text.strip_prefix(line))?;
        let mut fields = fields.split_ascii_whitespace();
        fields.find(|field| *field == key)?;
        fields.next()?.parse().ok()
    };
    let v4 = read("/proc/net/sockstat")?;
    let v6 = read("/proc/net/sockstat6").unwrap_or_default();
    let in_use = count(&v4, "TCP:", "inuse")? + count(&v6, "TCP6:", "inuse").unwrap_or(0);
    Some(in_use + count(&v4, "TCP:", "tw").unwrap_or(0))
}

/// Local ports of all TCP sockets that do not listen, in any order, some more than once.
pub(super) fn tcp_local_ports() -> Option<Vec<u16>> {
    let mut ports = Vec::new();
    for path in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let Some(table) = read(path) else { continue };
        for row in table.lines().skip(1) {
            let mut fields = row.split_ascii_whitespace();
            let port =
                fields.nth(1).and_then(|local| u16::from_str_radix(local.rsplit(':').next()?, 16).ok());
            // The state; 0A is a listening socket.
            let listens = fields.nth(1) == Some("0A");
            ports.extend(port.filter(|_| !listens));
        }
    }
    Some(ports).filter(|ports| !ports.is_empty())
}

/// Address of a socket with a name in the abstract namespace.
#[cfg(target_os = "linux")]
pub(super) fn abstract_address(name: &[u8]) -> std::io::Result<std::os::unix::net::SocketAddr> {
    use std::os::linux::net::SocketAddrExt as _;
    std::os::unix::net::SocketAddr::from_abstract_name(name)
}

/// Other systems have no such namespace.
#[cfg(not(target_os = "linux"))]
pub(super) fn abstract_address(_name: &[u8]) -> std::io::Result<std::os::unix::net::SocketAddr> {
    Err(std::io::ErrorKind::Unsupported.into())
}
