//! The command lines of `detect` and `capacity`, which analyse any CSV file.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::analysis::series::Scale;

use super::formats::{DetectFormat, PlainFormat};

const DETECT_EXAMPLES: &str = "\
Examples:
  baseline detect latency.csv --time timestamp --value p95_ms
  baseline detect k6.csv --where metric_name=http_req_duration --value metric_value --format csv";

const CAPACITY_EXAMPLES: &str = "\
Examples:
  baseline capacity levels.csv --users vus --throughput rps
  baseline capacity levels.csv --where endpoint=browse --format json";

/// Find outliers and alerts in a time series from a CSV file.
///
/// The first values set the baseline band (at least 20 are needed), the rest are judged against it. `--format csv`
/// prints one row per input row.
#[derive(Debug, Args)]
#[command(after_help = DETECT_EXAMPLES)]
pub(super) struct DetectArguments {
    /// CSV file with a header row, or `-` for standard input
    pub(super) file: PathBuf,
    /// Column of timestamps [default: found by name, such as timestamp].
    ///
    /// Looks for timestamp, time, `started_at`, ts, date and datetime, in this order. Accepts RFC 3339, `2026-01-31 13:05:00` (UTC), and Unix time in seconds, milliseconds, microseconds or
    /// nanoseconds. Without such a column, rows count as 5 minutes apart.
    #[arg(long, value_name = "COLUMN")]
    pub(super) time: Option<String>,
    /// Column of values [default: `value`, or the only column besides the time]
    #[arg(long, value_name = "COLUMN")]
    pub(super) value: Option<String>,
    /// Use only rows where COLUMN is exactly TEXT; repeatable, all must match
    #[arg(long = "where", value_name = "COLUMN=TEXT")]
    pub(super) only: Vec<String>,
    /// How values are compared with the baseline
    #[arg(long, value_enum, default_value_t = ScaleArgument::Auto)]
    pub(super) scale: ScaleArgument,
    #[command(flatten)]
    pub(super) format: DetectFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ScaleArgument {
    /// Ratios if all values of the learning period are above 0, otherwise differences
    Auto,
    /// Ratios
    Log,
    /// Differences
    Linear,
}

impl From<ScaleArgument> for Option<Scale> {
    fn from(argument: ScaleArgument) -> Self {
        match argument {
            ScaleArgument::Auto => None,
            ScaleArgument::Log => Some(Scale::Log),
            ScaleArgument::Linear => Some(Scale::Linear),
        }
    }
}

/// Fit a scalability curve to a CSV file of users and throughput.
///
/// Fits a constant, linear growth, growth up to a limit, Amdahl's law and the Universal Scalability Law, and states where
/// throughput levels off or peaks. Choosing a law needs at least 5 load levels, a peak at least 6. Rows with the same
/// number of users are averaged; blank rows and rows with 0 users are skipped.
#[derive(Debug, Args)]
#[command(after_help = CAPACITY_EXAMPLES)]
pub(super) struct CapacityArguments {
    /// CSV file with a header row, or `-` for standard input
    pub(super) file: PathBuf,
    /// Column of concurrent users
    #[arg(long, value_name = "COLUMN", default_value = "users")]
    pub(super) users: String,
    /// Column of throughput, in any unit
    #[arg(long, value_name = "COLUMN", default_value = "throughput")]
    pub(super) throughput: String,
    #[command(flatten)]
    pub(super) format: PlainFormat,
    /// Use only rows where COLUMN is exactly TEXT; repeatable, all must match
    #[arg(long = "where", value_name = "COLUMN=TEXT")]
    pub(super) only: Vec<String>,
}
