//! The verbs that measure: `start`, `test`, `gate`, `target`, and `scenario` for what they measure.

use super::entry::{Guide, long, short};
use super::environment::{
    ALERTS, BUILT_IN, CERTIFICATES, COLOUR, LIVE_TOKEN, OTLP, PROXIES, REFERENCES, REMOTE_WRITE, SERVICE,
    STEP_SUMMARY, TERMINAL,
};

const DURATIONS: &str =
    "Durations have a unit (us, ms, s, m, h, d) and can be combined: 500ms, 10s, 1m30s, 48h.";

pub(super) const GUIDES: [Guide; 8] = [
    START,
    TEST,
    GATE,
    Guide {
        verb: "target",
        examples: &[
            short("Serve on 127.0.0.1:8787", "baseline target"),
            short(
                "30% slower in one endpoint",
                "baseline target --listen 127.0.0.1:9002 --fault slow:browse:+30%:0s..1h",
            ),
        ],
        notes: &[
            "Pages: / /api/health /api/health/detailed /api/auth/check /api/pitches/browse/enhanced",
            "Accounts: POST /api/auth/signup, /api/auth/login (or /api/auth/creator/login), /api/auth/logout; GET /api/auth/me. \
             demo-1@example.invalid to demo-100@example.invalid exist, with the password obviously-fake. A login is valid \
             for 15 minutes, or as long as ?ttl_s=SECONDS asks for.",
            "Pitches, with the token or the cookie of a login: POST and GET /api/pitches; GET, PUT, PATCH and DELETE \
             /api/pitches/ID.",
            "Forms: GET /form has a one-time value for POST /form. Uploads: POST /api/upload. Redirects: /redirect/N, \
             /redirect/loop, /redirect/away.",
            "For tests: /audit counts requests and every misuse, /audit/sessions lists the last 10,000 requests.",
        ],
        exit: &[(0, "interrupted")],
        environment: &[],
        files: &[],
        see_also: &["start", "test"],
    },
    Guide {
        verb: "scenario",
        examples: &[
            short("Check a scenario before it is used", "baseline scenario check my-service.toml"),
            short("List the names that `start` and `test` know", "baseline scenario list"),
        ],
        notes: &[],
        exit: &[(0, "success")],
        environment: &[REFERENCES],
        files: &[SCENARIOS],
        see_also: &["scenario check", "scenario list", "scenario schema", "start"],
    },
    Guide {
        verb: "scenario check",
        examples: &[
            short("Check a file", "baseline scenario check my-service.toml"),
            short("Check a scenario by name, for programs", "baseline scenario check pitchey --format json"),
        ],
        notes: &[],
        exit: &[(0, "the scenario is valid")],
        environment: &[REFERENCES],
        files: &[SCENARIOS],
        see_also: &["scenario", "start"],
    },
    Guide {
        verb: "scenario list",
        examples: &[
            short("List names and where they come from", "baseline scenario list"),
            short("The same for programs", "baseline scenario list --format json"),
        ],
        notes: &[],
        exit: &[(0, "success")],
        environment: &[],
        files: &[SCENARIOS],
        see_also: &["scenario"],
    },
    Guide {
        verb: "scenario schema",
        examples: &[short(
            "For an editor that checks TOML files",
            "baseline scenario schema > scenario.schema.json",
        )],
        notes: &[],
        exit: &[(0, "success")],
        environment: &[],
        files: &[],
        see_also: &["scenario"],
    },
];

pub(super) const SCENARIOS: (&str, &str) = (
    "scenarios/NAME.toml",
    "Scenarios that can be given by name; `demo`, `journeys` and `pitchey` are built in.",
);

const START: Guide = Guide {
    verb: "start",
    examples: &[
        short("Two-minute demo on a built-in server, with one slowdown to detect", "baseline start --demo"),
        short(
            "Print the plan and check it against the rate limits",
            "baseline start my-service.toml --dry-run",
        ),
        long("Simulate 48 hours in seconds", "baseline start pitchey --rehearse --seed 7"),
        short("Run in the background", "baseline start my-service.toml --detach"),
        long("Watch it in the browser", "baseline start my-service.toml --live"),
        long("Resume after a reboot", "baseline start --resume latest --detach"),
        long(
            "Send metrics and the slowest requests to an OpenTelemetry Collector",
            "baseline start my-service.toml --otlp http://127.0.0.1:4318",
        ),
        long(
            "A short run at a tenth of the load, compared with the baseline `main` as it goes",
            "baseline start my-service.toml --duration 1h --load-percent 10 \\\n  --baseline main",
        ),
        long(
            "Push metrics to Prometheus",
            "baseline start my-service.toml \\\n  --remote-write http://127.0.0.1:9090/api/v1/write",
        ),
    ],
    notes: &[DURATIONS],
    exit: &[
        (0, "all SLOs are met"),
        (1, "an SLO was violated, or the target does not work"),
        (
            3,
            "inconclusive: stopped early, an SLO is undecided, or too much of the run is missing, invalid or rate-limited \
             (429)",
        ),
    ],
    environment: &[
        REFERENCES,
        BUILT_IN,
        LIVE_TOKEN,
        CERTIFICATES,
        PROXIES,
        COLOUR,
        TERMINAL,
        REMOTE_WRITE,
        OTLP,
        ALERTS,
        SERVICE,
    ],
    files: &[
        SCENARIOS,
        ("reports/RUN/windows.csv", "One row per measured window."),
        ("reports/RUN/report.html, report.md, report.json", "The report."),
        (
            "reports/RUN/journal.jsonl, reports/RUN/sent.json",
            "With --alertmanager or --webhook: alerts, and what was sent.",
        ),
        ("reports/RUN/remote-write.json", "With --remote-write: how far each receiver has got."),
        ("reports/RUN/detached.log", "With --detach: progress, incidents and warnings."),
        ("baselines/SCENARIO/NAME.json", "With --baseline: the values to compare with."),
    ],
    see_also: &["status", "stop", "report", "promote", "scenario check", "export systemd"],
};

