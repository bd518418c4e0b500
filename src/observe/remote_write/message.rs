//! The messages of remote write 1.0, and samples as such messages. Field numbers are part of the protocol.
//!
//! Source: Prometheus Remote-Write 1.0; `prompb/types.proto`.

use std::collections::BTreeMap;
use std::sync::Arc;

use prost::Message;

use crate::observe::prometheus::catalogue::{self, Kind};
use crate::observe::prometheus::{Distribution, SCHEMA, ZERO_THRESHOLD};

/// Tells that a series has ended: the graph ends here, and not five minutes later.
pub(super) const STALE: f64 = f64::from_bits(0x7ff0_0000_0000_0002);

/// Names and values, sorted by name.
pub(super) type Labels = Vec<(&'static str, Arc<str>)>;

/// The value of a series at a time.
#[derive(Debug, Clone)]
pub(super) enum Point {
    /// A number.
    Number(f64),
    /// A native histogram.
    Distribution(Arc<Distribution>),
}

/// What is sent of one moment.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    /// Group whose end the moment is; `None` for a moment between groups.
    pub(super) group: Option<u64>,
    /// The moment, in milliseconds since 1970.
    pub(super) at_ms: i64,
    /// Series with their values.
    pub(super) points: Vec<(Labels, Point)>,
}

#[derive(Clone, PartialEq, Message)]
struct Label {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(double, tag = "1")]
    value: f64,
    #[prost(int64, tag = "2")]
    timestamp: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Span {
    #[prost(sint32, tag = "1")]
    offset: i32,
    #[prost(uint32, tag = "2")]
    length: u32,
}

#[derive(Clone, PartialEq, Message)]
struct Histogram {
    #[prost(uint64, optional, tag = "1")]
    count: Option<u64>,
    #[prost(double, tag = "3")]
    sum: f64,
    #[prost(sint32, tag = "4")]
    schema: i32,
    #[prost(double, tag = "5")]
    zero_threshold: f64,
    #[prost(uint64, optional, tag = "6")]
    zero_count: Option<u64>,
    #[prost(message, repeated, tag = "11")]
    positive_spans: Vec<Span>,
    #[prost(sint64, repeated, tag = "12")]
    positive_deltas: Vec<i64>,
    #[prost(int64, tag = "15")]
    timestamp: i64,
}

#[derive(Clone, PartialEq, Message)]
struct TimeSeries {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    histograms: Vec<Histogram>,
}

#[derive(Clone, PartialEq, Message)]
struct Metadata {
    #[prost(int32, tag = "1")]
    kind: i32,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(string, tag = "4")]
    help: String,
    #[prost(string, tag = "5")]
    unit: String,
}

#[derive(Clone, PartialEq, Message)]
struct WriteRequest {
    #[prost(message, repeated, tag = "1")]
    timeseries: Vec<TimeSeries>,
    #[prost(message, repeated, tag = "3")]
    metadata: Vec<Metadata>,
}

/// The request with these moments, which are in the order of time. Native histograms and the meanings of the metrics are part
/// of it where they are wanted.
pub(super) fn request(units: &[Unit], with_native: bool, with_metadata: bool) -> Vec<u8> {
    let mut all: BTreeMap<&Labels, TimeSeries> = BTreeMap::new();
    for unit in units {
        for (labels, point) in &unit.points {
            if !with_native && matches!(point, Point::Distribution(_)) {
                continue;
            }
            let series = all.entry(labels).or_insert_with(|| of_labels(labels));
            match point {
                Point::Number(value) => {
                    series.samples.push(Sample { value: *value, timestamp: unit.at_ms });
                }
                Point::Distribution(times) => series.histograms.push(histogram(times, unit.at_ms)),
            }
        }
    }
    let metadata = if with_metadata { metadata() } else { Vec::new() };
    WriteRequest { timeseries: all.into_values().collect(), metadata }.encode_to_vec()
}

fn of_labels(labels: &Labels) -> TimeSeries {
    // A label without a value is the same as none.
    let labels = labels.iter().filter(|(_, value)| !value.is_empty());
    let label =
        |(name, value): &(&str, Arc<str>)| Label { name: (*name).to_owned(), value: value.to_string() };
    TimeSeries { labels: labels.map(label).collect(), ..TimeSeries::default() }
}

fn histogram(times: &Distribution, timestamp: i64) -> Histogram {
    let (spans, positive_deltas) = times.spans();
    Histogram {
        count: Some(times.count),
        sum: times.sum_s,
        schema: SCHEMA,
        zero_threshold: ZERO_THRESHOLD,
        zero_count: Some(0),
        positive_spans: spans.into_iter().map(|(offset, length)| Span { offset, length }).collect(),
        positive_deltas,
        timestamp,
    }
}

fn metadata() -> Vec<Metadata> {
    let of = |of: &&catalogue::Definition| Metadata {
        kind: match of.kind {
            Kind::Counter => 1,
            Kind::Gauge => 2,
            Kind::Histogram => 3,
            Kind::Info => 6,
        },
        name: of.name.to_owned(),
        help: of.help.to_owned(),
        unit: of.unit.to_owned(),
    };
    catalogue::ALL.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_are_sent_once_each_with_their_samples_in_order() {
        let labels = |name: &str| -> Labels { vec![("__name__", name.into()), ("level", "".into())] };
        let unit = |group, at_ms, value| Unit {
            group: Some(group),
            at_ms,
            points: vec![
                (labels("b"), Point::Number(value)),
                (labels("a"), Point::Distribution(Arc::new(Distribution::default()))),
            ],
        };
        let units = [unit(1, 1_000, 1.0), unit(2, 2_000, STALE)];
        let read = WriteRequest::decode(request(&units, true, true).as_slice()).unwrap();
        assert_eq!(read.timeseries.len(), 2);
        let [a, b] = [&read.timeseries[0], &read.timeseries[1]];
        assert_eq!((a.labels.len(), a.labels[0].value.as_str()), (1, "a"));
        assert_eq!(a.histograms.iter().map(|of| of.timestamp).collect::<Vec<_>>(), [1_000, 2_000]);
        assert_eq!(b.samples[0], Sample { value: 1.0, timestamp: 1_000 });
        assert_eq!(b.samples[1].value.to_bits(), 0x7ff0_0000_0000_0002);
        assert_eq!(read.metadata.len(), catalogue::ALL.len());
        let without = WriteRequest::decode(request(&units, false, false).as_slice()).unwrap();
        assert_eq!((without.timeseries.len(), without.metadata.len()), (1, 0));
    }
}
