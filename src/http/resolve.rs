//! Resolves host names as every program of this machine does, with at most one lookup of a name at a time.
//!
//! The system's resolver blocks a thread for as long as it waits, and cannot be interrupted. If it never answers, users that
//! gave up must not each leave a thread and a socket behind.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::domain::error_reason::ErrorReason;

use super::io_reason::local;

/// The result of a lookup, shared by all who wait.
type Found = Result<Arc<[SocketAddr]>, ErrorReason>;

/// Resolves one host and port.
#[derive(Debug)]
pub(super) struct Resolver {
    host: String,
    port: u16,
    /// The lookup in progress, if any.
    running: Mutex<Option<watch::Receiver<Option<Found>>>>,
}

impl Resolver {
    /// A resolver for this name, or literal address.
    pub(super) fn new(host: &str, port: u16) -> Self {
        Self { host: host.to_owned(), port, running: Mutex::new(None) }
    }

    /// The address itself, where the host is one and there is nothing to resolve.
    pub(super) fn literal(&self) -> Option<SocketAddr> {
        let address: IpAddr = self.host.parse().ok()?;
        Some(SocketAddr::new(address, self.port))
    }

    /// The addresses of the host, in the order in which the system would try them.
    /// # Errors
    /// Why the name has no address.
    pub(super) async fn addresses(&self) -> Found {
        if let Some(address) = self.literal() {
            return Ok(Arc::from([address]));
        }
        let mut lookup = self.join();
        match lookup.wait_for(Option::is_some).await {
            Ok(found) => found.clone().unwrap_or(Err(ErrorReason::ResolverFailed)),
            // The thread of the lookup ended without a result.
            Err(_) => Err(ErrorReason::ResolverFailed),
        }
    }

    /// The lookup in progress, or a new one.
    fn join(&self) -> watch::Receiver<Option<Found>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lookup) = running.as_ref().filter(|lookup| is_running(lookup)) {
            return lookup.clone();
        }
        let (sender, lookup) = watch::channel(None);
        *running = Some(lookup.clone());
        let host = self.host.clone();
        let port = self.port;
        tokio::task::spawn_blocking(move || {
            let found = std::net::ToSocketAddrs::to_socket_addrs(&(host.as_str(), port));
            sender.send_replace(Some(found.map_err(|error| reason(&error)).and_then(|all| {
                let all: Arc<[SocketAddr]> = all.collect();
                if all.is_empty() { Err(ErrorReason::NameNotFound) } else { Ok(all) }
            })));
        });
        lookup
    }
}

/// The standard library hands on the resolver's answer as text only.
fn reason(error: &io::Error) -> ErrorReason {
    let is_temporary = || error.to_string().contains("Temporary failure");
    local(error).unwrap_or(if is_temporary() {
        ErrorReason::ResolverFailed
    } else {
        ErrorReason::NameNotFound
    })
}

fn is_running(lookup: &watch::Receiver<Option<Found>>) -> bool {
    lookup.borrow().is_none() && lookup.has_changed().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_is_its_own_answer() {
        let resolver = Resolver::new("127.0.0.9", 80);
        let found = resolver.addresses().await.unwrap();
        assert_eq!(*found, ["127.0.0.9:80".parse().unwrap()]);
    }

    #[tokio::test]
    async fn users_that_ask_together_share_one_lookup() {
        let resolver = Resolver::new("localhost", 80);
        let (first, second) = (resolver.join(), resolver.join());
        assert!(first.same_channel(&second));
        assert!(resolver.addresses().await.is_ok_and(|found| !found.is_empty()));
        // The next one asks again: a name may resolve to another address than before.
        assert!(!resolver.join().same_channel(&first));
    }
}
