//! What alerts say, in a line and in a sentence or two.

use std::time::Duration;

use crate::domain::alert::AlertKind;
use crate::domain::error_budget::ErrorBudget;
use crate::domain::health::Health;
use crate::domain::objective::ObjectiveKind;
use crate::domain::units::format_span;
use crate::domain::window::Window;

use super::health::{Turn, Watched};

/// Of an alert about a state: its summary and its description.
pub(super) fn of_state(watched: &Watched, window: &Window, turn: Turn) -> (String, String) {
    let name = window.cell.workload.as_ref();
    let (failed, judged, mean) = watched.last.unwrap_or_default();
    let probes = watched.tracker.recent().len();
    match (turn.after, turn.opened.map(|(kind, _)| kind)) {
        (Health::Unhealthy, _) => {
            let reason = errors(window);
            (
                format!("{name} is down"),
                format!("{failed} of {judged} requests failed in the last probe{reason}."),
            )
        }
        (_, Some(AlertKind::Slow)) => {
            let usual = watched
                .pace
                .usual_us()
                .map(|usual| format!(", usually {}", millis(usual)))
                .unwrap_or_default();
            let times = watched.factor.map(percent).unwrap_or_default();
            let now = mean.map(millis).unwrap_or_default();
            (format!("{name} is {times} slower than usual"), format!("Mean service time {now}{usual}."))
        }
        _ => {
            let limits = limits(watched);
            let of_probe =
                mean.map(|mean| format!(", mean service time {}", millis(mean))).unwrap_or_default();
            let description = format!(
                "In the last of {probes} probes, {failed} of {judged} requests failed{of_probe}.{limits}"
            );
            (format!("{name} violates its SLO or fails now and then"), description)
        }
    }
}

/// The classes of the errors of a window, the most frequent first.
fn errors(window: &Window) -> String {
    let all = crate::domain::sample::ErrorClass::ALL;
    let mut classes: Vec<(u64, &str)> = all
        .into_iter()
        .map(|class| (window.errors.get(class), class.name()))
        .filter(|(count, _)| *count > 0)
        .collect();
    classes.sort_by(|left, right| right.cmp(left));
    let names: Vec<&str> = classes.into_iter().map(|(_, name)| name).collect();
    if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) }
}

fn limits(watched: &Watched) -> String {
    let objective = &watched.objective;
    let spans = [(ObjectiveKind::Mean, "mean"), (ObjectiveKind::P95, "p95")];
    let mut parts: Vec<String> = spans
        .into_iter()
        .filter_map(|(kind, word)| Some(format!("{word} {}", millis(objective.limit(kind)?))))
        .collect();
    parts.extend(objective.error_rate.map(|rate| format!("errors {} %", trimmed(rate * 100.0))));
    if parts.is_empty() { String::new() } else { format!(" SLO: {}.", parts.join(", ")) }
}

/// Of an alert about a budget.
pub(super) fn of_budget(name: &str, rate: f64, budget: &ErrorBudget) -> (String, String) {
    let all = budget.period.div_f64(rate.max(1e-9));
    let whole = format_span(Duration::from_mins(all.as_secs() / 60));
    let objective = trimmed(budget.objective * 100.0);
    (
        format!("{name} uses its error budget {} times too fast", trimmed(rate)),
        format!(
            "At this rate, the budget of {objective} % over {} is used up in {whole}.",
            days(budget.period)
        ),
    )
}

/// Of an alert about a health check.
pub(super) fn of_check(kind: AlertKind, service: &str, what: &str) -> String {
    match kind {
        AlertKind::Check => format!("health check of {service}: {what}"),
        _ => format!("certificate of {service} {what}"),
    }
}

/// A span in days.
pub(super) fn days(span: Duration) -> String {
    format!("{} days", trimmed(span.as_secs_f64() / 86_400.0))
}

fn percent(factor: f64) -> String {
    format!("{:.0} %", (factor - 1.0) * 100.0)
}

fn millis(us: f64) -> String {
    let ms = us / 1e3;
    if ms >= 1_000.0 { format!("{} s", trimmed(ms / 1e3)) } else { format!("{} ms", trimmed(ms)) }
}

/// A number with three digits, without zeros at its end.
fn trimmed(value: f64) -> String {
    let digits = if value.abs() >= 100.0 { 0 } else { 2 };
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!([99.9, 14.4, 250.0, 0.001].map(trimmed), ["99.9", "14.4", "250", "0"]);
        assert_eq!((millis(1_234_000.0), millis(12_340.0)), ("1.23 s".to_owned(), "12.34 ms".to_owned()));
        let budget = ErrorBudget::new(0.999, Duration::from_hours(720));
        let (summary, description) = of_budget("browse", 14.4, &budget);
        assert_eq!(summary, "browse uses its error budget 14.4 times too fast");
        assert_eq!(description, "At this rate, the budget of 99.9 % over 30 days is used up in 50h.");
    }
}
