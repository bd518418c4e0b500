//! What the program says beside what a server knows it did. Counts are exact; of times, only what holds on a machine that
//! runs other tests: none is reported shorter than it was. `cargo bench --bench truth` holds them to the microsecond.

use std::time::Duration;

use serde_json::Value;

use crate::support::truth::{Served, Service, TruthServer, quantile};

use super::{measure, number};

const MS: Duration = Duration::from_millis(1);
/// A histogram keeps three digits.
const RESOLUTION: f64 = 1.002;

fn asked(service: Service, arguments: &[&str]) -> (Value, Vec<Served>) {
    let server = TruthServer::start(service);
    let said = measure(&server.url(), arguments).json();
    (said, server.take())
}

fn spans(served: &[Served]) -> Vec<u64> {
    let mut spans: Vec<u64> = served.iter().map(|served| served.went_ns - served.came_ns).collect();
    spans.sort_unstable();
    spans
}

fn us(said: &Value, kind: &str, name: &str) -> f64 {
    said[kind][name].as_f64().unwrap_or_else(|| panic!("{kind} has no {name}: {said:#}"))
}

#[test]
fn no_quantile_is_told_shorter_than_the_server_took() {
    for service in [
        Service::Constant(2 * MS),
        Service::LogNormal { median: 2 * MS, sigma: 0.7 },
        Service::Bimodal { fast: MS, slow: 10 * MS, share: 0.1 },
    ] {
        let (said, served) = asked(service, &["--requests", "1200"]);
        assert_eq!((number(&said, "succeeded"), served.len()), (1_200, 1_200), "{said:#}");
        let spans = spans(&served);
        for (name, q) in [("min", 0.0), ("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0)] {
            let server_us = quantile(&spans, q) as f64 / 1e3;
            assert!(
                us(&said, "service_time_us", name) * RESOLUTION >= server_us,
                "{name} {server_us} {said:#}"
            );
        }
        let mean_us = spans.iter().sum::<u64>() as f64 / 1_200.0 / 1e3;
        assert!(us(&said, "service_time_us", "mean") >= mean_us, "{mean_us} {said:#}");
    }
}

#[test]
fn a_standstill_shows_in_response_times_as_the_schedule_felt_it() {
    let frozen = Service::Freezing { service: MS, period: 1_000 * MS, freeze: 300 * MS };
    let (said, served) = asked(frozen, &["--rate", "200", "--requests", "600"]);
    assert_eq!((number(&said, "succeeded"), served.len()), (600, 600), "{said:#}");
    // Two users were held up once a second; the arrivals of three tenths of the time waited for them.
    assert!(us(&said, "response_time_us", "p90") > 20.0 * us(&said, "service_time_us", "p90"), "{said:#}");
    let start = served
        .iter()
        .zip(0_u64..)
        .map(|(served, at)| i128::from(served.came_ns) - i128::from(at * 5_000_000));
    let start = start.min().unwrap();
    let waited = |served: &Served, at: u64| i128::from(served.came_ns) - start - i128::from(at * 5_000_000);
    let late =
        |limit_ns: i128| served.iter().zip(0..).filter(|(served, at)| waited(served, *at) > limit_ns).count();
    let told = usize::try_from(number(&said, "late_starts")).unwrap();
    // The server sees an arrival later than it was sent, and never earlier.
    assert!(
        (late(50_000_000)..=late(1_000_000)).contains(&told),
        "{told} {} {}",
        late(50_000_000),
        late(1_000_000)
    );
}

#[test]
fn those_whom_a_full_queue_turns_away_are_counted() {
    let full = Service::Queue { workers: 1, service: 10 * MS, room: 0 };
    let (said, served) = asked(full, &["--rate", "150", "--requests", "150"]);
    let in_full = served.iter().filter(|served| served.in_full).count() as u64;
    assert_eq!(served.len(), 150);
    assert!(in_full < 150, "nobody was turned away");
    assert_eq!(
        (number(&said, "succeeded"), number(&said["errors"], "status")),
        (in_full, 150 - in_full),
        "{said:#}"
    );
}
