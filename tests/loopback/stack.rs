//! The exported stack with the real programs: every part is ready, and an outage of the target reaches Alertmanager by the rules.
//!
//! Needs `prometheus`, `prometheus-alertmanager` and `prometheus-blackbox-exporter` (Debian) on the path, and is run by hand
//! and where they are installed: `cargo test --test integration stack -- --ignored`

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::ports::unused;
use crate::support::program::Program;
use crate::support::scenario::at;

/// How often a part is asked before what it should have is missing.
const TRIES: u32 = 120;
const PAUSE: Duration = Duration::from_millis(500);

/// A program of another project, until it is dropped.
struct Part(Child);

impl Drop for Part {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(folder: &Path, program: &str, arguments: &[&str]) -> Part {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    Part(command.spawn().unwrap_or_else(|error| panic!("{program}: {error}")))
}

/// Changes what is written to a file.
fn edit(path: &Path, changes: &[(&str, &str)]) {
    let mut text = fs::read_to_string(path).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from:?} is not in {text}");
        text = text.replace(from, to);
    }
    fs::write(path, text).unwrap();
}

/// The alerts that an Alertmanager has.
fn alerts(port: u16) -> Vec<Value> {
    let mut response = String::new();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET /api/v2/alerts?active=true HTTP/1.0\r\nHost: localhost\r\n\r\n").unwrap();
    stream.read_to_string(&mut response).unwrap();
    let (_, body) = response.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap_or_default()
}

#[test]
#[ignore = "needs prometheus, prometheus-alertmanager and prometheus-blackbox-exporter: see the top of this file"]
fn an_outage_reaches_the_alertmanager_of_the_exported_stack() {
    let folder = Folder::new();
    let [target, prometheus, alertmanager, blackbox, live] = [(); 5].map(|()| unused());
    let address = |port: u16| format!("127.0.0.1:{port}");
    let scenario = at(&format!("http://{}", address(target)));
    folder.write("small.toml", &format!("{scenario}\n[monitor]\nevery = \"2s\"\nwindow = \"100ms\"\n"));
    Program::new(folder.path(), &["export", "stack", "stack", "small.toml"]).run().expect_success();
    let stack = folder.path().join("stack");
    // The same files, at ports that are free here, without the parts that are not installed, and with less patience.
    let ports = [(":9090", prometheus), (":9093", alertmanager), (":9115", blackbox), (":8900", live)];
    let ports = ports.map(|(from, to)| (from, format!(":{to}")));
    let mut changes: Vec<(&str, &str)> = ports.iter().map(|(from, to)| (*from, to.as_str())).collect();
    let left_out = [("grafana http://127.0.0.1:3000\n", ""), ("node http://127.0.0.1:9100\n", "")];
    edit(&stack.join("urls.txt"), &[&changes[..], &left_out].concat());
    let job = |name: &str, port: u16| {
        format!("  - job_name: {name}\n    static_configs:\n      - targets: [\"127.0.0.1:{port}\"]\n")
    };
    let (grafana, node) = (job("grafana", 3000), job("node", 9100));
    changes.extend([(grafana.as_str(), ""), (node.as_str(), ""), (": 15s", ": 1s"), (": 1m", ": 2s")]);
    changes.push((": 30s", ": 2s"));
    edit(&stack.join("prometheus/prometheus.yml"), &changes);
    edit(&stack.join("prometheus/rules/small.rules.yml"), &[("for: '1m'", "for: '4s'")]);

    let listen = |port: u16| format!("--web.listen-address={}", address(port));
    let in_part = |part: &str| stack.join(part);
    let _prometheus = start(
        &in_part("prometheus"),
        "prometheus",
        &["--config.file=prometheus.yml", "--storage.tsdb.path=data", &listen(prometheus)],
    );
    let manager = start(
        &in_part("alertmanager"),
        "prometheus-alertmanager",
        &[
            "--config.file=alertmanager.yml",
            "--storage.path=data",
            "--cluster.listen-address=",
            &listen(alertmanager),
        ],
    );
    let _blackbox = start(
        &in_part("blackbox"),
        "prometheus-blackbox-exporter",
        &["--config.file=blackbox.yml", &listen(blackbox)],
    );
    let listening = address(target);
    let mut demo = Program::new(folder.path(), &["target", "--listen", &listening]).start();
    while TcpStream::connect(&listening).is_err() {
        assert!(!demo.has_ended());
        thread::sleep(PAUSE);
    }
    let live = format!("--live={}", address(live));
    let mut monitor = Program::new(folder.path(), &["monitor", "stack/scenario.toml", &live]).start();

    let verify = || Program::new(folder.path(), &["stack", "verify", "stack"]).run();
    let mut last = verify();
    for _ in 0..TRIES {
        if last.code == Some(0) {
            break;
        }
        assert!(!monitor.has_ended(), "{last:?}");
        thread::sleep(PAUSE);
        last = verify();
    }
    assert_eq!(last.code, Some(0), "{last:?}");
    println!("{}", last.stdout);
    assert_eq!(alerts(alertmanager), Vec::<Value>::new());

    demo.kill();
    let found = (0..TRIES).find_map(|_| {
        thread::sleep(PAUSE);
        let is_outage = |alert: &Value| {
            ["BaselineDown", "BaselineUnreachable"].iter().any(|name| alert["labels"]["alertname"] == *name)
        };
        alerts(alertmanager).into_iter().find(is_outage)
    });
    let found = found.unwrap_or_else(|| panic!("no alert; there are {:?}", alerts(alertmanager)));
    println!("{found:#}");
    assert_eq!(found["labels"]["priority"], "P0");
    assert_eq!(found["labels"]["endpoint"], "health");
    assert_eq!(found["annotations"]["runbook_url"], "docs/runbooks/unreachable.md");

    drop(manager);
    let broken = verify();
    assert_eq!(broken.code, Some(1), "{broken:?}");
}
