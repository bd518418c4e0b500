//! What the watcher noticed, as rows of `anomalies.csv` and as the incidents of a heartbeat.

use crate::analysis::incident::{Affected, Incident, Update};
use crate::analysis::outliers::OutlierCount;
use crate::analysis::watch::{Alert, Flag, Noticed};
use crate::domain::window::Window;
use crate::store::anomaly_log::{self, AnomalyRow};
use crate::store::heartbeat::{IncidentEntry, OutlierEntry};

/// The rows of what was noticed with a window.
pub(super) fn rows_of(window: &Window, noticed: &Noticed) -> Vec<AnomalyRow> {
    let over = noticed.incidents.iter().filter_map(|update| match update {
        Update::Opened(_) => None,
        Update::Resolved(incident) => Some((anomaly_log::RESOLVED, incident)),
        Update::Withdrawn(incident) => Some((anomaly_log::WITHDRAWN, incident)),
    });
    let over = over.flat_map(|(kind, incident)| {
        incident.cells.iter().map(move |cell| incident_row(window, kind, incident, cell))
    });
    let flags = noticed.flags.iter().map(|flag| outlier_row(anomaly_log::FLAG, flag));
    let outliers = noticed.outliers.iter().map(|flag| outlier_row(anomaly_log::OUTLIER, flag));
    flags.chain(outliers).chain(noticed.alerts.iter().map(alert_row)).chain(over).collect()
}

fn outlier_row(kind: &str, flag: &Flag) -> AnomalyRow {
    AnomalyRow {
        window: flag.place.window,
        started_at: flag.place.started_at,
        cell: flag.place.cell.clone(),
        kind: kind.to_owned(),
        metric: flag.metric.name(),
        direction: direction(flag.sigmas).to_owned(),
        value: flag.value,
        expected: flag.band.baseline,
        low: Some(flag.band.low),
        high: Some(flag.band.high),
        change: (flag.band.baseline != 0.0).then(|| flag.value / flag.band.baseline - 1.0),
        sigmas: Some(flag.sigmas),
    }
}

fn alert_row(alert: &Alert) -> AnomalyRow {
    AnomalyRow {
        window: alert.place.window,
        started_at: alert.place.started_at,
        cell: alert.place.cell.clone(),
        kind: alert.kind.name().to_owned(),
        metric: alert.metric.name(),
        direction: direction(alert.z).to_owned(),
        value: alert.value,
        expected: alert.expected,
        low: None,
        high: None,
        change: alert.effect,
        sigmas: Some(alert.z),
    }
}

fn incident_row(window: &Window, kind: &str, incident: &Incident, cell: &Affected) -> AnomalyRow {
    AnomalyRow {
        window: window.number,
        started_at: window.started_at,
        cell: cell.cell.clone(),
        kind: kind.to_owned(),
        metric: incident.metric.name(),
        direction: direction(cell.measured - cell.expected).to_owned(),
        value: cell.measured,
        expected: cell.expected,
        low: None,
        high: None,
        change: cell.effect.map(|effect| effect.value),
        sigmas: None,
    }
}

fn direction(sigmas: f64) -> &'static str {
    if sigmas > 0.0 { "above" } else { "below" }
}

/// An incident as the heartbeat keeps it.
pub(super) fn entry(incident: &Incident) -> IncidentEntry {
    IncidentEntry {
        cause: incident.cause.name().to_owned(),
        endpoints: incident.series(),
        metric: incident.metric.name(),
        opened_at: format!("{:.3}", incident.opened_at),
        resolved_at: incident.resolved_at.map(|at| format!("{at:.3}")),
        change: incident.effect.map(|effect| effect.value),
        error_ratio: incident.effect.is_none().then(|| incident.error_ratio()).flatten(),
    }
}

/// A number of outliers as the heartbeat keeps it.
pub(super) fn outlier_entry(of: &OutlierCount) -> OutlierEntry {
    OutlierEntry { judged: of.judged, observed: of.observed, expected: of.expected, range_95: of.range_95() }
}
