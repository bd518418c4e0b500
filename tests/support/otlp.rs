//! A receiver of OTLP/HTTP on loopback, with messages of its own: the field numbers are stated here a second time.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use prost::Message;

use super::raw_server::{RawServer, read_head};

/// How a receiver answers a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It takes it.
    Accept,
    /// It takes it, but for seven points.
    Partly,
    /// This status, with `Retry-After: 0`.
    Status(u16),
    /// It closes the connection instead.
    Hang,
}

/// An accepted request.
#[derive(Debug, Clone)]
pub(crate) struct Accepted {
    /// Request line and headers.
    pub(crate) head: String,
    /// Decompressed body.
    pub(crate) body: Vec<u8>,
}

/// A running receiver.
pub(crate) struct OtlpReceiver {
    server: RawServer,
    accepted: Arc<Mutex<Vec<Accepted>>>,
}

impl OtlpReceiver {
    /// Answers each request by its number, from 0, and its path.
    pub(crate) fn start(answer: impl Fn(usize, &str) -> Answer + Send + Sync + 'static) -> Self {
        let accepted = Arc::new(Mutex::new(Vec::new()));
        let (kept, count) = (Arc::clone(&accepted), Mutex::new(0));
        let server = RawServer::serving(move |mut stream, _| {
            while let Some(request) = read(&mut stream) {
                let number = {
                    let mut count = count.lock().unwrap();
                    *count += 1;
                    *count - 1
                };
                let path = request.head.split(' ').nth(1).unwrap_or_default().to_owned();
                let answer = answer(number, &path);
                let (status, body) = match answer {
                    Answer::Accept => (200, Vec::new()),
                    Answer::Partly => (200, partly()),
                    Answer::Status(status) => (status, Vec::new()),
                    Answer::Hang => return,
                };
                if status == 200 {
                    kept.lock().unwrap().push(request);
                }
                let head = format!(
                    "HTTP/1.1 {status} Any\r\ncontent-type: application/x-protobuf\r\nretry-after: 0\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                if stream.write_all(&[head.as_bytes(), &body].concat()).is_err() {
                    return;
                }
            }
        });
        Self { server, accepted }
    }

    /// One that takes everything.
    pub(crate) fn accepting() -> Self {
        Self::start(|_, _| Answer::Accept)
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    pub(crate) fn accepted(&self) -> Vec<Accepted> {
        self.accepted.lock().unwrap().clone()
    }

    /// Every point of a metric, in the order of arrival: its attributes, its time and its whole number, or the count of a histogram.
    pub(crate) fn points(&self, name: &str) -> Vec<(BTreeMap<String, String>, u64, u64)> {
        let mut all = Vec::new();
        for request in self.accepted() {
            if !request.head.starts_with("POST /v1/metrics ") {
                continue;
            }
            let request = Metrics::decode(request.body.as_slice()).unwrap();
            let metrics = request.of_resource.iter().flat_map(|of| &of.of_scope).flat_map(|of| &of.metrics);
            for metric in metrics.filter(|metric| metric.name == name) {
                let sums = metric.sum.iter().flat_map(|of| &of.points);
                all.extend(sums.map(|point| {
                    (texts(&point.attributes), point.time_ns, point.int.unwrap_or(0).try_into().unwrap())
                }));
                let histograms = metric.histogram.iter().flat_map(|of| &of.points);
                all.extend(histograms.map(|point| {
                    assert_eq!(point.bucket_counts.iter().sum::<u64>(), point.count);
                    (texts(&point.attributes), point.time_ns, point.count)
                }));
            }
        }
        all
    }

    /// The last value of each series of a metric.
    pub(crate) fn last(&self, name: &str) -> BTreeMap<BTreeMap<String, String>, u64> {
        let mut points = self.points(name);
        points.sort_by_key(|(_, time_ns, _)| *time_ns);
        points.into_iter().map(|(attributes, _, value)| (attributes, value)).collect()
    }

    /// Attributes of the resource of all requests, which must be the same.
    pub(crate) fn resource(&self) -> BTreeMap<String, String> {
        let of = |request: &Accepted| {
            let request = Metrics::decode(request.body.as_slice()).unwrap();
            texts(&request.of_resource[0].resource.as_ref().unwrap().attributes)
        };
        let all: Vec<_> = self.accepted().iter().map(of).collect();
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
        all[0].clone()
    }
}

fn texts(attributes: &[Pair]) -> BTreeMap<String, String> {
    let text = |pair: &Pair| (pair.key.clone(), pair.value.clone().unwrap_or_default().text);
    attributes.iter().map(text).collect()
}

fn partly() -> Vec<u8> {
    // Field 1: a message with field 1, the number 7, and field 2, the text "too old".
    [&[0x0a, 11, 0x08, 7, 0x12, 7][..], b"too old"].concat()
}

fn read(stream: &mut TcpStream) -> Option<Accepted> {
    let head = String::from_utf8(read_head(stream)?).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.trim().parse().ok());
    let mut body = vec![0; length?];
    stream.read_exact(&mut body).ok()?;
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(body.as_slice()).read_to_end(&mut plain).unwrap();
    Some(Accepted { head, body: plain })
}

#[derive(Clone, PartialEq, Message)]
struct Metrics {
    #[prost(message, repeated, tag = "1")]
    of_resource: Vec<OfResource>,
}

#[derive(Clone, PartialEq, Message)]
struct OfResource {
    #[prost(message, optional, tag = "1")]
    resource: Option<Attributes>,
    #[prost(message, repeated, tag = "2")]
    of_scope: Vec<OfScope>,
}

#[derive(Clone, PartialEq, Message)]
struct Attributes {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<Pair>,
}

#[derive(Clone, PartialEq, Message)]
struct OfScope {
    #[prost(message, repeated, tag = "2")]
    metrics: Vec<Metric>,
}

#[derive(Clone, PartialEq, Message)]
struct Metric {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "7")]
    sum: Option<Sum>,
    #[prost(message, optional, tag = "9")]
    histogram: Option<Histogram>,
}

#[derive(Clone, PartialEq, Message)]
struct Sum {
    #[prost(message, repeated, tag = "1")]
    points: Vec<NumberPoint>,
}

#[derive(Clone, PartialEq, Message)]
struct NumberPoint {
    #[prost(fixed64, tag = "3")]
    time_ns: u64,
    #[prost(sfixed64, optional, tag = "6")]
    int: Option<i64>,
    #[prost(message, repeated, tag = "7")]
    attributes: Vec<Pair>,
}

#[derive(Clone, PartialEq, Message)]
struct Histogram {
    #[prost(message, repeated, tag = "1")]
    points: Vec<HistogramPoint>,
}

#[derive(Clone, PartialEq, Message)]
struct HistogramPoint {
    #[prost(fixed64, tag = "3")]
    time_ns: u64,
    #[prost(fixed64, tag = "4")]
    count: u64,
    #[prost(fixed64, repeated, tag = "6")]
    bucket_counts: Vec<u64>,
    #[prost(message, repeated, tag = "9")]
    attributes: Vec<Pair>,
}

#[derive(Clone, PartialEq, Message)]
struct Pair {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<Text>,
}

#[derive(Clone, PartialEq, Message)]
struct Text {
    #[prost(string, tag = "1")]
    text: String,
}
