//! Time intervals: business hours of receivers, and silences that come back every week.

use std::fmt::Write as _;
use std::time::Duration;

use crate::domain::receiver::{Hours, Receiver};
use crate::domain::silence::{Silence, When};

use super::quoting::{list, quoted};

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const DAY: Duration = Duration::from_hours(24);

/// Name of the business hours of a receiver.
pub(super) fn hours_name(receiver: &Receiver) -> String {
    format!("hours-{}", receiver.name)
}

/// Name of a silence, by its number in the scenario.
pub(super) fn silence_name(index: usize) -> String {
    format!("silence-{}", index + 1)
}

/// The section `time_intervals`; empty where there are none.
pub(super) fn section(receivers: &[Receiver], silences: &[Silence]) -> String {
    let mut text = String::new();
    for receiver in receivers {
        let Hours::Business(hours) = &receiver.hours else { continue };
        let _ = writeln!(text, "  - name: {}\n    time_intervals:", quoted(&hours_name(receiver)));
        interval(&mut text, hours.days, hours.opens, hours.closes, Some(&hours.zone));
    }
    for (index, silence) in silences.iter().enumerate() {
        let When::Weekly { days, from, length } = silence.when else { continue };
        let comment: String = silence.name.chars().filter(|c| !c.is_control()).collect();
        let _ = writeln!(
            text,
            "  # {comment} (UTC)\n  - name: {}\n    time_intervals:",
            quoted(&silence_name(index))
        );
        let end = from + length;
        interval(&mut text, days, from, end.min(DAY), None);
        if end > DAY {
            // An interval ends with its day, so the rest is one of the next day.
            let mut next = days;
            next.rotate_right(1);
            interval(&mut text, next, Duration::ZERO, end.saturating_sub(DAY), None);
        }
    }
    if text.is_empty() { text } else { format!("time_intervals:\n{text}\n") }
}

fn interval(text: &mut String, days: [bool; 7], from: Duration, until: Duration, zone: Option<&str>) {
    let days = list(DAYS.iter().zip(days).filter(|(_, is_one)| *is_one).map(|(name, _)| *name));
    let _ = writeln!(text, "      - weekdays: {days}");
    let _ =
        writeln!(text, "        times: [{{start_time: \"{}\", end_time: \"{}\"}}]", time(from), time(until));
    if let Some(zone) = zone {
        let _ = writeln!(text, "        location: {}", quoted(zone));
    }
}

fn time(after_midnight: Duration) -> String {
    let minutes = after_midnight.as_secs() / 60;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_past_midnight_is_two_intervals() {
        let mut days = [false; 7];
        days[6] = true;
        let hours = Duration::from_hours;
        let silence = |from, length| Silence {
            name: "backup".into(),
            workloads: Vec::new(),
            when: When::Weekly { days, from, length },
        };
        let text = section(&[], &[silence(hours(23), hours(2))]);
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        assert_eq!(
            lines,
            [
                "time_intervals:",
                "# backup (UTC)",
                "- name: \"silence-1\"",
                "time_intervals:",
                "- weekdays: [\"sunday\"]",
                "times: [{start_time: \"23:00\", end_time: \"24:00\"}]",
                "- weekdays: [\"monday\"]",
                "times: [{start_time: \"00:00\", end_time: \"01:00\"}]",
            ]
        );
        assert_eq!(section(&[], &[silence(hours(2), hours(1))]).matches("weekdays").count(), 1);
        assert_eq!(section(&[], &[]), "");
    }
}
