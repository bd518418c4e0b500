//! `windows.csv`: a row a window, and the row is the commit point.
//!
//! Columns derive from the metric catalogue. A torn last row, as a crash leaves it, is not a row.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::generator::GeneratorHealth;
use crate::domain::metric::{Metric, Reading, TimeKind};
use crate::domain::percentile::Percentile;
use crate::domain::sample::{ErrorClass, ErrorCounts};
use crate::domain::verdict::{InvalidReason, Validity};
use crate::domain::window::{CacheCounts, Counts, Phases, TimeSummary, Window};

use super::StoreError;

/// The file's name in a run directory.
pub const FILE: &str = "windows.csv";

const LEADING: [&str; 12] = [
    "window",
    "cycle",
    "started_at",
    "endpoint",
    "level",
    "users",
    "duration_s",
    "requests",
    "succeeded",
    "failed",
    "throttled",
    "validity",
];
const TRAILING: [&str; 18] = [
    "invalid_reason",
    "statuses",
    "errors",
    "cache_hits",
    "cache_misses",
    "connections",
    "resolve_mean_us",
    "connect_mean_us",
    "tls_mean_us",
    "late_starts",
    "generator_cpu_share",
    "generator_wait_share",
    "scheduling_lag_p99_us",
    "scheduling_lag_max_us",
    "send_lateness_p99_us",
    "littles_law_ratio",
    "cpu_us_per_request",
    "descriptor_headroom",
];

/// The columns, in order.
pub fn header() -> Vec<String> {
    let leading = LEADING.into_iter().map(str::to_owned);
    let trailing = TRAILING.into_iter().map(str::to_owned);
    leading.chain(Metric::ALL.iter().map(|metric| metric.name())).chain(trailing).collect()
}

/// The header as a line.
pub fn header_line() -> String {
    line_of(&header())
}

/// A window as a line.
pub fn line(window: &Window) -> String {
    let mut fields = vec![
        window.number.to_string(),
        window.cycle.to_string(),
        format!("{:.3}", window.started_at),
        window.endpoint.to_string(),
        window.level.to_string(),
        window.users.to_string(),
        format!("{:.6}", window.duration.as_secs_f64()),
        window.counts.requests().to_string(),
        window.counts.succeeded.to_string(),
        window.counts.failed.to_string(),
        window.counts.throttled.to_string(),
        window.validity.word().to_owned(),
    ];
    fields.extend(Metric::ALL.iter().map(|metric| metric_text(*metric, window)));
    let health = &window.generator;
    fields.extend([
        window.validity.reason().map_or("", InvalidReason::name).to_owned(),
        pairs(window.statuses.iter().map(|(status, count)| (*status, *count))),
        pairs(window.errors.iter().map(|(class, count)| (class.name(), count))),
        window.cache.hits.to_string(),
        window.cache.misses.to_string(),
        window.phases.connections.to_string(),
        number(window.phases.resolve_mean_us),
        number(window.phases.connect_mean_us),
        number(window.phases.tls_mean_us),
        window.late_starts.to_string(),
        number(health.cpu_share),
        number(health.wait_share),
        number(health.scheduling_lag_p99_us),
        number(health.scheduling_lag_max_us),
        number(health.send_lateness_p99_us),
        number(health.littles_law_ratio),
        number(health.cpu_us_per_request),
        number(health.descriptor_headroom),
    ]);
    line_of(&fields)
}

fn metric_text(metric: Metric, window: &Window) -> String {
    match (metric, metric.of(window)) {
        (_, None) => String::new(),
        (Metric::Bytes, Some(bytes)) => format!("{bytes:.0}"),
        // Derived from counts and duration, so rounding loses nothing.
        (Metric::Throughput, Some(value)) => format!("{value:.3}"),
        (Metric::ErrorRatio, Some(value)) => format!("{value:.6}"),
        (_, value) => number(value),
    }
}

fn number(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or_else(String::new, |value| value.to_string())
}

fn pairs<K: Display>(counts: impl Iterator<Item = (K, u64)>) -> String {
    counts.map(|(key, count)| format!("{key}:{count}")).collect::<Vec<_>>().join(" ")
}

