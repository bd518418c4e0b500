//! The README of the folder: who gets what, how to start and test it, and silences that are not part of the file.

use std::fmt::Write as _;

use crate::domain::finding::Priority;
use crate::domain::receiver::{Destination, Hours, Receiver, SecretSource};
use crate::domain::silence::{Silence, When};
use crate::domain::units::format_span;

use super::quoting::{is, is_workload_of, shell};
use super::routes::{Routes, timing};
use super::script::Filled;
use super::settings::AlertmanagerFiles;

/// What the README is about.
pub(super) struct Readme<'a> {
    pub(super) of: &'a AlertmanagerFiles<'a>,
    pub(super) routes: &'a Routes<'a>,
    pub(super) filled: &'a [Filled],
}

impl Readme<'_> {
    /// Its text.
    pub(super) fn text(&self) -> String {
        let mut text = format!("# Alertmanager for the scenario {}\n\n", self.of.scenario);
        self.receivers(&mut text);
        self.start(&mut text);
        self.once(&mut text);
        text
    }

    fn receivers(&self, text: &mut String) {
        text.push_str("| receiver | kind | priorities | when |\n|---|---|---|---|\n");
        for receiver in self.of.receivers {
            let codes: Vec<&str> = receiver.priorities.iter().map(|priority| priority.code()).collect();
            let when = when(receiver);
            let _ =
                writeln!(text, "| {} | {} | {} | {when} |", receiver.name, kind(receiver), codes.join(", "));
        }
        text.push_str(
            "\n| priority | first notification after | changes after | again after |\n|---|---|---|---|\n",
        );
        for priority in Priority::ALL {
            let is = timing(priority);
            let _ = writeln!(text, "| {} | {} | {} | {} |", priority.code(), is.wait, is.interval, is.repeat);
        }
        text.push('\n');
        for priority in Priority::ALL {
            let mut takers = self.routes.at_once(priority).peekable();
            if takers.peek().is_none() {
                let _ = writeln!(text, "Nobody gets {} at once.", priority.code());
            } else if takers.all(|receiver| receiver.hours != Hours::Always) {
                let _ = writeln!(text, "Outside business hours nobody gets {}.", priority.code());
            }
        }
        text.push_str(
            "\nAlerts of the same scenario and name are one notification. An alert that explains another mutes it: see \
             `inhibit_rules`.\n",
        );
    }

    fn start(&self, text: &mut String) {
        let program = "Debian: `prometheus-alertmanager`; elsewhere the program is called `alertmanager`.";
        let _ = writeln!(text, "\n## Start\n\n{program}\n\n```sh");
        if !self.filled.is_empty() {
            for Filled { name, source } in self.filled {
                let _ = match source {
                    SecretSource::Variable(_) => writeln!(text, "export {name}=...          # the secret"),
                    SecretSource::File(path) => writeln!(text, "test -r {}   # has a secret", shell(path)),
                };
            }
            text.push_str("./render.sh                # writes alertmanager.yml, mode 600\n");
        }
        text.push_str(
            "amtool check-config alertmanager.yml\n./routes.test.sh\nprometheus-alertmanager --config.file=alertmanager.yml \
             --web.listen-address=127.0.0.1:9093 --cluster.listen-address=\n```\n",
        );
        if !self.filled.is_empty() {
            text.push_str(
                "\n`render.sh` puts secrets into the configuration that Alertmanager 0.25 cannot read from files. It refuses to \
                 write anything while one of them is missing. Run it before each start (`ExecStartPre=` in a unit).\n",
            );
        }
        if self.of.receivers.iter().any(|receiver| matches!(receiver.destination, Destination::Sns { .. })) {
            text.push_str(
                "\nSNS takes its credentials from `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, from `~/.aws`, or from the role \
                 of the machine. They need `sns:Publish`.\n",
            );
        }
        if self.of.receivers.iter().any(|receiver| receiver.escalate_after.is_some()) {
            text.push_str(
                "\n## Escalation\n\nPrometheus escalates: add `escalation.rules.yml` to its `rule_files`. Only alerts of its own \
                 rules are escalated, not those that are sent to Alertmanager by others.\n\n```sh\npromtool check rules \
                 escalation.rules.yml\npromtool test rules escalation.test.yml\n```\n",
            );
        }
    }

    /// Silences with a date: Alertmanager has no such thing in its configuration.
    fn once(&self, text: &mut String) {
        let mut silences = self.of.silences.iter().filter_map(|silence| match silence.when {
            When::Once { from, until } => Some((silence, from, until)),
            When::Weekly { .. } => None,
        });
        let Some(first) = silences.next() else { return };
        text.push_str("\n## Silences with a date\n\nOnce, while Alertmanager runs:\n\n```sh\n");
        for (silence, from, until) in std::iter::once(first).chain(silences) {
            let command = command(self.of.scenario, silence, &from.to_string(), &until.to_string());
            let _ = writeln!(text, "{command}");
        }
        text.push_str("```\n");
    }
}

fn command(scenario: &str, silence: &Silence, from: &str, until: &str) -> String {
    let mut matchers = shell(&is("scenario", scenario));
    if !silence.workloads.is_empty() {
        matchers = format!("{matchers} {}", shell(&is_workload_of(&silence.workloads)));
    }
    format!(
        "amtool silence add --alertmanager.url=http://127.0.0.1:9093 --author=baseline --start={from} --end={until} \\\n  \
         --comment={} {matchers}",
        shell(&silence.name)
    )
}

fn kind(receiver: &Receiver) -> &'static str {
    match receiver.destination {
        Destination::Slack { .. } => "Slack",
        Destination::Discord { .. } => "Discord",
        Destination::PagerDuty { .. } => "PagerDuty",
        Destination::Email { .. } => "e-mail",
        Destination::Sns { .. } => "SNS",
        Destination::Webhook(_) => "webhook",
    }
}

fn when(receiver: &Receiver) -> String {
    let hours = match &receiver.hours {
        Hours::Always => "always".to_owned(),
        Hours::Business(hours) => {
            let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].into_iter().zip(hours.days);
            let days: Vec<&str> = names.filter(|(_, is_one)| *is_one).map(|(name, _)| name).collect();
            let time = |span: std::time::Duration| {
                format!("{:02}:{:02}", span.as_secs() / 3600, span.as_secs() / 60 % 60)
            };
            format!("{} {} to {} ({})", days.join(", "), time(hours.opens), time(hours.closes), hours.zone)
        }
    };
    receiver
        .escalate_after
        .map_or(hours.clone(), |after| format!("{hours}; once it fires for {}", format_span(after)))
}
