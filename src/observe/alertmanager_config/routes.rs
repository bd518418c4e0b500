//! The tree of routes, and the lines that test it.

use std::fmt::Write as _;

use crate::domain::finding::Priority;
use crate::domain::receiver::{Hours, Receiver};
use crate::domain::silence::{Silence, When};

use super::intervals::{hours_name, silence_name};
use super::quoting::{is, is_workload, list, quoted, shell};

/// The receiver of what nobody gets.
pub(super) const NOBODY: &str = "nobody";
/// The label of an escalated alert: the receiver that it is escalated to.
pub(super) const ESCALATION: &str = "escalation";

/// How soon and how often a priority is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    /// How long the first notification waits for alerts of the same group.
    pub(super) wait: &'static str,
    /// How long a notification about a change of the group waits.
    pub(super) interval: &'static str,
    /// When a notification that nothing has changed about is sent again.
    pub(super) repeat: &'static str,
}

/// The timing of a priority. Alertmanager forgets what it sent after five days, so a longer repeat means nothing.
pub(super) fn timing(priority: Priority) -> Timing {
    let timing = |wait, interval, repeat| Timing { wait, interval, repeat };
    match priority {
        Priority::Critical => timing("10s", "1m", "1h"),
        Priority::High => timing("30s", "5m", "4h"),
        Priority::Medium => timing("2m", "10m", "1d"),
        Priority::Low => timing("5m", "30m", "3d"),
    }
}

/// What the routes are made of.
pub(super) struct Routes<'a> {
    pub(super) scenario: &'a str,
    pub(super) receivers: &'a [Receiver],
    pub(super) silences: &'a [Silence],
}

impl Routes<'_> {
    /// The section `route`.
    pub(super) fn section(&self) -> String {
        let mut text = format!(
            "\
route:
  receiver: {NOBODY}
  # Twenty endpoints that fail at once are one notification.
  group_by: [scenario, alertname]
  routes:
"
        );
        // Silences of single workloads need routes of their own: a route is muted as a whole.
        for workload in self.silenced_alone() {
            let matchers = [is("scenario", self.scenario), is_workload(workload)];
            self.branch(&mut text, &matchers, &self.mutes(Some(workload)));
        }
        self.branch(&mut text, &[is("scenario", self.scenario)], &self.mutes(None));
        text.push('\n');
        text
    }

    /// Workloads that some weekly silence names, in the order of their names.
    fn silenced_alone(&self) -> Vec<&str> {
        let weekly = self.silences.iter().filter(|silence| matches!(silence.when, When::Weekly { .. }));
        let mut names: Vec<&str> =
            weekly.flat_map(|silence| silence.workloads.iter().map(String::as_str)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Names of the weekly silences about a workload, or of those about everything.
    fn mutes(&self, workload: Option<&str>) -> Vec<String> {
        let weekly = |silence: &Silence| matches!(silence.when, When::Weekly { .. });
        let numbered = self.silences.iter().enumerate();
        numbered
            .filter(|(_, silence)| weekly(silence) && silence.is_about(workload))
            .map(|(index, _)| silence_name(index))
            .collect()
    }

    fn branch(&self, text: &mut String, matchers: &[String], mutes: &[String]) {
        let _ = writeln!(text, "    - matchers: {}\n      routes:", list(matchers));
        let escalated = self.receivers.iter().filter(|receiver| receiver.escalate_after.is_some());
        for receiver in escalated {
            let _ = writeln!(text, "        - matchers: {}", list([is(ESCALATION, &receiver.name)]));
            let _ = writeln!(text, "          receiver: {}", quoted(&receiver.name));
            timed(text, timing(Priority::Critical));
            Self::times(text, "          ", receiver, mutes);
        }
        let _ = writeln!(text, "        # Escalated to somebody who is no receiver here.");
        let none = format!("{ESCALATION}=~\".+\"");
        let _ = writeln!(text, "        - matchers: {}\n          receiver: {NOBODY}", list([none]));
        for priority in Priority::ALL {
            let takers: Vec<&Receiver> = self.at_once(priority).collect();
            let _ = writeln!(text, "        - matchers: {}", list([is("priority", priority.code())]));
            let _ = writeln!(text, "          receiver: {NOBODY}");
            timed(text, timing(priority));
            if !takers.is_empty() {
                let _ = writeln!(text, "          routes:");
            }
            for receiver in takers {
                let _ = writeln!(text, "            - receiver: {}", quoted(&receiver.name));
                let _ = writeln!(text, "              continue: true");
                Self::times(text, "              ", receiver, mutes);
            }
        }
    }

    fn times(text: &mut String, indent: &str, receiver: &Receiver, mutes: &[String]) {
        if matches!(receiver.hours, Hours::Business(_)) {
            let hours = list([hours_name(receiver)]);
            let _ = writeln!(text, "{indent}active_time_intervals: {hours}");
        }
        if !mutes.is_empty() {
            let _ = writeln!(text, "{indent}mute_time_intervals: {}", list(mutes));
        }
    }

    /// The receivers of a priority that do not wait for an escalation.
    pub(super) fn at_once(&self, priority: Priority) -> impl Iterator<Item = &Receiver> {
        self.receivers
            .iter()
            .filter(move |receiver| receiver.escalate_after.is_none() && receiver.takes(priority))
    }

    /// The script that tests the routes: each endpoint with each priority, and each escalation.
    pub(super) fn test(&self, endpoints: &[String]) -> String {
        let mut text = "\
#!/bin/sh
# Tests where alerts go: ./routes.test.sh [FILE]. Needs amtool, no Alertmanager. Hours and silences are not tested: amtool does
# not know what time it is.
set -eu
config=${1:-\"$(dirname \"$0\")/alertmanager.yml\"}
test_route() {
    receivers=$1
    shift
    said=$(amtool config routes test --config.file=\"$config\" --verify.receivers=\"$receivers\" \"$@\" 2>&1) || {
        printf '%s\\n' \"routes.test.sh: $* does not go to $receivers\" \"$said\" >&2
        exit 1
    }
}
"
        .to_owned();
        let scenario = shell(&format!("scenario={}", self.scenario));
        for endpoint in endpoints {
            let endpoint = shell(&format!("endpoint={endpoint}"));
            for priority in Priority::ALL {
                let names: Vec<&str> =
                    self.at_once(priority).map(|receiver| receiver.name.as_str()).collect();
                let expected = if names.is_empty() { NOBODY.to_owned() } else { names.join(",") };
                let (code, severity) = (priority.code(), priority.severity());
                let _ = writeln!(
                    text,
                    "test_route {} {scenario} {endpoint} priority={code} severity={severity}",
                    shell(&expected)
                );
            }
            for receiver in self.receivers.iter().filter(|receiver| receiver.escalate_after.is_some()) {
                let escalation = shell(&format!("{ESCALATION}={}", receiver.name));
                let code = receiver.priorities.first().map_or("P0", |priority| priority.code());
                let name = shell(&receiver.name);
                let _ =
                    writeln!(text, "test_route {name} {scenario} {endpoint} priority={code} {escalation}");
            }
        }
        let _ = writeln!(text, "test_route {NOBODY} alertname=Other\necho 'routes: all as expected'");
        text
    }
}

fn timed(text: &mut String, timing: Timing) {
    let Timing { wait, interval, repeat } = timing;
    let _ = writeln!(text, "          group_wait: {wait}");
    let _ = writeln!(text, "          group_interval: {interval}");
    let _ = writeln!(text, "          repeat_interval: {repeat}");
}
