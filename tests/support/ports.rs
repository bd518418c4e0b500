//! Ports that nobody else is given.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the ports that Linux hands out itself (32768 and above), so that no server of another test gets one of these
/// while nobody listens at it.
const FIRST: u16 = 12_000;
const LAST: u16 = 27_999;

/// A port of loopback at which nobody listens, and that is given out once.
pub(crate) fn unused() -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    // Two runs of the tests at once begin at different ports.
    let offset = (std::process::id() % 97) as u16 * 160;
    loop {
        let port = FIRST + (offset + TAKEN.fetch_add(1, Ordering::Relaxed)) % (LAST - FIRST);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// The URL of a server that is not there.
pub(crate) fn refusing_url() -> String {
    format!("http://127.0.0.1:{}", unused())
}
