//! `baseline compare`: two runs or baselines side by side. It shows differences; the gate judges them.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::analysis::comparison::compare_baselines;
use crate::analysis::promotion::promote;
use crate::domain::baseline::Baseline;
use crate::domain::cell_name::CellName;
use crate::report::console::compare::{ComparedView, SideView};
use crate::report::view::findings::NamedComparison;
use crate::run::feed::Feed;
use crate::run::fingerprint::fingerprint_of;
use crate::run::recorded::Recorded;
use crate::store::{StoreError, baselines, runs};

use super::{CommandError, Exit, Format};

/// Options of the command `compare`, after parsing.
#[derive(Debug, Clone)]
pub struct CompareOptions {
    /// The earlier side: a run, or a baseline's name or file.
    pub before: String,
    /// The later side, named in the same ways.
    pub after: String,
    /// Whether text lists every value, and not only what changed.
    pub all: bool,
    /// Folder that contains all runs, one folder each.
    pub out: PathBuf,
    /// Folder that contains the baselines, by scenario.
    pub baselines: PathBuf,
}

/// Runs `compare`. Differences do not change the exit code.
/// # Errors
/// [`CommandError`] where a side cannot be found or read.
pub fn compare(
    options: &CompareOptions,
    format: Format,
    out: &mut dyn Write,
    feed: &Feed,
) -> Result<Exit, CommandError> {
    let before = side(options, &options.before)?;
    let after = side(options, &options.after)?;
    for warning in before.warnings.iter().chain(&after.warnings) {
        feed.notice(format!("warning: {warning}"));
    }
    let view = view(&before, &after);
    let text = match format {
        Format::Text | Format::Csv => view.text(options.all),
        Format::Json => view.json(),
        Format::Markdown => view.markdown(),
        Format::Html => view.html(),
    };
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}

/// One side: a baseline, or a run turned into one.
struct Side {
    baseline: Baseline,
    is_baseline: bool,
    /// Cells of a run with too few valid windows.
    left_out: Vec<CellName>,
    /// What is missing from the files of a run, or damaged.
    warnings: Vec<String>,
}

impl Side {
    fn of_baseline(path: &Path) -> Result<Self, CommandError> {
        let baseline = baselines::read(path)?;
        Ok(Self { baseline, is_baseline: true, left_out: Vec::new(), warnings: Vec::new() })
    }
}

fn side(options: &CompareOptions, wanted: &str) -> Result<Side, CommandError> {
    let path = Path::new(wanted);
    if path.is_file() {
        return Side::of_baseline(path);
    }
    match runs::find(&options.out, wanted) {
        Ok(folder) => of_run(&folder),
        Err(error @ (StoreError::Unknown { .. } | StoreError::None { .. })) => {
            let found = named(&options.baselines, wanted);
            match found.as_slice() {
                [] => Err(error.into()),
                [path] => Side::of_baseline(path),
                several => Err(CommandError::Usage {
                    what: format!("several scenarios have a baseline {wanted}"),
                    hint: format!("give its file, such as {}", several[0].display()),
                }),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Paths of the baselines with this name, one per scenario.
pub(super) fn named(folder: &Path, name: &str) -> Vec<PathBuf> {
    let scenarios = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = scenarios.filter_map(|entry| entry.file_name().into_string().ok());
    let paths = names.filter_map(|scenario| baselines::path(folder, &scenario, name).ok());
    let mut found: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
    found.sort();
    found
}

fn of_run(folder: &Path) -> Result<Side, CommandError> {
    let mut recorded = Recorded::read(folder)?;
    let warnings = std::mem::take(&mut recorded.warnings);
    let (run_id, scenario) = (recorded.manifest.run_id.clone(), recorded.manifest.scenario.clone());
    let fingerprint = fingerprint_of(&recorded.manifest);
    let promotion = promote(&run_id, &scenario, &[recorded.into_run()], fingerprint);
    let left_out = promotion.left_out.into_iter().map(|(cell, _)| cell).collect();
    let warnings = warnings.into_iter().map(|warning| format!("{run_id}: {warning}")).collect();
    Ok(Side { baseline: promotion.baseline, is_baseline: false, left_out, warnings })
}

fn view(before: &Side, after: &Side) -> ComparedView {
    let mut comparison = compare_baselines(&before.baseline, &after.baseline);
    for cell in before.left_out.iter().chain(&after.left_out) {
        if !comparison.not_compared.contains(cell) {
            comparison.not_compared.push(cell.clone());
        }
    }
    let fingerprints = before.baseline.provenance.differences(&after.baseline.provenance.fingerprint);
    let mut differences: Vec<String> = fingerprints
        .into_iter()
        .map(|(name, before, after)| format!("{name}: {before} before, {after} after"))
        .collect();
    let (scenario, other) = (&before.baseline.scenario, &after.baseline.scenario);
    if scenario != other {
        differences.insert(0, format!("scenario: {scenario} before, {other} after"));
    }
    ComparedView {
        scenario: scenario.clone(),
        before: side_view(before),
        after: side_view(after),
        comparison: NamedComparison { name: before.baseline.name.clone(), differences, comparison },
    }
}

fn side_view(side: &Side) -> SideView {
    let runs = &side.baseline.provenance.runs;
    SideView {
        name: side.baseline.name.clone(),
        is_baseline: side.is_baseline,
        runs: runs.len() as u64,
        windows: runs.iter().map(|run| run.valid_windows).sum(),
        started_at: runs.iter().map(|run| run.started_at.clone()).min().unwrap_or_default(),
    }
}
