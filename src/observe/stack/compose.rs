//! `compose.yaml` and the example of its environment.
//!
//! The containers use the network of the host: every part listens on loopback only, reaches the others and a target on this
//! machine by the same addresses as without containers, and one set of configuration files is for both.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::domain::receiver::SecretSource;
use crate::observe::exported_file::ExportedFile;
use crate::observe::quoted::quoted;

use super::parts::Part;
use super::settings::{FOLDER, SCENARIO, StackFiles};

const PROMETHEUS: &str = "prom/prometheus:v2.55.1";
const ALERTMANAGER: &str = "prom/alertmanager:v0.27.0";
const BLACKBOX: &str = "prom/blackbox-exporter:v0.25.0";
const NODE: &str = "prom/node-exporter:v1.8.2";
const GRAFANA: &str = "grafana/grafana:11.2.2";
/// The program is one file that needs nothing but the C library.
const BASELINE: &str = "debian:12.8-slim";
/// The variable with the password of Grafana.
const PASSWORD: &str = "GRAFANA_PASSWORD";

/// The file.
pub(super) fn text(of: &StackFiles<'_>, alertmanager: &[ExportedFile]) -> String {
    let mut text = format!(
        "\
# Written by `baseline export stack`. Linux: the containers use the network of the host and listen on loopback only.
name: baseline-stack

services:
  prometheus:
    image: {PROMETHEUS}
    network_mode: host
    restart: unless-stopped
    command:
      - --config.file={FOLDER}/prometheus/prometheus.yml
      - --web.listen-address={}
      - --storage.tsdb.path=/prometheus
      - --storage.tsdb.retention.time=30d
      - --enable-feature=native-histograms
    volumes:
      - ./prometheus:{FOLDER}/prometheus:ro
      - prometheus:/prometheus
{}
",
        Part::Prometheus.address(),
        asked(Part::Prometheus)
    );
    text.push_str(&alertmanager_service(of, alertmanager));
    text.push_str(&exporters());
    let _ = write!(
        text,
        "
  grafana:
    image: {GRAFANA}
    network_mode: host
    restart: unless-stopped
    environment:
      GF_SERVER_HTTP_ADDR: 127.0.0.1
      GF_SERVER_HTTP_PORT: \"{}\"
      GF_PATHS_PROVISIONING: {FOLDER}/grafana/provisioning
      GF_SECURITY_ADMIN_PASSWORD: ${{{PASSWORD}:?set it in .env}}
    volumes:
      - ./grafana:{FOLDER}/grafana:ro
      - grafana:/var/lib/grafana
{}
",
        Part::Grafana.port(),
        asked(Part::Grafana)
    );
    text.push_str(&monitor(of));
    text.push_str("\nvolumes:\n  prometheus:\n  alertmanager:\n  grafana:\n  reports:\n");
    text
}

/// The health check of a container that has `wget`.
fn asked(part: Part) -> String {
    format!(
        "    healthcheck:\n      test: [CMD, wget, -q, -O, /dev/null, \"http://{}{}\"]\n      interval: 15s\n      timeout: 5s\n      \
         retries: 4\n      start_period: 20s",
        part.address(),
        part.ready_path()
    )
}

fn alertmanager_service(of: &StackFiles<'_>, files: &[ExportedFile]) -> String {
    let is_rendered = files.iter().any(|file| file.name == "render.sh");
    let configuration = if is_rendered {
        "/alertmanager/alertmanager.yml".to_owned()
    } else {
        format!("{FOLDER}/alertmanager/alertmanager.yml")
    };
    let flags = [
        format!("--config.file={configuration}"),
        "--storage.path=/alertmanager".to_owned(),
        format!("--web.listen-address={}", Part::Alertmanager.address()),
        "--cluster.listen-address=".to_owned(),
    ];
    let mut text = format!(
        "\n  alertmanager:\n    image: {ALERTMANAGER}\n    network_mode: host\n    restart: unless-stopped\n"
    );
    if is_rendered {
        let command = format!(
            "{FOLDER}/alertmanager/render.sh {configuration} && exec /bin/alertmanager {}",
            flags.join(" ")
        );
        let _ = writeln!(text, "    entrypoint: [/bin/sh, -c]\n    command: [{}]", quoted(&command));
    } else {
        text.push_str("    command:\n");
        for flag in flags {
            let _ = writeln!(text, "      - {flag}");
        }
    }
    let variables = secret_variables(of);
    if !variables.is_empty() {
        text.push_str("    environment:\n");
    }
    for name in variables {
        let _ = writeln!(text, "      {name}: ${{{name}:?set it in .env}}");
    }
    let _ = writeln!(
        text,
        "    volumes:\n      - ./alertmanager:{FOLDER}/alertmanager:ro\n      - alertmanager:/alertmanager"
    );
    for path in secret_files(of) {
        let path = quoted(&path.replace('$', "$$"));
        let _ = writeln!(text, "      - {{type: bind, source: {path}, target: {path}, read_only: true}}");
    }
    let _ = writeln!(text, "{}", asked(Part::Alertmanager));
    text
}

