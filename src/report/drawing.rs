//! Reads a run's folder into a view, and draws its reports into the folder.

use std::fmt::Write as _;
use std::path::Path;

use crate::analysis::baseline_model::learning_windows;
use crate::analysis::incident::Incident;
use crate::analysis::run_judge::RunJudge;
use crate::domain::baseline::Baseline;
use crate::domain::run_verdict::RunVerdict;
use crate::domain::silence::Silence;
use crate::domain::verdict::Verdict;
use crate::run::fingerprint::fingerprint_of;
use crate::run::judged::{intact, objectives_of, progress_of};
use crate::run::state::RunStatus;
use crate::run::stored_plan::StoredPlan;
use crate::run::watcher::watcher_of;
use crate::scenario::notes::INSECURE;
use crate::scenario::objectives;
use crate::scenario::silences::silences;
use crate::store::journal::{self, Entries, alerts_of};
use crate::store::manifest::{GapEntry, Manifest, Mode};
use crate::store::notes::{self, Note};
use crate::store::record::Record;
use crate::store::{
    StoreError, check_log, histogram_log, manifest, monitor_folder, queue_ledger, slowest_log, window_log,
    write_drawing,
};

use super::error::ReportError;
use super::run_report::Report;
use super::view::builder::ViewBuilder;
use super::view::findings::Terms;
use super::view::marks::marks;
use super::view::run_view::{RunFacts, RunView};
use super::wording::numbers::{count, counted, span, workloads_words};

/// The report for code hosts.
pub const MARKDOWN: &str = "report.md";
/// The report for browsers, one file.
pub const HTML: &str = "report.html";
/// The report for programs; its JSON Schema is published.
pub const JSON: &str = "report.json";
/// The numbers of every cell, in a folder of its own beside the raw truth of `windows.csv`.
pub const CSV: &str = "report/summary.csv";
/// The incidents of the run.
pub const INCIDENTS_CSV: &str = "report/incidents.csv";
/// The outliers of the run for the time of day.
pub const OUTLIERS_CSV: &str = "report/outliers.csv";

/// A report format that can be written into the folder of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// `report/summary.csv`, `report/incidents.csv` and `report/outliers.csv`
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
    /// Every format, in the order of their declaration.
    pub const ALL: &'static [Self] = &[Self::Csv, Self::Markdown, Self::Png, Self::Html, Self::Json];
}

/// Summary and files of the reports that were written.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// Incidents of the run, in the order of their beginnings.
    pub incidents: Vec<Incident>,
    /// What else is worth knowing, in sentences: regressions compared with the baseline, and the validity of the windows.
    pub remarks: Vec<String>,
    /// What the run comes to, and why.
    pub verdict: RunVerdict,
    /// Names of the written files, relative to the folder of the run, in the order of writing.
    pub files: Vec<String>,
}

