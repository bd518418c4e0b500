//! The verb `export` and its subcommands.

use super::entry::{Guide, long, short};

pub(super) const GUIDES: [Guide; 6] = [
    Guide {
        verb: "export",
        examples: &[
            short("Dashboards for Grafana", "baseline export grafana dashboards"),
            short("Rules for Prometheus", "baseline export rules rules my-service.toml"),
            short("Units for systemd", "baseline export systemd units my-service.toml"),
            short("Alertmanager and its receivers", "baseline export alertmanager alerts my-service.toml"),
            short("Everything that watches a platform", "baseline export stack stack my-service.toml"),
        ],
        notes: &["Files that exist are not replaced unless --force is given."],
        exit: &[(0, "the files were written")],
        environment: &[],
        files: &[],
        see_also: &[
            "export alertmanager",
            "export grafana",
            "export rules",
            "export stack",
            "export systemd",
            "start",
        ],
    },
    Guide {
        verb: "export alertmanager",
        examples: &[
            short("For the receivers of a scenario", "baseline export alertmanager alerts my-service.toml"),
            long(
                "Links to runbooks of your own",
                "baseline export alertmanager alerts my-service.toml \\\n  --runbooks https://wiki.example/runbooks",
            ),
        ],
        notes: &[
            "Secrets are named in the scenario, by file or variable, and never written. Where Alertmanager 0.25 cannot read a \
             secret from a file, the configuration is a template, and render.sh fills it in.",
        ],
        exit: &[(0, "the files were written")],
        environment: &[],
        files: &[
            (
                "DIR/alertmanager.yml",
                "The configuration; alertmanager.yml.tmpl where secrets have to be filled in.",
            ),
            ("DIR/render.sh", "Fills them in before Alertmanager starts."),
            ("DIR/templates/", "The texts of the messages."),
            ("DIR/routes.test.sh", "Tests with amtool where alerts go."),
            (
                "DIR/escalation.rules.yml",
                "Rules of Prometheus for receivers with escalate_after, and their test.",
            ),
            ("DIR/README.md", "Who gets what, and how to start it."),
        ],
        see_also: &["export stack"],
    },
    Guide {
        verb: "export stack",
        examples: &[short("For a scenario", "baseline export stack stack my-service.toml")],
        notes: &["The containers use the network of the host and need Linux."],
        exit: &[(0, "the files were written")],
        environment: &[],
        files: &[
            ("DIR/compose.yaml", "The containers; .env.example has the variables that they need."),
            ("DIR/systemd/", "Units for the same parts without containers."),
            (
                "DIR/prometheus/, DIR/alertmanager/, DIR/blackbox/, DIR/grafana/",
                "The configuration of the parts.",
            ),
            ("DIR/urls.txt", "Where `baseline stack verify DIR` asks."),
        ],
        see_also: &["export alertmanager", "export grafana", "stack verify"],
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
                "A monitor that alerts",
                "baseline export systemd units my-service.toml --monitor \\\n  -- --alertmanager http://127.0.0.1:9093",
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
