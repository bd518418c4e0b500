//! `baseline status`: what a run is doing, or did before it ended, was stopped or was killed.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use crate::domain::verdict::Validity;
use crate::domain::window::Window;
use crate::host;
use crate::report::numbers::{count, span};
use crate::report::rolling::RollingView;
use crate::report::{rolling_json, rolling_text};
use crate::store::heartbeat::Heartbeat;
use crate::store::manifest::{Manifest, Mode};
use crate::store::{runs, window_log};

use super::report::{state_of, view};
use super::{CommandError, Exit, Format};

/// What is known of a run.
#[derive(Debug, Clone)]
struct Status {
    manifest: Manifest,
    state: &'static str,
    heartbeat: Option<Heartbeat>,
    started_at: Timestamp,
    planned_end: Timestamp,
    windows: u64,
    requests: u64,
    failed: u64,
    throttled: u64,
    invalid_windows: u64,
    /// The last minute to hour, where that was asked for: it takes reading the whole run.
    rolling: Option<Vec<RollingView>>,
}

/// Runs `status`.
/// # Errors
/// [`CommandError`] where the run cannot be found or read.
pub fn status(
    out_folder: &Path,
    run: &str,
    is_rolling: bool,
    format: Format,
    out: &mut dyn Write,
) -> Result<Exit, CommandError> {
    let folder = runs::find(out_folder, run)?;
    let mut status = Status::read(&folder)?;
    if is_rolling {
        status.rolling = Some(view(&folder)?.rolling);
    }
    let text = match format {
        Format::Json => status.json(),
        _ => status.text(),
    };
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}

/// A stored time without its milliseconds; as it stands where it is not one.
fn to_seconds(stored: &str) -> String {
    stored.parse::<Timestamp>().map_or_else(|_| stored.to_owned(), |at| format!("{at:.0}"))
}

impl Status {
    fn read(folder: &Path) -> Result<Self, CommandError> {
        let manifest = Manifest::read(folder)?;
        let heartbeat = Heartbeat::read(folder);
        let state = state_of(heartbeat.as_ref());
        let mut status = Self {
            state,
            started_at: manifest.start(folder)?,
            planned_end: manifest.end(folder)?,
            manifest,
            windows: 0,
            requests: 0,
            failed: 0,
            throttled: 0,
            invalid_windows: 0,
            heartbeat: None,
            rolling: None,
        };
        match &heartbeat {
            Some(heartbeat) if state == "running" => {
                status.windows = heartbeat.windows;
                status.requests = heartbeat.requests;
                status.failed = heartbeat.failed;
                status.throttled = heartbeat.throttled;
                status.invalid_windows = heartbeat.invalid_windows;
            }
            // A dead run's heartbeat may be a window behind, so its rows are counted.
            _ => window_log::read(&folder.join(window_log::FILE))?.windows.iter().for_each(|w| status.add(w)),
        }
        status.heartbeat = heartbeat;
        Ok(status)
    }

    fn add(&mut self, window: &Window) {
        self.windows += 1;
        self.requests += window.counts.requests();
        self.failed += window.counts.failed;
        self.throttled += window.counts.throttled;
        self.invalid_windows += u64::from(matches!(window.validity, Validity::Invalid(_)));
    }

    fn left(&self) -> Option<Duration> {
        let now = host::clock::now();
        Duration::try_from(self.planned_end.duration_since(now)).ok().filter(|left| !left.is_zero())
    }

    fn flags(&self) -> u64 {
        self.heartbeat.as_ref().map_or(0, |heartbeat| heartbeat.flags)
    }

