//! The verb that watches a platform between runs: `monitor`.

use super::entry::{Guide, long, short};
use super::environment::{CERTIFICATES, COLOUR, PROXIES, REFERENCES};
use super::measure::SCENARIOS;

pub(super) const GUIDES: [Guide; 1] = [Guide {
    verb: "monitor",
    examples: &[
        short(
            "Watch a platform, and alert",
            "baseline monitor my-service.toml --alertmanager http://127.0.0.1:9093",
        ),
        short("From cron", "baseline monitor my-service.toml --once --webhook https://alerts.example"),
        long(
            "Run the hooks of the scenario, and serve the live page",
            "baseline monitor my-service.toml --recover --live=9100",
        ),
        long(
            "Every 5 minutes, compared with a baseline",
            "baseline monitor my-service.toml --every 5m --baseline monitor",
        ),
        long(
            "What a day with an outage looks like, in seconds",
            "baseline monitor pitchey --rehearse --duration 24h \\\n  --fault down:health:3h..4h",
        ),
        long("Try it on the built-in demo server", "baseline monitor --demo --every 2s --duration 2m"),
    ],
    notes: &[
        "An endpoint is unhealthy when 2 of its last 3 probes failed, degraded when 2 of 3 violated its SLO, or when 3 \
         together are at least 30 % slower than usual. It is healthy again after 3 good probes in a row. [monitor] in the \
         scenario changes these numbers.",
        "Probes send GET, HEAD and OPTIONS and what the journeys of the scenario send, with one user, within the documented \
         rate limits. No alerts are sent in a silence of the scenario or of `baseline annotate --silence`; states are kept.",
        "A day ends at midnight UTC. Its logs are compressed after a day, and removed after `keep` of [monitor], 35 days by \
         default. `baseline report --last 30d` puts days together.",
    ],
    exit: &[
        (0, "it ended as it was asked to; with --once, everything is healthy"),
        (1, "with --once, something is degraded or unhealthy, or failed in its first probe"),
        (3, "with --once, it was interrupted"),
    ],
    environment: &[REFERENCES, CERTIFICATES, PROXIES, COLOUR],
    files: &[
        SCENARIOS,
        ("reports/SCENARIO-monitor-TIME/", "What was measured in a day."),
        ("reports/monitor/SCENARIO/state.json", "States, availability and usual response times."),
        ("reports/monitor/SCENARIO/journal.jsonl", "Alerts, changes of state, and hooks."),
    ],
    see_also: &["start", "check", "alert", "annotate", "report", "export systemd", "export stack"],
}];
