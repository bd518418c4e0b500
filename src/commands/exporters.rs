//! Starts the exporters of a run before it begins, and ends them after it.

use std::thread::JoinHandle;

use crate::observe::remote_write::{Receiver, RemoteWrite, RemoteWriteError};
use crate::observe::{Exporter, Say, spawn};
use crate::run::feed::Feed;

use super::CommandError;

/// What hands on the events of a run, from the options of `start`.
#[derive(Debug, Clone, Default)]
pub struct ExportOptions {
    /// Whom the metrics are pushed to.
    pub remote_write: Option<Receiver>,
}

/// An option of a receiver that cannot be used.
pub fn unusable(error: &RemoteWriteError) -> CommandError {
    let hint = "for example --remote-write http://127.0.0.1:9090/api/v1/write".to_owned();
    CommandError::Usage { what: error.to_string(), hint }
}

/// The exporters of a run, each on a thread of its own.
#[derive(Debug)]
pub struct Exporters {
    threads: Vec<JoinHandle<()>>,
    say: Say,
}

impl Exporters {
    /// Starts the exporters that the options name. Whatever they cannot do is an error before anything is measured.
    /// # Errors
    /// [`CommandError`] where an option cannot be followed, or a thread not be started.
    pub fn start(options: &ExportOptions, feed: &mut Feed, say: Say) -> Result<Self, CommandError> {
        let ExportOptions { remote_write } = options;
        let mut exporters = Self { threads: Vec::new(), say };
        let mut chosen: Vec<(&str, Box<dyn Exporter>)> = Vec::new();
        if let Some(receiver) = remote_write {
            let exporter = RemoteWrite::new(receiver.clone(), say).map_err(|error| unusable(&error))?;
            chosen.push(("remote write", Box::new(exporter)));
        }
        for (name, exporter) in chosen {
            exporters.add(name, exporter, feed)?;
        }
        Ok(exporters)
    }

    fn add(&mut self, name: &str, exporter: Box<dyn Exporter>, feed: &mut Feed) -> Result<(), CommandError> {
        let thread = spawn(name, exporter, feed.subscribe(), self.say);
        let failed = |source| CommandError::System { action: "start a thread", source };
        self.threads.push(thread.map_err(failed)?);
        Ok(())
    }

    /// Waits until all have handed over everything, or given up. The feed has ended by then.
    pub fn finish(self) {
        for thread in self.threads {
            // One that panicked has lost nothing of the run.
            let _ = thread.join();
        }
    }
}
