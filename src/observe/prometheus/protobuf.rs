//! Messages of `io.prometheus.client`, each after its length: what Prometheus reads with native histograms.
//!
//! Histograms have classic and native buckets; a Prometheus with native histograms takes the native ones. Source: Prometheus
//! client model, `metrics.proto`. Field numbers are part of the format.

use prost::Message;

use super::catalogue::{Definition, Kind};
use super::collected::{Collected, Sample, Value};
use super::distribution::{Distribution, SCHEMA, ZERO_THRESHOLD};

const COUNTER: i32 = 0;
const GAUGE: i32 = 1;
const HISTOGRAM: i32 = 4;

#[derive(Clone, PartialEq, Message)]
struct LabelPair {
    #[prost(string, optional, tag = "1")]
    name: Option<String>,
    #[prost(string, optional, tag = "2")]
    value: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
struct Gauge {
    #[prost(double, optional, tag = "1")]
    value: Option<f64>,
}

#[derive(Clone, PartialEq, Message)]
struct Timestamp {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Counter {
    #[prost(double, optional, tag = "1")]
    value: Option<f64>,
    #[prost(message, optional, tag = "3")]
    created: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
struct Bucket {
    #[prost(uint64, optional, tag = "1")]
    cumulative_count: Option<u64>,
    #[prost(double, optional, tag = "2")]
    upper_bound: Option<f64>,
}

#[derive(Clone, PartialEq, Message)]
struct Span {
    #[prost(sint32, optional, tag = "1")]
    offset: Option<i32>,
    #[prost(uint32, optional, tag = "2")]
    length: Option<u32>,
}

#[derive(Clone, PartialEq, Message)]
struct Histogram {
    #[prost(uint64, optional, tag = "1")]
    sample_count: Option<u64>,
    #[prost(double, optional, tag = "2")]
    sample_sum: Option<f64>,
    #[prost(message, repeated, tag = "3")]
    bucket: Vec<Bucket>,
    #[prost(sint32, optional, tag = "5")]
    schema: Option<i32>,
    #[prost(double, optional, tag = "6")]
    zero_threshold: Option<f64>,
    #[prost(uint64, optional, tag = "7")]
    zero_count: Option<u64>,
    #[prost(message, repeated, tag = "12")]
    positive_span: Vec<Span>,
    // As in the second version of the language, which does not pack numbers by itself.
    #[prost(sint64, repeated, packed = "false", tag = "13")]
    positive_delta: Vec<i64>,
    #[prost(message, optional, tag = "15")]
    created: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
struct Metric {
    #[prost(message, repeated, tag = "1")]
    label: Vec<LabelPair>,
    #[prost(message, optional, tag = "2")]
    gauge: Option<Gauge>,
    #[prost(message, optional, tag = "3")]
    counter: Option<Counter>,
    #[prost(message, optional, tag = "7")]
    histogram: Option<Histogram>,
}

#[derive(Clone, PartialEq, Message)]
struct MetricFamily {
    #[prost(string, optional, tag = "1")]
    name: Option<String>,
    #[prost(string, optional, tag = "2")]
    help: Option<String>,
    #[prost(int32, optional, tag = "3")]
    kind: Option<i32>,
    #[prost(message, repeated, tag = "4")]
    metric: Vec<Metric>,
    #[prost(string, optional, tag = "5")]
    unit: Option<String>,
}

/// Every metric as a message after its length.
pub(super) fn delimited(collected: &Collected) -> Vec<u8> {
    collected
        .families()
        .flat_map(|(of, samples)| family(of, samples).encode_length_delimited_to_vec())
        .collect()
}

fn family(of: &Definition, samples: &[Sample]) -> MetricFamily {
    let kind = match of.kind {
        Kind::Counter => COUNTER,
        Kind::Gauge | Kind::Info => GAUGE,
        Kind::Histogram => HISTOGRAM,
    };
    MetricFamily {
        name: Some(of.name.to_owned()),
        help: Some(of.help.to_owned()),
        kind: Some(kind),
        metric: samples.iter().map(|sample| metric(of, sample)).collect(),
        unit: (!of.unit.is_empty()).then(|| of.unit.to_owned()),
    }
}

fn metric(of: &Definition, sample: &Sample) -> Metric {
    let label = of
        .labels
        .iter()
        .zip(&sample.labels)
        .map(|(name, value)| LabelPair { name: Some((*name).to_owned()), value: Some(value.to_string()) });
    let mut metric = Metric { label: label.collect(), ..Metric::default() };
    let created = timestamp(sample.created);
    match (&sample.value, of.kind) {
        (Value::Distribution(times), _) => metric.histogram = Some(histogram(times, created)),
        (Value::Number(value), Kind::Counter) => {
            metric.counter = Some(Counter { value: Some(*value), created: Some(created) });
        }
        (Value::Number(value), _) => metric.gauge = Some(Gauge { value: Some(*value) }),
    }
    metric
}

fn histogram(times: &Distribution, created: Timestamp) -> Histogram {
    let (spans, positive_delta) = times.spans();
    let bucket = |(bound, count)| Bucket { cumulative_count: Some(count), upper_bound: Some(bound) };
    let span = |(offset, length)| Span { offset: Some(offset), length: Some(length) };
    Histogram {
        sample_count: Some(times.count),
        sample_sum: Some(times.sum_s),
        bucket: times.cumulative().map(bucket).collect(),
        schema: Some(SCHEMA),
        zero_threshold: Some(ZERO_THRESHOLD),
        zero_count: Some(0),
        positive_span: spans.into_iter().map(span).collect(),
        positive_delta,
        created: Some(created),
    }
}

fn timestamp(unix_s: f64) -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a date")]
    let millis = (unix_s * 1e3).round() as i64;
    let nanos = i32::try_from(millis.rem_euclid(1_000) * 1_000_000).unwrap_or(0);
    Timestamp { seconds: millis.div_euclid(1_000), nanos }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::catalogue as names;
    use super::*;

