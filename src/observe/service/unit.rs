//! The files with which systemd runs a scenario: a service, a timer, an example of secrets, and how to install them.

use super::quoting::{name, shell, text, word};

/// What a unit runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// What the units are named after: the name of the scenario, or of its file.
    pub title: String,
    /// The scenario as `start` takes it on the machine of the service: a path, or the name of one that is built in.
    pub scenario: String,
    /// The file that is installed at that path; `None` for a scenario that is built in.
    pub file: Option<String>,
    /// Path of the program on that machine.
    pub program: String,
    /// Further options of `start`.
    pub options: Vec<String>,
    /// When the timer starts a run, as `OnCalendar=` takes it.
    pub calendar: String,
    /// Environment variables that the scenario refers to.
    pub variables: Vec<String>,
}

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitFile {
    /// Its name, without a folder.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Whether it is for secrets, so that only its owner may read it.
    pub is_private: bool,
}

/// Time within which the service must show progress. The program allows a window that overruns more time than it is
/// planned for before it stops reporting, so this one may be short.
pub(in crate::observe) const WATCHDOG: &str = "2min";

/// What the service may do. The program needs the network, its own folder, and nothing else; it reads `/proc` and `/sys`
/// for the health of the load generator, so `ProcSubset=pid` is not possible.
pub(in crate::observe) const HARDENING: &str = "\
DynamicUser=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
DevicePolicy=closed
RemoveIPC=yes
KeyringMode=private
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
UMask=0077
";

impl Service {
    /// The files, the service first.
    pub fn files(&self) -> Vec<UnitFile> {
        let unit = self.unit();
        let file = |name: String, text| UnitFile { name, text, is_private: false };
        vec![
            file(format!("{unit}.service"), self.service()),
            file(format!("{unit}.timer"), self.timer()),
            UnitFile {
                name: format!("{unit}.env.example"),
                text: secrets(&unit, &self.variables),
                is_private: true,
            },
            file("README.md".to_owned(), self.readme()),
        ]
    }

    /// Name of the units, without an ending.
    fn unit(&self) -> String {
        format!("baseline-{}", name(&self.title))
    }

    fn service(&self) -> String {
        let (title, folder, unit) = (text(&self.title), name(&self.title), self.unit());
        // Before the other options: the last of them may take a value or not.
        let first = [self.program.as_str(), "start", &self.scenario, "--resume-unfinished"];
        let words = first.into_iter().chain(self.options.iter().map(String::as_str));
        let command = words.map(plain_or_quoted).collect::<Vec<_>>().join(" ");
        format!(
            "\
[Unit]
Description=Load test \"{title}\" (baseline)
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=1h
StartLimitBurst=10

[Service]
Type=notify
NotifyAccess=main
# Resumes the last run if it is unfinished, and starts a new one if not.
ExecStart={command}
# Runs are in reports/ below this folder: /var/lib/baseline/{folder}/reports
StateDirectory=baseline/{folder}
StateDirectoryMode=0700
WorkingDirectory=%S/baseline/{folder}
# Secrets that the scenario refers to. Owner root, mode 0600.
EnvironmentFile=-/etc/baseline/{unit}.env

# Crashes, kills, a hang and errors: the run is resumed.
Restart=on-failure
RestartSec=30s
# Results, not crashes: 1 = failed (SLO violated, target does not work), 3 = inconclusive.
RestartPreventExitStatus=1 3
WatchdogSec={WATCHDOG}
# Checks of the target before the run, within its rate limits.
TimeoutStartSec=15min
# The requests in progress, then the report.
TimeoutStopSec=5min
KillMode=mixed
LimitNOFILE=65536

{HARDENING}
[Install]
WantedBy=multi-user.target
"
        )
    }

    fn timer(&self) -> String {
        let (title, calendar, unit) = (text(&self.title), text(&self.calendar), self.unit());
        format!(
            "\
[Unit]
Description=Schedule of load test \"{title}\" (baseline)

[Timer]
# See systemd.time(7); `systemd-analyze calendar \"{calendar}\"` shows the next dates.
OnCalendar={calendar}
# Starts a run that was due while the machine was off.
Persistent=yes
AccuracySec=1s
Unit={unit}.service

[Install]
WantedBy=timers.target
"
        )
    }

