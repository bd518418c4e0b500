//! Environment variables that the program reads, and those that it is known not to read.

/// A variable and its effect.
pub(super) type Variable = (&'static str, &'static str);

pub(super) const REFERENCES: Variable = (
    "${NAME} in a scenario",
    "Each variable that the scenario refers to, such as a token. Values are never printed or stored.",
);
pub(super) const CERTIFICATES: Variable = (
    "SSL_CERT_FILE, SSL_CERT_DIR",
    "Certificates to trust instead of those of the system (PEM). `ca_file` in the scenario and --cacert of `test` and \
     `check` override them.",
);
pub(super) const PROXIES: Variable = (
    "http_proxy, https_proxy, all_proxy, no_proxy",
    "Not used, nor are their upper-case forms. A scenario names its proxy under [target]; `test` and `check` have --proxy.",
);
pub(super) const REMOTE_WRITE: Variable = (
    "BASELINE_REMOTE_WRITE_TOKEN",
    "Bearer token for the receiver of --remote-write. It is never printed or stored.",
);
pub(super) const COLOUR: Variable = (
    "NO_COLOR, CLICOLOR, CLICOLOR_FORCE",
    "Help, errors and the progress line are coloured in a terminal. NO_COLOR=1 or CLICOLOR=0 turns colours off. \
     CLICOLOR_FORCE=1 overrides CLICOLOR=0, and colours help and errors in files and pipes, too.",
);
pub(super) const TERMINAL: Variable = (
    "TERM",
    "If it is `dumb` or not set: no colours, and progress is printed line by line instead of redrawn.",
);
pub(super) const WIDTH: Variable =
    ("COLUMNS", "Width of help where the output is not a terminal. Unit: columns.");
pub(super) const LIVE_TOKEN: Variable = (
    "BASELINE_LIVE_TOKEN",
    "Token that clients of the live page must send, unless --live-token names a file. At least 16 letters and digits.",
);
pub(super) const STEP_SUMMARY: Variable =
    ("GITHUB_STEP_SUMMARY", "With --github: the file that the verdict is appended to. GitHub sets it.");
pub(super) const COMPLETE: Variable =
    ("BASELINE_COMPLETE", "Set by the completion scripts: print candidates instead of running a command.");
pub(super) const BUILT_IN: Variable = (
    "BASELINE_URL, BASELINE_FRONTEND_URL",
    "Where the scenarios `demo` and `pitchey` send requests [default: http://127.0.0.1:8787].",
);
pub(super) const OTLP: Variable = (
    "OTEL_EXPORTER_OTLP_HEADERS, OTEL_RESOURCE_ATTRIBUTES",
    "With --otlp: headers for the receiver, and further attributes, as name=value,name2=value2 with percent-encoded values.",
);
pub(super) const ALERTS: Variable = (
    "BASELINE_ALERTMANAGER_TOKEN, BASELINE_WEBHOOK_TOKEN",
    "Bearer tokens for the receivers of --alertmanager and --webhook. Further headers come from \
     BASELINE_ALERTMANAGER_HEADERS and BASELINE_WEBHOOK_HEADERS, as name=value,name2=value2 with percent-encoded values. \
     None of them is printed or stored.",
);
pub(super) const SERVICE: Variable = (
    "NOTIFY_SOCKET, WATCHDOG_USEC",
    "Set by systemd for units with Type=notify: readiness, progress and the watchdog are reported to it.",
);
