//! `anomalies.csv`: one row for each flag, each outlier for the time of day, each alert, and each cell of an incident that is
//! over.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use jiff::Timestamp;

use crate::domain::cell_name::CellName;

use super::atomic_write::write_atomically;
use super::{StoreError, bounded, packed};

/// The file's name in a run folder.
pub const FILE: &str = "anomalies.csv";

/// One flag, outlier or alert, as a row of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct AnomalyRow {
    /// Number of the window within its run.
    pub window: u64,
    /// Start of the window, after warm-up.
    pub started_at: Timestamp,
    /// Cell, or step of a cell, of the window.
    pub cell: CellName,
    /// [`FLAG`], [`OUTLIER`], the kind of an alert (`burst`, `shift`, `errors`), [`RESOLVED`] or [`WITHDRAWN`].
    pub kind: String,
    /// Name of the metric, as in [`Metric::name`](crate::domain::metric::Metric::name).
    pub metric: String,
    /// `above` or `below`, compared with `expected`.
    pub direction: String,
    /// Value in the window; at the end of an incident, that during the incident. Units: the metric's, also for the next three.
    pub value: f64,
    /// Baseline value for a flag; else the forecast, daily swing included.
    pub expected: f64,
    /// Lower end of the band of 2 sigma around `expected`; `None` for an alert.
    pub low: Option<f64>,
    /// Upper end of the band; `None` for an alert.
    pub high: Option<f64>,
    /// Change relative to `expected`: 0.2 is a fifth more; `None` for error alerts, and where `expected` is 0.
    pub change: Option<f64>,
    /// Distance in sigmas, for an alert in standard errors; `None` where the baseline never varied.
    pub sigmas: Option<f64>,
}

/// The kind of a row for a value beyond 2 sigma of its baseline.
pub const FLAG: &str = "flag";
/// The kind of a row for a value beyond 2 sigma of its forecast, which knows the time of day; files of earlier versions have
/// none.
pub const OUTLIER: &str = "outlier";
/// The kind of a row that reports the end of an incident: one for each of its cells.
pub const RESOLVED: &str = "resolved";
/// The kind of a row that takes back an incident: the time of day or noise explains it.
pub const WITHDRAWN: &str = "withdrawn";

/// Whether a row is a single value far out, and not an alert or the end of an incident.
pub fn is_outlier(row: &AnomalyRow) -> bool {
    [FLAG, OUTLIER].contains(&row.kind.as_str())
}

const HEADER: &str =
    "window,started_at,endpoint,level,step,kind,metric,direction,value,expected,low,high,change,sigmas\n";

fn line(row: &AnomalyRow) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        row.window.to_string(),
        format!("{:.3}", row.started_at),
        row.cell.workload.to_string(),
        row.cell.level.to_string(),
        row.cell.step.as_deref().unwrap_or_default().to_owned(),
        row.kind.clone(),
        row.metric.clone(),
        row.direction.clone(),
        format!("{:.6}", row.value),
        format!("{:.6}", row.expected),
        number(row.low, 6),
        number(row.high, 6),
        number(row.change, 4),
        number(row.sigmas, 3),
    ])?;
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.filter(|value| value.is_finite()).map(|value| format!("{value:.digits$}")).unwrap_or_default()
}

/// Reads the rows that a run has so far. Torn rows, and those of later versions, are skipped: they derive from the
/// windows.
/// # Errors
/// [`StoreError::Io`] where the file cannot be read.
pub fn read(folder: &Path) -> Result<Vec<AnomalyRow>, StoreError> {
    let path = folder.join(FILE);
    let bytes = packed::read(&path, bounded::LARGE)?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes.as_slice());
    let header = reader.headers().cloned().unwrap_or_default();
    let row = |record: csv::StringRecord| {
        let text = |name: &str| record.get(header.iter().position(|column| column == name)?);
        let number = |name: &str| text(name)?.parse::<f64>().ok();
        Some(AnomalyRow {
            window: text("window")?.parse().ok()?,
            started_at: text("started_at")?.parse().ok()?,
            cell: CellName {
                workload: text("endpoint")?.into(),
                step: text("step").filter(|step| !step.is_empty()).map(Into::into),
                level: text("level")?.into(),
            },
            kind: text("kind")?.to_owned(),
            metric: text("metric")?.to_owned(),
            direction: text("direction")?.to_owned(),
            value: number("value")?,
            expected: number("expected")?,
            low: number("low"),
            high: number("high"),
            change: number("change"),
            sigmas: number("sigmas"),
        })
    };
    Ok(reader.records().filter_map(|record| row(record.ok()?)).collect())
}

/// Replaces the file with these rows.
/// # Errors
/// [`StoreError::Io`]; the earlier file is then intact.
pub fn replace(folder: &Path, rows: &[AnomalyRow]) -> Result<(), StoreError> {
    let path = folder.join(FILE);
    let mut bytes = HEADER.as_bytes().to_vec();
    for row in rows {
        bytes.extend(
            line(row).map_err(|error| StoreError::Corrupt { path: path.clone(), what: error.to_string() })?,
        );
    }
    write_atomically(&path, &bytes)
}

/// Appends rows. The file is rewritten from the windows on resume, so it need not be synced.
/// # Errors
/// [`StoreError::Io`] where the file does not exist or cannot be written.
pub fn append(folder: &Path, rows: &[AnomalyRow]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let path = folder.join(FILE);
    let mut bytes = Vec::new();
    for row in rows {
        bytes.extend(
            line(row).map_err(|error| StoreError::Corrupt { path: path.clone(), what: error.to_string() })?,
        );
    }
    let file = OpenOptions::new().append(true).open(&path);
    file.and_then(|mut file| file.write_all(&bytes)).map_err(StoreError::io("append to", &path))
}
