//! Reads the watched run on a thread of its own, so that keys work however long reading takes.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::commands::watch::{EVERY, Watching};
use crate::host::monotonic::Clock;
use crate::report::console::watch::Live;

/// How often a long run is shown while it is read for the first time.
const FIRST_LOOKS: Duration = Duration::from_millis(500);

/// What was read, shared with the thread that draws.
pub(super) struct Reader {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Raised with every change of the state.
    version: AtomicU64,
    is_done: AtomicBool,
}

struct State {
    live: Arc<Live>,
    note: Option<String>,
    is_over: bool,
}

impl Reader {
    /// Starts to read.
    /// # Errors
    /// That of the system where no thread can be started.
    pub(super) fn start(watching: Watching) -> io::Result<Self> {
        let live = Arc::new(watching.live().clone());
        let state = State { live, note: Some("reading the run".to_owned()), is_over: false };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            version: AtomicU64::new(1),
            is_done: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        std::thread::Builder::new().name("reader".to_owned()).spawn(move || read(watching, &own))?;
        Ok(Self { shared })
    }

    /// A number that grows with every change.
    pub(super) fn version(&self) -> u64 {
        self.shared.version.load(Ordering::Acquire)
    }

    /// What is known, a note about reading it, and whether nothing more will come.
    pub(super) fn state(&self) -> (Arc<Live>, Option<String>, bool) {
        let state = self.shared.lock();
        (Arc::clone(&state.live), state.note.clone(), state.is_over)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.shared.is_done.store(true, Ordering::Release);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, live: &Live, note: Option<String>, is_over: bool) {
        *self.lock() = State { live: Arc::new(live.clone()), note, is_over };
        self.version.fetch_add(1, Ordering::Release);
    }
}

fn read(mut watching: Watching, shared: &Shared) {
    let clock = Clock::start();
    let now = || Duration::from_nanos(clock.now_ns());
    let mut had_note = true;
    while !shared.is_done.load(Ordering::Acquire) {
        let mut shown_at = now();
        let read = watching.read(|live, _| {
            if now() >= shown_at + FIRST_LOOKS {
                shared.publish(live, Some("reading the run".to_owned()), false);
                shown_at = now();
            }
        });
        let is_over = watching.is_over();
        match read {
            Ok(false) if !had_note && !is_over => (),
            Ok(_) => {
                shared.publish(watching.live(), None, is_over);
                had_note = false;
            }
            Err(error) => {
                shared.publish(
                    watching.live(),
                    Some(format!("cannot read the run: {error}; trying again")),
                    false,
                );
                had_note = true;
            }
        }
        if is_over {
            return;
        }
        std::thread::sleep(EVERY);
    }
}
