//! The incidents of a run as alerts: each keeps its identifier from its beginning to its end.

use std::sync::Arc;

use jiff::Timestamp;

use crate::analysis::incident::{Affected, Incident, IncidentCause};
use crate::domain::alert::{Alert, AlertKind};
use crate::domain::metric::Metric;
use crate::domain::silence::Silence;

/// Most names in a line.
const MOST_NAMES: usize = 3;

/// An incident that was reported.
#[derive(Debug, Clone)]
struct Known {
    alert: Alert,
    /// Where it comes from.
    series: Vec<String>,
    /// Its place among those that the watcher has reported.
    place: usize,
}

/// The alerts of a run.
#[derive(Debug, Clone)]
pub(super) struct Incidents {
    scenario: Arc<str>,
    known: Vec<Known>,
}

impl Incidents {
    pub(super) fn new(scenario: &str) -> Self {
        Self { scenario: scenario.into(), known: Vec::new() }
    }

    /// Compares the alerts with what the watcher has reported by the time of a group. The same windows give the same alerts.
    pub(super) fn update<'a>(
        &mut self,
        reported: impl Iterator<Item = (&'a Incident, bool)>,
        now: Timestamp,
    ) {
        for (place, (incident, is_over)) in reported.enumerate() {
            let last = self.known.iter_mut().rfind(|known| known.place == place);
            match last {
                Some(known) if known.alert.is_open() => {
                    (known.alert.summary, known.alert.description) =
                        (summary(incident), description(incident));
                    if is_over {
                        known.alert.closed_at = Some(incident.resolved_at.unwrap_or(now));
                    }
                }
                // What ends before anybody could be told is still told.
                None => self.open(place, incident, incident.opened_at, is_over.then_some(now)),
                // It turned out not to be over: another alert, because the end of the first was told.
                Some(known) if !is_over && known.alert.closed_at.is_some_and(|closed| closed < now) => {
                    self.open(place, incident, now, None);
                }
                Some(_) => (),
            }
        }
    }

    fn open(&mut self, place: usize, incident: &Incident, opened_at: Timestamp, over_at: Option<Timestamp>) {
        let kind = kind_of(incident.cause);
        let series = incident.series();
        let subject = Some(series.join(",")).filter(|subject| !subject.is_empty());
        let alert = Alert {
            id: Alert::id_of(&self.scenario, kind, subject.as_deref(), opened_at),
            kind,
            scenario: Arc::clone(&self.scenario),
            subject,
            level: level_of(incident),
            summary: summary(incident),
            description: description(incident),
            opened_at,
            closed_at: over_at.map(|now| incident.resolved_at.unwrap_or(now)),
        };
        self.known.push(Known { alert, series, place });
    }

    /// All of them, in the order in which they became known.
    pub(super) fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.known.iter().map(|known| &known.alert)
    }

    /// Ends those that are open, because nothing is measured any more.
    pub(super) fn end(&mut self, at: Timestamp) {
        for known in self.known.iter_mut().filter(|known| known.alert.is_open()) {
            known.alert.closed_at = Some(at.max(known.alert.opened_at));
            known.alert.description.push_str(" The run has ended.");
        }
    }

    /// Whether nobody is told about an alert at a time: silences cover everything that it comes from.
    pub(super) fn is_silenced(&self, alert: &Alert, silences: &[Silence], at: Timestamp) -> bool {
        let Some(known) = self.known.iter().find(|known| known.alert.id == alert.id) else { return false };
        let covers = |series: Option<&str>| silences.iter().any(|silence| silence.covers(series, at));
        match known.series.as_slice() {
            [] => covers(None),
            all => all.iter().all(|series| covers(Some(series))),
        }
    }
}

fn kind_of(cause: IncidentCause) -> AlertKind {
    match cause {
        IncidentCause::Errors => AlertKind::Errors,
        IncidentCause::Slowdown => AlertKind::Slow,
        IncidentCause::Cache => AlertKind::Cache,
    }
}