    fn alerts(&self) -> u64 {
        self.heartbeat.as_ref().map_or(0, |heartbeat| heartbeat.alerts)
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let run = &self.manifest.run_id;
        let _ = writeln!(text, "{run}: {}", self.state);
        let _ = writeln!(text, "  started      {:.0}", self.started_at);
        let left = self.left().map_or_else(|| "passed".to_owned(), |left| format!("in {}", span(left)));
        let _ = writeln!(text, "  planned end  {:.0} ({left})", self.planned_end);
        let _ = writeln!(
            text,
            "  windows      {} of {}",
            count(self.windows),
            count(self.manifest.planned_windows)
        );
        let _ = writeln!(
            text,
            "  requests     {} ({} failed, {} throttled)",
            count(self.requests),
            count(self.failed),
            count(self.throttled)
        );
        let _ = writeln!(text, "  invalid      {} windows", count(self.invalid_windows));
        let _ = writeln!(text, "  flags        {}", count(self.flags()));
        let _ = writeln!(text, "  alerts       {}", count(self.alerts()));
        let _ = writeln!(text, "  gaps         {}", self.manifest.gaps.len());
        if let Some(heartbeat) = &self.heartbeat {
            let verb = if self.state == "running" { "cycle" } else { "last cycle" };
            let _ = writeln!(text, "  {verb:<12} {}", heartbeat.cycle + 1);
            if let Some(cell) = heartbeat.cell.as_ref().filter(|_| self.state == "running") {
                let _ = writeln!(text, "  measuring    {cell}");
            }
            if let Some(next) = heartbeat.next_cycle_at.as_ref().filter(|_| self.state == "running") {
                let _ = writeln!(text, "  next cycle   {}", to_seconds(next));
            }
            let _ = writeln!(text, "  last sign    {}", to_seconds(&heartbeat.updated_at));
        }
        if let Some(rolling) = &self.rolling {
            let _ = write!(text, "\n{}", rolling_text(rolling));
        }
        if let Some(advice) = self.advice() {
            let _ = writeln!(text, "\n{advice}");
        }
        text
    }

    fn advice(&self) -> Option<String> {
        let run = &self.manifest.run_id;
        if matches!(self.manifest.mode, Mode::Rehearsal { .. }) {
            let is_cut = self.state != "completed";
            return is_cut.then(|| "a rehearsal is not resumed: run it again, in seconds".to_owned());
        }
        let resume = format!("`baseline start --resume {run}`");
        match (self.state, self.left()) {
            ("killed", Some(_)) => Some(format!("its process is gone; {resume} goes on to the planned end")),
            ("killed", None) => {
                Some(format!("its process is gone and its end has passed; {resume} writes the report"))
            }
            ("stopped" | "failed", Some(_)) => Some(format!("{resume} goes on to the planned end")),
            ("stopped" | "failed", None) => Some(format!("its end has passed; {resume} writes the report")),
            _ => None,
        }
    }

    fn json(&self) -> String {
        let heartbeat = self.heartbeat.as_ref();
        let text = serde_json::to_string_pretty(&json!({
            "schema": 1,
            "run": self.manifest.run_id,
            "scenario": self.manifest.scenario,
            "state": self.state,
            "pid": heartbeat.and_then(|heartbeat| heartbeat.pid),
            "started_at": self.manifest.started_at,
            "planned_end": self.manifest.planned_end,
            "left_s": self.left().map(|left| left.as_secs_f64()),
            "windows": self.windows,
            "planned_windows": self.manifest.planned_windows,
            "requests": self.requests,
            "failed": self.failed,
            "throttled": self.throttled,
            "invalid_windows": self.invalid_windows,
            "flags": self.flags(),
            "alerts": self.alerts(),
            "gaps": self.manifest.gaps,
            "cycle": heartbeat.map(|heartbeat| heartbeat.cycle),
            "cell": heartbeat.and_then(|heartbeat| heartbeat.cell.clone()),
            "next_cycle_at": heartbeat.and_then(|heartbeat| heartbeat.next_cycle_at.clone()),
            "updated_at": heartbeat.map(|heartbeat| heartbeat.updated_at.clone()),
            "rolling": self.rolling.as_deref().map(rolling_json),
        }));
        text.unwrap_or_default() + "\n"
    }
}
