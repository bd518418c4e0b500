//! Escalation: rules of Prometheus that fire where an alert has been firing for too long, and their test.

use std::fmt::Write as _;
use std::time::Duration;

use crate::domain::alert::AlertKind;
use crate::domain::finding::Priority;
use crate::domain::receiver::Receiver;
use crate::domain::units::format_span;

use crate::observe::rules::RuleName;

use super::quoting::{is, quoted};
use super::routes::ESCALATION;

/// Name of the escalated alerts.
const NAME: &str = "BaselineEscalated";

/// The rules file; `None` where nothing is escalated.
pub(super) fn rules(scenario: &str, receivers: &[Receiver], runbooks: &str) -> Option<String> {
    let mut text = format!(
        "\
# Written by `baseline export alertmanager`. Prometheus loads it: rule_files.
groups:
  - name: {}
    interval: 30s
    rules:
",
        quoted(&format!("baseline-escalation-{scenario}"))
    );
    let mut is_empty = true;
    for receiver in receivers {
        let Some(after) = receiver.escalate_after else { continue };
        is_empty = false;
        let _ = writeln!(text, "      - alert: {NAME}");
        let _ = writeln!(text, "        expr: >-\n          {}", expression(scenario, receiver));
        let _ = writeln!(text, "        for: {}", prometheus_span(after));
        let _ = writeln!(text, "        labels:\n          {ESCALATION}: {}", quoted(&receiver.name));
        let summary = format!("{{{{ $labels.escalates }}}} is firing for {}", format_span(after));
        let _ = writeln!(text, "        annotations:\n          summary: {}", quoted(&summary));
        let description =
            "{{ if $labels.endpoint }}Endpoint {{ $labels.endpoint }}. {{ end }}Nobody has resolved it.";
        let _ = writeln!(text, "          description: {}", quoted(description));
        let _ = writeln!(text, "          runbook_url: {}", quoted(&runbook(runbooks)));
    }
    (!is_empty).then_some(text)
}

/// The alerts of a scenario that fire, under the name `escalates`. Without `max without(alertstate)` the label of the state
/// would stand in the way of the escalated alert's own; without the exclusion it would escalate itself.
fn expression(scenario: &str, receiver: &Receiver) -> String {
    let codes: Vec<&str> = receiver.priorities.iter().map(|priority| priority.code()).collect();
    let (scenario, priorities) = (is("scenario", scenario), quoted(&codes.join("|")));
    format!(
        "label_replace(max without(alertstate) (ALERTS{{alertstate=\"firing\", alertname=~\"Baseline.+\", \
         alertname!=\"{NAME}\", {scenario}, priority=~{priorities}}}), \"escalates\", \"$1\", \"alertname\", \"(.*)\")"
    )
}

/// The runbook of the alert that is escalated.
fn runbook(base: &str) -> String {
    let base = base.trim_end_matches('/');
    let mut pages: Vec<(&str, Vec<&str>)> = Vec::new();
    for rule in RuleName::ALL {
        match pages.iter_mut().find(|(page, _)| *page == rule.runbook()) {
            Some((_, names)) => names.push(rule.name()),
            None => pages.push((rule.runbook(), vec![rule.name()])),
        }
    }
    let mut text = String::new();
    for (index, (page, names)) in pages.iter().enumerate() {
        let word = if index == 0 { "if" } else { "else if" };
        let _ = write!(
            text,
            "{{{{ {word} match \"^({})$\" $labels.escalates }}}}{base}/{page}.md",
            names.join("|")
        );
    }
    text + "{{ else }}" + base + "{{ end }}"
}

fn prometheus_span(span: Duration) -> String {
    format!("{}s", span.as_secs())
}

/// What `promtool test rules` runs: nothing before the time, an alert after it, and none for the escalated alert itself.
pub(super) fn test(scenario: &str, receivers: &[Receiver], runbooks: &str) -> String {
    let mut text = "rule_files: [escalation.rules.yml]\nevaluation_interval: 30s\ntests:\n".to_owned();
    for receiver in receivers {
        let (Some(after), Some(priority)) = (receiver.escalate_after, receiver.priorities.first()) else {
            continue;
        };
        let others = Priority::ALL.into_iter().find(|other| !receiver.takes(*other));
        let _ = writeln!(text, "  - interval: 30s\n    input_series:");
        let series = |name: &str, priority: &Priority| {
            let labels = format!(
                "ALERTS{{alertname=\"{name}\", alertstate=\"firing\", endpoint=\"one\", severity=\"{}\", priority=\"{}\", {}}}",
                priority.severity(),
                priority.code(),
                is("scenario", scenario)
            );
            format!("      - series: {}\n        values: 1x{}\n", quoted(&labels), after.as_secs() / 30 + 20)
        };
        text.push_str(&series("BaselineDown", priority));
        text.push_str(&series(NAME, priority));
        if let Some(other) = others {
            text.push_str(&series("BaselineTest", &other));
        }
        let seconds = after.as_secs();
        let _ = writeln!(text, "    alert_rule_test:");
        let _ = writeln!(
            text,
            "      - eval_time: {}s\n        alertname: {NAME}\n        exp_alerts: []",
            seconds - 30
        );
        let _ = writeln!(
            text,
            "      - eval_time: {}s\n        alertname: {NAME}\n        exp_alerts:",
            seconds + 60
        );
        let _ = writeln!(text, "          - exp_labels:");
        for (label, value) in [
            ("endpoint", "one"),
            ("escalates", "BaselineDown"),
            (ESCALATION, &receiver.name),
            ("severity", priority.severity()),
            ("priority", priority.code()),
            ("scenario", scenario),
        ] {
            let _ = writeln!(text, "              {label}: {}", quoted(value));
        }
        let _ = writeln!(text, "            exp_annotations:");
        for (name, value) in [
            ("summary", format!("BaselineDown is firing for {}", format_span(after))),
            ("description", "Endpoint one. Nobody has resolved it.".to_owned()),
            ("runbook_url", format!("{}/{}.md", runbooks.trim_end_matches('/'), AlertKind::Down.runbook())),
        ] {
            let _ = writeln!(text, "              {name}: {}", quoted(&value));
        }
    }
    text
}
