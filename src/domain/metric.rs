//! The one catalogue of metrics: name, unit, direction, and how to read each from a window.
//!
//! CSV columns, JSON keys, tables and docs derive from it; a test checks that they agree.

use super::percentile::Percentile;
use super::time_summary::{TimeKind, TimeSummary};
use super::window::Window;

/// A statistic of a distribution of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Arithmetic mean of all succeeded requests.
    Mean,
    /// Standard deviation (n - 1); missing for a single request.
    Stdev,
    /// Shortest time of a succeeded request.
    Min,
    /// A percentile; missing where too few requests support it.
    Percentile(Percentile),
    /// Longest time of a succeeded request.
    Max,
}

impl Reading {
    /// Every statistic, in the order of the columns.
    pub const ALL: [Self; 9] = [
        Self::Mean,
        Self::Stdev,
        Self::Min,
        Self::Percentile(Percentile::P50),
        Self::Percentile(Percentile::P90),
        Self::Percentile(Percentile::P95),
        Self::Percentile(Percentile::P99),
        Self::Percentile(Percentile::P999),
        Self::Max,
    ];

    /// The middle part of a column's name, such as `p95`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Stdev => "stdev",
            Self::Min => "min",
            Self::Percentile(Percentile::P50) => "p50",
            Self::Percentile(Percentile::P90) => "p90",
            Self::Percentile(Percentile::P95) => "p95",
            Self::Percentile(Percentile::P99) => "p99",
            Self::Percentile(Percentile::P999) => "p999",
            Self::Max => "max",
        }
    }

    /// The value in a summary, in microseconds; `None` where the summary lacks it.
    pub fn of(self, summary: &TimeSummary) -> Option<f64> {
        match self {
            Self::Mean => summary.mean,
            Self::Stdev => summary.stdev,
            Self::Min => summary.min,
            Self::Percentile(percentile) => summary.percentile(percentile),
            Self::Max => summary.max,
        }
    }
}

/// Whether a larger value is an improvement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// A larger value is worse: times and error ratios.
    LowerIsBetter,
    /// A larger value is better: throughput, bytes, cache hit ratio and days of a certificate.
    HigherIsBetter,
}

/// One number that describes a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Complete responses per second, of any status; missing where the window shows no throughput.
    Throughput,
    /// Failed over failed and succeeded requests, 0 to 1.
    ErrorRatio,
    /// Body bytes received in the window.
    Bytes,
    /// A statistic of one of the three times, in microseconds.
    Time(TimeKind, Reading),
    /// Responses from a cache over responses that say whether they are, 0 to 1; missing where none says so.
    CacheHitRatio,
    /// Days until the first certificate of the target expires, below 0 once one has; missing without TLS.
    CertificateDays,
}

impl Metric {
    /// Every metric: first those that every `windows.csv` has, in the order of its columns, then [`Metric::LATER`].
    pub const ALL: [Self; 32] = catalogue();
    /// The metrics that files of earlier versions and of other programs may lack. Their columns follow all others.
    pub const LATER: [Self; 2] = [Self::CacheHitRatio, Self::CertificateDays];

    /// The metrics that every `windows.csv` has, in the order of its columns.
    pub fn first() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|metric| !Self::LATER.contains(metric))
    }

    /// The CSV column, JSON key and label, with the unit last.
    pub fn name(self) -> String {
        match self {
            Self::Throughput => "throughput_per_s".to_owned(),
            Self::ErrorRatio => "error_ratio".to_owned(),
            Self::Bytes => "bytes".to_owned(),
            Self::Time(kind, reading) => format!("{}_{}_us", kind.name(), reading.name()),
            Self::CacheHitRatio => "cache_hit_ratio".to_owned(),
            Self::CertificateDays => "certificate_days".to_owned(),
        }
    }

    /// The unit, as printed behind a number; empty for a ratio.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Throughput => "/s",
            Self::ErrorRatio | Self::CacheHitRatio => "",
            Self::Bytes => "B",
            Self::CertificateDays => "days",
            Self::Time(..) => "us",
        }
    }

    /// Whether a larger value is an improvement.
    pub fn direction(self) -> Direction {
        match self {
            Self::Throughput | Self::Bytes | Self::CacheHitRatio | Self::CertificateDays => {
                Direction::HigherIsBetter
            }
            Self::ErrorRatio | Self::Time(..) => Direction::LowerIsBetter,
        }
    }

    /// The value in a window; `None` where the window cannot support it.
    pub fn of(self, window: &Window) -> Option<f64> {
        match self {
            Self::Throughput => window.throughput_per_s().filter(|_| window.no_throughput().is_none()),
            Self::ErrorRatio => window.counts.error_ratio(),
            Self::Bytes => Some(window.bytes as f64),
            Self::Time(kind, reading) => reading.of(window.time(kind)),
            Self::CacheHitRatio => window.cache.hit_ratio(),
            Self::CertificateDays => window.certificate_days,
        }
    }
}

const fn catalogue() -> [Metric; 32] {
    let mut all = [Metric::Throughput; 32];
    all[1] = Metric::ErrorRatio;
    all[2] = Metric::Bytes;
    let mut kind = 0;
    while kind < TimeKind::ALL.len() {
        let mut reading = 0;
        while reading < Reading::ALL.len() {
            all[3 + kind * Reading::ALL.len() + reading] =
                Metric::Time(TimeKind::ALL[kind], Reading::ALL[reading]);
            reading += 1;
        }
        kind += 1;
    }
    all[30] = Metric::CacheHitRatio;
    all[31] = Metric::CertificateDays;
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_carry_their_unit() {
        let mut names: Vec<_> = Metric::ALL.iter().map(|metric| metric.name()).collect();
        assert_eq!(names[3], "service_time_mean_us");
        assert_eq!(names[29], "first_byte_max_us");
        assert_eq!(names[30..], Metric::LATER.map(Metric::name));
        names.sort();
        names.dedup();
        assert_eq!(names.len(), Metric::ALL.len());
    }
}
