//! The metrics of a run as OTLP: the same figures as for Prometheus, with names and units in the way of OpenTelemetry.

use std::sync::Arc;

use crate::observe::prometheus::catalogue::{Definition, Kind};
use crate::observe::prometheus::{Collected, Distribution, SCHEMA, Sample, Value};

use super::message::{
    Buckets, CUMULATIVE, Data, Exponential, ExponentialPoint, Gauge, Histogram, HistogramPoint, KeyValue,
    Metric, Number, NumberPoint, Sum, text,
};

/// How histograms are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Histograms {
    /// With the bounds of the classic buckets of Prometheus: every backend stores them.
    #[default]
    Explicit,
    /// With 16 buckets for each doubling.
    Exponential,
}

/// Name and unit of a metric in OpenTelemetry.
///
/// `baseline_` becomes `baseline.`, and what the unit or the type says is left out of the name. A backend that makes names
/// for Prometheus from them puts it back, so queries are the same.
pub(super) fn name_and_unit(of: &Definition) -> (String, &'static str) {
    let name = of.name.strip_suffix("_total").filter(|_| of.kind == Kind::Counter).unwrap_or(of.name);
    let mut units =
        [("_per_second", "1/s"), ("_seconds", "s"), ("_bytes", "By"), ("_ratio", "1")].into_iter();
    let found = units.find_map(|(ending, unit)| Some((name.strip_suffix(ending)?, unit)));
    let (name, unit) = found.unwrap_or((name, ""));
    let name = match name.strip_prefix("baseline_") {
        Some(rest) => format!("baseline.{rest}"),
        None => name.to_owned(),
    };
    (name, unit)
}

/// The metrics of one moment. Units: nanoseconds since 1970.
pub(super) fn metrics(collected: &Collected, at_ns: u64, histograms: Histograms) -> Vec<Metric> {
    let all = collected.families().map(|(of, samples)| {
        let (name, unit) = name_and_unit(of);
        let data = match (of.kind, samples.first().map(|sample| &sample.value)) {
            (Kind::Histogram, _) | (_, Some(Value::Distribution(_))) => match histograms {
                Histograms::Explicit => Data::Histogram(Histogram {
                    points: samples.iter().filter_map(|sample| explicit(of, sample, at_ns)).collect(),
                    temporality: CUMULATIVE,
                }),
                Histograms::Exponential => Data::Exponential(Exponential {
                    points: samples.iter().filter_map(|sample| exponential(of, sample, at_ns)).collect(),
                    temporality: CUMULATIVE,
                }),
            },
            (Kind::Counter, _) => Data::Sum(Sum {
                points: samples.iter().filter_map(|sample| total(of, sample, at_ns)).collect(),
                temporality: CUMULATIVE,
                is_monotonic: true,
            }),
            (Kind::Gauge | Kind::Info, _) => Data::Gauge(Gauge {
                points: samples.iter().filter_map(|sample| gauge(of, sample, at_ns)).collect(),
            }),
        };
        Metric { name, description: of.help.to_owned(), unit: unit.to_owned(), data: Some(data) }
    });
    all.collect()
}

/// Adds the points of other moments. Metrics of one name have one type.
pub(super) fn merge(into: &mut Vec<Metric>, from: Vec<Metric>) {
    for metric in from {
        let Some(known) = into.iter_mut().find(|known| known.name == metric.name) else {
            into.push(metric);
            continue;
        };
        match (&mut known.data, metric.data) {
            (Some(Data::Gauge(known)), Some(Data::Gauge(more))) => known.points.extend(more.points),
            (Some(Data::Sum(known)), Some(Data::Sum(more))) => known.points.extend(more.points),
            (Some(Data::Histogram(known)), Some(Data::Histogram(more))) => known.points.extend(more.points),
            (Some(Data::Exponential(known)), Some(Data::Exponential(more))) => {
                known.points.extend(more.points);
            }
            _ => (),
        }
    }
}

/// Number of points.
pub(super) fn weight(metrics: &[Metric]) -> usize {
    let of = |metric: &Metric| match &metric.data {
        Some(Data::Gauge(data)) => data.points.len(),
        Some(Data::Sum(data)) => data.points.len(),
        Some(Data::Histogram(data)) => data.points.len(),
        Some(Data::Exponential(data)) => data.points.len(),
        None => 0,
    };
    metrics.iter().map(of).sum()
}

