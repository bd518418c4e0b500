//! Holds what the program says against a server that knows its own truth: `cargo bench --bench truth [-- CASE]`.
//!
//! Times: each quantity within 1 % and 100 us of what the server did, plus the loopback's own round trip, which a plain
//! client measures at the same time and at the same quantile: where the machine stood still, it did so for both. That
//! client asks one at a time; users at a time also wait for each other's threads in the server, so beyond the 99th
//! percentile its longest round trip counts.
//! Schedules: what the server saw come. Ends with an error where a bar is missed. Wants a machine that does nothing else.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench talks to who runs it, and fails by panicking"
)]

#[path = "../tests/support/truth.rs"]
mod truth;

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use truth::{Served, Service, TruthServer, quantile};

const MS: Duration = Duration::from_millis(1);
/// What a time may be off by, beside the round trip: a share of it, and microseconds.
const SHARE: f64 = 0.01;
const SLACK_US: f64 = 100.0;
const QUANTILES: [(&str, f64); 4] = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999)];

fn main() -> ExitCode {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let mut bench = Bench { wanted, judged: 0, missed: 0 };
    bench.closed_loops();
    bench.open_loops();
    bench.schedules();
    bench.poisson();
    assert!(bench.judged > 0, "there is no case like {:?}", bench.wanted);
    if bench.missed > 0 {
        println!("{} missed", bench.missed);
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

struct Bench {
    wanted: String,
    judged: u32,
    missed: u32,
}

/// What the program said, what the server knows, and how long plain round trips took meanwhile. Nanoseconds, sorted.
struct Measured {
    said: Value,
    served: Vec<Served>,
    round_trips: Vec<u64>,
}

/// What a test run needs beside its target. Its requests are counted, so that connections are opened in the warm-up: a
/// server does not see what opening one takes.
struct Load {
    users: u32,
    requests: u32,
    rate: Option<u32>,
}

impl Bench {
    fn closed_loops(&mut self) {
        let cases = [
            ("constant 1 ms", Service::Constant(MS), 10, 150_000),
            ("constant 5 ms", Service::Constant(5 * MS), 10, 28_000),
            ("constant 20 ms", Service::Constant(20 * MS), 20, 15_000),
            (
                "log-normal, median 5 ms, sigma 0.5",
                Service::LogNormal { median: 5 * MS, sigma: 0.5 },
                10,
                25_000,
            ),
            (
                "bimodal, 2 ms and one in ten 40 ms",
                Service::Bimodal { fast: 2 * MS, slow: 40 * MS, share: 0.1 },
                10,
                25_000,
            ),
            (
                "freezing 300 ms every 2 s, else 2 ms",
                Service::Freezing { service: 2 * MS, period: 2_000 * MS, freeze: 300 * MS },
                10,
                75_000,
            ),
        ];
        for (name, service, users, requests) in cases {
            if !self.wants(name) {
                continue;
            }
            let server = TruthServer::start(service);
            let Measured { said, served, round_trips } = ask(&server, &Load { users, requests, rate: None });
            begin(&format!("{name}: closed loop, {users} users, {requests} requests"));
            self.exact("requests", served.len() as u64, said["succeeded"].as_u64().unwrap());
            self.times("service", &spans(&served), &said["service_time_us"], &round_trips);
            println!();
        }
    }

    fn open_loops(&mut self) {
        let frozen = Service::Freezing { service: MS, period: 2_000 * MS, freeze: 300 * MS };
        for (name, service, users, rate) in [
            ("open loop, freezing, users to spare", frozen, 200, 500),
            ("open loop, freezing, twenty users", frozen, 20, 500),
            ("open loop, freezing, one user", frozen, 1, 100),
            ("open loop, bounded queue", Service::Queue { workers: 2, service: 4 * MS, room: 4 }, 50, 600),
        ] {
            if !self.wants(name) {
                continue;
            }
            let server = TruthServer::start(service);
            let Measured { said, served: all, round_trips } =
                ask(&server, &Load { users, requests: rate * 20, rate: Some(rate) });
            let (served, turned_away): (Vec<Served>, Vec<Served>) =
                all.iter().partition(|served| served.in_full);
            let intended = intended(&all, 1e9 / f64::from(rate));
            let responses = all.iter().zip(&intended).filter(|(served, _)| served.in_full);
            let mut responses: Vec<u64> =
                responses.map(|(served, at)| served.went_ns.saturating_sub(*at)).collect();
            responses.sort_unstable();
            let late = all
                .iter()
                .zip(&intended)
                .filter(|(served, at)| served.came_ns.saturating_sub(**at) > 1_000_000);
            begin(&format!("{name}: {users} users, {rate}/s, 20 s"));
            self.exact("arrivals", u64::from(rate) * 20, all.len() as u64);
            self.exact("requests", served.len() as u64, said["succeeded"].as_u64().unwrap());
            self.exact(
                "turned away",
                turned_away.len() as u64,
                said["errors"]["status"].as_u64().unwrap_or(0),
            );
            self.late(late.count() as u64, said["late_starts"].as_u64().unwrap(), all.len() as u64);
            self.times("service", &spans(&served), &said["service_time_us"], &round_trips);
            self.times("response", &responses, &said["response_time_us"], &round_trips);
            println!();
        }
    }

    fn schedules(&mut self) {
        for rate in [10, 100, 1_000, 5_000] {
            let name = format!("schedule {rate}/s");
            if !self.wants(&name) {
                continue;
            }
            let server = TruthServer::start(Service::Constant(Duration::ZERO));
            let measured = ask(&server, &Load { users: 10, requests: rate * 10, rate: Some(rate) });
            let came: Vec<u64> = measured.served.iter().map(|served| served.came_ns).collect();
            begin(&format!("{name}: ten users, 10 s, as the server saw them come"));
            self.exact("arrivals", u64::from(rate) * 10, came.len() as u64);
            let span = (came[came.len() - 1] - came[0]) as f64 / 1e9;
            let seen = (came.len() - 1) as f64 / span;
            self.row("rate /s", f64::from(rate), seen, 0.001 * f64::from(rate));
            let mut gaps: Vec<u64> = came.windows(2).map(|pair| pair[1] - pair[0]).collect();
            gaps.sort_unstable();
            let ideal = 1e6 / f64::from(rate);
            self.row("gap p99 us", ideal, quantile(&gaps, 0.99) as f64 / 1e3, 1_500.0);
            println!();
        }
    }

    /// Independent arrivals: as many a second as asked for, exponential gaps, and counts that spread as they should.
    fn poisson(&mut self) {
        if !self.wants("poisson") {
            return;
        }
        let (rate, seconds) = (500.0, 40.0);
        let server = TruthServer::start(Service::Constant(Duration::ZERO));
        let folder = tempfile::tempdir().unwrap();
        let scenario = folder.path().join("poisson.toml");
        let text = format!(
            "schema = 1\nname = \"poisson\"\n[target]\nbase_url = \"{}\"\nallow_hosts = [\"127.0.0.1\"]\n\
             [[endpoint]]\nname = \"root\"\npath = \"/\"\npace = {{ rate = {rate}, arrivals = \"poisson\" }}\n",
            server.url().trim_end_matches('/')
        );
        std::fs::write(&scenario, text).unwrap();
        let scenario = scenario.to_string_lossy().into_owned();
        run(&["test", "root", "truth:20", "--scenario", &scenario, "--duration", "40s", "--warm-up", "0s"]);
        let came: Vec<u64> = server.take().iter().map(|served| served.came_ns).collect();
        begin("poisson: 500/s, 40 s, as the server saw them come");
        let expected: f64 = rate * seconds;
        self.row("arrivals", expected, came.len() as f64, 4.0 * expected.sqrt());
        let mut gaps: Vec<f64> = came.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / 1e9).collect();
        gaps.sort_by(f64::total_cmp);
        let n = gaps.len() as f64;
        // Kolmogorov's distance to the exponential distribution of the rate: above 1.63 in one of a hundred. Two arrivals
        // closer than the 50 us that a thread takes to wake are seen as far apart as that.
        let grain = (1.0 - (-50e-6 * rate).exp()) * n.sqrt();
        let distances = gaps.iter().enumerate().map(|(at, gap)| {
            let cumulated = 1.0 - (-gap * rate).exp();
            (cumulated - at as f64 / n).abs().max((cumulated - (at + 1) as f64 / n).abs())
        });
        self.row("Kolmogorov's D x sqrt(n)", 0.0, distances.fold(0.0, f64::max) * n.sqrt(), 1.63 + grain);
        // Counts in stretches of 100 ms: their variance over their mean is 1, give or take 4 sqrt(2/k).
        let mut counts = vec![0.0; 400];
        for at in &came {
            let stretch = usize::try_from((at - came[0]) / 100_000_000).unwrap();
            if let Some(count) = counts.get_mut(stretch) {
                *count += 1.0;
            }
        }
        let mean = counts.iter().sum::<f64>() / 400.0;
        let variance = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / 399.0;
        self.row("variance / mean of counts", 1.0, variance / mean, 4.0 * (2.0_f64 / 400.0).sqrt());
        println!();
    }

    fn wants(&self, case: &str) -> bool {
        case.contains(&self.wanted)
    }

    /// Mean, percentiles and the longest, in microseconds; a percentile that too few requests support is left out.
    fn times(&mut self, kind: &str, sorted: &[u64], said: &Value, round_trips: &[u64]) {
        let mean = sorted.iter().sum::<u64>() as f64 / sorted.len() as f64;
        let percentiles = QUANTILES.map(|(name, q)| (name, quantile(sorted, q) as f64, q));
        let ends = [("mean", mean, 0.5), ("max", sorted[sorted.len() - 1] as f64, 1.0)];
        for (name, server_ns, q) in ends.into_iter().chain(percentiles) {
            let server = server_ns / 1e3;
            // Only what too few requests support may be missing.
            assert!(said[name].is_number() || sorted.len() < 4_000 && q > 0.9 && q < 1.0, "{name}: {said:#}");
            if let Some(client) = said[name].as_f64() {
                let round_trip = quantile(round_trips, if q > 0.99 { 1.0 } else { q });
                let allowed = SHARE * server + SLACK_US + round_trip as f64 / 1e3;
                self.row(&format!("{kind} {name} us"), server, client, allowed);
            }
        }
    }

    fn exact(&mut self, name: &str, server: u64, client: u64) {
        self.row(name, server as f64, client as f64, 0.0);
    }

    /// Late starts: the server sees each later by half a round trip, so those on the edge of lateness may differ.
    fn late(&mut self, server: u64, client: u64, of: u64) {
        self.row("late starts", server as f64, client as f64, 0.005 * of as f64);
    }

    fn row(&mut self, name: &str, server: f64, client: f64, allowed: f64) {
        let off = client - server;
        let holds = off.abs() <= allowed;
        self.judged += 1;
        self.missed += u32::from(!holds);
        let digits = if server.abs() < 100.0 && allowed < 100.0 && allowed > 0.0 { 2 } else { 0 };
        let mut line = format!("| {name} ");
        for value in [server, client, off, allowed] {
            let _ = write!(line, "| {value:.digits$} ");
        }
        println!("{line}| {} |", if holds { "holds" } else { "MISSED" });
    }
}

fn begin(title: &str) {
    println!("{title}\n");
    println!("| quantity | server | baseline | off by | allowed | |\n|---|---:|---:|---:|---:|---|");
}

/// What the server did, sorted.
fn spans(served: &[Served]) -> Vec<u64> {
    let mut spans: Vec<u64> = served.iter().map(|served| served.went_ns - served.came_ns).collect();
    spans.sort_unstable();
    spans
}

/// When each arrival was intended, on the server's clock: the schedule begins where no arrival comes before its time.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "nanoseconds of a short run")]
fn intended(all: &[Served], spacing_ns: f64) -> Vec<u64> {
    let offset = |at: usize| at as f64 * spacing_ns;
    let start = all.iter().enumerate().map(|(at, served)| served.came_ns as f64 - offset(at));
    let start = start.fold(f64::INFINITY, f64::min);
    (0..all.len()).map(|at| (start + offset(at)) as u64).collect()
}

fn ask(server: &TruthServer, load: &Load) -> Measured {
    let (level, requests) = (format!("truth:{}", load.users), load.requests.to_string());
    let (url, rate) = (server.url(), load.rate.map(|rate| rate.to_string()));
    let mut arguments = vec!["test", &url, &level, "--requests", &requests];
    if let Some(rate) = &rate {
        arguments.extend(["--rate", rate]);
    }
    let is_over = AtomicBool::new(false);
    let (said, round_trips) = std::thread::scope(|scope| {
        let pings = scope.spawn(|| round_trips(&is_over));
        let said = std::panic::catch_unwind(|| run(&arguments));
        is_over.store(true, Ordering::SeqCst);
        (said.unwrap(), pings.join().unwrap())
    });
    Measured { said, served: server.take(), round_trips }
}

fn run(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_baseline"))
        .args(arguments)
        .args(["--format", "json"])
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    if said["validity"] != "valid" {
        println!("(the program says of its window: {} {})", said["validity"], said["invalid_reason"]);
    }
    said
}

/// Round trips of a plain client, one at a time and 500 a second, until told to stop; sorted.
#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn round_trips(is_over: &AtomicBool) -> Vec<u64> {
    let server = TruthServer::start(Service::Constant(Duration::ZERO));
    let mut stream = std::net::TcpStream::connect(server.address()).unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut times, mut buffer) = (Vec::new(), [0_u8; 256]);
    while !is_over.load(Ordering::SeqCst) {
        let start = Instant::now();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: truth\r\n\r\n").unwrap();
        assert!(stream.read(&mut buffer).unwrap() > 0);
        times.push(u64::try_from(start.elapsed().as_nanos()).unwrap());
        std::thread::sleep(2 * MS);
    }
    times.sort_unstable();
    times
}
