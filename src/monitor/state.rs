//! `state.json`: what a monitor knows, so that a restart goes on where it was.
//!
//! It is replaced as a whole. Windows that were judged after it was written last are judged again, with the same result.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::analysis::usual::Level;
use crate::domain::alert::AlertKind;
use crate::domain::health::{Health, HealthTracker, Probe};
use crate::store::{StoreError, read_drawing, write_drawing};

use super::certificates::CheckedService;
use super::health::Watched;
use super::history::{History, Hour, Sample};
use super::judge::Judge;

/// The file's name in the folder of a monitor.
pub(super) const FILE: &str = "state.json";
const SCHEMA: u64 = 1;

/// How far a monitor has got with the run of a day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Place {
    /// ID of the run.
    pub(super) run: String,
    /// Number of the last group that was judged.
    pub(super) group: u64,
    /// Time of the last health check that was judged. Units: milliseconds since 1970.
    pub(super) check_ms: i64,
}

#[derive(Debug, Serialize, Deserialize)]
struct File {
    schema: u64,
    place: Place,
    workloads: BTreeMap<String, WorkloadEntry>,
    services: BTreeMap<String, ServiceEntry>,
}

/// Times are milliseconds since 1970.
#[derive(Debug, Serialize, Deserialize)]
struct WorkloadEntry {
    state: String,
    tracked: String,
    /// Time and result of the latest probes.
    probes: Vec<(i64, String)>,
    /// The usual pace: mean, variance and covariance of logarithms, and the number of probes.
    usual: Option<(f64, f64, f64, u64)>,
    last: Vec<(i64, f64)>,
    slow_since: Option<i64>,
    factor: Option<f64>,
    /// Failed requests, requests judged and mean in microseconds of the last probe.
    seen: Option<(u64, u64, Option<f64>)>,
    open: Option<(String, i64)>,
    burning: [Option<i64>; 2],
    /// Hours since 1970, with up, down and unalerted time in milliseconds.
    hours: Vec<(i64, u64, u64, u64)>,
    /// Start and length in milliseconds, whether it failed, and whether it is alerted.
    recent: Vec<(i64, u64, bool, bool)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ServiceEntry {
    certificate: Option<(String, i64)>,
    findings: Option<i64>,
    against: u32,
    against_since: Option<i64>,
}

fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

fn time(ms: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(ms).ok()
}

fn word(probe: Probe) -> &'static str {
    match probe {
        Probe::Good => "good",
        Probe::Poor => "poor",
        Probe::Bad => "bad",
    }
}

fn probe(word: &str) -> Option<Probe> {
    [Probe::Good, Probe::Poor, Probe::Bad].into_iter().find(|probe| self::word(*probe) == word)
}

fn alert((kind, at): &(String, i64)) -> Option<(AlertKind, Timestamp)> {
    Some((AlertKind::named(kind)?, time(*at)?))
}

/// Writes what a judge knows.
pub(super) fn write(folder: &Path, judge: &Judge, place: &Place) -> Result<(), StoreError> {
    let path = folder.join(FILE);
    let file = File {
        schema: SCHEMA,
        place: place.clone(),
        workloads: judge.workloads.iter().map(|(name, watched)| (name.clone(), entry_of(watched))).collect(),
        services: judge
            .services
            .iter()
            .map(|(name, service)| (name.clone(), service_entry(service)))
            .collect(),
    };
    let corrupt =
        |error: serde_json::Error| StoreError::Corrupt { path: path.clone(), what: error.to_string() };
    let mut text = serde_json::to_string(&file).map_err(corrupt)?;
    text.push('\n');
    write_drawing(&path, text.as_bytes())
}