const TEST: Guide = Guide {
    verb: "test",
    examples: &[
        short(
            "One endpoint of a scenario, with 5 concurrent users",
            "baseline test health 5 --scenario my-service.toml",
        ),
        short(
            "A URL with one user; loopback addresses are http://",
            "baseline test 127.0.0.1:8787/api/health --requests 500",
        ),
        long(
            "An open loop at 300 requests/s",
            "baseline test http://127.0.0.1:8787/api/health 10 --rate 300",
        ),
        long(
            "A request with headers and data, as curl takes them",
            "baseline test https://api.example/items 5 -H 'x-team: blue' \\\n  --json '{\"name\": \"a\"}'",
        ),
        long(
            "A journey once, with every request and response, secrets masked",
            "baseline test pitch --once --scenario journeys",
        ),
        long(
            "A journey that writes, measured with 5 users",
            "baseline test signup 5 --scenario my-service.toml --writes",
        ),
        short(
            "A command that a browser copied (\"Copy as cURL\")",
            "baseline test --curl 'curl https://api.example/items --compressed' 5",
        ),
    ],
    notes: &[
        "TARGET is an endpoint, a journey or a mix of the scenario, or a URL. A URL without a scheme is http:// on loopback (localhost, \
         127.0.0.1, [::1]) and on port 80, and otherwise https://; the result shows which.",
        "The options for requests and connections also change the endpoint of a scenario: headers are added to its own, \
         data replaces its body, and everything else replaces what the scenario says. Values of headers, data and \
         passwords are never printed. Redirects are not followed.",
        "Interrupted with Ctrl-C, it prints what it has measured so far. Without an SLO for the error rate, any failed \
         request is a violation.",
        DURATIONS,
    ],
    exit: &[
        (0, "the endpoint's SLO (`slo` in the scenario) is met"),
        (1, "it is violated"),
        (3, "inconclusive: too few requests to tell, or interrupted"),
    ],
    environment: &[REFERENCES, BUILT_IN, CERTIFICATES, PROXIES, COLOUR, TERMINAL],
    files: &[SCENARIOS],
    see_also: &["start", "scenario check", "target"],
};

const GATE: Guide = Guide {
    verb: "gate",
    examples: &[
        short(
            "Three new runs against the baseline `main`",
            "baseline gate --against main --scenario my-service.toml",
        ),
        long("Three recorded runs against it", "baseline gate --against main RUN1 RUN2 RUN3"),
        short(
            "Two builds on one CI runner",
            "baseline gate --ab http://127.0.0.1:9001 http://127.0.0.1:9002",
        ),
        long(
            "Two builds that the gate starts and stops",
            "baseline gate --scenario my-service.toml \\\n  --ab http://127.0.0.1:9001 http://127.0.0.1:9002 \\\n  \
             --start-a 'exec ./before --port 9001' \\\n  --start-b 'exec ./after --port 9002' --junit gate.xml",
        ),
        long(
            "The false-positive rate on this machine, from 8 runs of the same code",
            "baseline gate --aa --scenario my-service.toml --duration 30m",
        ),
    ],
    notes: &[DURATIONS],
    exit: &[
        (0, "accepted"),
        (1, "regressed, or an SLO was violated"),
        (3, "inconclusive (see --inconclusive)"),
    ],
    environment: &[REFERENCES, BUILT_IN, CERTIFICATES, PROXIES, COLOUR, TERMINAL, STEP_SUMMARY],
    files: &[
        SCENARIOS,
        ("baselines/SCENARIO/NAME.json", "The baseline of --against."),
        ("baselines/SCENARIO/noise/", "What --aa measured."),
        ("reports/RUN/server-a.log, server-b.log", "Output of the servers that the gate started."),
    ],
    see_also: &["promote", "compare", "start"],
};