/// The load level, where all cells have the same.
fn level_of(incident: &Incident) -> Option<String> {
    let mut levels = incident.cells.iter().map(|affected| &affected.cell.level);
    let first = levels.next()?;
    levels.all(|level| level == first).then(|| first.to_string())
}

fn summary(incident: &Incident) -> String {
    let place = place(incident);
    let change = incident.effect.map(|effect| percent(effect.value.abs()));
    match (incident.cause, incident.metric, change) {
        (IncidentCause::Errors, ..) => match incident.error_ratio() {
            Some(ratio) => format!("{place}: {} of the requests fail", percent(ratio)),
            None => format!("{place}: requests fail"),
        },
        (IncidentCause::Slowdown, Metric::Throughput, Some(change)) => {
            format!("{place}: throughput is {change} lower than expected")
        }
        (IncidentCause::Slowdown, Metric::Throughput, None) => {
            format!("{place}: throughput is lower than expected")
        }
        (IncidentCause::Slowdown, _, Some(change)) => format!("{place}: {change} slower than expected"),
        (IncidentCause::Slowdown, _, None) => format!("{place}: slower than expected"),
        (IncidentCause::Cache, ..) => format!("{place}: fewer responses come from the cache than expected"),
    }
}

/// What was measured in the worst cell.
fn description(incident: &Incident) -> String {
    let sources: Vec<&Affected> = incident.sources().collect();
    let Some(worst) = sources.first().copied().or(incident.cells.first()) else { return String::new() };
    let (measured, expected) =
        (value(incident.metric, worst.measured), value(incident.metric, worst.expected));
    let more = match sources.len() {
        0 | 1 => String::new(),
        2 => " One more cell is affected.".to_owned(),
        all => format!(" {} more cells are affected.", all - 1),
    };
    let bound = if incident.cause == IncidentCause::Errors { "at most " } else { "" };
    format!("{}: {} is {measured}, expected {bound}{expected}.{more}", worst.cell, words(incident.metric))
}

fn place(incident: &Incident) -> String {
    let series = incident.series();
    match series.len() {
        0 => incident.worst.1.to_string(),
        all if all > MOST_NAMES => {
            format!("{} and {} more", series[..MOST_NAMES - 1].join(", "), all + 1 - MOST_NAMES)
        }
        _ => series.join(", "),
    }
}

fn words(metric: Metric) -> String {
    match metric {
        Metric::Throughput => "throughput".to_owned(),
        Metric::ErrorRatio => "error ratio".to_owned(),
        Metric::Bytes => "bytes".to_owned(),
        Metric::CacheHitRatio => "cache hit ratio".to_owned(),
        Metric::CertificateDays => "days of the certificate".to_owned(),
        Metric::Time(kind, reading) => format!("{} {}", kind.name().replace('_', " "), reading.name()),
    }
}

fn value(metric: Metric, value: f64) -> String {
    match metric {
        Metric::ErrorRatio | Metric::CacheHitRatio => percent(value),
        Metric::Time(..) if value >= 1e6 => format!("{:.2} s", value / 1e6),
        Metric::Time(..) => format!("{:.1} ms", value / 1e3),
        Metric::Throughput => format!("{value:.1}/s"),
        _ => format!("{value:.0}"),
    }
}

