//! What runs for each request and each window, made ready to be timed or counted.

use baseline::domain::endpoint::Arrivals;
use baseline::domain::histogram::Histogram;
use baseline::http::parse_response;
use baseline::load::pacing::Schedule;
use baseline::load::recorder::{Recorder, Timing};

/// Answers as nginx and a chunking server send them; and none, which costs what making a connection's buffer costs.
pub(crate) const ANSWERS: [(&str, &[u8]); 3] = [
    ("nothing", b""),
    (
        "length",
        b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sat, 21 Nov 2026 19:00:00 GMT\r\n\
          Content-Type: application/json\r\nContent-Length: 58\r\nConnection: keep-alive\r\n\r\n\
          {\"status\":\"ok\",\"service\":\"peers\",\"padding\":\"0123456789ab\"}",
    ),
    (
        "chunked",
        b"HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 19:00:00 GMT\r\nTransfer-Encoding: chunked\r\n\r\n\
          20\r\n0123456789abcdef0123456789abcdef\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n",
    ),
];
/// How many arrivals the schedules have at least.
pub(crate) const ARRIVALS: u64 = 9_000;

pub(crate) fn recorder() -> Recorder {
    Recorder::new(true).unwrap()
}

/// The next time of a sequence that wanders through the buckets.
pub(crate) fn next_time(time_ns: u64) -> u64 {
    time_ns.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1) % 90_000_000 + 50_000
}

/// Records one request of an open loop.
pub(crate) fn record(recorder: &mut Recorder, time_ns: u64) {
    recorder.sent_late(1_000, 1_000);
    recorder.busy(time_ns);
    recorder.answered(&baseline::http::Response { status: 200, bytes: 58, ..Default::default() });
    recorder.succeeded(Timing {
        service_ns: time_ns,
        response_ns: time_ns + 1_000,
        first_byte_ns: time_ns - 500,
    });
}

pub(crate) fn full_recorder(seed: u64) -> Recorder {
    let (mut recorder, mut time_ns) = (recorder(), seed);
    for _ in 0..10_000 {
        time_ns = next_time(time_ns);
        record(&mut recorder, time_ns);
    }
    recorder
}

pub(crate) fn full_histogram() -> Histogram {
    let (mut histogram, mut time_ns) = (Histogram::new().unwrap(), 1);
    for _ in 0..100_000 {
        time_ns = next_time(time_ns);
        histogram.record(time_ns);
    }
    histogram
}

/// Parses an answer from its first byte to its last, on a fresh connection.
pub(crate) fn parse(answer: &[u8]) {
    let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
    let parsed = std::pin::pin!(parse_response(answer, usize::MAX));
    assert!(parsed.poll(context).is_ready());
}

pub(crate) fn schedules() -> [(&'static str, Schedule); 2] {
    let of = |arrivals| Schedule::new(1_000.0, arrivals, 10_000_000_000, 1, 1);
    [("uniform", of(Arrivals::Uniform)), ("poisson", of(Arrivals::Poisson))]
}
