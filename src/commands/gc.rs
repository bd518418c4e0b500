//! `baseline gc`: compresses runs that have ended, and removes those that are too old.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::host::clock;
use crate::report::console::collected::{collected_json, collected_text};
use crate::run::collect::{Outcome, Rules, Scope, collect};
use crate::store::manifest::Manifest;
use crate::store::runs;

use super::{CommandError, Exit, Format};

/// Options of `gc`.
#[derive(Debug, Clone)]
pub struct GcOptions {
    /// Scenarios by name, and runs by ID, prefix or path; empty for all runs.
    pub wanted: Vec<String>,
    /// Time from the end of a run until it is removed; `None` removes only days of monitors.
    pub keep: Option<Duration>,
    /// Time from the end of a run until its logs are compressed.
    pub compress_after: Duration,
    /// Whether nothing is changed.
    pub is_dry_run: bool,
    /// Folder of the runs.
    pub out: PathBuf,
    /// Folder of the promoted baselines.
    pub baselines: PathBuf,
}

/// Runs `gc`. The exit code is that of an error where a run could not be compressed or removed.
/// # Errors
/// [`CommandError`] where a run cannot be found, a baseline cannot be read that may name one, or the result cannot be written.
pub fn gc(options: &GcOptions, format: Format, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let rules = Rules {
        scope: scope(&options.out, &options.wanted)?,
        compress_after: options.compress_after,
        keep: options.keep,
        baselines: options.baselines.clone(),
        is_dry_run: options.is_dry_run,
        is_virtual: false,
    };
    let collected = collect(&options.out, clock::now(), &rules)?;
    let text = match format {
        Format::Json => collected_json(&collected, options.is_dry_run),
        _ => collected_text(&collected, options.is_dry_run),
    };
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    let has_failed = collected.iter().any(|run| matches!(run.outcome, Outcome::Failed(_)));
    Ok(if has_failed { Exit::Error } else { Exit::Accepted })
}

fn scope(out: &Path, wanted: &[String]) -> Result<Scope, CommandError> {
    if wanted.is_empty() {
        return Ok(Scope::All);
    }
    let all = runs::list(out);
    let mut folders = Vec::new();
    for word in wanted {
        let is_of_it = |folder: &&PathBuf| Manifest::read(folder).is_ok_and(|run| run.scenario == *word);
        let of_scenario: Vec<PathBuf> = all.iter().filter(is_of_it).cloned().collect();
        if of_scenario.is_empty() {
            folders.push(runs::find(out, word)?);
        } else {
            folders.extend(of_scenario);
        }
    }
    folders.dedup();
    Ok(Scope::Runs(folders))
}