/// Draws a run's reports into its folder.
/// # Errors
/// [`ReportError`] where the run cannot be read, or a report not be drawn or written.
pub fn draw(folder: &Path, drawings: &[Drawing]) -> Result<Drawn, ReportError> {
    let view = view(folder)?;
    let verdict = view.judged.verdict.clone();
    let report = Report::of(&view);
    let mut files = Vec::new();
    let mut write = |name: &str, bytes: &[u8]| {
        write_drawing(&folder.join(name), bytes)?;
        files.push(name.to_owned());
        Ok::<(), StoreError>(())
    };
    for drawing in drawings {
        match drawing {
            Drawing::Csv => {
                write(CSV, report.csv().as_bytes())?;
                write(INCIDENTS_CSV, report.incidents_csv().as_bytes())?;
                write(OUTLIERS_CSV, report.outliers_csv().as_bytes())?;
            }
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
    Ok(Drawn { incidents: view.findings.incidents.clone(), remarks: remarks(&view), verdict, files })
}

/// What a verdict does not say: how the run compares with its baseline, and which windows are valid.
fn remarks(view: &RunView) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(named) = &view.findings.comparison {
        let rows = &named.comparison.rows;
        let regressed = rows.iter().filter(|row| row.verdict == Verdict::Regressed).count() as u64;
        if regressed > 0 {
            remarks.push(format!(
                "{} of {} regressed compared with baseline {}.",
                count(regressed),
                counted(rows.len() as u64, "value"),
                named.name
            ));
        }
    }
    // The verdict says already that nothing was measured.
    if view.health.tally.windows > 0 {
        remarks.push(view.health.remark());
    }
    remarks
}

/// Reads a run into a view.
/// # Errors
/// [`ReportError`] where its files cannot be read, or contradict each other.
pub fn view(folder: &Path) -> Result<RunView, ReportError> {
    let record = Record::read(folder)?;
    let baseline = record.baseline()?;
    let log = record.check_log()?;
    let Record { manifest, committed, mut warnings, .. } = record;
    warnings.extend(log.warnings());
    let windows = committed.windows;
    let watcher = watcher_of(&manifest, baseline.as_ref());
    let judge = RunJudge::new(objectives_of(&manifest, folder)?);
    let learning = learning_windows(StoredPlan::of(&manifest).cycles());
    let mut builder = ViewBuilder::new(learning, watcher, judge);
    for window in &windows {
        builder.window(window);
    }
    let path = folder.join(histogram_log::FILE);
    let intact = intact(&windows, &log);
    if !intact.is_empty() {
        histogram_log::read_each(&path, &intact, |window, kind, histogram| {
            builder.histogram(window, kind, &histogram);
            Ok(())
        })?;
    }
    drop(intact);
    let damaged = slowest_log::read_each(folder, &windows, |window, slow| builder.slow(window, slow))?;
    if damaged > 0 {
        let lines = counted(damaged, "line");
        warnings.push(format!("{lines} of {} are damaged and left out", slowest_log::FILE));
    }
    if let Some((cell, in_log, in_rows)) = builder.disagreement(&log.damaged) {
        let what =
            format!("contains {in_log} requests of {cell}, but {} contains {in_rows}", window_log::FILE);
        return Err(StoreError::Corrupt { path, what }.into());
    }
    let terms = terms(&manifest, baseline, folder)?;
    let (notes, unread) = noted(folder);
    warnings.extend(unread);
    let mut view =
        builder.finish(facts(&manifest, folder, warnings)?, progress_of(folder, &manifest), windows, &terms);
    let started_at = view.facts.started_at;
    let (first, last) = view.span().unwrap_or((started_at, started_at));
    let span = (first.min(started_at), last);
    view.marks = marks(&manifest.scenario, &notes, &silences_of(&manifest), span);
    Ok(view)
}

/// The notes beside a run, and a warning about those that cannot be read. They explain numbers and change none, so that a run
/// can be read without them.
fn noted(folder: &Path) -> (Vec<Note>, Option<String>) {
    match notes::read(&notes::folder_of(folder)) {
        Ok((notes, unreadable)) => (notes, unreadable_notes(unreadable)),
        Err(error) => (Vec::new(), Some(format!("the notes are missing: {error}"))),
    }
}

/// A warning about lines of the notes that cannot be read; `None` without any.
pub fn unreadable_notes(lines: usize) -> Option<String> {
    let said = || format!("{} of {} cannot be read", counted(lines as u64, "line"), notes::FILE);
    (lines > 0).then(said)
}

/// The silences that a run's scenario planned.
pub fn silences_of(manifest: &Manifest) -> Vec<Silence> {
    StoredPlan::of(manifest).file().map(silences).unwrap_or_default()
}

/// SLOs and prices of the scenario, and the baseline of the run; read without any secret.
fn terms(manifest: &Manifest, baseline: Option<Baseline>, folder: &Path) -> Result<Terms, StoreError> {
    let plan = StoredPlan::of(manifest);
    let file = plan.terms(folder)?;
    let corrupt = |what| StoreError::Corrupt { path: folder.join(manifest::FILE), what };
    let endpoints = file.map(objectives::terms_of).transpose().map_err(corrupt)?.unwrap_or_default();
    let differences = baseline.as_ref().map_or_else(Vec::new, |baseline| {
        let differences = baseline.provenance.differences(&fingerprint_of(manifest));
        differences
            .iter()
            .map(|(name, there, here)| format!("{name}: {there} in the baseline, {here} in the run"))
            .collect()
    });
    Ok(Terms { endpoints, cost: file.and_then(objectives::cost), baseline, differences })
}

/// What a run is, from its small files; `warnings` about the others are added to its own.
/// # Errors
/// [`ReportError`] where the manifest has no times, or a file beside it cannot be read.
pub fn facts(manifest: &Manifest, folder: &Path, mut warnings: Vec<String>) -> Result<RunFacts, ReportError> {
    if StoredPlan::of(manifest).is_insecure() {
        warnings.insert(0, INSECURE.to_owned());
    }
    let with_faults = |what: &str, faults: &[String]| match faults {
        [] => what.to_owned(),
        [one] => format!("{what}, fault {one}"),
        faults => format!("{what}, faults {}", faults.join(", ")),
    };
    let mode = match &manifest.mode {
        Mode::Real => StoredPlan::of(manifest).base_url().unwrap_or("unknown").to_owned(),
        Mode::Demo { faults } => with_faults("the demo server", faults),
        Mode::Rehearsal { faults, daily_swing } => {
            let swing =
                daily_swing.map_or_else(String::new, |percent| format!(", daily swing +-{percent} %"));
            with_faults(&format!("simulated on a virtual clock, no requests sent{swing}"), faults)
        }
    };
    let commit = manifest.tool_commit.as_ref().map_or(String::new(), |commit| format!(" ({commit})"));
    let (checks, unreadable) = check_log::read(folder)?;
    if unreadable > 0 {
        let lines = counted(unreadable as u64, "line");
        warnings
            .push(format!("{lines} of {} cannot be read; these health checks are missing", check_log::FILE));
    }
    let (started_at, planned_end) = (manifest.start(folder)?, manifest.end(folder)?);
    // A monitor keeps the alerts of all its days together.
    let of_monitor = monitor_folder::folder_of_day(folder, manifest);
    let journal = journal::read(of_monitor.as_deref().unwrap_or(folder)).unwrap_or_else(|error| {
        warnings.push(format!("the alerts are missing: {error}"));
        Entries::default()
    });
    let mut alerts = alerts_of(&journal.entries);
    if of_monitor.is_some() {
        alerts.retain(|of| {
            of.alert.opened_at < planned_end && of.alert.closed_at.is_none_or(|at| at >= started_at)
        });
    }
    Ok(RunFacts {
        run_id: manifest.run_id.clone(),
        scenario: manifest.scenario.clone(),
        mode,
        state: RunStatus::read(folder, manifest).state.to_owned(),
        started_at,
        planned_end,
        planned_windows: manifest.planned_windows,
        plan: plan_words(&StoredPlan::of(manifest)),
        host: manifest.host.to_string(),
        tool: format!("baseline {}{commit}", manifest.tool_version),
        seed: manifest.seed,
        scenario_hash: manifest.scenario_hash.clone(),
        gaps: manifest.gaps.iter().filter_map(GapEntry::gap).collect(),
        warnings,
        mixes: StoredPlan::of(manifest).mixes(),
        queues: queue_ledger::read(folder)?,
        checks,
        alerts,
    })
}

/// The plan in a sentence, as far as the manifest contains it.
fn plan_words(plan: &StoredPlan<'_>) -> String {
    let users: Vec<String> = plan.users().iter().map(u64::to_string).collect();
    let workloads = workloads_words(plan.workload_counts());
    let mut text = format!("{workloads} at {} users", users.join(", "));
    if let (Some(window), Some(cycle), Some(duration)) =
        (plan.span("window"), plan.span("cycle"), plan.span("duration"))
    {
        let (window, cycle, duration) = (span(window), span(cycle), span(duration));
        let _ = write!(text, "; one window of {window} per cell every {cycle}, for {duration}");
    }
    text
}