fn attributes(of: &Definition, labels: &[Arc<str>]) -> Vec<KeyValue> {
    of.labels.iter().zip(labels).map(|(key, value)| text(key, value)).collect()
}

/// Nanoseconds since 1970 of Unix seconds. Runs start at whole milliseconds, and a double keeps those exactly.
fn ns_of_seconds(seconds: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast saturates, and nothing starts before 1970"
    )]
    let millis = (seconds * 1e3).round() as u64;
    millis.saturating_mul(1_000_000)
}

fn gauge(of: &Definition, sample: &Sample, time_ns: u64) -> Option<NumberPoint> {
    let Value::Number(value) = sample.value else { return None };
    let (attributes, value) = (attributes(of, &sample.labels), Some(Number::Double(value)));
    Some(NumberPoint { start_ns: 0, time_ns, value, attributes })
}

fn total(of: &Definition, sample: &Sample, time_ns: u64) -> Option<NumberPoint> {
    let Value::Number(value) = sample.value else { return None };
    #[expect(clippy::cast_possible_truncation, reason = "counts stay far below 2^53, and a cast saturates")]
    let value = Some(Number::Int(value as i64));
    let (attributes, start_ns) = (attributes(of, &sample.labels), ns_of_seconds(sample.created));
    Some(NumberPoint { start_ns, time_ns, value, attributes })
}

fn explicit(of: &Definition, sample: &Sample, time_ns: u64) -> Option<HistogramPoint> {
    let Value::Distribution(times) = &sample.value else { return None };
    let (mut bounds, mut bucket_counts, mut below) = (Vec::new(), Vec::new(), 0);
    for (bound, cumulative) in times.cumulative() {
        bucket_counts.push(cumulative - below);
        below = cumulative;
        if bound.is_finite() {
            bounds.push(bound);
        }
    }
    Some(HistogramPoint {
        start_ns: ns_of_seconds(sample.created),
        time_ns,
        count: times.count,
        sum: Some(times.sum_s),
        bucket_counts,
        bounds,
        attributes: attributes(of, &sample.labels),
    })
}

fn exponential(of: &Definition, sample: &Sample, time_ns: u64) -> Option<ExponentialPoint> {
    let Value::Distribution(times) = &sample.value else { return None };
    Some(ExponentialPoint {
        attributes: attributes(of, &sample.labels),
        start_ns: ns_of_seconds(sample.created),
        time_ns,
        count: times.count,
        sum: Some(times.sum_s),
        scale: SCHEMA,
        zero_count: 0,
        positive: buckets(times),
    })
}

/// All buckets from the first to the last that is not empty. A bucket has the index of its lower end here, and that of its
/// upper end in Prometheus.
fn buckets(times: &Distribution) -> Option<Buckets> {
    let (first, _) = times.native.first_key_value()?;
    let (last, _) = times.native.last_key_value()?;
    let counts = (*first..=*last).map(|index| times.native.get(&index).copied().unwrap_or(0)).collect();
    Some(Buckets { offset: first - 1, counts })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::prometheus::catalogue::ALL;

    /// The name that Prometheus makes of a metric of OTLP.
    fn as_prometheus((name, unit): (String, &str), kind: Kind) -> String {
        let mut name = name.replace('.', "_");
        match unit {
            "s" => name.push_str("_seconds"),
            "By" => name.push_str("_bytes"),
            "1/s" => name.push_str("_per_second"),
            "1" => name.push_str("_ratio"),
            _ => (),
        }
        if kind == Kind::Counter {
            name.push_str("_total");
        }
        name
    }

    #[test]
    fn prometheus_gives_every_metric_its_name_back() {
        for of in ALL {
            assert_eq!(as_prometheus(name_and_unit(of), of.kind), of.name);
        }
    }

    #[test]
    fn buckets_have_the_index_of_their_lower_end() {
        let mut times = Distribution::default();
        times.native.extend([(0, 2), (3, 5)]);
        // One second is the upper end of bucket 0 there, and of bucket -1 here.
        assert_eq!(buckets(&times), Some(Buckets { offset: -1, counts: vec![2, 0, 0, 5] }));
        assert_eq!(buckets(&Distribution::default()), None);
    }

    #[test]
    fn moments_keep_their_digits() {
        assert_eq!(ns_of_seconds(1_795_800_000.123), 1_795_800_000_123_000_000);
        assert_eq!(ns_of_seconds(-1.0), 0);
    }
}
