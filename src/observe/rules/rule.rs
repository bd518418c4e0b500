//! A rule, and the cases that test it, before they are written.

use std::time::Duration;

use super::names::RuleName;
use super::promql;
use super::yaml::Yaml;

/// A recording rule.
#[derive(Debug, Clone)]
pub(super) struct Recording {
    /// The name of the series.
    pub(super) name: String,
    /// Its expression.
    pub(super) expr: String,
    /// Labels that the expression does not have.
    pub(super) labels: Vec<(&'static str, String)>,
}

impl Recording {
    /// A rule that adds no labels.
    pub(super) fn new(name: impl Into<String>, expr: impl Into<String>) -> Self {
        Self { name: name.into(), expr: expr.into(), labels: Vec::new() }
    }

    fn yaml(&self) -> Yaml {
        let mut entries =
            vec![("record".to_owned(), Yaml::text(&self.name)), ("expr".to_owned(), Yaml::text(&self.expr))];
        if !self.labels.is_empty() {
            entries.push(("labels".to_owned(), labels(&self.labels)));
        }
        Yaml::Map(entries)
    }
}

/// How the value of an expression is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// A ratio as percent.
    Percent,
    /// Seconds as a duration.
    Duration,
    /// A number.
    Number,
}

impl Shown {
    fn function(self) -> &'static str {
        match self {
            Self::Percent => "humanizePercentage",
            Self::Duration => "humanizeDuration",
            Self::Number => "humanize",
        }
    }
}

/// An alerting rule.
#[derive(Debug, Clone)]
pub(super) struct Alerting {
    /// What it is called, how urgent it is, and where its runbook is.
    pub(super) name: RuleName,
    /// Its expression.
    pub(super) expr: String,
    /// How long the expression must be true; zero for at once.
    pub(super) hold: Duration,
    /// How the value is shown.
    pub(super) shown: Shown,
    /// What is wrong, in a line; may have `{endpoint}`, `{level}`, `{instance}` and `{value}`.
    pub(super) summary: String,
    /// What was measured; may have the same.
    pub(super) description: String,
    /// When it fires and when not.
    pub(super) cases: Vec<Case>,
}

/// Series, and what a rule makes of them.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// What is tested, in a few words.
    pub(super) name: String,
    /// Series in the notation of `promtool test rules`, one value per evaluation.
    pub(super) series: Vec<Series>,
    /// When the rule is looked at.
    pub(super) at: Duration,
    /// What fires: the labels of the subject, and the value as people see it. `None` where nothing does.
    pub(super) fires: Option<(Vec<(&'static str, String)>, String)>,
}

/// A series of a test.
#[derive(Debug, Clone)]
pub(super) struct Series {
    /// Name and labels.
    pub(super) series: String,
    /// Values.
    pub(super) values: String,
}

impl Series {
    /// A series with these labels.
    pub(super) fn new(name: &str, labels: &[(&str, &str)], values: impl Into<String>) -> Self {
        let labels: Vec<String> =
            labels.iter().map(|(label, value)| format!("{label}={}", promql::quoted(value))).collect();
        Self { series: format!("{name}{{{}}}", labels.join(",")), values: values.into() }
    }
}

/// Rules that are evaluated one after the other.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// Its name, unique in the file.
    pub(super) name: String,
    /// Recorded first.
    pub(super) recordings: Vec<Recording>,
    /// The alerts, which see what was recorded.
    pub(super) alerts: Vec<Alerting>,
}

/// What every rule of a file has.
#[derive(Debug, Clone)]
pub(super) struct Common {
    /// Name of the scenario.
    pub(super) scenario: String,
    /// Where the runbooks are, without a slash at its end.
    pub(super) runbooks: String,
    /// How often rules are evaluated.
    pub(super) evaluation: Duration,
}

impl Group {
    /// The group as Prometheus reads it.
    pub(super) fn yaml(&self, common: &Common) -> Yaml {
        let recordings = self.recordings.iter().map(Recording::yaml);
        let alerts = self.alerts.iter().map(|alert| alert.yaml(common));
        Yaml::map([
            ("name", Yaml::text(&self.name)),
            ("interval", Yaml::text(promql::span(common.evaluation))),
            ("rules", Yaml::List(recordings.chain(alerts).collect())),
        ])
    }
}

impl Alerting {
    fn labels(&self, common: &Common) -> Vec<(&'static str, String)> {
        let priority = self.name.priority();
        vec![
            ("severity", priority.severity().to_owned()),
            ("priority", priority.code().to_owned()),
            ("scenario", common.scenario.clone()),
        ]
    }

    /// The annotations, with this in place of what is only known when it fires.
    fn annotations(&self, common: &Common, fill: impl Fn(&str) -> String) -> Yaml {
        Yaml::map([
            ("summary", Yaml::text(fill(&self.summary))),
            ("description", Yaml::text(fill(&self.description))),
            ("runbook_url", Yaml::text(format!("{}/{}.md", common.runbooks, self.name.runbook()))),
        ])
    }

    fn yaml(&self, common: &Common) -> Yaml {
        let value = format!("{{{{ $value | {} }}}}", self.shown.function());
        let fill = |text: &str| {
            let labels = ["endpoint", "level", "instance"];
            labels.into_iter().fold(text.replace("{value}", &value), |text, label| {
                text.replace(&format!("{{{label}}}"), &format!("{{{{ $labels.{label} }}}}"))
            })
        };
        let mut entries = vec![
            ("alert".to_owned(), Yaml::text(self.name.name())),
            ("expr".to_owned(), Yaml::text(&self.expr)),
        ];
        if !self.hold.is_zero() {
            entries.push(("for".to_owned(), Yaml::text(promql::span(self.hold))));
        }
        entries.push(("labels".to_owned(), labels(&self.labels(common))));
        entries.push(("annotations".to_owned(), self.annotations(common, fill)));
        Yaml::Map(entries)
    }

    /// The tests of the rule, as `promtool test rules` reads them.
    pub(super) fn tests(&self, common: &Common) -> Vec<Yaml> {
        self.cases.iter().map(|case| self.test(common, case)).collect()
    }

    fn test(&self, common: &Common, case: &Case) -> Yaml {
        let alerts = case.fires.iter().map(|(subject, value)| {
            let fill = |text: &str| {
                subject.iter().fold(text.replace("{value}", value), |text, (label, value)| {
                    text.replace(&format!("{{{label}}}"), value)
                })
            };
            let all: Vec<_> = self.labels(common).into_iter().chain(subject.iter().cloned()).collect();
            Yaml::map([("exp_labels", labels(&all)), ("exp_annotations", self.annotations(common, fill))])
        });
        let expected = Yaml::map([
            ("eval_time", Yaml::text(promql::span(case.at))),
            ("alertname", Yaml::text(self.name.name())),
            ("exp_alerts", Yaml::List(alerts.collect())),
        ]);
        let input = case.series.iter().map(|series| {
            Yaml::map([("series", Yaml::text(&series.series)), ("values", Yaml::text(&series.values))])
        });
        Yaml::map([
            ("name", Yaml::text(format!("{}: {}", self.name.name(), case.name))),
            ("interval", Yaml::text(promql::span(common.evaluation))),
            ("input_series", Yaml::List(input.collect())),
            ("alert_rule_test", Yaml::List(vec![expected])),
        ])
    }
}

fn labels(all: &[(&'static str, String)]) -> Yaml {
    Yaml::Map(all.iter().map(|(label, value)| ((*label).to_owned(), Yaml::text(value))).collect())
}
