//! `baseline export rules`: writes rules for Prometheus, with their tests.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use crate::domain::baseline::Baseline;
use crate::domain::plan::Plan;
use crate::observe::rules::files;
use crate::run::RunError;
use crate::scenario::environment::Environment;
use crate::scenario::{self, Settings, shipped};
use crate::store::{StoreError, baselines};

use super::{CommandError, Exit};

/// Options of the command `export rules`, after parsing.
#[derive(Debug, Clone)]
pub struct RulesOptions {
    /// Folder to write to; made if there is none.
    pub folder: PathBuf,
    /// Scenario file or name.
    pub scenario: String,
    /// Name of the baseline whose bands are written into the rules.
    pub baseline: Option<String>,
    /// Folder that contains the baselines, by scenario.
    pub baselines: PathBuf,
    /// URL of the folder that has the runbooks.
    pub runbooks: String,
    /// Whether files that exist are replaced.
    pub force: bool,
}

/// Writes the files, and prints their paths. Nothing is written where one of them exists and may not be replaced.
/// # Errors
/// [`CommandError`] where the scenario or the baseline cannot be read, or a file cannot be written.
pub fn export(options: &RulesOptions, out: &mut dyn Write) -> Result<Exit, CommandError> {
    if options.runbooks.trim().is_empty() || options.runbooks.chars().any(char::is_whitespace) {
        return Err(CommandError::Usage {
            what: format!("--runbooks {:?}: not a URL", options.runbooks),
            hint: "such as https://git.example.com/ops/runbooks".to_owned(),
        });
    }
    let plan = plan_of(&options.scenario)?;
    let baseline = options.baseline.as_ref().map(|name| baseline_of(options, &plan, name)).transpose()?;
    let files = files(&plan, baseline.as_ref(), &options.runbooks);
    let failed = |source| CommandError::System { action: "write the rules", source };
    let taken: Vec<String> = files
        .iter()
        .map(|file| options.folder.join(&file.name))
        .filter(|path| path.symlink_metadata().is_ok())
        .map(|path| path.display().to_string())
        .collect();
    if !options.force && !taken.is_empty() {
        return Err(CommandError::Usage {
            what: format!("already exists: {}", taken.join(", ")),
            hint: "choose another folder, or add --force to replace these files".to_owned(),
        });
    }
    fs::create_dir_all(&options.folder).map_err(failed)?;
    for file in files {
        let path = options.folder.join(&file.name);
        fs::File::create(&path).and_then(|mut of| of.write_all(file.text.as_bytes())).map_err(failed)?;
        writeln!(out, "{}", path.display()).map_err(CommandError::Output)?;
    }
    Ok(Exit::Accepted)
}

fn plan_of(wanted: &str) -> Result<Plan, CommandError> {
    let (file, document) = scenario::parse(&shipped::find(wanted)?)?;
    let has_load = !file.endpoint.is_empty() || !file.journey.is_empty() || file.service.is_empty();
    let settings = Settings { needs_load: has_load, ..Settings::default() };
    Ok(scenario::plan_of(&file, &document, &Environment::of_process(), &settings)?)
}

fn baseline_of(options: &RulesOptions, plan: &Plan, name: &str) -> Result<Baseline, CommandError> {
    let path = baselines::path(&options.baselines, &plan.name, name)?;
    let baseline = baselines::read(&path).map_err(|error| match error {
        StoreError::NoBaseline { path } => CommandError::Run(RunError::NoBaseline {
            scenario: plan.name.to_string(),
            name: name.to_owned(),
            path,
            known: baselines::names_of(&options.baselines, &plan.name),
            measure: format!("baseline start {}", options.scenario),
        }),
        error => error.into(),
    })?;
    if *baseline.scenario != *plan.name {
        let what = format!("this is a baseline of scenario {:?}, not of {:?}", baseline.scenario, plan.name);
        return Err(StoreError::Corrupt { path, what }.into());
    }
    Ok(baseline)
}
