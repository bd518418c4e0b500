//! Local ports: each connection needs one, and keeps it for a minute after this machine closed it.

use std::collections::BTreeSet;

use super::linux;

/// Below this fraction of used ports nobody needs to know which they are.
const FEW: f64 = 0.1;

/// Fraction of local ports that are still free, 0 to 1; `None` where the machine does not report it.
///
/// A port may be used again for another target, so that there may be more than this.
pub fn headroom() -> Option<f64> {
    let (first, last) = linux::local_port_range()?;
    let all = f64::from(last.saturating_sub(first)) + 1.0;
    let sockets = linux::tcp_sockets()? as f64;
    if sockets < all * FEW {
        return Some(1.0 - sockets / all);
    }
    // The table of sockets takes a while to read if it is long.
    let ports: BTreeSet<u16> = linux::tcp_local_ports()?.into_iter().collect();
    Some(1.0 - ports.range(first..=last).count() as f64 / all)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn some_ports_are_free_and_a_connection_takes_one() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let port = stream.local_addr().unwrap().port();
        assert!(linux::tcp_local_ports().unwrap().contains(&port));
        assert!(headroom().is_some_and(|free| (0.0..1.0).contains(&free)));
    }
}
