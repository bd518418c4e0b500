//! A receiver of remote write for tests: it decodes with messages of its own, keeps Prometheus' rules about time, and misbehaves
//! to order.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use prost::Message;

use super::raw_server::{RawServer, read_head};

/// What is done with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reaction {
    /// Stores it, and says so.
    Accept,
    /// Stores it, and closes the connection without a response.
    AcceptAndClose,
    /// Closes the connection.
    Close,
    /// Stores nothing, and responds with a status and further header lines.
    Status(u16, &'static str),
    /// Never responds.
    Stall,
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
struct Histogram {
    #[prost(uint64, tag = "1")]
    count: u64,
    #[prost(double, tag = "3")]
    sum: f64,
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
struct WriteRequest {
    #[prost(message, repeated, tag = "1")]
    timeseries: Vec<TimeSeries>,
}

/// Labels of a series as they came.
pub(crate) type Labels = Vec<(String, String)>;

/// What a receiver has.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// Each series with its samples; of a native histogram the count.
    pub(crate) series: BTreeMap<Labels, BTreeMap<i64, f64>>,
    /// Heads of all requests.
    pub(crate) heads: Vec<String>,
    /// Requests that were refused because they were old.
    pub(crate) refused: usize,
}

impl Stored {
    /// Takes a request whole, or not at all: samples in the order of time, the same one again, but none before the last.
    fn take(&mut self, request: &WriteRequest) -> bool {
        let mut after = self.series.clone();
        for series in &request.timeseries {
            let labels: Labels =
                series.labels.iter().map(|label| (label.name.clone(), label.value.clone())).collect();
            assert!(labels.is_sorted() && labels.iter().all(|(_, value)| !value.is_empty()), "{labels:?}");
            let counts = series.histograms.iter().map(|of| (of.timestamp, of.count as f64));
            let known = after.entry(labels).or_default();
            for (at, value) in series.samples.iter().map(|of| (of.timestamp, of.value)).chain(counts) {
                let is_same = known.get(&at).is_some_and(|known| known.to_bits() == value.to_bits());
                if known.last_key_value().is_some_and(|(last, _)| at <= *last) && !is_same
                    || known.last_key_value().is_some_and(|(last, _)| at < *last)
                {
                    self.refused += 1;
                    return false;
                }
                known.insert(at, value);
            }
        }
        self.series = after;
        true
    }

    /// The series of a metric, with all labels but the name.
    pub(crate) fn of<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = (BTreeMap<&'a str, &'a str>, &'a BTreeMap<i64, f64>)> {
        self.series
            .iter()
            .filter(move |(labels, _)| labels[0] == ("__name__".to_owned(), name.to_owned()))
            .map(|(labels, samples)| {
                let labels = labels[1..].iter().map(|(name, value)| (name.as_str(), value.as_str()));
                (labels.collect(), samples)
            })
    }
}

/// A running receiver on a free loopback port.
pub(crate) struct Receiver {
    server: RawServer,
    stored: Arc<Mutex<Stored>>,
}

impl Receiver {
    /// Starts one that decides by the number of the request, from 0.
    pub(crate) fn start(react: impl Fn(usize) -> Reaction + Send + Sync + 'static) -> Self {
        let stored = Arc::new(Mutex::new(Stored::default()));
        let shared = Arc::clone(&stored);
        let server =
            RawServer::serving(move |mut stream, _| while serve(&mut stream, &shared, &react).is_some() {});
        Self { server, stored }
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/api/v1/write", self.server.address())
    }

    /// What it has.
    pub(crate) fn stored(&self) -> std::sync::MutexGuard<'_, Stored> {
        self.stored.lock().unwrap()
    }
}

fn serve(stream: &mut TcpStream, stored: &Mutex<Stored>, react: &dyn Fn(usize) -> Reaction) -> Option<()> {
    let head = String::from_utf8(read_head(stream)?).unwrap();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
    });
    let mut body = vec![0; length.unwrap()];
    stream.read_exact(&mut body).ok()?;
    let message = snap::raw::Decoder::new().decompress_vec(&body).unwrap();
    let request = WriteRequest::decode(message.as_slice()).unwrap();
    let reaction = {
        let mut stored = stored.lock().unwrap();
        let reaction = react(stored.heads.len());
        stored.heads.push(head);
        match reaction {
            Reaction::Accept | Reaction::AcceptAndClose if !stored.take(&request) => {
                Reaction::Status(400, "x-why: age")
            }
            reaction => reaction,
        }
    };
    match reaction {
        Reaction::Accept => stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").ok(),
        Reaction::AcceptAndClose | Reaction::Close => None,
        Reaction::Status(status, header) => {
            let body = "out of order sample; token=hush-hush-hush\nmore";
            let length = body.len();
            let text = format!("HTTP/1.1 {status} No\r\n{header}\r\ncontent-length: {length}\r\n\r\n{body}");
            stream.write_all(text.as_bytes()).ok()
        }
        Reaction::Stall => {
            let _ = stream.read_to_end(&mut Vec::new());
            None
        }
    }
}
