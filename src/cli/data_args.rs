//! The command lines of `detect` and `capacity`, which analyse any CSV file.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::analysis::series::Scale;
use crate::store::stamps::TimeUnit;

use super::formats::{DetectFormat, PlainFormat};

const TABLE: &str = "Table";
const LEARNING: &str = "Learning";

/// Find outliers and alerts in a time series from a CSV file.
///
/// The first values set the baseline band (at least 20 are needed), the rest are judged against it. A start-up, such as a
/// ramp-up of the load, is found and skipped. `--format csv` prints one row per input row, in the order of time.
#[derive(Debug, Args)]
pub(super) struct DetectArguments {
    /// CSV file with a header row, or `-` for standard input
    pub(super) file: PathBuf,
    /// Column of timestamps [default: found by name, such as timestamp].
    ///
    /// Looks for timestamp, time, `started_at`, ts, date, datetime, @timestamp and `_time`, in this order. Accepts RFC 3339, other
    /// common notations of date and time (UTC where there is no zone), Unix time, spreadsheet dates, and seconds since the start.
    /// Without such a column, rows count as 5 minutes apart.
    #[arg(long, value_name = "COLUMN", help_heading = TABLE)]
    pub(super) time: Option<String>,
    /// Unit of times that are numbers [default: from their size, or from the name of the column]
    #[arg(long, value_name = "UNIT", value_enum, help_heading = TABLE)]
    pub(super) time_unit: Option<TimeUnitArgument>,
    /// Column of values [default: `value`, or the only column besides the time]
    #[arg(long, value_name = "COLUMN", help_heading = TABLE)]
    pub(super) value: Option<String>,
    /// Use only rows where COLUMN is exactly TEXT; repeatable, all must match
    #[arg(long = "where", value_name = "COLUMN=TEXT", help_heading = TABLE)]
    pub(super) only: Vec<String>,
    /// How values are compared with the baseline
    #[arg(long, value_enum, default_value_t = ScaleArgument::Auto, help_heading = LEARNING)]
    pub(super) scale: ScaleArgument,
    /// Rows to skip, or a duration such as 10m; 0 skips none [default: a start-up that is found]
    #[arg(long, value_name = "ROWS|DURATION", help_heading = LEARNING)]
    pub(super) skip: Option<String>,
    /// Learn from this time or row on, and skip all rows before
    #[arg(long, value_name = "TIME|ROW", conflicts_with = "skip", help_heading = LEARNING)]
    pub(super) learn_from: Option<String>,
    /// Number of values to learn from, at least 20 [default: half of them, at most 60]
    #[arg(long, value_name = "N", help_heading = LEARNING)]
    pub(super) learn: Option<usize>,
    #[command(flatten, next_help_heading = "Output")]
    pub(super) format: DetectFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum TimeUnitArgument {
    /// Seconds
    S,
    /// Milliseconds
    Ms,
    /// Microseconds
    Us,
    /// Nanoseconds
    Ns,
}

impl From<TimeUnitArgument> for TimeUnit {
    fn from(argument: TimeUnitArgument) -> Self {
        match argument {
            TimeUnitArgument::S => Self::Seconds,
            TimeUnitArgument::Ms => Self::Milliseconds,
            TimeUnitArgument::Us => Self::Microseconds,
            TimeUnitArgument::Ns => Self::Nanoseconds,
        }
    }
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
pub(super) struct CapacityArguments {
    /// CSV file with a header row, or `-` for standard input
    pub(super) file: PathBuf,
    /// Column of concurrent users
    #[arg(long, value_name = "COLUMN", default_value = "users", help_heading = TABLE)]
    pub(super) users: String,
    /// Column of throughput, in any unit
    #[arg(long, value_name = "COLUMN", default_value = "throughput", help_heading = TABLE)]
    pub(super) throughput: String,
    #[command(flatten, next_help_heading = "Output")]
    pub(super) format: PlainFormat,
    /// Use only rows where COLUMN is exactly TEXT; repeatable, all must match
    #[arg(long = "where", value_name = "COLUMN=TEXT", help_heading = TABLE)]
    pub(super) only: Vec<String>,
}
