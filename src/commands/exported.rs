//! What the exports share: reading a scenario without its secrets, and writing files all or none.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use crate::domain::plan::Plan;
use crate::observe::exported_file::{Access, ExportedFile};
use crate::scenario::environment::Environment;
use crate::scenario::{Settings, Source, parse, plan_of, shipped};

use super::export_systemd::variables_of;
use super::test_cell::DEFAULT_SCENARIO;
use super::{CommandError, Exit};

/// Stands for a variable that is not set here: nothing that is exported has its value.
const UNSET: &str = "obviously-unset";

/// A scenario's text and its plan. Variables that are set where the scenario runs need not be set here.
pub(super) fn scenario(wanted: Option<&str>) -> Result<(Source, Plan), CommandError> {
    let source = shipped::find(wanted.unwrap_or(DEFAULT_SCENARIO))?;
    let (file, document) = parse(&source)?;
    let mut environment = Environment::of_process();
    for name in variables_of(&source.text) {
        if environment.set_of(&[name.as_str()]).is_empty() {
            environment = environment.with(&name, UNSET.to_owned());
        }
    }
    let settings =
        Settings { cells_fit_cycle: false, needs_load: false, writes: true, ..Settings::default() };
    let plan = plan_of(&file, &document, &environment, &settings)?;
    Ok((source, plan))
}

/// Names of the endpoints, journeys and mixes of a plan.
pub(super) fn workloads(plan: &Plan) -> Vec<String> {
    plan.workloads.iter().map(|workload| workload.name().to_string()).collect()
}

/// Writes the files, and prints their paths. Nothing is written where one of them exists and may not be replaced.
pub(super) fn write_all(
    folder: &Path,
    files: &[ExportedFile],
    force: bool,
    out: &mut dyn Write,
) -> Result<Exit, CommandError> {
    let failed = |source| CommandError::System { action: "write the files", source };
    let paths: Vec<_> = files.iter().map(|file| folder.join(&file.name)).collect();
    let taken: Vec<String> = paths
        .iter()
        .filter(|path| path.symlink_metadata().is_ok())
        .map(|path| path.display().to_string())
        .collect();
    if !force && !taken.is_empty() {
        return Err(CommandError::Usage {
            what: format!("already exists: {}", taken.join(", ")),
            hint: "choose another folder, or add --force to replace these files".to_owned(),
        });
    }
    for (file, path) in files.iter().zip(&paths) {
        write(path, file).map_err(failed)?;
        writeln!(out, "{}", path.display()).map_err(CommandError::Output)?;
    }
    Ok(Exit::Accepted)
}

fn write(path: &Path, file: &ExportedFile) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    // A new file has the mode of a new file, and a link is not followed.
    fs::remove_file(path).or_else(|error| match error.kind() {
        ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })?;
    let mode = match file.access {
        Access::Public => 0o644,
        Access::Private => 0o600,
        Access::Program => 0o755,
    };
    let mut target = File::options().write(true).create_new(true).mode(mode).open(path)?;
    // The mask of the process must not take the right to run a script.
    target.set_permissions(fs::Permissions::from_mode(mode))?;
    target.write_all(file.text.as_bytes())
}
