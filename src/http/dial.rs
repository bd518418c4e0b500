//! Opens a TCP connection to the first of several addresses that accepts it (RFC 8305): an address that stays silent for a
//! quarter of a second does not hold up the next.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::Sleep;

use crate::host::monotonic::Clock;

use super::io_reason::local;

/// How long an attempt may stay without an answer before the next begins: the recommendation of RFC 8305, section 5.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// A connection, and how long its own attempt took. Units: nanoseconds.
#[derive(Debug)]
pub(super) struct Dialled {
    pub(super) stream: TcpStream,
    pub(super) took_ns: u64,
}

type Attempt = Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>;

/// Connects to the first address that accepts, in their order.
/// # Errors
/// The error of the last attempt that the target is to blame for, or the last one.
pub(super) async fn connect(addresses: &[SocketAddr], clock: &Clock) -> io::Result<Dialled> {
    let dialled = match addresses {
        [address] => {
            let began = clock.now_ns();
            let stream = TcpStream::connect(address).await?;
            Dialled { stream, took_ns: clock.now_ns() - began }
        }
        addresses => Race::new(addresses, clock).await?,
    };
    // A request is one small write; waiting to fill a packet would be measured as service time.
    dialled.stream.set_nodelay(true)?;
    Ok(dialled)
}

/// The addresses in the order in which one user tries them: the two families in turn, as RFC 8305 has it, those of the
/// preferred one begun at the user's own place, so that users are distributed over them.
pub(super) fn in_turn(addresses: &[SocketAddr], seat: usize) -> Vec<SocketAddr> {
    let Some(first) = addresses.first() else { return Vec::new() };
    let (mut preferred, others): (Vec<SocketAddr>, Vec<SocketAddr>) =
        addresses.iter().partition(|address| address.is_ipv4() == first.is_ipv4());
    let place = seat % preferred.len();
    preferred.rotate_left(place);
    let (mut preferred, mut others) = (preferred.into_iter(), others.into_iter());
    let mut order = Vec::with_capacity(addresses.len());
    while order.len() < addresses.len() {
        order.extend(preferred.next());
        order.extend(others.next());
    }
    order
}

/// Attempts that were begun one after the other.
struct Race<'a> {
    clock: &'a Clock,
    waiting: std::slice::Iter<'a, SocketAddr>,
    /// Each with the time at which it began.
    running: Vec<(u64, Attempt)>,
    next: Pin<Box<Sleep>>,
    error: Option<io::Error>,
}

impl<'a> Race<'a> {
    fn new(addresses: &'a [SocketAddr], clock: &'a Clock) -> Self {
        let mut race = Self {
            clock,
            waiting: addresses.iter(),
            running: Vec::new(),
            next: Box::pin(tokio::time::sleep(ATTEMPT_DELAY)),
            error: None,
        };
        race.begin_next();
        race
    }

    /// Begins the next attempt; `false` where no address is left.
    fn begin_next(&mut self) -> bool {
        let Some(address) = self.waiting.next() else { return false };
        self.running.push((self.clock.now_ns(), Box::pin(TcpStream::connect(*address))));
        self.next.set(tokio::time::sleep(ATTEMPT_DELAY));
        true
    }

    fn failed(&mut self, error: io::Error) {
        // An address without a route from here, beside one that refuses: the target refused.
        let keeps =
            self.error.as_ref().is_some_and(|known| local(known).is_none() && local(&error).is_some());
        if !keeps {
            self.error = Some(error);
        }
    }
}

impl Future for Race<'_> {
    type Output = io::Result<Dialled>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let race = &mut *self;
        loop {
            let mut at = 0;
            let mut has_failed = false;
            while at < race.running.len() {
                let (began, attempt) = &mut race.running[at];
                match attempt.as_mut().poll(context) {
                    Poll::Ready(Ok(stream)) => {
                        let took_ns = race.clock.now_ns() - *began;
                        return Poll::Ready(Ok(Dialled { stream, took_ns }));
                    }
                    Poll::Ready(Err(error)) => {
                        drop(race.running.remove(at));
                        race.failed(error);
                        has_failed = true;
                    }
                    Poll::Pending => at += 1,
                }
            }
            if has_failed && race.begin_next() {
                continue;
            }
            if race.running.is_empty() {
                let none = || io::Error::from(io::ErrorKind::AddrNotAvailable);
                return Poll::Ready(Err(race.error.take().unwrap_or_else(none)));
            }
            if race.waiting.as_slice().is_empty() || race.next.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            race.begin_next();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn users_take_the_addresses_of_the_first_family_in_turn() {
        let all = addresses(&["127.0.0.1:1", "[::1]:1", "127.0.0.2:1", "127.0.0.3:1"]);
        let firsts: Vec<SocketAddr> = (0..6).map(|seat| in_turn(&all, seat)[0]).collect();
        let turns = addresses(&["127.0.0.1:1", "127.0.0.2:1", "127.0.0.3:1"]);
        assert_eq!(firsts, [turns.clone(), turns].concat());
        assert_eq!(in_turn(&all, 1), addresses(&["127.0.0.2:1", "[::1]:1", "127.0.0.3:1", "127.0.0.1:1"]));
        assert!(in_turn(&[], 3).is_empty());
    }

    #[tokio::test]
    async fn a_refusing_address_is_followed_by_the_next() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gone = "127.0.0.1:1".parse().unwrap();
        let good = listener.local_addr().unwrap();
        let clock = Clock::start();
        let dialled = connect(&[gone, gone, good], &clock).await.unwrap();
        assert_eq!(dialled.stream.peer_addr().unwrap(), good);
        let error = connect(&[gone, gone], &clock).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(connect(&[], &clock).await.unwrap_err().kind(), io::ErrorKind::AddrNotAvailable);
    }
}