/// Puts what an earlier monitor knew into a judge, as far as it is about the same workloads; returns how far it had got.
/// # Errors
/// [`StoreError`] where there is a file that cannot be read: then nobody knows which alerts are open.
pub(super) fn read(folder: &Path, judge: &mut Judge) -> Result<Place, StoreError> {
    let path = folder.join(FILE);
    if path.symlink_metadata().is_err() {
        return Ok(Place::default());
    }
    let corrupt = |what: String| StoreError::Corrupt { path: path.clone(), what };
    let bytes = read_drawing(&path)?;
    let file: File = serde_json::from_slice(&bytes).map_err(|error| corrupt(error.to_string()))?;
    if file.schema != SCHEMA {
        return Err(corrupt(format!("schema {}; this version reads {SCHEMA}", file.schema)));
    }
    for (name, entry) in file.workloads {
        if let Some(watched) = judge.workloads.get_mut(&name) {
            restore(watched, &entry);
        }
    }
    for (name, entry) in file.services {
        let service = CheckedService {
            certificate: entry.certificate.as_ref().and_then(alert),
            findings: entry.findings.and_then(time),
            against: entry.against,
            against_since: entry.against_since.and_then(time),
        };
        judge.services.insert(name, service);
    }
    Ok(file.place)
}

fn entry_of(watched: &Watched) -> WorkloadEntry {
    let history = &watched.history;
    WorkloadEntry {
        state: watched.state.name().to_owned(),
        tracked: watched.tracker.state().name().to_owned(),
        probes: watched.probes.iter().map(|(at, probe)| (ms(*at), word(*probe).to_owned())).collect(),
        usual: watched.pace.level().map(|level| (level.mean, level.variance, level.covariance, level.count)),
        last: watched.pace.last().map(|(at, value)| (ms(at), value)).collect(),
        slow_since: watched.pace.slow_since().map(ms),
        factor: watched.factor,
        seen: watched.last,
        open: watched.open.map(|(kind, at)| (kind.name().to_owned(), ms(at))),
        burning: watched.burning.map(|since| since.map(ms)),
        hours: history.hours.iter().map(|(hour, of)| (*hour, of.up, of.down, of.unalerted)).collect(),
        recent: history
            .recent
            .iter()
            .map(|one| (one.at_ms, one.length_ms, one.is_down, one.is_alerted))
            .collect(),
    }
}

fn service_entry(service: &CheckedService) -> ServiceEntry {
    ServiceEntry {
        certificate: service.certificate.map(|(kind, at)| (kind.name().to_owned(), ms(at))),
        findings: service.findings.map(ms),
        against: service.against,
        against_since: service.against_since.map(ms),
    }
}

fn restore(watched: &mut Watched, entry: &WorkloadEntry) {
    let health = |name: &str| Health::named(name).unwrap_or(Health::Unknown);
    watched.state = health(&entry.state);
    watched.probes = entry.probes.iter().filter_map(|(at, word)| Some((time(*at)?, probe(word)?))).collect();
    let recent = watched.probes.iter().map(|(_, probe)| *probe).collect();
    watched.tracker = HealthTracker::resumed(watched.tracker.rules(), health(&entry.tracked), recent);
    let kept = watched.tracker.recent().len();
    watched.probes.drain(..watched.probes.len().saturating_sub(kept));
    let level =
        entry.usual.map(|(mean, variance, covariance, count)| Level { mean, variance, covariance, count });
    let last: Vec<(Timestamp, f64)> =
        entry.last.iter().filter_map(|(at, value)| Some((time(*at)?, *value))).collect();
    watched.pace = watched.pace.clone().resumed(level, entry.slow_since.and_then(time), &last);
    watched.factor = entry.factor;
    watched.last = entry.seen;
    watched.open = entry.open.as_ref().and_then(alert);
    watched.burning = entry.burning.map(|since| since.and_then(time));
    watched.history = History {
        hours: entry
            .hours
            .iter()
            .map(|(hour, up, down, unalerted)| (*hour, Hour { up: *up, down: *down, unalerted: *unalerted }))
            .collect(),
        recent: entry
            .recent
            .iter()
            .map(|(at_ms, length_ms, is_down, is_alerted)| Sample {
                at_ms: *at_ms,
                length_ms: *length_ms,
                is_down: *is_down,
                is_alerted: *is_alerted,
            })
            .collect(),
    };
}
