//! Metrics, values, changes and incidents in words.

use crate::analysis::comparison::{Row, is_ratio};
use crate::analysis::incident::{Affected, Incident, IncidentCause, Update};
use crate::analysis::series::NoInterval;
use crate::domain::metric::{Metric, Reading};
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::TimeKind;
use crate::report::wording::times::{moment, stretch};
use crate::stats::Estimate;

use super::numbers::{
    FINEST, MISSING, chosen_percent, counted, listed, percent, percent_from, rate, significant, time_us,
    trimmed,
};

/// A metric in words: `mean service time`, `p99.9 response time`, `p95 time to first byte`.
pub fn metric_words(metric: Metric) -> String {
    match metric {
        Metric::Throughput => "throughput".to_owned(),
        Metric::ErrorRatio => "error ratio".to_owned(),
        Metric::Bytes => "bytes".to_owned(),
        Metric::CacheHitRatio => "cache hit ratio".to_owned(),
        Metric::CertificateDays => "days until the certificate expires".to_owned(),
        Metric::Time(kind, reading) => {
            let kind = match kind {
                TimeKind::Service => "service time",
                TimeKind::Response => "response time",
                TimeKind::FirstByte => "time to first byte",
            };
            match reading {
                Reading::Percentile(Percentile::P999) => format!("p99.9 {kind}"),
                reading => format!("{} {kind}", reading.name()),
            }
        }
    }
}

/// A value of a metric with its unit.
pub fn metric_value(metric: Metric, value: Option<f64>) -> String {
    match metric {
        Metric::Throughput => rate(value),
        Metric::ErrorRatio | Metric::CacheHitRatio => percent(value),
        Metric::CertificateDays => value.map_or_else(|| MISSING.to_owned(), days),
        Metric::Bytes => {
            value.map_or_else(|| MISSING.to_owned(), |value| format!("{} B", significant(value)))
        }
        Metric::Time(..) => time_us(value),
    }
}

/// A span in days: `13.4 days`, `1 day`.
fn days(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    format!("{text} {}", if text == "1" { "day" } else { "days" })
}

/// A configured value, without the trailing zeros of a measured one: `50 ms`.
pub fn chosen_value(metric: Metric, value: f64) -> String {
    if is_ratio(metric) {
        return chosen_percent(value);
    }
    let text = metric_value(metric, Some(value));
    let end = text.find(|c: char| !(c.is_ascii_digit() || "-.,".contains(c))).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    if !number.contains('.') {
        return text;
    }
    format!("{}{unit}", number.trim_end_matches('0').trim_end_matches('.'))
}

/// An interval of a metric; the unit appears once if both ends have the same: `3.01 to 3.27 ms`.
pub fn interval_words(metric: Metric, (low, high): (f64, f64)) -> String {
    if is_ratio(metric) && low < FINEST && high > 0.0 {
        return format!("below {}", percent_above(high.max(FINEST)));
    }
    let (low, high) = (metric_value(metric, Some(low)), metric_value(metric, Some(high)));
    let unit_of =
        |text: &str| text.trim_start_matches(|c: char| c.is_ascii_digit() || "-.,".contains(c)).to_owned();
    let unit = unit_of(&high);
    let bare = if unit_of(&low) == unit { low.strip_suffix(&unit).unwrap_or(&low) } else { &low };
    format!("{bare} to {high}")
}

/// A percentage with two digits, rounded up, as the end of an interval from 0 deserves: `0.016 %`.
fn percent_above(ratio: f64) -> String {
    let percent = ratio * 100.0;
    let digit = 10_f64.powf(percent.log10().floor() - 1.0);
    // A little less than the next digit is that digit, whatever the last bit says.
    let rounded = (percent / digit - 1e-9).ceil() * digit;
    format!("{} %", trimmed(rounded))
}

/// A row's change with its interval; for ratios the interval of the new ratio.
pub fn change_words(row: &Row) -> String {
    let Estimate { value, low, high } = row.change;
    if is_ratio(row.metric) {
        return format!("95 % interval {}", interval_words(row.metric, (low, high)));
    }
    let percent = |ratio: f64| signed_percent(ratio - 1.0);
    format!("{} ({} to {})", percent(value), percent(low), percent(high))
}

/// A relative change with its sign: `+21 %`.
pub fn signed_percent(change: f64) -> String {
    // Nothing here is known to a hundredth of a percent.
    if change.abs() < 5e-5 {
        return "0 %".to_owned();
    }
    if !change.is_finite() {
        return MISSING.to_owned();
    }
    let sign = if change < 0.0 { "-" } else { "+" };
    format!("{sign}{}", percent(Some(change.abs())))
}

