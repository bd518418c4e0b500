//! Arbitrary windows, as an engine could have measured them, and damaged files.

use std::sync::Arc;
use std::time::Duration;

use baseline::domain::cell_name::CellName;
use baseline::domain::error_counts::ErrorCounts;
use baseline::domain::error_reason::ErrorReason;
use baseline::domain::generator::GeneratorHealth;
use baseline::domain::percentile::Percentile;
use baseline::domain::time_summary::TimeSummary;
use baseline::domain::verdict::{InvalidReason, Validity};
use baseline::domain::window::{CacheCounts, Counts, Phases, Window};
use jiff::Timestamp;
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;

/// Counts that fit into a float without loss, as columns of bytes are written.
fn count() -> impl Strategy<Value = u64> {
    prop_oneof![0..10_u64, 0..=1_000_000_000_000_u64]
}

/// Any finite number, or none.
fn reading() -> impl Strategy<Value = Option<f64>> {
    of(prop_oneof![0.0..1e9_f64, proptest::num::f64::NORMAL])
}

fn summary() -> impl Strategy<Value = TimeSummary> {
    let percentiles = vec(reading(), Percentile::ALL.len());
    (reading(), reading(), reading(), percentiles, reading()).prop_map(
        |(mean, stdev, min, percentiles, max)| TimeSummary {
            mean,
            stdev,
            min,
            percentiles: percentiles.try_into().unwrap(),
            max,
        },
    )
}

fn validity() -> impl Strategy<Value = Validity> {
    let invalid = proptest::sample::select(InvalidReason::ALL.to_vec()).prop_map(Validity::Invalid);
    prop_oneof![Just(Validity::Valid), Just(Validity::Throttled), invalid]
}

fn errors() -> impl Strategy<Value = ErrorCounts> {
    // Of one class there are several, and their sum is a count too.
    vec(0..1_000_000_000_u64, ErrorReason::ALL.len()).prop_map(|counts| {
        let mut errors = ErrorCounts::default();
        ErrorReason::ALL.into_iter().zip(counts).for_each(|(reason, count)| errors.add(reason, count));
        errors
    })
}

fn generator() -> impl Strategy<Value = GeneratorHealth> {
    vec(reading(), 9).prop_map(|readings| GeneratorHealth {
        cpu_share: readings[0],
        wait_share: readings[1],
        scheduling_lag_p99_us: readings[2],
        scheduling_lag_max_us: readings[3],
        send_lateness_p99_us: readings[4],
        littles_law_ratio: readings[5],
        cpu_us_per_request: readings[6],
        descriptor_headroom: readings[7],
        port_headroom: readings[8],
    })
}

/// Names as validation lets them through, quotes and other scripts included.
fn name() -> impl Strategy<Value = Arc<str>> {
    prop_oneof!["[a-z][a-z0-9_.-]{0,20}", "[a-zé\"'=|]{1,10}", "[一-龥]{1,10}"].prop_map(Arc::from)
}

fn counts() -> impl Strategy<Value = Counts> {
    (count(), count(), count()).prop_map(|(succeeded, failed, throttled)| Counts {
        succeeded,
        failed,
        throttled,
    })
}

fn phases() -> impl Strategy<Value = Phases> {
    (count(), reading(), reading(), reading()).prop_map(
        |(connections, resolve_mean_us, connect_mean_us, tls_mean_us)| Phases {
            connections,
            resolve_mean_us,
            connect_mean_us,
            tls_mean_us,
        },
    )
}

/// Any window.
pub(super) fn window() -> impl Strategy<Value = Window> {
    let cell = (count(), count(), name(), name(), any::<u32>(), of(name()));
    let times = (0..4_000_000_000_000_i64, 0..400_000_000_000_u64);
    let outcome = (counts(), validity(), count(), vec(summary(), 3), btree_map(100..600_u16, count(), 0..5));
    let paused = of(0..400_000_000_000_u64);
    let rest = (errors(), count(), count(), phases(), count(), generator(), paused, of(count()));
    let addresses = btree_map(any::<std::net::IpAddr>(), count(), 0..4);
    let rest = (rest, (of(count()), count(), addresses, reading()));
    (cell, times, outcome, rest).prop_map(|(cell, times, outcome, (rest, wire))| Window {
        number: cell.0,
        cycle: cell.1,
        started_at: Timestamp::from_millisecond(times.0).unwrap(),
        cell: CellName { workload: cell.2, step: cell.5, level: cell.3 },
        users: cell.4,
        duration: Duration::from_micros(times.1),
        backed_off: rest.6.map(Duration::from_micros),
        request_cap: rest.7,
        counts: outcome.0,
        validity: outcome.1,
        bytes: outcome.2,
        decoded_bytes: wire.0,
        odd_responses: wire.1,
        addresses: wire.2,
        certificate_days: wire.3,
        times: outcome.3.try_into().unwrap(),
        statuses: outcome.4,
        errors: rest.0,
        cache: CacheCounts { hits: rest.1, misses: rest.2 },
        phases: rest.3,
        late_starts: rest.4,
        redirects: rest.4 / 2,
        remarks: vec!["check failed: status == 201".to_owned()],
        generator: rest.5,
    })
}

/// A text with some of its bytes replaced, left out or doubled.
pub(super) fn damaged(text: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
    let edits = vec((any::<proptest::sample::Index>(), any::<u8>(), 0..3_u8), 1..6);
    edits.prop_map(move |edits| {
        let mut bytes = text.to_vec();
        for (at, byte, edit) in edits.into_iter().filter(|_| !text.is_empty()) {
            let at = at.index(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            match edit {
                0 => bytes[at] = byte,
                1 if bytes.len() > 1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, byte),
            }
        }
        bytes
    })
}
