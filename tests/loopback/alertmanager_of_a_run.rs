//! A slowdown of half in a run of the demo server reaches a real Alertmanager, which notifies once of its beginning and once of
//! its end.
//!
//! Needs `prometheus-alertmanager` (Debian) on the path, and is run by hand and where it is installed:
//! `cargo test --test integration alertmanager -- --ignored`

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use baseline::store::journal::{self, JournalEvent};
use serde_json::Value;

use crate::support::alert_sink::{AlertSink, Reaction};
use crate::support::folder::Folder;
use crate::support::ports::unused;
use crate::support::program::Program;

use super::start::windows;

const NAME: &str = "BaselineSlowerThanBaseline";
/// Windows of the slowdown. On a quiet machine the alert comes after three; beside busy processors noise delays it, but it must
/// come while the endpoint is slow.
const SLOW: usize = 40;
/// The cell in three windows a second, long enough to learn from 50 windows before it gets slower.
const SCENARIO: &str = r#"schema = 1
name = "slow"

[target]
base_url = "http://127.0.0.1:8787"
allow_hosts = ["127.0.0.1"]

[plan]
duration = "54s"
cycle = "350ms"
window = "250ms"
warm_up = "30ms"

[levels]
light_load = 4

[[endpoint]]
name = "browse"
path = "/api/pitches/browse/enhanced"
"#;

/// An Alertmanager, until it is dropped.
struct Alertmanager {
    process: Child,
    address: SocketAddr,
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Alertmanager {
    /// Starts one that hands everything on to a webhook.
    fn start(folder: &Path, webhook: &str) -> Self {
        let configuration = format!(
            "route:\n  receiver: sink\n  group_by: [alertname, endpoint]\n  group_wait: 1s\n  group_interval: 1s\n  repeat_interval: 1h\n\
             receivers:\n  - name: sink\n    webhook_configs:\n      - url: http://{webhook}/\n        send_resolved: true\n"
        );
        fs::write(folder.join("alertmanager.yml"), configuration).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], unused()));
        let process = Command::new("prometheus-alertmanager")
            .args([
                "--config.file=alertmanager.yml",
                "--storage.path=alerts",
                "--cluster.listen-address=",
                "--log.level=error",
            ])
            .arg(format!("--web.listen-address={address}"))
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let manager = Self { process, address };
        let is_ready = (0..200).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            manager.active().is_some()
        });
        assert!(is_ready, "it did not start");
        manager
    }

    /// The alerts that are active now; `None` where it does not respond.
    fn active(&self) -> Option<Vec<Value>> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        let request = format!("GET /api/v2/alerts?active=true HTTP/1.0\r\nHost: {}\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).ok()?;
        let mut response = String::new();
        stream.read_to_string(&mut response).ok()?;
        let (head, body) = response.split_once("\r\n\r\n")?;
        let is_ok = head.contains(" 200 ");
        is_ok.then(|| serde_json::from_str::<Value>(body).unwrap().as_array().unwrap().clone())
    }
}

#[test]
#[ignore = "needs prometheus-alertmanager: see the top of this file"]
fn a_slowdown_fires_while_it_lasts_and_resolves() {
    let folder = Folder::new();
    let sink = AlertSink::start(|_| Reaction::Accept);
    let manager = Alertmanager::start(folder.path(), &sink.address());
    folder.write("slow.toml", SCENARIO);
    let url = format!("http://{}", manager.address);
    let all =
        ["start", "slow.toml", "--demo", "--fault", "slow:browse:+50%:25s..39s", "--alertmanager", &url];
    let mut running = Program::new(folder.path(), &all).start();
    let mut active = Vec::new();
    while !running.has_ended() {
        let now = manager.active().unwrap();
        if active.is_empty() && !now.is_empty() {
            active = now;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    let ended = running.end().expect_run();
    assert_eq!(active.len(), 1, "{ended:?}");
    assert_eq!(active[0]["labels"]["alertname"], NAME);
    assert_eq!(active[0]["labels"]["endpoint"], "browse");
    assert_eq!(manager.active(), Some(Vec::new()), "it did not resolve");
    let told: Vec<String> =
        sink.accepted().iter().map(|body| body["status"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, ["firing", "resolved"]);
    // Windows that were measured slow before the journal had the alert.
    let run = folder.only_run();
    let manifest: Value = serde_json::from_slice(&fs::read(run.join("run.json")).unwrap()).unwrap();
    let began: jiff::Timestamp = manifest["started_at"].as_str().unwrap().parse().unwrap();
    let slow_from = began + jiff::SignedDuration::from_secs(25);
    let entries = journal::read(&run).unwrap().entries;
    let opened = entries.iter().find(|entry| matches!(entry.event, JournalEvent::Opened(_))).unwrap();
    let slow = windows(&run)
        .iter()
        .filter(|window| window.started_at >= slow_from && window.ended_at() <= opened.at)
        .count();
    println!("opened after {slow} slow windows, {}", opened.at.duration_since(slow_from));
    assert!(slow <= SLOW, "{slow} windows until the alert");
}
