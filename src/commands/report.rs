//! `baseline report`: draws a run from what is on disk, also while it goes on.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use crate::analysis::baseline_model::learning_windows;
use crate::domain::baseline::Baseline;
use crate::domain::run::RunState;
use crate::report::findings::Promised;
use crate::report::numbers::{counted, span};
use crate::report::view::{RunFacts, RunView};
use crate::report::view_builder::ViewBuilder;
use crate::report::{REPORT_SCHEMA, Report};
use crate::scenario::file::ScenarioFile;
use crate::scenario::promises;
use crate::store::heartbeat::Heartbeat;
use crate::store::manifest::{GapEntry, Manifest, Mode};
use crate::store::{StoreError, histogram_log, runs, window_log, write_drawing};

use super::watching::{baseline_of, planned_cycles, watcher_of};
use super::{CommandError, Exit, fingerprint};

/// The report for code hosts.
pub const MARKDOWN: &str = "report.md";
/// The report for browsers, one file.
pub const HTML: &str = "report.html";
/// The report for programs.
pub const JSON: &str = "report.json";
/// The numbers of every cell, in a folder of its own beside the raw truth of `windows.csv`.
pub const CSV: &str = "report/summary.csv";

/// What can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// `report/summary.csv`
    Csv,
    /// `report.md`
    Markdown,
    /// The charts that `report.md` shows.
    Png,
    /// `report.html`
    Html,
    /// `report.json`
    Json,
}

impl Drawing {
    /// Everything.
    pub const ALL: &'static [Self] = &[Self::Csv, Self::Markdown, Self::Png, Self::Html, Self::Json];
}

/// What was drawn.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// Whether at least half of the windows may be judged.
    pub is_judgeable: bool,
    /// One sentence or two.
    pub summary: String,
    /// The files, by name.
    pub files: Vec<String>,
}

/// Runs `report`.
/// # Errors
/// [`CommandError`] where the run cannot be found or read, or the report not be written.
pub fn report(
    out_folder: &Path,
    run: &str,
    drawings: &[Drawing],
    out: &mut dyn Write,
) -> Result<Exit, CommandError> {
    let folder = runs::find(out_folder, run)?;
    for file in draw(&folder, drawings)?.files {
        writeln!(out, "{}", folder.join(file).display()).map_err(CommandError::Output)?;
    }
    Ok(Exit::Accepted)
}

