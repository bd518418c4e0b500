//! Incidents: what got worse during the run, one per endpoint, by how much, from when, and whether it was resolved.

use jiff::{SignedDuration, Timestamp};

use crate::analysis::alert::AlertKind;
use crate::analysis::watch::Alert;
use crate::domain::metric::Direction;
use crate::report::wording::numbers::percent;
use crate::report::wording::phrases::{metric_value, metric_words};

use super::findings::time_of;
use super::run_view::RunView;

/// A level shift at most this long before an alert is the start of the incident.
const LONGEST_NOTICE: SignedDuration = SignedDuration::from_hours(2);
/// An endpoint's failures are resolved after more than this number of windows without failures.
const QUIET_WINDOWS: usize = 5;

/// An endpoint that got worse.
#[derive(Debug, Clone)]
pub(in crate::report) struct Incident<'a> {
    /// The most important alert: errors before times, larger changes before smaller ones.
    pub(in crate::report) worst: &'a Alert,
    /// All alerts of the endpoint for the worse.
    pub(in crate::report) alerts: usize,
    /// When it started: at a level shift shortly before the first alert, otherwise at that alert.
    pub(in crate::report) since: Timestamp,
    /// When it was resolved; `None` if it was not by the end of the run.
    pub(in crate::report) until: Option<Timestamp>,
}

/// The incidents of a run, those with errors first, then the largest.
pub(in crate::report) fn incidents(view: &RunView) -> Vec<Incident<'_>> {
    let endpoints = view.endpoints();
    let mut all: Vec<Incident<'_>> =
        endpoints.iter().filter_map(|endpoint| incident(view, endpoint)).collect();
    all.sort_by(|left, right| weight(right.worst).total_cmp(&weight(left.worst)));
    all
}

fn weight(alert: &Alert) -> f64 {
    match alert.kind {
        AlertKind::Errors => 1e6 + alert.value,
        _ => alert.effect.map_or(0.0, |effect| effect.ln_1p().abs()),
    }
}

fn incident<'a>(view: &'a RunView, endpoint: &str) -> Option<Incident<'a>> {
    let of_endpoint = || view.findings.alerts.iter().filter(|alert| alert.place.cell.is_series(endpoint));
    let worse = || of_endpoint().filter(|alert| alert.is_worse());
    let worst = worse().max_by(|left, right| weight(left).total_cmp(&weight(right)))?;
    let noticed = worse().map(|alert| alert.place.started_at).min()?;
    let changes = || {
        let changes = view.findings.step_changes.iter().filter(|(series, _)| series.cell.is_series(endpoint));
        changes.map(|(series, change)| {
            let is_worse = (change.effect() > 0.0) == (series.metric.direction() == Direction::LowerIsBetter);
            (time_of(change), is_worse)
        })
    };
    let began = changes().filter(|(at, is_worse)| {
        *is_worse && *at <= noticed && noticed.duration_since(*at) <= LONGEST_NOTICE
    });
    let since = began.map(|(at, _)| at).min().unwrap_or(noticed);
    let until = if worst.kind == AlertKind::Errors {
        last_failures(view, worst)
    } else {
        let back = changes().filter(|(at, is_worse)| !is_worse && *at > noticed).map(|(at, _)| at).min();
        let better = of_endpoint().filter(|alert| !alert.is_worse() && alert.place.started_at > noticed);
        back.or_else(|| better.map(|alert| alert.place.started_at).min())
    };
    Some(Incident { worst, alerts: worse().count(), since, until })
}

/// When the failures of an alert were last seen, where quiet windows follow.
fn last_failures(view: &RunView, alert: &Alert) -> Option<Timestamp> {
    let after = view.windows.iter().filter(|window| {
        window.cell.workload == alert.place.cell.workload
            && window.cell.step == alert.place.cell.step
            && window.started_at >= alert.place.started_at
    });
    let fails = |ratio: Option<f64>| ratio.is_none_or(|ratio| ratio > alert.expected);
    let windows: Vec<_> = after.collect();
    let last = windows.iter().rposition(|window| fails(window.counts.error_ratio()))?;
    (windows.len() - last > QUIET_WINDOWS).then(|| windows[last].started_at)
}

impl Incident<'_> {
    /// When it was, in words.
    pub(in crate::report) fn when(&self) -> String {
        match self.until {
            Some(until) => format!("from {:.0} until {until:.0}", self.since),
            None => format!("since {:.0}", self.since),
        }
    }

    /// What got worse, and by how much, in words.
    pub(in crate::report) fn what(&self) -> String {
        let alert = self.worst;
        let place = &alert.place.cell;
        let value = metric_value(alert.metric, Some(alert.level()));
        if alert.kind == AlertKind::Errors {
            return format!("{value} of the requests to {place} failed");
        }
        let effect = alert.effect.unwrap_or(0.0);
        let verb = if effect > 0.0 { "rose" } else { "fell" };
        format!(
            "{} of {place} {verb} by {} to {value}",
            metric_words(alert.metric),
            percent(Some(effect.abs()))
        )
    }
}
