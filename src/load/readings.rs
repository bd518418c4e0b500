//! Reads the generator's health over a window: CPU time, waiting for a processor, lateness of timers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::domain::generator::GeneratorHealth;
use crate::domain::histogram::Histogram;
use crate::domain::units::nanos;
use crate::host::monotonic::Clock;
use crate::host::{ports, process};

/// How often the runtime's timers are checked.
const TICK: Duration = Duration::from_millis(10);

/// Readings at the start of a window.
#[derive(Debug)]
pub(crate) struct Readings {
    at_ns: u64,
    cpu: Duration,
    wait: Option<Duration>,
}

impl Readings {
    /// Takes the readings now, on the thread that generates the load.
    pub(crate) fn take(clock: &Clock) -> Self {
        Self { at_ns: clock.now_ns(), cpu: process::thread_cpu_time(), wait: process::thread_wait_time() }
    }

    /// The health of the generator since these readings.
    pub(crate) fn since(&self, clock: &Clock, requests: u64, lags: &Lags) -> GeneratorHealth {
        let wall = clock.now_ns().saturating_sub(self.at_ns) as f64 / 1e9;
        let share = |spent: Duration| (wall > 0.0).then(|| (spent.as_secs_f64() / wall).min(1.0));
        let cpu = process::thread_cpu_time().saturating_sub(self.cpu);
        let wait = process::thread_wait_time().zip(self.wait).map(|(now, then)| now.saturating_sub(then));
        GeneratorHealth {
            cpu_share: share(cpu),
            wait_share: wait.and_then(share),
            scheduling_lag_p99_us: lags.quantile_us(0.99),
            scheduling_lag_max_us: lags.quantile_us(1.0),
            send_lateness_p99_us: None,
            littles_law_ratio: None,
            cpu_us_per_request: (requests > 0).then(|| cpu.as_secs_f64() * 1e6 / requests as f64),
            descriptor_headroom: process::descriptor_headroom(),
            port_headroom: ports::headroom(),
        }
    }
}

/// When this thread last had its turn, so that what came late to us is not taken for late.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    beat_ns: AtomicU64,
    late_ns: AtomicU64,
}

impl Pulse {
    fn beat(&self, now: u64, late_ns: u64) {
        self.beat_ns.store(now, Ordering::Relaxed);
        self.late_ns.store(late_ns, Ordering::Relaxed);
    }

    /// How long this thread was held up between two times, at least. Units: nanoseconds.
    pub(crate) fn held_up_ns(&self, from_ns: u64, to_ns: u64) -> u64 {
        let beat_ns = self.beat_ns.load(Ordering::Relaxed);
        // Without a beat yet, nobody watches.
        if beat_ns == 0 {
            return 0;
        }
        let overdue_ns = to_ns.saturating_sub(beat_ns.saturating_add(nanos(TICK)));
        let late_ns = if beat_ns >= from_ns { self.late_ns.load(Ordering::Relaxed) } else { 0 };
        overdue_ns.max(late_ns)
    }
}

/// Distribution of how late the runtime's timers fired.
#[derive(Debug, Default)]
pub(crate) struct Lags(Option<Histogram>);

impl Lags {
    fn quantile_us(&self, quantile: f64) -> Option<f64> {
        self.0.as_ref()?.quantile_ns(quantile).map(|lag_ns| lag_ns as f64 / 1e3)
    }
}

/// Checks the runtime's timers until dropped; run concurrently with the load.
pub(crate) async fn watch_lag(clock: Clock, pulse: &Pulse, lags: &mut Lags) {
    lags.0 = Histogram::new().ok();
    loop {
        let due = clock.now_ns() + nanos(TICK);
        tokio::time::sleep_until(clock.instant(due)).await;
        let now = clock.now_ns();
        pulse.beat(now, now.saturating_sub(due));
        if let Some(histogram) = &mut lags.0 {
            histogram.record(now.saturating_sub(due));
        }
    }
}