/// Prints the JSON Schema of `report.json`.
/// # Errors
/// [`CommandError::Output`].
pub fn print_schema(out: &mut dyn Write) -> Result<Exit, CommandError> {
    out.write_all(REPORT_SCHEMA.as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}

/// Draws a run's reports into its folder.
/// # Errors
/// As [`report`].
pub fn draw(folder: &Path, drawings: &[Drawing]) -> Result<Drawn, CommandError> {
    let view = view(folder)?;
    let report = Report::of(&view);
    let mut files = Vec::new();
    let mut write = |name: &str, bytes: &[u8]| {
        write_drawing(&folder.join(name), bytes)?;
        files.push(name.to_owned());
        Ok::<(), StoreError>(())
    };
    for drawing in drawings {
        match drawing {
            Drawing::Csv => write(CSV, report.csv().as_bytes())?,
            Drawing::Markdown => write(MARKDOWN, report.markdown().as_bytes())?,
            Drawing::Png => {
                for chart in &report.charts {
                    write(&chart.file, &chart.png()?)?;
                }
            }
            Drawing::Html => write(HTML, report.html()?.as_bytes())?,
            Drawing::Json => write(JSON, report.json().as_bytes())?,
        }
    }
    let summary = format!("{} {}", report.headline.sentence, view.health.verdict());
    let is_judgeable = view.health.valid > 0 && view.health.valid * 2 >= view.health.windows;
    Ok(Drawn { is_judgeable, summary, files })
}

pub(super) fn view(folder: &Path) -> Result<RunView, CommandError> {
    let manifest = Manifest::read(folder)?;
    let windows = window_log::read(&folder.join(window_log::FILE))?.windows;
    let baseline = baseline_of(folder)?;
    let watcher = watcher_of(&manifest, baseline.as_ref());
    let mut builder = ViewBuilder::new(learning_windows(planned_cycles(&manifest)), watcher);
    for window in &windows {
        builder.window(window)?;
    }
    let path = folder.join(histogram_log::FILE);
    histogram_log::read_each(&path, &windows, |window, kind, histogram| {
        builder
            .histogram(window, kind, &histogram)
            .map_err(|error| StoreError::Corrupt { path: path.clone(), what: error.to_string() })
    })?;
    if let Some((cell, in_log, in_rows)) = builder.disagreement() {
        let what = format!("it has {in_log} requests of {cell}, where {} has {in_rows}", window_log::FILE);
        return Err(StoreError::Corrupt { path, what }.into());
    }
    Ok(builder.finish(facts(&manifest, folder)?, windows, &promised(&manifest, baseline)))
}

/// What the scenario promises, and the baseline of the run; read without any secret.
fn promised(manifest: &Manifest, baseline: Option<Baseline>) -> Promised {
    let file = serde_json::from_value::<ScenarioFile>(manifest.plan.clone()).ok();
    let endpoints = file.as_ref().map(promises::of_endpoints).unwrap_or_default();
    let differences = baseline.as_ref().map_or_else(Vec::new, |baseline| {
        let differences = baseline.provenance.differences(&fingerprint::of(manifest));
        differences
            .iter()
            .map(|(name, here, there)| format!("{name}: {here} in the baseline, {there} in the run"))
            .collect()
    });
    Promised { endpoints, cost: file.as_ref().and_then(promises::cost), baseline, differences }
}

fn facts(manifest: &Manifest, folder: &Path) -> Result<RunFacts, CommandError> {
    let with_faults = |what: &str, faults: &[String]| match faults {
        [] => what.to_owned(),
        faults => format!("{what}, with {}", faults.join(", ")),
    };
    let mode = match &manifest.mode {
        Mode::Real => {
            let url = manifest.plan.get("target").and_then(|target| target.get("base_url"));
            url.and_then(serde_json::Value::as_str).unwrap_or("a real target").to_owned()
        }
        Mode::Demo { faults } => with_faults("the embedded target", faults),
        Mode::Rehearsal { faults } => {
            with_faults("a rehearsal on a virtual clock: no request was sent", faults)
        }
    };
    let commit = manifest.tool_commit.as_ref().map_or(String::new(), |commit| format!(" ({commit})"));
    Ok(RunFacts {
        run_id: manifest.run_id.clone(),
        scenario: manifest.scenario.clone(),
        mode,
        state: state_of(Heartbeat::read(folder).as_ref()).to_owned(),
        started_at: manifest.start(folder)?,
        planned_end: manifest.end(folder)?,
        planned_windows: manifest.planned_windows,
        plan: plan_words(&manifest.plan),
        host: manifest.host.to_string(),
        tool: format!("baseline {}{commit}", manifest.tool_version),
        seed: manifest.seed,
        scenario_hash: manifest.scenario_hash.clone(),
        gaps: manifest.gaps.iter().filter_map(GapEntry::gap).collect(),
    })
}

/// The plan in a sentence, as far as the manifest tells it.
fn plan_words(plan: &serde_json::Value) -> String {
    let endpoints = plan.get("endpoint").and_then(serde_json::Value::as_array).map_or(0, Vec::len);
    let levels = plan.get("levels").and_then(serde_json::Value::as_object);
    let mut users: Vec<u64> =
        levels.into_iter().flat_map(serde_json::Map::values).filter_map(serde_json::Value::as_u64).collect();
    users.sort_unstable();
    let users: Vec<String> = users.iter().map(u64::to_string).collect();
    let time = |key: &str| {
        let text = plan.get("plan").and_then(|plan| plan.get(key)).and_then(serde_json::Value::as_str)?;
        Some(span(crate::domain::units::parse_span(text).ok()?))
    };
    let mut text = format!("{} at {} users", counted(endpoints as u64, "endpoint"), users.join(", "));
    if let (Some(window), Some(cycle), Some(duration)) = (time("window"), time("cycle"), time("duration")) {
        let _ = write!(text, "; a window of {window} each, every {cycle}, for {duration}");
    }
    text
}

/// What became of a run: its heartbeat's word, unless its process is gone.
pub(super) fn state_of(heartbeat: Option<&Heartbeat>) -> &'static str {
    let Some(heartbeat) = heartbeat else { return "killed" };
    match heartbeat.run_state() {
        Some(RunState::Running) => match heartbeat.process() {
            Some(process) if process.is_alive() => "running",
            _ => "killed",
        },
        Some(state) => state.name(),
        None => "unknown",
    }
}
