//! `checks.jsonl`: the health checks of a run, one JSON object in a line for each.
//!
//! Lines are appended and synced. A crash leaves at most a torn last line, which is cut when the file is opened again.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{StoreError, bounded, packed};

/// The file's name in a run folder.
pub const FILE: &str = "checks.jsonl";

/// One health check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRecord {
    /// When it began.
    #[serde(with = "moment")]
    pub at: Timestamp,
    /// Number of requests that it sent.
    pub requests: u64,
    /// The services, in the order of the scenario.
    pub services: Vec<ServiceRecord>,
}

/// What a check found out about a service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceRecord {
    /// Its name.
    pub name: String,
    /// `healthy`, `degraded`, `unhealthy`, `down` or `not_measured`.
    pub state: String,
    /// Version of TLS, such as `TLS 1.3`; `None` for plain HTTP, and where no handshake came so far.
    pub tls_version: Option<String>,
    /// The server's certificate; `None` where none was seen.
    pub certificate: Option<CertificateRecord>,
    /// The endpoint whose response was looked at for headers; `None` without any, and in runs of earlier versions.
    pub header_endpoint: Option<String>,
    /// Security headers with their values, `None` for a missing one; `None` where no response was looked at.
    pub headers: Option<BTreeMap<String, Option<String>>>,
    /// Score of the security headers.
    pub header_score: Option<u32>,
    /// Grade of the security headers.
    pub header_grade: Option<String>,
    /// Status of the last response by endpoint; `None` without a response.
    pub statuses: BTreeMap<String, Option<u16>>,
    /// What was found, the most urgent first.
    pub findings: Vec<FindingRecord>,
}

/// A server's certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateRecord {
    /// SHA-256 of the certificate in hexadecimal digits.
    pub fingerprint: String,
    /// Whole days until it expires, below 0 where it has; `None` where that cannot be read.
    pub days_left: Option<i64>,
    /// When it expires.
    #[serde(with = "moment")]
    pub valid_until: Timestamp,
}

/// A finding, without its texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingRecord {
    /// What kind of finding it is.
    pub rule: String,
    /// `critical`, `high`, `medium` or `low`.
    pub priority: String,
    /// What it is about; empty for the service as a whole.
    pub subject: String,
}

/// The log of a run, open for writing.
#[derive(Debug)]
pub struct CheckLog {
    path: PathBuf,
    file: File,
}

impl CheckLog {
    /// Opens the log, which need not exist, and returns the checks that it has. A torn last line is cut.
    /// # Errors
    /// [`StoreError`] where it cannot be read or written.
    pub fn open(folder: &Path) -> Result<(Self, Vec<CheckRecord>), StoreError> {
        let path = folder.join(FILE);
        let wanted = OpenOptions::new().create(true).append(true).open(&path);
        let file = wanted.map_err(StoreError::io("write", &path))?;
        let bytes = bounded::read(&path, bounded::MEDIUM)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        if whole < bytes.len() {
            file.set_len(whole as u64).map_err(StoreError::io("cut", &path))?;
        }
        Ok((Self { path, file }, records(&bytes).0))
    }

    /// Appends a check, and returns when it is on disk.
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub fn append(&mut self, record: &CheckRecord) -> Result<(), StoreError> {
        let unwritable = |error: serde_json::Error| StoreError::Corrupt {
            path: self.path.clone(),
            what: error.to_string(),
        };
        let mut line = serde_json::to_vec(record).map_err(unwritable)?;
        line.push(b'\n');
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        written.map_err(StoreError::io("append to", &self.path))
    }
}

/// The checks of a run, in order, and the number of lines that cannot be read. A torn last line is not counted. Nothing
/// where the run made no check.
/// # Errors
/// [`StoreError`] where the file cannot be read.
pub fn read(folder: &Path) -> Result<(Vec<CheckRecord>, usize), StoreError> {
    let path = folder.join(FILE);
    if !packed::exists(&path) {
        return Ok((Vec::new(), 0));
    }
    Ok(records(&packed::read(&path, bounded::MEDIUM)?))
}

/// Points in time as RFC 3339, to the millisecond.
mod moment {
    use jiff::Timestamp;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{at:.3}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

fn records(bytes: &[u8]) -> (Vec<CheckRecord>, usize) {
    let (mut records, mut unreadable) = (Vec::new(), 0);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match serde_json::from_slice(line) {
            Ok(record) if line.ends_with(b"\n") => records.push(record),
            _ if !line.ends_with(b"\n") => {}
            _ => unreadable += 1,
        }
    }
    (records, unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(second: i64) -> CheckRecord {
        let at = Timestamp::from_second(second).unwrap();
        let service = ServiceRecord {
            name: "api".to_owned(),
            state: "healthy".to_owned(),
            certificate: Some(CertificateRecord {
                fingerprint: "00ff".to_owned(),
                days_left: Some(-3),
                valid_until: at,
            }),
            headers: Some(BTreeMap::from([("X-Frame-Options".to_owned(), None)])),
            statuses: BTreeMap::from([("health".to_owned(), Some(200))]),
            ..ServiceRecord::default()
        };
        CheckRecord { at, requests: 7, services: vec![service] }
    }

    #[test]
    fn checks_are_read_back_over_a_torn_line_and_a_restart() {
        let run = tempfile::tempdir().unwrap();
        assert_eq!(read(run.path()).unwrap(), (Vec::new(), 0));
        let (mut log, known) = CheckLog::open(run.path()).unwrap();
        assert_eq!(known, []);
        (0..2).for_each(|second| log.append(&record(second)).unwrap());
        let path = run.path().join(FILE);
        let whole = std::fs::read(&path).unwrap();
        let line = whole.len() / 2;
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert_eq!(
                read(run.path()).unwrap(),
                ((0..2).map(record).take(cut / line).collect(), 0),
                "{cut}"
            );
            let (mut log, known) = CheckLog::open(run.path()).unwrap();
            assert_eq!(known.len(), cut / line, "{cut}");
            log.append(&record(9)).unwrap();
            let again = read(run.path()).unwrap();
            assert_eq!(
                (again.0.len(), again.0.last(), again.1),
                (cut / line + 1, Some(&record(9)), 0),
                "{cut}"
            );
        }
    }

    #[test]
    fn lines_that_cannot_be_read_are_counted() {
        let run = tempfile::tempdir().unwrap();
        let good = serde_json::to_string(&record(1)).unwrap();
        std::fs::write(run.path().join(FILE), format!("{good}\nnot json\n{{}}\n\u{0}\n{good}\n")).unwrap();
        let (records, unreadable) = read(run.path()).unwrap();
        assert_eq!((records, unreadable), (vec![record(1), record(1)], 3));
    }
}
