//! Every expression of every dashboard has data in a real Prometheus that scrapes our metrics, with classic and with native
//! histograms.
//!
//! Needs `prometheus` on the path, and is run by hand and where it is installed:
//! `cargo test --test integration grafana -- --ignored`

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use baseline::domain::time_summary::TimeKind;
use baseline::observe::prometheus::{Metrics, render};
use baseline::run::follow::{Distributions, Group, RunFollower};
use baseline::store::check_log::{self, CertificateRecord, CheckRecord, FindingRecord, ServiceRecord};
use serde_json::Value;

use crate::support::dashboards::{dashboards, expressions};
use crate::support::folder::Folder;
use crate::support::ports::unused;
use crate::support::program::Program;

/// How often Prometheus is asked again before a missing series is one.
const TRIES: u32 = 60;

/// A Prometheus, until it is dropped.
struct Prometheus {
    process: Child,
    address: SocketAddr,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Prometheus {
    fn start(folder: &Path, target: SocketAddr, is_native: bool) -> Self {
        let configuration = format!(
            "global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: baseline\n    static_configs:\n      - targets: [\"{target}\"]\n"
        );
        fs::write(folder.join("prometheus.yml"), configuration).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], unused()));
        let mut command = Command::new("prometheus");
        command
            .arg(format!("--web.listen-address={address}"))
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data", "--log.level=error"])
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if is_native {
            command.arg("--enable-feature=native-histograms");
        }
        Self { process: command.spawn().unwrap(), address }
    }

    /// The series that an expression has now.
    fn query(&self, expression: &str) -> Option<Vec<Value>> {
        let query: String = form_urlencoded::byte_serialize(expression.as_bytes()).collect();
        let mut stream = TcpStream::connect(self.address).ok()?;
        let request = format!("GET /api/v1/query?query={query} HTTP/1.0\r\nHost: {}\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).ok()?;
        let mut response = String::new();
        stream.read_to_string(&mut response).ok()?;
        let (head, body) = response.split_once("\r\n\r\n")?;
        let value: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{expression}: {head}"));
        if head.contains(" 503 ") {
            return None;
        }
        assert_eq!(value["status"], "success", "{expression}: {body}");
        Some(value["data"]["result"].as_array().unwrap().clone())
    }

    /// Whether an expression gets data within a while.
    fn has(&self, expression: &str) -> bool {
        (0..TRIES).any(|_| {
            let has = self.query(expression).is_some_and(|series| !series.is_empty());
            if !has {
                thread::sleep(Duration::from_millis(250));
            }
            has
        })
    }
}

/// Serves metrics to Prometheus, in the format that it asks for.
fn serve(metrics: Metrics) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let metrics = Arc::new(metrics);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let metrics = Arc::clone(&metrics);
            thread::spawn(move || respond(stream, &metrics));
        }
    });
    address
}

fn respond(mut stream: TcpStream, metrics: &Metrics) {
    let mut request = Vec::new();
    let mut part = [0; 4096];
    while !request.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut part) {
            Ok(length @ 1..) => request.extend_from_slice(&part[..length]),
            _ => return,
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let accept = request.lines().find_map(|line| line.strip_prefix("Accept: "));
    let rendered = render(&[metrics], accept);
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        rendered.content_type,
        rendered.body.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&rendered.body));
}

/// A health check with something of everything.
fn check() -> CheckRecord {
    let finding =
        FindingRecord { rule: "headers".to_owned(), priority: "high".to_owned(), subject: String::new() };
    CheckRecord {
        at: "2026-01-01T00:10:00Z".parse().unwrap(),
        requests: 10,
        services: vec![ServiceRecord {
            name: "shop".to_owned(),
            state: "degraded".to_owned(),
            tls_version: Some("TLS 1.3".to_owned()),
            certificate: Some(CertificateRecord {
                fingerprint: "00".to_owned(),
                days_left: Some(30),
                valid_until: "2036-01-01T00:00:00Z".parse().unwrap(),
            }),
            header_score: Some(60),
            header_grade: Some("C".to_owned()),
            statuses: [("landing".to_owned(), Some(200))].into(),
            findings: vec![finding],
            ..ServiceRecord::default()
        }],
    }
}

/// What a rehearsal lacks: certificates, the health of the load generator, and response times of an open loop.
fn completed(mut group: Group) -> Group {
    for row in &mut group.rows {
        let window = Arc::make_mut(&mut row.window);
        window.certificate_days = Some(30.0);
        window.generator.cpu_share = Some(0.2);
        window.generator.wait_share = Some(0.01);
        window.generator.scheduling_lag_p99_us = Some(120.0);
        let service = row.times[TimeKind::Service as usize].clone();
        row.times[TimeKind::Response as usize] = service;
    }
    group
}

/// The metrics of a run with an incident that is still open, failures, and a health check.
fn metrics(folder: &Folder) -> Metrics {
    let faults = ["--fault", "slow:browse:+100%:90m..121m", "--fault", "errors:landing:20%:30m..40m"];
    let arguments = ["start", "--rehearse", "--demo", "--duration", "2h", "--cycle", "2m"];
    Program::new(folder.path(), &[&arguments[..], &faults].concat()).run();
    let run_folder = folder.only_run();
    let line = serde_json::to_string(&check()).unwrap() + "\n";
    fs::write(run_folder.join(check_log::FILE), line).unwrap();
    let mut run = RunFollower::open(&run_folder, Distributions::Read).unwrap();
    let mut metrics = Metrics::new(&run);
    run.poll(|run, group| metrics.take(run, &completed(group))).unwrap();
    metrics.beside(&run.beside().unwrap());
    metrics.status(&run.status());
    metrics
}

/// An expression as Grafana sends it with "All" chosen.
fn substituted(expression: &str) -> String {
    let mut text = expression.replace("$interval", "5m");
    for variable in ["$scenario", "$endpoint", "$level", "$service"] {
        text = text.replace(variable, ".*");
    }
    assert!(!text.contains('$'), "{text}");
    text
}

#[test]
#[ignore = "needs prometheus: see the top of this file"]
fn every_expression_of_the_dashboards_has_data() {
    let folder = Folder::new();
    let target = serve(metrics(&folder));
    let start = |is_native| {
        let folder = Folder::new();
        (Prometheus::start(folder.path(), target, is_native), folder)
    };
    let ((classic, _kept), (native, _also)) = (start(false), start(true));
    let rate = |metric: &str| format!("rate({metric}[5m])");
    assert!(classic.has(&rate("baseline_service_time_seconds_bucket")), "classic histograms");
    assert!(native.has(&rate("baseline_service_time_seconds")), "native histograms");
    assert!(
        native.query("baseline_service_time_seconds_bucket").unwrap().is_empty(),
        "native histograms only"
    );
    let mut count = 0;
    for (file, dashboard) in dashboards() {
        for (place, expression) in expressions(&dashboard) {
            let text = substituted(&expression);
            let has =
                |prometheus: &Prometheus| prometheus.query(&text).is_some_and(|series| !series.is_empty());
            let has = [has(&classic), has(&native)];
            // A heat map is of one kind of histogram; everything else works with both.
            let expected = match place.as_str() {
                "Service times: classic histograms / A" => [true, false],
                "Service times: native histograms / A" => [false, true],
                _ => [true, true],
            };
            assert_eq!(has, expected, "{file}: {place}: classic, native: {text}");
            count += 1;
        }
    }
    println!("{count} expressions have data in both");
}
