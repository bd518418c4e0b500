//! A window from a row of `windows.csv`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::cell_name::CellName;
use crate::domain::error_counts::ErrorCounts;
use crate::domain::error_reason::{ErrorReason, ReasonCounts};
use crate::domain::generator::{GeneratorHealth, GeneratorReading};
use crate::domain::metric::{Metric, Reading};
use crate::domain::percentile::Percentile;
use crate::domain::sample::ErrorClass;
use crate::domain::time_summary::{TimeKind, TimeSummary};
use crate::domain::verdict::Validity;
use crate::domain::window::{CacheCounts, Counts, Phases, Window};
use crate::store::checksum::from_hex;

use super::columns::{
    ADDRESSES, BACKED_OFF, BETWEEN_REMARKS, DECODED_BYTES, ERROR_REASONS, LEADING, LOG_CRC, REMARKS,
    REQUEST_CAP, STEP,
};

/// Index of each column of a file. Columns of later versions are skipped, and columns from `invalid_reason` on may be
/// missing: other programs record less. The cache hit ratio is not read, because it follows from the counts beside it.
pub(super) struct Columns(BTreeMap<String, usize>);

/// More than any window can send or receive, and small enough that a million rows can be added up.
const LARGEST_COUNT: u64 = 1_000_000_000_000;

fn checked_count(count: u64) -> Option<u64> {
    (count <= LARGEST_COUNT).then_some(count)
}

/// The error is the name of the column at fault.
pub(super) type ColumnResult<T> = Result<T, String>;

impl Columns {
    pub(super) fn of(header: &csv::StringRecord) -> ColumnResult<Self> {
        let columns: BTreeMap<String, usize> =
            header.iter().enumerate().map(|(index, name)| (name.to_owned(), index)).collect();
        let leading = LEADING.into_iter().map(str::to_owned);
        let mut needed = leading.chain(Metric::first().map(Metric::name));
        match needed.find(|name| !columns.contains_key(name)) {
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

    /// A count; 0 where the file lacks the column. A count too large for a window is an error, as sums would overflow.
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

    fn span(&self, record: &csv::StringRecord, column: &str) -> ColumnResult<Option<Duration>> {
        let span = |seconds| Duration::try_from_secs_f64(seconds).map_err(|_| column.to_owned());
        self.optional(record, column)?.map(span).transpose()
    }

    fn optional_count(&self, record: &csv::StringRecord, column: &str) -> ColumnResult<Option<u64>> {
        match self.text(record, column)? {
            "" => Ok(None),
            _ => self.count(record, column).map(Some),
        }
    }

    /// The checksum of the window's lines in the histogram log; `None` where the row has none.
    pub(super) fn log_crc(&self, record: &csv::StringRecord) -> ColumnResult<Option<u32>> {
        match self.text(record, LOG_CRC)? {
            "" => Ok(None),
            text => from_hex(text).map(Some).ok_or_else(|| LOG_CRC.to_owned()),
        }
    }

    pub(super) fn window(&self, record: &csv::StringRecord) -> ColumnResult<Window> {
        let validity =
            Validity::from_words(self.text(record, "validity")?, self.text(record, "invalid_reason")?);
        let seconds: f64 = self.value(record, "duration_s")?;
        Ok(Window {
            number: self.count(record, "window")?,
            cycle: self.count(record, "cycle")?,
            started_at: self.value(record, "started_at")?,
            cell: CellName {
                workload: Arc::from(self.text(record, "endpoint")?),
                step: Some(self.text(record, STEP)?).filter(|step| !step.is_empty()).map(Arc::from),
                level: Arc::from(self.text(record, "level")?),
            },
            users: self.value(record, "users")?,
            duration: Duration::try_from_secs_f64(seconds).map_err(|_| "duration_s".to_owned())?,
            backed_off: self.span(record, BACKED_OFF)?,
            request_cap: self.optional_count(record, REQUEST_CAP)?,
            counts: Counts {
                succeeded: self.count(record, "succeeded")?,
                failed: self.count(record, "failed")?,
                throttled: self.count(record, "throttled")?,
            },
            validity: validity.ok_or_else(|| "validity".to_owned())?,
            bytes: self.count(record, "bytes")?,
            decoded_bytes: self.optional_count(record, DECODED_BYTES)?,
            odd_responses: self.count(record, "odd_responses")?,
            addresses: self.addresses(record)?,
            certificate_days: self.optional(record, &Metric::CertificateDays.name())?,
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
            redirects: self.count(record, "redirects")?,
            remarks: self.remarks(record)?,
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
            errors.add_class(class, count);
        }
        let mut reasons = ReasonCounts::default();
        for pair in self.text(record, ERROR_REASONS)?.split_ascii_whitespace() {
            let known = pair.split_once(':').and_then(|(reason, count)| {
                Some((ErrorReason::from_name(reason)?, checked_count(count.parse().ok()?)?))
            });
            let (reason, count) = known.ok_or_else(|| ERROR_REASONS.to_owned())?;
            reasons.add(reason, count);
        }
        Ok(errors.with_reasons(reasons))
    }

    fn addresses(&self, record: &csv::StringRecord) -> ColumnResult<BTreeMap<IpAddr, u64>> {
        let pair = |pair: &str| {
            let (address, users) = pair.split_once('=')?;
            Some((address.parse().ok()?, checked_count(users.parse().ok()?)?))
        };
        let pairs = self.text(record, ADDRESSES)?.split_ascii_whitespace();
        pairs.map(|text| pair(text).ok_or_else(|| ADDRESSES.to_owned())).collect()
    }

    fn remarks(&self, record: &csv::StringRecord) -> ColumnResult<Vec<String>> {
        let text = self.text(record, REMARKS)?;
        Ok(text.split(BETWEEN_REMARKS).filter(|remark| !remark.is_empty()).map(str::to_owned).collect())
    }

    fn generator(&self, record: &csv::StringRecord) -> ColumnResult<GeneratorHealth> {
        let mut health = GeneratorHealth::default();
        for reading in GeneratorReading::ALL {
            *reading.place_in(&mut health) = self.optional(record, reading.name())?;
        }
        Ok(health)
    }
}
