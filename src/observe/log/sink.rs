//! A log that is open: shared by the thread that writes events and by whoever has something to say.

use std::fmt;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use super::line::Fields;
use super::options::{Level, LogOptions};
use super::rolling::{Failure, Rolling};
use crate::host::clock;
use crate::observe::Say;

/// Where lines go.
enum Sink {
    Stderr,
    File(Rolling),
}

/// What went wrong with the file.
#[derive(Default)]
struct Trouble {
    /// The last error, which is said once.
    said: String,
    /// Lines that were lost since.
    lost: u64,
}

struct Inner {
    options: LogOptions,
    sink: Mutex<(Sink, Trouble)>,
    say: Say,
}

/// An open log. Clones write to the same one.
#[derive(Clone)]
pub struct Log(Arc<Inner>);

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Log").field(&self.0.options).finish()
    }
}

impl Log {
    /// Opens the log; `say` hears of trouble with its file.
    /// # Errors
    /// That of the system where the file cannot be written to.
    pub fn open(options: LogOptions, say: Say) -> io::Result<Self> {
        let sink = match &options.file {
            None => Sink::Stderr,
            Some(path) => Sink::File(Rolling::open(path, options.rotate, options.keep, clock::now())?),
        };
        Ok(Self(Arc::new(Inner { options, sink: Mutex::new((sink, Trouble::default())), say })))
    }

    /// Whether it has standard error for itself.
    pub fn is_on_stderr(&self) -> bool {
        self.0.options.file.is_none()
    }

    /// The least urgent level that is written.
    pub(super) fn level(&self) -> Level {
        self.0.options.level
    }

    /// Logs something that the program has to say. It is a warning or an error if it says so.
    pub fn notice(&self, text: &str) {
        let begins = |word: &str| text.strip_prefix(word).map(str::trim_start);
        let (level, text) = match (begins("error:"), begins("warning:")) {
            (Some(text), _) => (Level::Error, text),
            (_, Some(text)) => (Level::Warn, text),
            _ => (Level::Info, text),
        };
        self.write(level, Fields::of("notice", text.trim()));
    }

    /// Logs the error that ends the program.
    pub fn error(&self, text: &str) {
        self.write(Level::Error, Fields::of("error", text));
    }

    pub(super) fn write(&self, level: Level, fields: Fields) {
        let Inner { options, sink, say } = &*self.0;
        if level > options.level {
            return;
        }
        let now = clock::now();
        let line = fields.line(options.format, now, level);
        let said = {
            let mut locked = sink.lock().unwrap_or_else(PoisonError::into_inner);
            let (sink, trouble) = &mut *locked;
            let written = match sink {
                // Nobody could be told of an error.
                Sink::Stderr => {
                    let _ = io::stderr().write_all(line.as_bytes());
                    Ok(())
                }
                Sink::File(file) => file.write(&line, now),
            };
            trouble.after(written)
        };
        if let Some(what) = said {
            say(&format!("warning: log: {what}"));
        }
    }
}

impl Trouble {
    /// What is to be said after a line; the same trouble is said once.
    fn after(&mut self, written: Result<(), Failure>) -> Option<String> {
        let what = match written {
            Ok(()) if self.said.is_empty() => return None,
            Ok(()) => {
                let lost = std::mem::take(self).lost;
                return Some(format!("the file is written again; lines lost: {lost}"));
            }
            Err(Failure::Line(error)) => {
                self.lost += 1;
                format!("cannot write the file: {error}")
            }
            Err(Failure::Rotation(error)) => format!("cannot rotate the file: {error}"),
        };
        let is_new = what != self.said;
        self.said.clone_from(&what);
        is_new.then_some(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_trouble_is_said_once() {
        let mut trouble = Trouble::default();
        let full = || Err(Failure::Line(io::Error::other("disk full")));
        assert_eq!(trouble.after(Ok(())), None);
        assert_eq!(trouble.after(full()), Some("cannot write the file: disk full".to_owned()));
        assert_eq!(trouble.after(full()), None);
        assert_eq!(trouble.after(Ok(())), Some("the file is written again; lines lost: 2".to_owned()));
        assert_eq!(trouble.after(Ok(())), None);
    }
}