fn percent(ratio: f64) -> String {
    let percent = ratio * 100.0;
    if percent < 10.0 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

#[cfg(test)]
mod tests {
    use crate::domain::cell_name::CellName;
    use crate::domain::silence::When;
    use crate::stats::Estimate;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn incident(opened: i64, resolved: Option<i64>, endpoints: &[&str]) -> Incident {
        let affected = |name: &&str| Affected {
            cell: CellName::new(*name, "open"),
            expected: 20_000.0,
            measured: 30_400.0,
            effect: Some(Estimate { value: 0.52, low: 0.4, high: 0.6 }),
            failed: (0, 100),
        };
        Incident {
            cause: IncidentCause::Slowdown,
            metric: Metric::Time(
                crate::domain::time_summary::TimeKind::Service,
                crate::domain::metric::Reading::Mean,
            ),
            opened_at: at(opened),
            resolved_at: resolved.map(at),
            cells: endpoints.iter().map(affected).collect(),
            effect: Some(Estimate { value: 0.52, low: 0.4, high: 0.6 }),
            worst: (1, CellName::new("browse", "open"), 30_400.0),
        }
    }

    fn spans(incidents: &Incidents) -> Vec<(i64, Option<i64>)> {
        let closed = |alert: &Alert| alert.closed_at.map(Timestamp::as_second);
        incidents.alerts().map(|alert| (alert.opened_at.as_second(), closed(alert))).collect()
    }

    #[test]
    fn each_keeps_its_identifier_while_it_is_seen_better() {
        let mut incidents = Incidents::new("shop");
        let of = |incident: &Incident, is_over| (incident.clone(), is_over);
        let mut update = |second, reported: &[(Incident, bool)]| {
            incidents.update(reported.iter().map(|(incident, is_over)| (incident, *is_over)), at(second));
            let ids: Vec<String> = incidents.alerts().map(|alert| alert.id.clone()).collect();
            (ids, spans(&incidents))
        };
        let (first, _) = update(120, &[of(&incident(100, None, &["browse"]), false)]);
        // The next window shows that it began earlier, and elsewhere too.
        let wider = of(&incident(90, None, &["browse", "search"]), false);
        assert_eq!(update(130, &[wider]), (first.clone(), vec![(100, None)]));
        let over = of(&incident(90, Some(150), &["browse"]), true);
        assert_eq!(update(180, std::slice::from_ref(&over)), (first.clone(), vec![(100, Some(150))]));
        // The second is withdrawn.
        let second = incident(160, None, &["search"]);
        let (ids, _) = update(190, &[over.clone(), of(&second, false)]);
        assert_eq!(ids[0], first[0]);
        let (again, times) = update(200, &[over.clone(), of(&second, true)]);
        assert_eq!((again, times[1]), (ids, (160, Some(200))));
        // The first is not over after all.
        let (ids, times) = update(300, &[of(&incident(90, None, &["browse"]), false), of(&second, true)]);
        assert_eq!(times, [(100, Some(150)), (160, Some(200)), (300, None)]);
        assert_ne!(ids[2], ids[0]);
    }

    #[test]
    fn texts_say_where_and_how_much() {
        let mut incidents = Incidents::new("shop");
        let one = incident(100, None, &["browse"]);
        incidents.update([(&one, false)].into_iter(), at(120));
        let alert = incidents.alerts().next().unwrap().clone();
        assert_eq!(alert.summary, "browse: 52 % slower than expected");
        assert!(
            alert.description.ends_with("service time mean is 30.4 ms, expected 20.0 ms."),
            "{}",
            alert.description
        );
        assert_eq!((alert.subject.as_deref(), alert.level.as_deref()), (Some("browse"), Some("open")));
        incidents.end(at(90));
        assert_eq!(spans(&incidents), [(100, Some(100))]);
    }

    #[test]
    fn silences_cover_all_of_it_or_nothing() {
        let mut incidents = Incidents::new("shop");
        let both = incident(100, None, &["browse", "search"]);
        incidents.update([(&both, false)].into_iter(), at(120));
        let alert = incidents.alerts().next().unwrap().clone();
        let silence = |name: &str| Silence {
            name: "deploy".to_owned(),
            workloads: vec![name.to_owned()],
            when: When::Once { from: at(0), until: at(200) },
        };
        let check = |silences: &[Silence], second, expected| {
            assert_eq!(incidents.is_silenced(&alert, silences, at(second)), expected);
        };
        check(&[silence("browse")], 150, false);
        check(&[silence("browse"), silence("search")], 150, true);
        check(&[silence("browse"), silence("search")], 200, false);
        assert_eq!(alert.subject.as_deref(), Some("browse,search"));
    }
}
