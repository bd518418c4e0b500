//! Starts the exporters of a run before it begins, and ends them after it.

use std::thread::JoinHandle;
use std::time::Duration;

use crate::dashboard::LiveServer;
use crate::observe::alerts::{AlertExporter, AlertReceiver};
use crate::observe::log::{Log, LogExporter};
use crate::observe::otlp::{Otlp, Settings};
use crate::observe::remote_write::{Receiver, RemoteWrite, RemoteWriteError};
use crate::observe::service::notifier::{Notifier, SOCKET, WATCHDOG_PID, WATCHDOG_USEC, watchdog};
use crate::observe::service::{Between, ServiceManager};
use crate::observe::{Exporter, Say, spawn};
use crate::run::feed::Feed;

use super::live::LiveOptions;
use super::{CommandError, detach};

/// What hands on the events of a run, from the options of `start`.
#[derive(Debug, Clone, Default)]
pub struct ExportOptions {
    /// The live page; `None` serves none.
    pub live: Option<LiveOptions>,
    /// A log that is open.
    pub log: Option<Log>,
    /// Whom the metrics are pushed to.
    pub remote_write: Option<Receiver>,
    /// Whom metrics and spans are sent to by OTLP, and how.
    pub otlp: Option<(Receiver, Settings)>,
    /// Who is alerted.
    pub alerts: Option<AlertOptions>,
    /// Whether other runs follow in this process.
    pub is_one_of_many: bool,
}

/// Who is alerted, and where their links lead.
#[derive(Debug, Clone)]
pub struct AlertOptions {
    /// At least one.
    pub receivers: Vec<AlertReceiver>,
    /// URL or folder of the runbooks.
    pub runbooks: String,
}

/// An option of a receiver of alerts that cannot be used.
pub fn unusable_alert(error: &RemoteWriteError) -> CommandError {
    let hint = "for example --alertmanager http://127.0.0.1:9093 or --webhook https://alerts.example/hook"
        .to_owned();
    CommandError::Usage { what: error.to_string(), hint }
}

/// An option of a receiver that cannot be used.
pub fn unusable(error: &RemoteWriteError) -> CommandError {
    let hint = "for example --remote-write http://127.0.0.1:9090/api/v1/write".to_owned();
    CommandError::Usage { what: error.to_string(), hint }
}

/// An option of a receiver of OTLP that cannot be used.
pub fn unusable_otlp(error: &RemoteWriteError) -> CommandError {
    let hint =
        "for example --otlp http://127.0.0.1:4318, and secrets in OTEL_EXPORTER_OTLP_HEADERS".to_owned();
    CommandError::Usage { what: error.to_string(), hint }
}

/// The exporters of a run, each on a thread of its own.
#[derive(Debug)]
pub struct Exporters {
    threads: Vec<JoinHandle<()>>,
    live: Option<LiveServer>,
    say: Say,
}

impl Exporters {
    /// Starts the exporters that the options name. Whatever they cannot do is an error before anything is measured.
    /// # Errors
    /// [`CommandError`] where an option cannot be followed, or a thread not be started.
    pub fn start(options: &ExportOptions, feed: &mut Feed, say: Say) -> Result<Self, CommandError> {
        let ExportOptions { live, log, remote_write, otlp, alerts, is_one_of_many } = options;
        let live = live.as_ref().map(|live| serve(live, feed, say)).transpose()?;
        let mut exporters = Self { threads: Vec::new(), live, say };
        let mut chosen: Vec<(&str, Box<dyn Exporter>)> = Vec::new();
        if let Some(log) = log {
            chosen.push(("log", Box::new(LogExporter::new(log.clone()))));
        }
        if let Some(receiver) = remote_write {
            let exporter = RemoteWrite::new(receiver.clone(), say).map_err(|error| unusable(&error))?;
            chosen.push(("remote write", Box::new(exporter)));
        }
        if let Some((receiver, settings)) = otlp {
            let exporter =
                Otlp::new(receiver.clone(), settings.clone(), say).map_err(|error| unusable_otlp(&error))?;
            chosen.push(("otlp", Box::new(exporter)));
        }
        if let Some(AlertOptions { receivers, runbooks }) = alerts {
            let exporter = AlertExporter::new(receivers.clone(), runbooks, say);
            chosen.push(("alerts", Box::new(exporter.map_err(|error| unusable_alert(&error))?)));
        }
        if let Some((notifier, period)) = service_manager(say) {
            let manager = ServiceManager::new(notifier, period, say);
            let manager = if *is_one_of_many { manager.of_many() } else { manager };
            chosen.push(("service manager", Box::new(manager)));
        }
        for (name, exporter) in chosen {
            exporters.add(name, exporter, feed)?;
        }
        Ok(exporters)
    }

    /// Starts another exporter.
    /// # Errors
    /// [`CommandError`] where its thread cannot be started.
    pub fn add(
        &mut self,
        name: &str,
        exporter: Box<dyn Exporter>,
        feed: &mut Feed,
    ) -> Result<(), CommandError> {
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
        if let Some(live) = self.live {
            live.finish();
        }
    }
}

/// Serves the live page, and says where.
fn serve(options: &LiveOptions, feed: &mut Feed, say: Say) -> Result<LiveServer, CommandError> {
    let server = LiveServer::of_feed(&options.config()?, feed.subscribe(), say)?;
    say(&format!("live page: {}", server.url()));
    Ok(server)
}

/// The service manager that started this process; `None` without one. A run in the background is no service.
fn service_manager(say: Say) -> Option<(Notifier, Option<Duration>)> {
    let address = std::env::var_os(SOCKET).filter(|address| !address.is_empty() && !detach::is_detached())?;
    let text = |name| std::env::var(name).ok();
    let period = watchdog(text(WATCHDOG_USEC).as_deref(), text(WATCHDOG_PID).as_deref(), std::process::id());
    match Notifier::new(&address) {
        Ok(notifier) => Some((notifier, period)),
        Err(error) => {
            say(&format!("warning: cannot notify the service manager: {SOCKET}: {error}"));
            None
        }
    }
}

/// What the service manager is told between runs.
pub fn between_runs() -> Between {
    // The exporter of the first run says what is wrong with it.
    service_manager(|_| ()).map(|(notifier, period)| Between::new(notifier, period)).unwrap_or_default()
}
