//! Units of systemd for the same parts without containers. Programs are where Debian's packages put them.

use crate::observe::exported_file::ExportedFile;
use crate::observe::service::unit::{HARDENING, WATCHDOG};

use super::parts::Part;
use super::settings::{FOLDER, SCENARIO};

/// A unit of one part.
struct Unit {
    part: Part,
    what: &'static str,
    before: String,
    command: String,
    /// Its folder below `/var/lib`, if it keeps anything.
    state: Option<&'static str>,
    hardening: String,
}

/// The units, and the target that starts all of them.
pub(super) fn files(is_rendered: bool) -> Vec<ExportedFile> {
    let units = [prometheus(), alertmanager(is_rendered), grafana(), blackbox(), node(), monitor()];
    let names: Vec<String> = units.iter().map(|unit| unit_name(unit.part)).collect();
    let target = format!(
        "\
[Unit]
Description=Everything that watches the platform (baseline)
Wants={}

[Install]
WantedBy=multi-user.target
",
        names.join(" ")
    );
    let units = units.into_iter().map(|unit| ExportedFile::public(unit_name(unit.part), unit.text()));
    units.chain([ExportedFile::public("baseline-stack.target", target)]).collect()
}

/// Name of the unit of a part.
pub(super) fn unit_name(part: Part) -> String {
    format!("baseline-stack-{}.service", part.name())
}

impl Unit {
    fn new(part: Part, what: &'static str, command: String) -> Self {
        Self { part, what, before: String::new(), command, state: None, hardening: HARDENING.to_owned() }
    }

    fn text(&self) -> String {
        let Self { what, before, command, hardening, .. } = self;
        let state = self.state.map_or_else(String::new, |name| {
            format!("StateDirectory={name}\nStateDirectoryMode=0700\nWorkingDirectory=%S/{name}\n")
        });
        format!(
            "\
[Unit]
Description={what} (baseline)
Wants=network-online.target
After=network-online.target
PartOf=baseline-stack.target

[Service]
{before}ExecStart={command}
{state}EnvironmentFile=-{FOLDER}/.env
Restart=on-failure
RestartSec=10s
LimitNOFILE=65536

{hardening}"
        )
    }
}

fn prometheus() -> Unit {
    let command = format!(
        "/usr/bin/prometheus --config.file={FOLDER}/prometheus/prometheus.yml --web.listen-address={} \
         --storage.tsdb.path=%S/baseline-stack-prometheus --storage.tsdb.retention.time=30d \
         --enable-feature=native-histograms",
        Part::Prometheus.address()
    );
    Unit { state: Some("baseline-stack-prometheus"), ..Unit::new(Part::Prometheus, "Prometheus", command) }
}

fn alertmanager(is_rendered: bool) -> Unit {
    let runtime = "/run/baseline-stack-alertmanager/alertmanager.yml";
    let configuration =
        if is_rendered { runtime.to_owned() } else { format!("{FOLDER}/alertmanager/alertmanager.yml") };
    let before = if is_rendered {
        format!(
            "# Secrets: only in memory, only for this unit.\nRuntimeDirectory=baseline-stack-alertmanager\n\
             RuntimeDirectoryMode=0700\nExecStartPre=/bin/sh {FOLDER}/alertmanager/render.sh {runtime}\n"
        )
    } else {
        String::new()
    };
    let command = format!(
        "/usr/bin/prometheus-alertmanager --config.file={configuration} --web.listen-address={} \
         --storage.path=%S/baseline-stack-alertmanager --cluster.listen-address=",
        Part::Alertmanager.address()
    );
    let unit = Unit::new(Part::Alertmanager, "Alertmanager", command);
    // Files with secrets need an owner that stays the same.
    let hardening = unit.hardening.replace("DynamicUser=yes\n", "User=prometheus\nGroup=prometheus\n");
    Unit { state: Some("baseline-stack-alertmanager"), before, hardening, ..unit }
}

fn grafana() -> Unit {
    let before = format!(
        "Environment=GF_SERVER_HTTP_ADDR=127.0.0.1 GF_SERVER_HTTP_PORT={} GF_PATHS_DATA=%S/baseline-stack-grafana\n\
         Environment=GF_PATHS_LOGS=%S/baseline-stack-grafana GF_PATHS_PROVISIONING={FOLDER}/grafana/provisioning\n\
         # The password, from .env; only the first start sets it.\n",
        Part::Grafana.port()
    );
    let command =
        "/bin/sh -c 'GF_SECURITY_ADMIN_PASSWORD=\"$${GRAFANA_PASSWORD:?}\" exec /usr/sbin/grafana-server \
                   --homepath=/usr/share/grafana --config=/etc/grafana/grafana.ini'"
            .to_owned();
    let unit = Unit::new(Part::Grafana, "Grafana", command);
    // Its plug-ins compile at run time.
    let hardening = unit.hardening.replace("MemoryDenyWriteExecute=yes\n", "");
    Unit { state: Some("baseline-stack-grafana"), before, hardening, ..unit }
}

fn blackbox() -> Unit {
    let command = format!(
        "/usr/bin/prometheus-blackbox-exporter --config.file={FOLDER}/blackbox/blackbox.yml --web.listen-address={}",
        Part::Blackbox.address()
    );
    Unit::new(Part::Blackbox, "Blackbox exporter", command)
}

fn node() -> Unit {
    let command = format!("/usr/bin/prometheus-node-exporter --web.listen-address={}", Part::Node.address());
    let unit = Unit::new(Part::Node, "Node exporter", command);
    // It reports the mounts of the machine and its network, which it must see.
    let hardening =
        unit.hardening.replace("PrivateUsers=yes\n", "").replace("ProtectProc=invisible\n", "").replace(
            "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
            "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
        );
    Unit { hardening, ..unit }
}

fn monitor() -> Unit {
    let address = Part::Baseline.address();
    let command = format!("/usr/local/bin/baseline monitor {FOLDER}/{SCENARIO} --live={address}");
    let before = format!("Type=notify\nNotifyAccess=main\nWatchdogSec={WATCHDOG}\n");
    Unit { state: Some("baseline-stack"), before, ..Unit::new(Part::Baseline, "Monitor", command) }
}
