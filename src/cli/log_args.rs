//! The options of a log.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::commands::CommandError;
use crate::observe::log::{Format, Keep, Level, Log, LogOptions, Rotate};

use super::drawn_line;

/// How lines of a log are written.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    /// One JSON object per line.
    Json,
    /// Time, level, message, name=value.
    Text,
}

/// The least urgent level of a log.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogLevel {
    /// What ends the program.
    Error,
    /// Also incidents, invalid windows and trouble of exporters.
    Warn,
    /// Also windows, health checks, start and end of the run.
    Info,
    /// Also every outlier.
    Debug,
}

/// A structured log of the run.
#[derive(Debug, Args)]
pub(super) struct LogArguments {
    /// Log events on standard error, in place of the progress line.
    ///
    /// One line per event, with secrets and personal data masked: the start and the end of the run, each window, incidents,
    /// gaps, health checks, trouble. See docs/logs.md.
    #[arg(long, value_name = "FORMAT", hide_possible_values = true, hide_short_help = true, value_enum)]
    log: Option<LogFormat>,
    /// Append the log to this file, and keep the progress line [default format: json]
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    log_file: Option<PathBuf>,
    /// The least urgent level that is logged: error, warn, info or debug
    #[arg(long, value_name = "LEVEL", hide_possible_values = true, hide_short_help = true, value_enum)]
    log_level: Option<LogLevel>,
    /// Begin a new file daily, hourly (UTC), or before it is larger than a size such as 50MB.
    ///
    /// The old file gets the time of its rotation at the end of its name: run.log.20260701T100000Z.
    #[arg(long, value_name = "WHEN", requires = "log_file", value_parser = Rotate::parse, hide_short_help = true)]
    log_rotate: Option<Rotate>,
    /// Keep this number of rotated files, or those rotated within a time such as 7d [default: 10]
    #[arg(long, value_name = "N|TIME", requires = "log_rotate", value_parser = Keep::parse, hide_short_help = true)]
    log_keep: Option<Keep>,
}

impl LogArguments {
    /// The log, open; `None` where none was asked for.
    pub(super) fn open(&self) -> Result<Option<Log>, CommandError> {
        let format = match (self.log, &self.log_file) {
            (None, None) if self.log_level.is_some() => {
                return Err(CommandError::Usage {
                    what: "--log-level without a log".to_owned(),
                    hint: "add --log json, --log text or --log-file FILE".to_owned(),
                });
            }
            (None, None) => return Ok(None),
            (Some(LogFormat::Text), _) => Format::Text,
            (Some(LogFormat::Json) | None, _) => Format::Json,
        };
        let level = match self.log_level {
            Some(LogLevel::Error) => Level::Error,
            Some(LogLevel::Warn) => Level::Warn,
            None | Some(LogLevel::Info) => Level::Info,
            Some(LogLevel::Debug) => Level::Debug,
        };
        let options = LogOptions {
            format,
            level,
            file: self.log_file.clone(),
            rotate: self.log_rotate,
            keep: self.log_keep.unwrap_or(Keep::DEFAULT),
        };
        let log = Log::open(options, drawn_line::print).map_err(|error| CommandError::Usage {
            what: format!(
                "cannot write the log to {}: {error}",
                self.log_file.clone().unwrap_or_default().display()
            ),
            hint: "name a file in a folder that exists and is writable".to_owned(),
        })?;
        Ok(Some(log))
    }
}
