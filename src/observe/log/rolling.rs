//! A file that lines are appended to, rotated by time or size, with the rotated ones kept as long as said.
//!
//! A rotated file is named after the file and the time of its rotation: `run.log.20260701T100000Z`.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::options::{Keep, Rotate};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// How often files are looked for that are too old.
const PRUNE: i64 = 60;

/// What could not be done.
#[derive(Debug)]
pub(super) enum Failure {
    /// The line was not written, or not whole.
    Line(io::Error),
    /// The line was written. The file was not rotated, or old ones are left.
    Rotation(io::Error),
}

/// A log file.
#[derive(Debug)]
pub(super) struct Rolling {
    path: PathBuf,
    file: File,
    rotate: Option<Rotate>,
    keep: Keep,
    /// Size of the file. Units: bytes.
    size: u64,
    /// When its oldest part was written, as far as that is known.
    since: Timestamp,
    pruned_at: Timestamp,
    /// Whether the last line was cut, so that the next one must not continue it.
    is_torn: bool,
}

impl Rolling {
    /// Opens a file to append to. Nothing that is there is overwritten.
    /// # Errors
    /// That of the system.
    pub(super) fn open(path: &Path, rotate: Option<Rotate>, keep: Keep, now: Timestamp) -> io::Result<Self> {
        let file = append_to(path)?;
        let metadata = file.metadata()?;
        let modified = metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
        let size = metadata.len();
        let rolling = Self {
            path: path.to_owned(),
            file,
            // A device or a pipe is written to, and never renamed.
            rotate: rotate.filter(|_| metadata.is_file()),
            keep,
            size,
            since: modified.filter(|_| size > 0).unwrap_or(now),
            pruned_at: now,
            is_torn: false,
        };
        rolling.prune(now)?;
        Ok(rolling)
    }

    /// Appends a line. The line is written even where the file cannot be rotated.
    /// # Errors
    /// [`Failure`], with the error of the system.
    pub(super) fn write(&mut self, line: &str, now: Timestamp) -> Result<(), Failure> {
        let rotated =
            if self.is_due(line.len() as u64, now) { self.rotate(now) } else { self.prune_in_time(now) };
        if self.size == 0 {
            self.since = now;
        }
        let line = if self.is_torn { format!("\n{line}") } else { line.to_owned() };
        // One call, so that readers see whole lines.
        let written = self.file.write_all(line.as_bytes());
        self.is_torn = written.is_err();
        self.size += line.len() as u64;
        written.map_err(Failure::Line)?;
        rotated.map_err(Failure::Rotation)
    }

    fn is_due(&self, length: u64, now: Timestamp) -> bool {
        let is_other =
            |period: i64| now.as_second().div_euclid(period) != self.since.as_second().div_euclid(period);
        self.size > 0
            && match self.rotate {
                None => false,
                Some(Rotate::Daily) => is_other(DAY),
                Some(Rotate::Hourly) => is_other(HOUR),
                Some(Rotate::Size(most)) => self.size + length > most,
            }
    }

    fn rotate(&mut self, now: Timestamp) -> io::Result<()> {
        let stamp = stamp(now);
        let taken = self.rotated()?.into_iter().map(|(order, _)| order);
        let numbers = taken.filter(|(at, _)| at.as_second() == now.as_second()).map(|(_, number)| number);
        // Behind the last one, even where the name of an earlier one is free again: the numbers tell the order.
        let end = match numbers.max() {
            Some(last) => format!(".{stamp}-{}", last.saturating_add(1)),
            None => format!(".{stamp}"),
        };
        fs::rename(&self.path, with_end(&self.path, &end))?;
        self.file = append_to(&self.path)?;
        (self.size, self.since, self.is_torn) = (0, now, false);
        self.prune(now)
    }

    fn prune_in_time(&mut self, now: Timestamp) -> io::Result<()> {
        if (now.as_second() - self.pruned_at.as_second()).abs() < PRUNE {
            return Ok(());
        }
        self.pruned_at = now;
        self.prune(now)
    }