/// What an incident is, and how large: `mean service time of browse rose by 60 % (57 to 63 %)`.
pub fn incident_words(incident: &Incident) -> String {
    let place = place_words(incident);
    if let Some(ratio) = incident.error_ratio().filter(|_| incident.cause == IncidentCause::Errors) {
        let (failed, judged) = incident.failed();
        let share =
            if failed == judged { "all".to_owned() } else { format!("{} of the", percent(Some(ratio))) };
        return format!("{share} requests to {place} failed");
    }
    if incident.cause == IncidentCause::Cache {
        let mean = |of: fn(&Affected) -> f64| {
            let sum: f64 = incident.cells.iter().map(of).sum();
            percent(Some(sum / incident.cells.len().max(1) as f64))
        };
        let (from, to) = (mean(|cell| cell.expected), mean(|cell| cell.measured));
        return format!("cache hit ratio of {place} fell from {from} to {to}");
    }
    let Some(effect) = incident.effect else {
        return format!("{} of {place} got worse", metric_words(incident.metric));
    };
    let verb = if effect.value > 0.0 { "rose" } else { "fell" };
    let size = |change: f64| percent(Some(change.abs()));
    let (low, high) = if effect.value > 0.0 {
        (effect.low.max(0.0), effect.high)
    } else {
        (effect.high.min(0.0), effect.low)
    };
    let low = percent_from(low.abs());
    let low = low.strip_suffix(" %").unwrap_or(&low);
    format!(
        "{} of {place} {verb} by {} ({low} to {})",
        metric_words(incident.metric),
        size(effect.value),
        size(high)
    )
}

/// The affected cell, or the affected endpoints.
fn place_words(incident: &Incident) -> String {
    const MOST_NAMES: usize = 3;
    let series = incident.series();
    let sources: Vec<&Affected> = incident.sources().collect();
    match (sources.as_slice(), series.as_slice()) {
        // One that begins with the run has no earlier values to take its size from, and only its worst window has a cell.
        ([], _) => incident.worst.1.to_string(),
        ([cell], _) => cell.cell.to_string(),
        (_, names) if names.len() <= MOST_NAMES => listed(names),
        (sources, names) => {
            let steps = sources.iter().filter(|source| source.cell.step.is_some()).count();
            let noun = if steps == 0 { "endpoint" } else { "step" };
            let mixed = if steps > 0 && steps < sources.len() { "endpoints and " } else { "" };
            let all = counted(names.len() as u64, noun);
            all.replacen(' ', &format!(" {mixed}"), 1)
        }
    }
}

/// Why a figure has the range of its windows and no interval.
pub fn no_interval_words(why: NoInterval) -> String {
    match why {
        NoInterval::TooFew => {
            "\"range\" is the lowest and highest window: a 95 % interval needs at least 36 valid windows.".to_owned()
        }
        NoInterval::Wanders => {
            "\"range\" is the lowest and highest window: these windows depend on each other too much for a 95 % interval."
                .to_owned()
        }
    }
}

/// From when to when an incident lasted.
pub fn incident_span(incident: &Incident) -> String {
    match incident.resolved_at {
        Some(until) => format!("from {}", stretch(incident.opened_at, until)),
        None => format!("since {}", moment(incident.opened_at)),
    }
}

/// News about an incident in one line.
pub fn update_words(update: &Update) -> String {
    match update {
        Update::Opened(incident) => {
            format!("incident opened: {}, since {}", incident_words(incident), moment(incident.opened_at))
        }
        Update::Resolved(incident) => {
            format!("incident resolved: {}, {}", incident_words(incident), incident_span(incident))
        }
        Update::Withdrawn(incident) => format!(
            "incident withdrawn: {} at {} turned out to be the daily cycle or noise",
            place_words(incident),
            moment(incident.opened_at)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_values_are_exact() {
        let check = |metric, value, expected: &str| assert_eq!(chosen_value(metric, value), expected);
        check(Metric::ErrorRatio, 0.000_005, "0.0005 %");
        check(Metric::CacheHitRatio, 0.8, "80 %");
        check(Metric::Time(TimeKind::Service, Reading::Mean), 50_000.0, "50 ms");
        check(Metric::CertificateDays, 14.0, "14 days");
    }

    #[test]
    fn the_unit_of_an_interval_appears_once() {
        let check = |metric, interval, expected: &str| assert_eq!(interval_words(metric, interval), expected);
        let mean = Metric::Time(TimeKind::Service, Reading::Mean);
        check(mean, (3_010.0, 3_270.0), "3.01 to 3.27 ms");
        check(mean, (950.0, 1_270.0), "950 us to 1.27 ms");
        check(Metric::ErrorRatio, (0.001, 0.002), "0.100 to 0.200 %");
        check(Metric::ErrorRatio, (0.0, 0.001), "below 0.1 %");
        check(Metric::ErrorRatio, (0.0, 5.92e-7), "below 0.001 %");
        check(Metric::ErrorRatio, (0.0, 1.55e-5), "below 0.0016 %");
        check(Metric::ErrorRatio, (5e-6, 0.002), "below 0.2 %");
        check(Metric::ErrorRatio, (0.0, 0.0), "0 to 0 %");
        check(Metric::Throughput, (1_890.0, 2_020.0), "1,890 to 2,020/s");
    }
}