    #[test]
    fn messages_are_read_as_they_are_written() {
        let mut collected = Collected::since(1.5);
        let labels: Vec<Arc<str>> = ["s", "e", "l"].map(Arc::from).to_vec();
        let mut times = crate::domain::histogram::Histogram::new().unwrap();
        (1..100_u64).for_each(|n| times.record(n * 1_000_000));
        let mut distribution = Distribution::default();
        distribution.add(&times, 50_000.0);
        let value = Value::Distribution(Arc::new(distribution.clone()));
        collected.push(&names::SERVICE_TIME, labels, value);
        collected.number(&names::GAPS, &[&Arc::from("s")], 3.0);
        let bytes = delimited(&collected);
        let mut rest = bytes.as_slice();
        let gaps = MetricFamily::decode_length_delimited(&mut rest).unwrap();
        assert_eq!(gaps.name.as_deref(), Some("baseline_gaps_total"));
        let created = Some(Timestamp { seconds: 1, nanos: 500_000_000 });
        assert_eq!(gaps.metric[0].counter, Some(Counter { value: Some(3.0), created }));
        let service_time = MetricFamily::decode_length_delimited(&mut rest).unwrap();
        assert!(rest.is_empty());
        let histogram = service_time.metric[0].histogram.clone().unwrap();
        assert_eq!((histogram.sample_count, histogram.bucket.len()), (Some(99), 20));
        let mut counts = Vec::new();
        for delta in histogram.positive_delta {
            counts.push(counts.last().copied().unwrap_or(0) + delta);
        }
        assert_eq!(counts.iter().sum::<i64>(), 99);
        assert_eq!(
            histogram.positive_span.iter().filter_map(|span| span.length).sum::<u32>() as usize,
            counts.len()
        );
        assert_eq!(distribution.count, 99);
    }
}
