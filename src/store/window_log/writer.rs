//! A window as a line of `windows.csv`.

use std::fmt::Display;

use crate::domain::generator::GeneratorReading;
use crate::domain::metric::Metric;
use crate::domain::verdict::InvalidReason;
use crate::domain::window::Window;

use super::columns::{BETWEEN_REMARKS, line_of};

/// A window as a CSV line without checksums, newline included.
pub fn line(window: &Window) -> String {
    line_of(&fields(window))
}

/// The fields of a window, in the order of the columns, without checksums.
pub(super) fn fields(window: &Window) -> Vec<String> {
    let mut fields = vec![
        window.number.to_string(),
        window.cycle.to_string(),
        format!("{:.3}", window.started_at),
        window.cell.workload.to_string(),
        window.cell.level.to_string(),
        window.cell.step.as_deref().unwrap_or_default().to_owned(),
        window.users.to_string(),
        format!("{:.6}", window.duration.as_secs_f64()),
        window.counts.requests().to_string(),
        window.counts.succeeded.to_string(),
        window.counts.failed.to_string(),
        window.counts.throttled.to_string(),
        window.validity.word().to_owned(),
    ];
    fields.extend(Metric::first().map(|metric| metric_text(metric, window)));
    fields.extend([
        window.validity.reason().map_or("", InvalidReason::name).to_owned(),
        pairs(window.statuses.iter().map(|(status, count)| (*status, *count))),
        pairs(window.errors.iter().map(|(class, count)| (class.name(), count))),
        window.cache.hits.to_string(),
        window.cache.misses.to_string(),
        window.phases.connections.to_string(),
        number(window.phases.resolve_mean_us),
        number(window.phases.connect_mean_us),
        number(window.phases.tls_mean_us),
        window.late_starts.to_string(),
        window.backed_off.map_or_else(String::new, |paused| format!("{:.6}", paused.as_secs_f64())),
        window.request_cap.map_or_else(String::new, |cap| cap.to_string()),
        pairs(window.errors.reasons().iter().map(|(reason, count)| (reason.name(), count))),
        window.decoded_bytes.map_or_else(String::new, |bytes| bytes.to_string()),
        window.odd_responses.to_string(),
        window
            .addresses
            .iter()
            .map(|(address, users)| format!("{address}={users}"))
            .collect::<Vec<_>>()
            .join(" "),
        window.redirects.to_string(),
        window.remarks.join(BETWEEN_REMARKS),
    ]);
    fields.extend(GeneratorReading::ALL.iter().map(|reading| number(reading.of(&window.generator))));
    fields.extend(Metric::LATER.map(|metric| metric_text(metric, window)));
    fields
}

fn metric_text(metric: Metric, window: &Window) -> String {
    match (metric, metric.of(window)) {
        (_, None) => String::new(),
        (Metric::Bytes, Some(bytes)) => format!("{bytes:.0}"),
        // Derived from counts and duration, so rounding loses no information.
        (Metric::Throughput, Some(value)) => format!("{value:.3}"),
        (Metric::ErrorRatio | Metric::CacheHitRatio, Some(value)) => format!("{value:.6}"),
        (_, value) => number(value),
    }
}

fn number(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or_else(String::new, |value| value.to_string())
}

fn pairs<K: Display>(counts: impl Iterator<Item = (K, u64)>) -> String {
    counts.map(|(key, count)| format!("{key}:{count}")).collect::<Vec<_>>().join(" ")
}