fn exporters() -> String {
    format!(
        "
  blackbox:
    image: {BLACKBOX}
    network_mode: host
    restart: unless-stopped
    command:
      - --config.file={FOLDER}/blackbox/blackbox.yml
      - --web.listen-address={}
    volumes:
      - ./blackbox:{FOLDER}/blackbox:ro
{}

  node:
    image: {NODE}
    network_mode: host
    pid: host
    restart: unless-stopped
    command:
      - --path.rootfs=/host
      - --web.listen-address={}
    volumes:
      - /:/host:ro,rslave
{}
",
        Part::Blackbox.address(),
        asked(Part::Blackbox),
        Part::Node.address(),
        asked(Part::Node)
    )
}

fn monitor(of: &StackFiles<'_>) -> String {
    let address = Part::Baseline.address();
    let mut text = format!(
        "
  baseline:
    image: {BASELINE}
    network_mode: host
    restart: unless-stopped
    working_dir: /var/lib/baseline
    command: [/usr/local/bin/baseline, monitor, {FOLDER}/{SCENARIO}, \"--live={address}\"]
"
    );
    if !of.variables.is_empty() {
        text.push_str("    environment:\n");
    }
    for name in of.variables {
        let _ = writeln!(text, "      {name}: ${{{name}:?set it in .env}}");
    }
    let _ = write!(
        text,
        "    volumes:
      - ${{BASELINE:-/usr/local/bin/baseline}}:/usr/local/bin/baseline:ro
      - ./{SCENARIO}:{FOLDER}/{SCENARIO}:ro
      - /etc/ssl/certs:/etc/ssl/certs:ro
      - reports:/var/lib/baseline
    healthcheck:
      test: [CMD, /usr/local/bin/baseline, stack, verify, --baseline, \"http://{address}\"]
      interval: 15s
      timeout: 10s
      retries: 4
      start_period: 20s
"
    );
    text
}

/// Names of the variables with secrets of receivers.
pub(super) fn secret_variables(of: &StackFiles<'_>) -> BTreeSet<String> {
    let sources = of.plan.receivers.iter().filter_map(|receiver| receiver.destination.secret());
    sources
        .filter_map(|source| match source {
            SecretSource::Variable(name) => Some(name.clone()),
            SecretSource::File(_) => None,
        })
        .collect()
}

/// Paths of the files with secrets of receivers.
pub(super) fn secret_files(of: &StackFiles<'_>) -> BTreeSet<String> {
    let sources = of.plan.receivers.iter().filter_map(|receiver| receiver.destination.secret());
    sources
        .filter_map(|source| match source {
            SecretSource::File(path) => Some(path.clone()),
            SecretSource::Variable(_) => None,
        })
        .collect()
}

/// `.env.example`.
pub(super) fn environment(of: &StackFiles<'_>) -> String {
    let mut text = format!(
        "\
# Copy to .env (mode 600) and fill in. The values here are fake.
{PASSWORD}=obviously-fake
# Path of the program on this machine.
#BASELINE=/usr/local/bin/baseline
"
    );
    for name in of.variables.iter().cloned().chain(secret_variables(of)) {
        let _ = writeln!(text, "{name}=obviously-fake");
    }
    text
}
