//! A server that knows its own truth: it serves to order, and notes when each request came and when its answer went.
//!
//! Shared by the tests and the bench `truth`, so it stands on the standard library alone.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a client may take to hang up.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the server does with a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Service {
    /// The same time for each.
    Constant(Duration),
    /// Log-normal times.
    LogNormal {
        /// Half of them are below.
        median: Duration,
        /// Deviation of their logarithms.
        sigma: f64,
    },
    /// Two kinds of requests.
    Bimodal {
        /// Of most.
        fast: Duration,
        /// Of some.
        slow: Duration,
        /// How many are slow, 0 to 1.
        share: f64,
    },
    /// The server as a whole stands still at the end of each period; what it works on waits as well.
    Freezing {
        /// While it does not stand still.
        service: Duration,
        /// From one standstill to the next.
        period: Duration,
        /// How long it stands still.
        freeze: Duration,
    },
    /// Workers take requests from a queue; who finds no room in it is turned away at once, with 503.
    Queue {
        /// How many are served at a time.
        workers: u32,
        /// By each worker.
        service: Duration,
        /// How many may wait.
        room: u32,
    },
}

/// One request as the server saw it. Nanoseconds since the server's start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Served {
    /// When the last byte of the request was read.
    pub(crate) came_ns: u64,
    /// When the answer was about to be written.
    pub(crate) went_ns: u64,
    /// Whether it was served, not turned away.
    pub(crate) in_full: bool,
}

#[derive(Debug, Default)]
struct Queued {
    working: u32,
    waiting: u32,
}

#[derive(Debug)]
struct Shared {
    service: Service,
    start: Instant,
    stopping: AtomicBool,
    drawn: AtomicU64,
    queue: Mutex<Queued>,
    freed: Condvar,
    log: Mutex<Log>,
    hung_up: Condvar,
}

#[derive(Debug, Default)]
struct Log {
    conversations: u32,
    served: Vec<Served>,
}

/// A running server on a free loopback port; it stops when dropped.
#[derive(Debug)]
pub(crate) struct TruthServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepts: Option<JoinHandle<()>>,
}

impl TruthServer {
    /// Starts a server.
    #[expect(clippy::disallowed_methods, reason = "a server of the tests reads the clock")]
    pub(crate) fn start(service: Service) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            service,
            start: Instant::now(),
            stopping: AtomicBool::new(false),
            drawn: AtomicU64::new(0),
            queue: Mutex::default(),
            freed: Condvar::new(),
            log: Mutex::default(),
            hung_up: Condvar::new(),
        });
        let accepts = {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || {
                for stream in listener.incoming() {
                    if shared.stopping.load(Ordering::SeqCst) {
                        return;
                    }
                    let (Ok(stream), shared) = (stream, Arc::clone(&shared)) else { continue };
                    shared.log.lock().unwrap_or_else(PoisonError::into_inner).conversations += 1;
                    std::thread::spawn(move || shared.converse(stream));
                }
            })
        };
        Self { address, shared, accepts: Some(accepts) }
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every request since the last call, in the order of arrival. Waits until all have hung up, but not for ever.
    pub(crate) fn take(&self) -> Vec<Served> {
        let log = self.shared.log.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.shared.hung_up.wait_timeout_while(log, PATIENCE, |log| log.conversations > 0);
        let mut log = waited.unwrap_or_else(PoisonError::into_inner).0;
        let mut served = std::mem::take(&mut log.served);
        served.sort_by_key(|served| served.came_ns);
        served
    }
}

impl Drop for TruthServer {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the listener; conversations end with their clients.
        let _ = TcpStream::connect(self.address);
        if let Some(accepts) = self.accepts.take() {
            let _ = accepts.join();
        }
    }
}

impl Shared {
    fn now_ns(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap()
    }

    fn converse(&self, mut stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        // Noted by each conversation for itself, and handed in at its end: no lock while it serves.
        let mut log = Vec::with_capacity(4_096);
        let mut request = [0_u8; 4_096];
        let mut filled = 0;
        while let Ok(read @ 1..) = stream.read(&mut request[filled..]) {
            filled += read;
            if !request[..filled].ends_with(b"\r\n\r\n") {
                continue;
            }
            filled = 0;
            let came_ns = self.now_ns();
            let in_full = self.serve(came_ns);
            let went_ns = self.now_ns();
            log.push(Served { came_ns, went_ns, in_full });
            let answer: &[u8] = if in_full {
                b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            } else {
                b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nfull"
            };
            if stream.write_all(answer).is_err() {
                break;
            }
        }
        let mut all = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        all.served.append(&mut log);
        all.conversations -= 1;
        self.hung_up.notify_all();
    }

    /// Serves, and returns whether in full.
    fn serve(&self, came_ns: u64) -> bool {
        match self.service {
            Service::Constant(time) => std::thread::sleep(time),
            Service::LogNormal { median, sigma } => {
                let normal =
                    (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos();
                std::thread::sleep(median.mul_f64((sigma * normal).exp()));
            }
            Service::Bimodal { fast, slow, share } => {
                std::thread::sleep(if self.uniform() < share { slow } else { fast });
            }
            Service::Freezing { service, period, freeze } => {
                let standstills = [stands_still(came_ns, period, freeze), service];
                standstills.into_iter().for_each(std::thread::sleep);
                // A standstill that began meanwhile holds up what is in work as well.
                std::thread::sleep(stands_still(self.now_ns(), period, freeze));
            }
            Service::Queue { workers, service, room } => return self.queue(workers, service, room),
        }
        true
    }

    fn queue(&self, workers: u32, service: Duration, room: u32) -> bool {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.working >= workers && queue.waiting >= room {
            return false;
        }
        queue.waiting += 1;
        queue = self
            .freed
            .wait_while(queue, |queue| queue.working >= workers)
            .unwrap_or_else(PoisonError::into_inner);
        queue.waiting -= 1;
        queue.working += 1;
        drop(queue);
        std::thread::sleep(service);
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).working -= 1;
        self.freed.notify_one();
        true
    }

    /// A number above 0 and at most 1: the next of a fixed sequence (`SplitMix64`).
    fn uniform(&self) -> f64 {
        let drawn = self.drawn.fetch_add(1, Ordering::Relaxed) + 1;
        let mut bits = drawn.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ (bits >> 31)) >> 11).wrapping_add(1) as f64 / (1_u64 << 53) as f64
    }
}

/// For how long a server still stands still.
fn stands_still(now_ns: u64, period: Duration, freeze: Duration) -> Duration {
    let into = Duration::from_nanos(now_ns % u64::try_from(period.as_nanos()).unwrap());
    let left = period.saturating_sub(into);
    if left > freeze { Duration::ZERO } else { left }
}

/// The value of rank q x n of sorted values, as the program defines a percentile.
pub(crate) fn quantile(sorted: &[u64], q: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank within the slice")]
    let rank = ((q * sorted.len() as f64 + 0.5).floor() as usize).clamp(1, sorted.len());
    sorted[rank - 1]
}
