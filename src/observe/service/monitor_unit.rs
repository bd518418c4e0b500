//! The files with which systemd keeps a monitor running: a service, an example of secrets, and how to install them.

use super::quoting::{name, shell, text};
use super::unit::{HARDENING, Service, UnitFile, WATCHDOG, plain_or_quoted, secrets};

impl Service {
    /// The files of a monitor of the scenario, the service first.
    pub fn monitor_files(&self) -> Vec<UnitFile> {
        let unit = format!("baseline-monitor-{}", name(&self.title));
        let file = |name: String, text| UnitFile { name, text, is_private: false };
        vec![
            file(format!("{unit}.service"), self.monitor_service(&unit)),
            UnitFile {
                name: format!("{unit}.env.example"),
                text: secrets(&unit, &self.variables),
                is_private: true,
            },
            file("README.md".to_owned(), self.monitor_readme(&unit)),
        ]
    }

    fn monitor_service(&self, unit: &str) -> String {
        let (title, folder) = (text(&self.title), name(&self.title));
        let first = [self.program.as_str(), "monitor", &self.scenario];
        let words = first.into_iter().chain(self.options.iter().map(String::as_str));
        let command = words.map(plain_or_quoted).collect::<Vec<_>>().join(" ");
        format!(
            "\
[Unit]
Description=Monitor of \"{title}\" (baseline)
Wants=network-online.target
After=network-online.target
# It is started again however often it ends.
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart={command}
# What it measured and what it knows: /var/lib/baseline-monitor/{folder}/reports
StateDirectory=baseline-monitor/{folder}
StateDirectoryMode=0700
WorkingDirectory=%S/baseline-monitor/{folder}
# Secrets that the scenario and the receivers of alerts need. Owner root, mode 0600.
EnvironmentFile=-/etc/baseline/{unit}.env

# It continues its day and its alerts.
Restart=always
RestartSec=30s
# Restarts one that hangs: it reports progress while it probes, and while it waits.
WatchdogSec={WATCHDOG}
TimeoutStartSec=5min
# The requests in progress, then the report of the day.
TimeoutStopSec=5min
KillMode=mixed
LimitNOFILE=65536

{HARDENING}
[Install]
WantedBy=multi-user.target
"
        )
    }

    fn monitor_readme(&self, unit: &str) -> String {
        let (title, folder) = (text(&self.title).replace('`', " "), name(&self.title));
        let program = shell(&self.program);
        let scenario = self.file.as_ref().map_or_else(String::new, |file| {
            format!(
                "sudo install -m 0644 -- {} {}   # with the files that it refers to, if any\n",
                shell(file),
                shell(&self.scenario)
            )
        });
        format!(
            "\
# Monitor of {title} as a systemd service

Install, as a user who may use `sudo`, in this folder:

```sh
sudo install -m 0755 -- \"$(command -v baseline)\" {program}
sudo install -d -m 0755 /etc/baseline
{scenario}sudo install -m 0600 {unit}.env.example /etc/baseline/{unit}.env
sudo $EDITOR /etc/baseline/{unit}.env   # the secrets
sudo install -m 0644 {unit}.service /etc/systemd/system/
sudo systemctl daemon-reload
sudo systemctl enable --now {unit}.service
```

Watch it:

```sh
systemctl status {unit}.service      # windows, failed requests, incidents
journalctl -u {unit}.service -f      # changes of state, alerts, commands
```

It is restarted if it crashes, hangs or is killed, and starts with the machine. It keeps its state, so alerts that are open are not
sent again. Each day is a run in `/var/lib/baseline-monitor/{folder}/reports`, readable by root; the section `[monitor]` of
the scenario says how long days are kept.

Nobody is alerted unless `ExecStart=` has `--alertmanager URL` or `--webhook URL`. The hooks of the scenario are run only with `--recover`. They run
with the rights of the service: no root, no write access outside its folder.

Check what was changed:

```sh
systemd-analyze verify ./{unit}.service
systemd-analyze security --offline=true ./{unit}.service
```
"
        )
    }
}