    fn readme(&self) -> String {
        let (title, folder, unit) = (text(&self.title).replace('`', " "), name(&self.title), self.unit());
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
# Load test {title} as a systemd service

Install, as a user who may use `sudo`, in this folder:

```sh
sudo install -m 0755 -- \"$(command -v baseline)\" {program}
sudo install -d -m 0755 /etc/baseline
{scenario}sudo install -m 0600 {unit}.env.example /etc/baseline/{unit}.env
sudo $EDITOR /etc/baseline/{unit}.env   # the secrets
sudo install -m 0644 {unit}.service {unit}.timer /etc/systemd/system/
sudo systemctl daemon-reload
```

One run, resumed if the service crashes or hangs:

```sh
sudo systemctl start {unit}.service
systemctl status {unit}.service      # state, windows, incidents, time left
journalctl -u {unit}.service -f
sudo systemctl stop {unit}.service   # the next start resumes the run until its planned end has passed
```

To resume the run also after a reboot, enable the service; disable it when the run has ended, or each boot starts a new run:

```sh
sudo systemctl enable {unit}.service
```

Scheduled runs (`OnCalendar=` in the timer). A run that is still being measured is not started again:

```sh
sudo systemctl enable --now {unit}.timer
systemctl list-timers {unit}.timer
```

Reports are in `/var/lib/baseline/{folder}/reports`, readable by root. The unit ends as failed if an SLO is violated (exit
code 1), or if the run is inconclusive or was stopped early (3); it is then not restarted. Add `OnFailure=` to its `[Unit]` to be notified.

Check what was changed:

```sh
systemd-analyze verify ./{unit}.service ./{unit}.timer
systemd-analyze security --offline=true ./{unit}.service
```
"
        )
    }
}

/// The example of the environment of a unit.
pub(super) fn secrets(unit: &str, variables: &[String]) -> String {
    let mut text = format!(
        "\
# Environment of {unit}.service. Install as /etc/baseline/{unit}.env, owner root, mode 0600:
# systemd reads it as root, so the service's own user needs no access. The values here are fake.
"
    );
    if variables.is_empty() {
        text.push_str("# The scenario refers to no variables. Those of exporters go here, too:\n");
    }
    for variable in variables {
        text.push_str(variable);
        text.push_str("=obviously-fake\n");
    }
    text.push_str("#OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20obviously-fake\n");
    text
}

/// A word as it is where nothing in it has a meaning, else quoted.
pub(super) fn plain_or_quoted(part: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-:=+,".contains(c);
    if !part.is_empty() && part.chars().all(is_plain) { part.to_owned() } else { word(part) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service() -> Service {
        Service {
            title: "shop".to_owned(),
            scenario: "/etc/baseline/shop.toml".to_owned(),
            file: Some("shop.toml".to_owned()),
            program: "/usr/local/bin/baseline".to_owned(),
            options: Vec::new(),
            calendar: "daily".to_owned(),
            variables: vec!["TOKEN".to_owned()],
        }
    }

    fn text_of(service: &Service, ending: &str) -> String {
        service.files().into_iter().find(|file| file.name.ends_with(ending)).unwrap().text
    }

    #[test]
    fn the_service_resumes_and_reports_its_progress() {
        let text = text_of(&service(), ".service");
        for line in [
            "Type=notify",
            "ExecStart=/usr/local/bin/baseline start /etc/baseline/shop.toml --resume-unfinished",
            "Restart=on-failure",
            "StateDirectory=baseline/shop",
        ] {
            assert!(text.lines().any(|is| is == line), "{line}\n{text}");
        }
    }

    #[test]
    fn nothing_in_a_name_begins_a_line_of_its_own() {
        let title = "a b%n\"'\nExecStartPre=/bin/false\n".to_owned();
        let scenario = format!("/etc/baseline/{title}.toml");
        let odd = Service { file: Some(title.clone()), title, scenario, ..service() };
        let keys = |service: &Service, ending: &str| -> Vec<String> {
            let text = text_of(service, ending);
            text.lines().filter_map(|line| Some(line.split_once('=')?.0.to_owned())).collect()
        };
        for ending in [".service", ".timer"] {
            assert_eq!(keys(&odd, ending), keys(&service(), ending));
        }
        let command = text_of(&odd, ".service");
        let command = command.lines().find(|line| line.starts_with("ExecStart=")).unwrap();
        assert!(
            command.contains(r#" start "/etc/baseline/a b%%n\"'\nExecStartPre=/bin/false\n.toml" --resume"#),
            "{command}"
        );
        assert!(!text_of(&odd, "README.md").contains("\nExecStartPre"));
    }

    #[test]
    fn secrets_are_examples_and_private() {
        let file = service().files().into_iter().find(|file| file.name.ends_with(".env.example")).unwrap();
        assert!(file.is_private);
        assert!(file.text.lines().any(|line| line == "TOKEN=obviously-fake"), "{}", file.text);
    }
}
