//! What was noticed, as sentences that a person would write.

use crate::analysis::alert::AlertKind;
use crate::analysis::watch::Alert;
use crate::domain::metric::{Metric, Reading};
use crate::domain::percentile::Percentile;

use super::numbers::{MISSING, counted, percent, rate, significant, time_us};

/// A metric as people say it.
pub fn metric_words(metric: Metric) -> String {
    match metric {
        Metric::Throughput => "throughput".to_owned(),
        Metric::ErrorRatio => "error ratio".to_owned(),
        Metric::Bytes => "bytes".to_owned(),
        Metric::Time(kind, reading) => {
            let kind = kind.name().replace('_', " ");
            match reading {
                Reading::Percentile(Percentile::P999) => format!("{kind} p99.9"),
                reading => format!("{kind} {}", reading.name()),
            }
        }
    }
}

/// A value of a metric with its unit.
pub fn metric_value(metric: Metric, value: Option<f64>) -> String {
    match metric {
        Metric::Throughput => rate(value),
        Metric::ErrorRatio => percent(value),
        Metric::Bytes => {
            value.map_or_else(|| MISSING.to_owned(), |value| format!("{} B", significant(value)))
        }
        Metric::Time(..) => time_us(value),
    }
}

/// A relative change with its sign: `+21 %`.
pub fn signed_percent(change: f64) -> String {
    let sign = if change < 0.0 { "-" } else { "+" };
    format!("{sign}{}", percent(Some(change.abs())))
}

/// An alert in one line: what changed where, by how much, and whether that is worse.
pub fn describe_alert(alert: &Alert) -> String {
    let place = format!("{} at {}", alert.place.endpoint, alert.place.level);
    let what = metric_words(alert.metric);
    let value = metric_value(alert.metric, Some(alert.level()));
    let expected = metric_value(alert.metric, Some(alert.expected));
    if alert.kind == AlertKind::Errors {
        return format!("alert: {place}: {value} of the requests failed, where at most {expected} is usual");
    }
    let change = alert.effect.map_or_else(String::new, signed_percent);
    let verb = match alert.kind {
        AlertKind::Burst => "jumped",
        _ => "shifted",
    };
    let worth = if alert.is_worse() { "worse" } else { "better" };
    let windows = counted(alert.windows as u64, "window");
    format!(
        "alert: {place}: {what} {verb} by {change} over {windows} ({worth}): {value}, where {expected} was expected"
    )
}
