//! `baseline report --last`: a report over all runs of a scenario within a period.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::host::clock;
use crate::report::period::{Measured, Period, PeriodView};
use crate::store::heartbeat::Heartbeat;
use crate::store::manifest::{Manifest, Mode};
use crate::store::{runs, write_drawing};

use super::{CommandError, Exit};

/// What is written, or printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodFormat {
    /// All three, as files.
    Files,
    /// Printed.
    Json,
    /// Printed.
    Markdown,
    /// Printed.
    Html,
}

/// Options of `report --last`.
#[derive(Debug, Clone)]
pub struct PeriodOptions {
    /// The scenario by its name, or one of its runs.
    pub wanted: String,
    /// Length of the period, as it was given, which is part of the names of the files.
    pub last: String,
    /// The same.
    pub length: Duration,
    /// Folder of the files; `None` for that of the runs.
    pub to: Option<PathBuf>,
    /// Folder of the runs.
    pub out: PathBuf,
    /// What is written, or printed.
    pub format: PeriodFormat,
}

/// Runs `report --last`.
/// # Errors
/// [`CommandError`] where there is no run in the period, none can be read, or a file cannot be written.
pub fn report(options: &PeriodOptions, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let found = found(&options.out, &options.wanted)?;
    let until = if found.is_virtual { found.end() } else { clock::now() };
    let period = Period::ending(until, options.length);
    let folders = found.within(period);
    if folders.is_empty() {
        return Err(CommandError::Usage {
            what: format!("no run of {} was measured within the last {}", found.scenario, options.last),
            hint: "`baseline list` lists the runs; a longer --last reaches further back".to_owned(),
        });
    }
    let measured = Measured::read(&found.scenario, &folders, period, found.is_virtual)?;
    let view = PeriodView::of(measured);
    let text = match options.format {
        PeriodFormat::Json => view.json(),
        PeriodFormat::Markdown => view.markdown(),
        PeriodFormat::Html => view.html(),
        PeriodFormat::Files => return write(&view, options, out),
    };
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}

fn write(view: &PeriodView, options: &PeriodOptions, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let folder = options.to.as_ref().unwrap_or(&options.out);
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || ".-_".contains(*c);
    let plain = |text: &str| text.chars().filter(is_plain).collect::<String>();
    let stem = format!("{}-last-{}", plain(&view.scenario), plain(&options.last));
    for (ending, text) in [("md", view.markdown()), ("html", view.html()), ("json", view.json())] {
        let path = folder.join(format!("{stem}.{ending}"));
        write_drawing(&path, text.as_bytes())?;
        writeln!(out, "{}", path.display()).map_err(CommandError::Output)?;
    }
    Ok(Exit::Accepted)
}

/// The runs of a scenario, in the order of their starts.
struct Found {
    scenario: String,
    /// Whether they are rehearsals, whose times are those of a virtual clock.
    is_virtual: bool,
    runs: Vec<FoundRun>,
}

struct FoundRun {
    folder: PathBuf,
    from: Timestamp,
    until: Timestamp,
}

impl Found {
    /// When the last of them ended.
    fn end(&self) -> Timestamp {
        self.runs.iter().map(|run| run.until).max().unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn within(&self, period: Period) -> Vec<PathBuf> {
        let is_within = |run: &&FoundRun| run.from < period.until && run.until >= period.from;
        self.runs.iter().filter(is_within).map(|run| run.folder.clone()).collect()
    }
}

/// Rehearsals lie on a clock of their own, and are no measurements: they are left out, unless the run that is meant is one.
fn found(out: &Path, wanted: &str) -> Result<Found, CommandError> {
    let manifests: Vec<(PathBuf, Manifest)> = runs::list(out)
        .into_iter()
        .filter_map(|folder| Manifest::read(&folder).ok().map(|manifest| (folder, manifest)))
        .collect();
    let of_scenario = manifests.iter().rfind(|(_, manifest)| manifest.scenario == wanted);
    let meant = match of_scenario {
        Some((_, manifest)) => manifest.clone(),
        None => Manifest::read(&runs::find(out, wanted)?)?,
    };
    let is_virtual = |manifest: &Manifest| matches!(manifest.mode, Mode::Rehearsal { .. });
    let is_one = |manifest: &Manifest| {
        manifest.scenario == meant.scenario
            && is_virtual(manifest) == is_virtual(&meant)
            // Rehearsals all begin at one time of the virtual clock: only those of one kind lie beside each other.
            && (!is_virtual(&meant) || manifest.monitor == meant.monitor)
    };
    let mut runs = Vec::new();
    for (folder, manifest) in manifests.iter().filter(|(_, manifest)| is_one(manifest)) {
        let from = manifest.start(folder)?;
        let heartbeat = Heartbeat::of_run(folder, &manifest.run_id).ok();
        let beat = heartbeat.and_then(|heartbeat| heartbeat.updated_at.parse().ok());
        let until: Timestamp = beat.map_or_else(|| manifest.end(folder), Ok)?;
        runs.push(FoundRun { folder: folder.clone(), from, until: until.max(from) });
    }
    runs.sort_by(|left, right| (left.from, &left.folder).cmp(&(right.from, &right.folder)));
    Ok(Found { scenario: meant.scenario.clone(), is_virtual: is_virtual(&meant), runs })
}
