//! The verb `export` and its subcommands.

use super::entry::{Guide, long, short};

pub(super) const GUIDES: [Guide; 4] = [
    Guide {
        verb: "export",
        examples: &[
            short("Dashboards for Grafana", "baseline export grafana dashboards"),
            short("Rules for Prometheus", "baseline export rules rules my-service.toml"),
            short("Units for systemd", "baseline export systemd units my-service.toml"),
        ],
        notes: &["Files that exist are not replaced unless --force is given."],
        exit: &[(0, "the files were written")],
        environment: &[],
        files: &[],
        see_also: &["export grafana", "export rules", "export systemd", "start"],
    },
    Guide {
        verb: "export grafana",
        examples: &[
            short("Dashboards to import, and provisioning files", "baseline export grafana dashboards"),
            short(
                "For a Prometheus on another host",
                "baseline export grafana dashboards \\\n  --prometheus http://prometheus.example:9090",
            ),
        ],
        notes: &["Classic and native histograms both work: each expression takes what Prometheus has."],
        exit: &[(0, "the files were written")],
        environment: &[],
        files: &[
            ("DIR/dashboards/*.json", "The dashboards."),
            ("DIR/provisioning/", "Files that tell Grafana where Prometheus and the dashboards are."),
            ("DIR/prometheus.yml", "A configuration with which Prometheus scrapes a run on this machine."),
            ("DIR/README.md", "How to import them."),
        ],
        see_also: &["start"],
    },
    Guide {
        verb: "export rules",
        examples: &[
            short("Rules with the limits of a scenario", "baseline export rules rules my-service.toml"),
            short(
                "With the bands of a promoted baseline",
                "baseline export rules rules my-service.toml --baseline main",
            ),
            long(
                "With runbooks of your own",
                "baseline export rules rules my-service.toml \\\n  --runbooks https://git.example.com/ops/runbooks",
            ),
        ],
        notes: &[
            "The rules are for `baseline monitor`: a window per workload and interval. Without it, BaselineMonitorSilent fires.",
        ],
        exit: &[(0, "the files were written")],
        environment: &[],
        files: &[
            ("DIR/NAME.rules.yml", "Recording and alerting rules."),
            ("DIR/NAME.test.yml", "Tests of the rules, for `promtool test rules`."),
            ("DIR/README.md", "How to load and test them."),
        ],
        see_also: &["export grafana", "promote"],
    },
    Guide {
        verb: "export systemd",
        examples: &[
            short("A service and a timer for a scenario", "baseline export systemd units my-service.toml"),
            short(
                "A run each Monday night, with the live page",
                "baseline export systemd units my-service.toml \\\n  --calendar \"Mon 02:00\" --live 127.0.0.1:8900",
            ),
            long(
                "With other options of `start`",
                "baseline export systemd units my-service.toml \\\n  -- --duration 24h --baseline main",
            ),
        ],
        notes: &[
            "The service runs `baseline start --resume-unfinished`: after a restart it resumes its run until the planned \
             end. Exit codes 1 (failed) and 3 (inconclusive) are results, after which systemd does not restart it.",
        ],
        exit: &[(0, "the files were written")],
        environment: &[],
        files: &[
            ("DIR/baseline-NAME.service, DIR/baseline-NAME.timer", "The units."),
            ("DIR/baseline-NAME.env.example", "Variables that the scenario refers to, with fake values."),
            ("DIR/README.md", "How to install the units."),
        ],
        see_also: &["start", "status"],
    },
];
