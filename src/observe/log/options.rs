//! What is logged, how, where to, and for how long it is kept.

use std::path::PathBuf;
use std::time::Duration;

use crate::domain::units::parse_span;

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object.
    Json,
    /// Time, level, message, then `name=value`.
    Text,
}

/// How urgent a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The run could not go on.
    Error,
    /// Something that a person should look at: an incident, an invalid window, trouble of an exporter.
    Warn,
    /// What happens: windows, checks, the beginning and the end.
    Info,
    /// Every single outlier, too.
    Debug,
}

impl Level {
    /// Its name in lines and options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

/// When a file is closed and a new one begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotate {
    /// At midnight, UTC.
    Daily,
    /// At each full hour, UTC.
    Hourly,
    /// Before it would be larger. Units: bytes.
    Size(u64),
}

impl Rotate {
    /// Reads `daily`, `hourly`, or a size such as `50MB`.
    /// # Errors
    /// What is wrong, as a sentence fragment.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "daily" => return Ok(Self::Daily),
            "hourly" => return Ok(Self::Hourly),
            _ => (),
        }
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let unit: u64 = match text[digits..].trim_start().to_ascii_lowercase().as_str() {
            "b" => 1,
            "k" | "kb" | "kib" => 1 << 10,
            "m" | "mb" | "mib" => 1 << 20,
            "g" | "gb" | "gib" => 1 << 30,
            _ => return Err(format!("{text:?} is neither daily, hourly nor a size such as 50MB")),
        };
        let size = text[..digits].parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
        size.filter(|size| *size > 0).map(Self::Size).ok_or_else(|| format!("{text:?} is no size"))
    }
}

/// Which rotated files are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The newest ones, this many.
    Files(usize),
    /// Those that were rotated no longer ago than this.
    Span(Duration),
}

impl Keep {
    /// As many as a week and a half of daily files.
    pub const DEFAULT: Self = Self::Files(10);

    /// Reads a number of files, or a span such as `7d`.
    /// # Errors
    /// What is wrong, as a sentence fragment.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Ok(files) = text.parse() {
            return Ok(Self::Files(files));
        }
        parse_span(text)
            .map(Self::Span)
            .map_err(|error| format!("neither a number of files nor a time: {error}"))
    }
}

/// A log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogOptions {
    /// How a line is written.
    pub format: Format,
    /// The least urgent level that is written.
    pub level: Level,
    /// Where to; `None` for standard error.
    pub file: Option<PathBuf>,
    /// When the file is rotated; `None` for never.
    pub rotate: Option<Rotate>,
    /// Which rotated files are kept.
    pub keep: Keep,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotation_and_retention_are_read() {
        let check =
            |text: &str, expected: Option<Rotate>| assert_eq!(Rotate::parse(text).ok(), expected, "{text}");
        check("daily", Some(Rotate::Daily));
        check("hourly", Some(Rotate::Hourly));
        check("50MB", Some(Rotate::Size(50 << 20)));
        check("10 KiB", Some(Rotate::Size(10 << 10)));
        check("99999999999999999999G", None);
        check("0MB", None);
        check("5", None);
        check("weekly", None);
        check("é", None);
        assert_eq!(Keep::parse("5"), Ok(Keep::Files(5)));
        assert_eq!(Keep::parse("0"), Ok(Keep::Files(0)));
        assert_eq!(Keep::parse("2h"), Ok(Keep::Span(Duration::from_hours(2))));
        assert!(Keep::parse("some").is_err() && Keep::parse("-1").is_err());
    }
}
