//! The verb `alert` and its subcommands.

use super::entry::{Guide, long, short};
use super::environment::ALERTS;

const JOURNALS: (&str, &str) = (
    "reports/RUN/journal.jsonl, reports/monitor/NAME/journal.jsonl",
    "Alerts of runs and monitors; --out names another folder.",
);

pub(super) const GUIDES: [Guide; 4] = [
    Guide {
        verb: "alert",
        examples: &[
            short("Check that alerts arrive", "baseline alert test --webhook https://alerts.example/hook"),
            short("What is wrong now, and was lately", "baseline alert list"),
            short("Somebody looks into it", "baseline alert ack 3f9c --by Kim"),
        ],
        notes: &[
            "Alerts are raised by `baseline start` with --alertmanager or --webhook, and by `baseline monitor`.",
        ],
        exit: &[(0, "success")],
        environment: &[],
        files: &[JOURNALS],
        see_also: &["alert test", "alert list", "alert ack", "start"],
    },
    Guide {
        verb: "alert test",
        examples: &[
            short("Test a webhook", "baseline alert test --webhook https://alerts.example/hook"),
            short(
                "Test Alertmanager and what it notifies",
                "baseline alert test --alertmanager http://127.0.0.1:9093 --hold 1m",
            ),
            long(
                "Under the name of a scenario",
                "baseline alert test pitchey --webhook https://alerts.example/hook",
            ),
        ],
        notes: &[],
        exit: &[
            (0, "every receiver accepted the alert and its end"),
            (1, "a receiver refused one of them, or did not respond"),
        ],
        environment: &[ALERTS],
        files: &[],
        see_also: &["alert list", "start"],
    },
    Guide {
        verb: "alert list",
        examples: &[
            short("Open and recent alerts", "baseline alert list"),
            short("Of one scenario, for programs", "baseline alert list pitchey --format json"),
            short("Of the run that started last", "baseline alert list latest"),
        ],
        notes: &["Lists all open alerts, and the last 50 that have ended."],
        exit: &[(0, "success")],
        environment: &[],
        files: &[JOURNALS],
        see_also: &["alert ack", "report"],
    },
    Guide {
        verb: "alert ack",
        examples: &[
            short("By a prefix of its ID", "baseline alert ack 3f9c --by Kim"),
            short("With a remark", "baseline alert ack 3f9c --by Kim --note \"rolled back 1.2.3\""),
        ],
        notes: &["Nothing is sent to receivers: this is for `baseline alert list` and for reports."],
        exit: &[(0, "the alert is acknowledged")],
        environment: &[],
        files: &[JOURNALS],
        see_also: &["alert list"],
    },
];