fn line_of(fields: &[String]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory fails only where memory does.
    let written = writer.write_record(fields).is_ok();
    let bytes = writer.into_inner().ok().filter(|_| written).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// What a file holds: its windows, and how many of its bytes they and the header take.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Committed {
    /// In the order of the file.
    pub windows: Vec<Window>,
    /// Bytes up to the end of the last whole row; what follows is torn.
    pub length: u64,
}

/// Reads every committed window. A last line without its end is torn, and left out.
/// # Errors
/// [`StoreError`] names the line that is not a window.
pub fn read(path: &Path) -> Result<Committed, StoreError> {
    let bytes = std::fs::read(path).map_err(StoreError::io("read", path))?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    parse(&bytes[..whole], path)
}

/// Reads committed windows from whole lines.
/// # Errors
/// As [`read`].
pub fn parse(bytes: &[u8], path: &Path) -> Result<Committed, StoreError> {
    let corrupt = |what: String| StoreError::Corrupt { path: path.to_owned(), what };
    let mut committed = Committed::default();
    if bytes.is_empty() {
        return Ok(committed);
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let columns = Columns::of(reader.headers().map_err(|error| corrupt(error.to_string()))?)
        .map_err(|column| corrupt(format!("there is no column {column:?}")))?;
    for (index, record) in reader.records().enumerate() {
        let line = index + 2;
        let record = record.map_err(|error| corrupt(format!("line {line}: {error}")))?;
        let window = columns
            .window(&record)
            .map_err(|column| corrupt(format!("line {line}: column {column:?} cannot be read")))?;
        // Baselines and alerts are made in the order of commits.
        if let Some(before) =
            committed.windows.last().filter(|before: &&Window| before.number >= window.number)
        {
            return Err(corrupt(format!(
                "line {line}: window {} after window {}; rows are in the order of their commits",
                window.number, before.number
            )));
        }
        committed.windows.push(window);
    }
    committed.length = bytes.len() as u64;
    Ok(committed)
}

/// Where each column of a file stands. Columns that a later version added are passed over, and of ours those from
/// `invalid_reason` on may be missing: other programs know less of their windows.
struct Columns(BTreeMap<String, usize>);

/// More than any window can send or receive; a million rows of it still add up.
const LARGEST_COUNT: u64 = 1_000_000_000_000;

fn checked_count(count: u64) -> Option<u64> {
    (count <= LARGEST_COUNT).then_some(count)
}

/// Names the column at fault.
type ColumnResult<T> = Result<T, String>;

impl Columns {
    fn of(header: &csv::StringRecord) -> ColumnResult<Self> {
        let columns: BTreeMap<String, usize> =
            header.iter().enumerate().map(|(index, name)| (name.to_owned(), index)).collect();
        let is_needed = |name: &String| !TRAILING.contains(&name.as_str());
        match self::header().into_iter().filter(is_needed).find(|name| !columns.contains_key(name)) {
            Some(missing) => Err(missing),
            None => Ok(Self(columns)),
        }
    }

    fn text<'r>(&self, record: &'r csv::StringRecord, column: &str) -> ColumnResult<&'r str> {
        match self.0.get(column) {
            Some(index) => record.get(*index).ok_or_else(|| column.to_owned()),
            None => Ok(""),
        }
    }

    fn value<T: FromStr>(&self, record: &csv::StringRecord, column: &str) -> ColumnResult<T> {
        self.text(record, column)?.parse().map_err(|_| column.to_owned())
    }

    /// A count. One that no window can have would overflow the sums that are made of it, so it is a mistake.
    fn count(&self, record: &csv::StringRecord, column: &str) -> ColumnResult<u64> {
        if !self.0.contains_key(column) {
            return Ok(0);
        }
        self.value(record, column).and_then(|count| checked_count(count).ok_or_else(|| column.to_owned()))
    }

    fn optional(&self, record: &csv::StringRecord, column: &str) -> ColumnResult<Option<f64>> {
        match self.text(record, column)? {
            "" => Ok(None),
            text => text
                .parse()
                .ok()
                .filter(|value: &f64| value.is_finite())
                .map(Some)
                .ok_or_else(|| column.to_owned()),
        }
    }

    fn window(&self, record: &csv::StringRecord) -> ColumnResult<Window> {
        let validity =
            Validity::from_words(self.text(record, "validity")?, self.text(record, "invalid_reason")?);
        let seconds: f64 = self.value(record, "duration_s")?;
        Ok(Window {
            number: self.count(record, "window")?,
            cycle: self.count(record, "cycle")?,
            started_at: self.value(record, "started_at")?,
            endpoint: Arc::from(self.text(record, "endpoint")?),
            level: Arc::from(self.text(record, "level")?),
            users: self.value(record, "users")?,
            duration: Duration::try_from_secs_f64(seconds).map_err(|_| "duration_s".to_owned())?,
            counts: Counts {
                succeeded: self.count(record, "succeeded")?,
                failed: self.count(record, "failed")?,
                throttled: self.count(record, "throttled")?,
            },
            validity: validity.ok_or_else(|| "validity".to_owned())?,
            bytes: self.count(record, "bytes")?,
            times: self.times(record)?,
            statuses: self.statuses(record)?,
            errors: self.errors(record)?,
            cache: CacheCounts {
                hits: self.count(record, "cache_hits")?,
                misses: self.count(record, "cache_misses")?,
            },
            phases: Phases {
                connections: self.count(record, "connections")?,
                resolve_mean_us: self.optional(record, "resolve_mean_us")?,
                connect_mean_us: self.optional(record, "connect_mean_us")?,
                tls_mean_us: self.optional(record, "tls_mean_us")?,
            },
            late_starts: self.count(record, "late_starts")?,
            generator: self.generator(record)?,
        })
    }

    fn times(&self, record: &csv::StringRecord) -> ColumnResult<[TimeSummary; TimeKind::ALL.len()]> {
        let mut times = [TimeSummary::default(); TimeKind::ALL.len()];
        for (kind, summary) in TimeKind::ALL.into_iter().zip(&mut times) {
            let read = |reading: Reading| self.optional(record, &Metric::Time(kind, reading).name());
            *summary = TimeSummary {
                mean: read(Reading::Mean)?,
                stdev: read(Reading::Stdev)?,
                min: read(Reading::Min)?,
                percentiles: [None; Percentile::ALL.len()],
                max: read(Reading::Max)?,
            };
            for percentile in Percentile::ALL {
                summary.percentiles[percentile as usize] = read(Reading::Percentile(percentile))?;
            }
        }
        Ok(times)
    }

    fn statuses(&self, record: &csv::StringRecord) -> ColumnResult<BTreeMap<u16, u64>> {
        let text = self.text(record, "statuses")?;
        let pair = |pair: &str| {
            let (status, count) = pair.split_once(':')?;
            Some((status.parse().ok()?, checked_count(count.parse().ok()?)?))
        };
        text.split_ascii_whitespace().map(|text| pair(text).ok_or_else(|| "statuses".to_owned())).collect()
    }

    fn errors(&self, record: &csv::StringRecord) -> ColumnResult<ErrorCounts> {
        let mut errors = ErrorCounts::default();
        for pair in self.text(record, "errors")?.split_ascii_whitespace() {
            let known = pair.split_once(':').and_then(|(class, count)| {
                Some((ErrorClass::from_name(class)?, checked_count(count.parse().ok()?)?))
            });
            let (class, count) = known.ok_or_else(|| "errors".to_owned())?;
            errors.add(class, count);
        }
        Ok(errors)
    }

    fn generator(&self, record: &csv::StringRecord) -> ColumnResult<GeneratorHealth> {
        Ok(GeneratorHealth {
            cpu_share: self.optional(record, "generator_cpu_share")?,
            wait_share: self.optional(record, "generator_wait_share")?,
            scheduling_lag_p99_us: self.optional(record, "scheduling_lag_p99_us")?,
            scheduling_lag_max_us: self.optional(record, "scheduling_lag_max_us")?,
            send_lateness_p99_us: self.optional(record, "send_lateness_p99_us")?,
            littles_law_ratio: self.optional(record, "littles_law_ratio")?,
            cpu_us_per_request: self.optional(record, "cpu_us_per_request")?,
            descriptor_headroom: self.optional(record, "descriptor_headroom")?,
        })
    }
}