    /// Removes the rotated files that are not kept any longer.
    fn prune(&self, now: Timestamp) -> io::Result<()> {
        if self.rotate.is_none() {
            return Ok(());
        }
        let mut rotated = self.rotated()?;
        rotated.sort_by_key(|(order, _)| std::cmp::Reverse(*order));
        let is_old = |at: Timestamp, span: Duration| {
            Duration::try_from(now.duration_since(at)).is_ok_and(|age| age > span)
        };
        for (place, ((at, _), path)) in rotated.iter().enumerate() {
            let is_kept = match self.keep {
                Keep::Files(most) => place < most,
                Keep::Span(span) => !is_old(*at, span),
            };
            if !is_kept {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// The rotated files, with the time and number in their names.
    fn rotated(&self) -> io::Result<Vec<((Timestamp, u32), PathBuf)>> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let begins = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned() + ".";
        let mut rotated = Vec::new();
        for entry in fs::read_dir(folder.unwrap_or(Path::new(".")))? {
            let entry = entry?;
            let name = entry.file_name();
            let order = name.to_str().and_then(|name| order_of(name.strip_prefix(&begins)?));
            rotated.extend(order.map(|order| (order, entry.path())));
        }
        Ok(rotated)
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    name.into()
}

/// `20260701T100000Z`.
fn stamp(at: Timestamp) -> String {
    format!("{at:.0}").chars().filter(|c| !matches!(c, '-' | ':')).collect()
}

/// The time and number of a rotation; `None` for files of other names.
fn order_of(end: &str) -> Option<(Timestamp, u32)> {
    let (stamp, number) = match end.split_once('-') {
        Some((stamp, number)) => (stamp, number.parse().ok()?),
        None => (end, 0),
    };
    let digits = |range: std::ops::Range<usize>| {
        stamp.get(range).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_shape = stamp.len() == 16 && stamp.get(8..9) == Some("T") && stamp.ends_with('Z');
    let time = format!(
        "{}-{}-{}T{}:{}:{}Z",
        digits(0..4)?,
        digits(4..6)?,
        digits(6..8)?,
        digits(9..11)?,
        digits(11..13)?,
        digits(13..15)?
    );
    is_shape.then(|| time.parse().ok()).flatten().map(|at| (at, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn opened(folder: &Path, rotate: Rotate, keep: Keep, now: &str) -> Rolling {
        Rolling::open(&folder.join("a.log"), Some(rotate), keep, at(now)).unwrap()
    }

    #[test]
    fn a_file_is_rotated_by_size_and_the_newest_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        for other in ["a.log.20260701T100000Z.gz", "a.log.old", "b.log.20260701T100000Z"] {
            fs::write(folder.path().join(other), "").unwrap();
        }
        let mut log = opened(folder.path(), Rotate::Size(10), Keep::Files(2), "2026-07-01T10:00:00Z");
        for line in 1..=9 {
            log.write(&format!("{line}...\n"), at("2026-07-01T10:00:00Z")).unwrap();
        }
        let rotated = ["a.log.20260701T100000Z-2", "a.log.20260701T100000Z-3"];
        let others = ["a.log.20260701T100000Z.gz", "a.log.old", "b.log.20260701T100000Z"];
        let mut expected = [&["a.log"][..], &rotated, &others].concat();
        expected.sort_unstable();
        assert_eq!(names(folder.path()), expected);
        let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!([rotated[0], rotated[1], "a.log"].map(text), ["5...\n6...\n", "7...\n8...\n", "9...\n"]);
    }

    #[test]
    fn a_file_is_rotated_by_time_and_kept_as_long_as_said() {
        let folder = tempfile::tempdir().unwrap();
        let keep = Keep::Span(Duration::from_hours(2));
        let mut log = opened(folder.path(), Rotate::Hourly, keep, "2026-07-01T10:58:00Z");
        for time in ["10:58", "10:59", "11:00", "11:59", "12:30", "13:30"] {
            log.write(time, at(&format!("2026-07-01T{time}:00Z"))).unwrap();
        }
        let rotated = ["a.log", "a.log.20260701T123000Z", "a.log.20260701T133000Z"];
        assert_eq!(names(folder.path()), rotated);
        assert_eq!(fs::read_to_string(folder.path().join(rotated[1])).unwrap(), "11:0011:59");
        drop(log);
        // A later run continues the file, and forgets what is too old by then.
        let mut log = opened(folder.path(), Rotate::Daily, keep, "2026-07-01T15:00:00Z");
        assert_eq!(names(folder.path()), ["a.log", "a.log.20260701T133000Z"]);
        log.since = at("2026-07-01T15:00:00Z");
        log.write("15:00", at("2026-07-01T15:01:00Z")).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("a.log")).unwrap(), "13:3015:00");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error_and_devices_are_not_rotated() {
        let mut log = Rolling::open(
            Path::new("/dev/full"),
            Some(Rotate::Size(1)),
            Keep::Files(0),
            at("2026-07-01T10:00:00Z"),
        )
        .unwrap();
        for _ in 0..2 {
            let failure = log.write("a\n", at("2026-07-01T10:00:00Z")).unwrap_err();
            assert!(matches!(failure, Failure::Line(error) if error.kind() == io::ErrorKind::StorageFull));
        }
    }

    #[test]
    fn names_of_rotated_files_are_read() {
        assert_eq!(order_of("20260701T100000Z"), Some((at("2026-07-01T10:00:00Z"), 0)));
        assert_eq!(order_of("20260701T100000Z-12"), Some((at("2026-07-01T10:00:00Z"), 12)));
        for other in
            ["", "gz", "20260701T100000", "20261301T100000Z", "20260701T100000Z-x", "2026070éT10000Z"]
        {
            assert_eq!(order_of(other), None, "{other}");
        }
    }
}
