//! The verbs that work on recorded runs: `status`, `watch`, `stop`, `list`, `report`, `gc`, `serve`, `promote`, `compare`.

use super::entry::{Guide, long, short};
use super::environment::{LIVE_TOKEN, TERMINAL};

const RUNS: (&str, &str) = ("reports/RUN/", "The runs; --out names another folder.");
const BASELINES: (&str, &str) =
    ("baselines/SCENARIO/NAME.json", "The baselines; --baselines names another folder.");
const DONE: (u8, &str) = (0, "success");

pub(super) const GUIDES: [Guide; 9] = [
    Guide {
        verb: "status",
        examples: &[
            short("The run that started last", "baseline status"),
            short("Follow a run until it ends", "baseline status latest --watch"),
            short("With statistics of the last minutes", "baseline status latest --rolling"),
            short("For programs", "baseline status --format json"),
        ],
        notes: &[],
        exit: &[DONE],
        environment: &[TERMINAL],
        files: &[RUNS],
        see_also: &["watch", "list", "report", "stop"],
    },
    Guide {
        verb: "watch",
        examples: &[
            short("Watch the run that started last", "baseline watch"),
            short("Until it ends, then quit", "baseline watch latest --exit"),
            short("One line per window, for a pipe", "baseline watch latest --lines | grep errors"),
        ],
        notes: &[],
        exit: &[(0, "success, however the run ends")],
        environment: &[TERMINAL],
        files: &[RUNS],
        see_also: &["status", "report"],
    },
    Guide {
        verb: "stop",
        examples: &[
            short("Stop the run that started last", "baseline stop"),
            short("Resume it later", "baseline start --resume latest"),
        ],
        notes: &[],
        exit: &[DONE],
        environment: &[],
        files: &[RUNS],
        see_also: &["start", "status"],
    },
    Guide {
        verb: "list",
        examples: &[
            short("All runs in reports/", "baseline list"),
            short("Runs in another folder, for programs", "baseline list --out nightly --format json"),
        ],
        notes: &[],
        exit: &[DONE],
        environment: &[],
        files: &[RUNS],
        see_also: &["status", "report"],
    },
    Guide {
        verb: "report",
        examples: &[
            short("All files of the run that started last", "baseline report"),
            short("Only Markdown and charts", "baseline report latest --only md,png"),
            short("A status page of all runs of the scenario", "baseline report --all --status-page public"),
            short("The last 30 days of the scenario", "baseline report --last 30d"),
            long("The last week of a scenario, for programs", "baseline report shop --last 7d --format json"),
            short("The schema of report.json", "baseline report --schema"),
        ],
        notes: &[],
        exit: &[DONE],
        environment: &[],
        files: &[RUNS, ("reports/RUN/report.html", "The report in one file, for browsers.")],
        see_also: &["status", "compare"],
    },
    Guide {
        verb: "gc",
        examples: &[
            short("What would be compressed and removed", "baseline gc --dry-run"),
            short("Compress runs that ended more than a day ago", "baseline gc"),
            short("Also remove those that ended more than 90 days ago", "baseline gc --keep 90d"),
            long("Only the runs of one scenario", "baseline gc shop --keep 30d"),
        ],
        notes: &["docs/retention.md describes what is kept for how long, and the form of compressed runs."],
        exit: &[DONE],
        environment: &[],
        files: &[RUNS, BASELINES],
        see_also: &["list", "report"],
    },
    Guide {
        verb: "serve",
        examples: &[
            short("All runs in reports/, beginning with the latest", "baseline serve --open"),
            short("One run", "baseline serve latest --listen 127.0.0.1:8080"),
            long(
                "For other machines; the printed URL contains the token",
                "baseline serve --listen 0.0.0.0:8080",
            ),
            long(
                "Behind a proxy that has a name",
                "baseline serve --listen 8080 --allow-host perf.example.com",
            ),
        ],
        notes: &["docs/live.md describes the page, its API, and what protects it."],
        exit: &[(0, "interrupted")],
        environment: &[LIVE_TOKEN],
        files: &[RUNS],
        see_also: &["start", "status", "report"],
    },
    Guide {
        verb: "promote",
        examples: &[
            short("Save the last run as baseline `main`", "baseline promote latest --as main"),
            long("Five runs, as the gate needs them", "baseline promote RUN1 RUN2 RUN3 RUN4 RUN5 --as main"),
            short("Print SLOs that fit it, save nothing", "baseline promote latest --suggest-thresholds"),
        ],
        notes: &[],
        exit: &[DONE, (3, "a run has too few valid windows, mostly fails, or was measured differently")],
        environment: &[],
        files: &[RUNS, BASELINES],
        see_also: &["gate", "compare"],
    },
    Guide {
        verb: "compare",
        examples: &[
            short("The last run with the baseline `main`", "baseline compare main latest"),
            short("Every value, also those that did not change", "baseline compare main latest --all"),
            short("For a pull request", "baseline compare main latest --format markdown"),
        ],
        notes: &[],
        exit: &[(0, "success, whatever the difference")],
        environment: &[],
        files: &[RUNS, BASELINES],
        see_also: &["gate", "promote"],
    },
];
