//! The workers of the service: a bounded first-in, first-out queue and the threads that serve it.
//!
//! A worker works by sleeping on a thread of its own, because the timer of the asynchronous runtime ticks in
//! milliseconds where the work times differ by tens of microseconds. It is independent of the kind of work.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{io, mem};

use tokio::sync::oneshot;

use super::clock::Clock;

/// Sleeps are cut into pieces of this length, so that abandoned work ends soon and stopping never takes long.
const LONGEST_SLEEP: Duration = Duration::from_millis(25);

/// Running workers. Dropping them abandons queued work and waits for the threads to end.
#[derive(Debug)]
pub(super) struct Workers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// The time that one piece of work really took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Spent {
    /// From the arrival of the request until a worker began.
    pub(super) waited: Duration,
    /// From the begin of the work until its end.
    pub(super) worked: Duration,
}

/// The queue has no room for another request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct QueueFull;

#[derive(Debug)]
struct Job {
    arrived: Duration,
    time: Duration,
    reply: oneshot::Sender<Spent>,
}

#[derive(Debug)]
struct Shared {
    clock: Clock,
    capacity: usize,
    queue: Mutex<Queue>,
    /// Notified when the queue gets a job or is closed.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl Workers {
    /// Starts `count` workers with room for `capacity` waiting requests.
    ///
    /// # Errors
    /// The operating system refused a thread; those already started are ended.
    pub(super) fn start(count: usize, capacity: usize, clock: Clock) -> io::Result<Self> {
        let shared = Arc::new(Shared { clock, capacity, queue: Mutex::default(), changed: Condvar::new() });
        let mut workers = Self { shared, threads: Vec::with_capacity(count) };
        for number in 0..count {
            let shared = Arc::clone(&workers.shared);
            let name = format!("target-worker-{number}");
            workers.threads.push(thread::Builder::new().name(name).spawn(move || shared.work())?);
        }
        Ok(workers)
    }

    /// Queues work that takes `time`, for a request that arrived at `arrived` on the clock of these workers.
    ///
    /// The receiver resolves when the work is done; dropping it abandons the work.
    ///
    /// # Errors
    /// [`QueueFull`] if `capacity` requests are already waiting.
    pub(super) fn submit(
        &self,
        arrived: Duration,
        time: Duration,
    ) -> Result<oneshot::Receiver<Spent>, QueueFull> {
        let (reply, done) = oneshot::channel();
        let mut queue = self.shared.lock();
        if queue.jobs.len() >= self.shared.capacity {
            return Err(QueueFull);
        }
        queue.jobs.push_back(Job { arrived, time, reply });
        drop(queue);
        self.shared.changed.notify_one();
        Ok(done)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        queue.closed = true;
        queue.jobs.clear();
        drop(queue);
        self.shared.changed.notify_all();
        for thread in mem::take(&mut self.threads) {
            // A worker that panicked has ended too; there is nobody to report it to.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// A poisoned queue stays usable: its two fields cannot be left half changed.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        while let Some(job) = self.next() {
            self.perform(job);
        }
    }

    /// Waits for the next job; `None` once the queue is closed.
    fn next(&self) -> Option<Job> {
        let idle = |queue: &mut Queue| queue.jobs.is_empty() && !queue.closed;
        let mut queue = self.changed.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        queue.jobs.pop_front()
    }

    fn perform(&self, job: Job) {
        let began = self.clock.now();
        let done = began.saturating_add(job.time);
        let mut now = began;
        while now < done {
            if job.reply.is_closed() {
                return;
            }
            thread::sleep(done.saturating_sub(now).min(LONGEST_SLEEP));
            now = self.clock.now();
        }
        let spent = Spent { waited: began.saturating_sub(job.arrived), worked: now.saturating_sub(began) };
        // The client may have gone in the meantime; then the result is dropped.
        let _ = job.reply.send(spent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workers(count: usize, capacity: usize) -> Workers {
        Workers::start(count, capacity, Clock::start(Duration::ZERO)).unwrap()
    }

    #[test]
    fn work_takes_at_least_its_time() {
        let workers = workers(2, 100);
        let time = Duration::from_micros(300);
        let arrived = workers.shared.clock.now();
        let done: Vec<_> = (0..20).map(|_| workers.submit(arrived, time).unwrap()).collect();
        for receiver in done {
            assert!(receiver.blocking_recv().unwrap().worked >= time);
        }
    }

    #[test]
    fn one_worker_serves_in_order() {
        let workers = workers(1, 100);
        let arrived = workers.shared.clock.now();
        let done: Vec<_> =
            (0..10).map(|_| workers.submit(arrived, Duration::from_micros(50)).unwrap()).collect();
        let waits: Vec<_> =
            done.into_iter().map(|receiver| receiver.blocking_recv().unwrap().waited).collect();
        assert!(waits.is_sorted(), "{waits:?}");
    }

    #[test]
    fn a_full_queue_refuses() {
        // Without a worker nothing leaves the queue, so that its length is known.
        let workers = workers(0, 3);
        let waiting: Vec<_> =
            (0..3).map(|_| workers.submit(Duration::ZERO, Duration::ZERO).unwrap()).collect();
        assert_eq!(workers.submit(Duration::ZERO, Duration::ZERO).unwrap_err(), QueueFull);
        drop(workers);
        for receiver in waiting {
            assert!(receiver.blocking_recv().is_err());
        }
    }

    #[test]
    fn abandoned_work_frees_its_worker() {
        let workers = workers(1, 100);
        drop(workers.submit(Duration::ZERO, Duration::from_hours(1)).unwrap());
        let next = workers.submit(Duration::ZERO, Duration::ZERO).unwrap();
        assert!(next.blocking_recv().is_ok());
    }
}
