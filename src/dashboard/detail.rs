//! Everything that is known of one group of windows, read from the run's folder.

use serde_json::Value;

use crate::domain::error_counts::ErrorCounts;
use crate::domain::error_reason::ErrorReason;
use crate::domain::generator::GeneratorReading;
use crate::domain::metric::Metric;
use crate::domain::trace::SlowRequest;
use crate::domain::units::nanos;
use crate::domain::verdict::InvalidReason;
use crate::domain::window::Window;
use crate::report::wording::failures::class_noun;
use crate::store::window_log::Follower;
use crate::store::{StoreError, slowest_log};

use super::clean::clean;
use super::json::{Detail, DetailRow, ErrorEntry, FlagEntry, SlowEntry};
use super::live_run::LiveRun;

/// The windows of a group; `None` where there is no such group.
/// # Errors
/// [`StoreError`] where the windows cannot be read.
pub(super) fn detail(run: &LiveRun, number: u64) -> Result<Option<Detail>, StoreError> {
    if number == 0 || number > run.state().last() {
        return Ok(None);
    }
    let mut windows = Vec::new();
    let mut follower = Follower::new(run.folder());
    loop {
        let read = follower.read_some()?;
        let is_beyond = read.last().is_none_or(|last| last.number > number);
        windows.extend(read.into_iter().filter(|window| window.number == number));
        if is_beyond {
            break;
        }
    }
    if windows.is_empty() {
        return Ok(None);
    }
    let mut slowest = slowest_log::Follower::new(run.folder()).of_group(&windows)?.into_iter();
    let state = run.state();
    let flags = |window: &Window| {
        let series = state.find(&window.cell.to_string());
        series.map(|series| series.flags_of(number)).unwrap_or_default()
    };
    let rows = windows.iter().map(|window| row(window, flags(window), &slowest.next().unwrap_or_default()));
    Ok(Some(Detail { rows: rows.collect() }))
}

fn row(window: &Window, flags: Vec<FlagEntry>, slowest: &[SlowRequest]) -> DetailRow {
    let number = |value: Option<f64>| value.map_or(Value::Null, Value::from);
    let metrics = Metric::ALL.into_iter().map(|metric| (metric.name(), number(metric.of(window))));
    let readings = GeneratorReading::ALL.into_iter();
    let readings = readings.map(|reading| (reading.name().to_owned(), number(reading.of(&window.generator))));
    DetailRow {
        id: window.cell.to_string(),
        number: window.number,
        cycle: window.cycle,
        started_at: format!("{:.3}", window.started_at),
        duration_s: window.duration.as_secs_f64(),
        users: window.users,
        validity: window.validity.word(),
        invalid_reason: window.validity.reason().map(InvalidReason::name),
        requests: window.counts.requests(),
        succeeded: window.counts.succeeded,
        failed: window.counts.failed,
        throttled: window.counts.throttled,
        metrics: metrics.collect(),
        cache_hits: window.cache.hits,
        cache_misses: window.cache.misses,
        connections: window.phases.connections,
        redirects: window.redirects,
        late_starts: window.late_starts,
        statuses: window.statuses.clone(),
        errors: errors(&window.errors),
        generator: readings.collect(),
        remarks: window.remarks.iter().map(clean).collect(),
        flags,
        slowest: slowest.iter().map(slow_entry).collect(),
    }
}

fn slow_entry(request: &SlowRequest) -> SlowEntry {
    SlowEntry {
        sent_at: format!("{:.6}", request.sent_at),
        service_time_us: nanos(request.service_time) as f64 / 1e3,
        trace_id: request.trace_id.to_string(),
        span_id: request.span_id.to_string(),
        status: request.status,
        failure: request.failure.map(ErrorReason::name),
    }
}

/// Failures by reason, and by class where the reason was not recorded.
fn errors(errors: &ErrorCounts) -> Vec<ErrorEntry> {
    let mut all = Vec::new();
    for (class, total) in errors.iter() {
        let mut left = total;
        for (reason, count) in errors.reasons().of_class(class) {
            left = left.saturating_sub(count);
            all.push(ErrorEntry {
                class: class.name(),
                reason: Some(reason.name()),
                count,
                sentence: reason.words().to_owned(),
            });
        }
        if left > 0 {
            let sentence = class_noun(class).to_owned();
            all.push(ErrorEntry { class: class.name(), reason: None, count: left, sentence });
        }
    }
    all
}
