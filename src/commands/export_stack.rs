//! `baseline export stack`: writes everything that watches a platform, with containers or with systemd.

use std::io::Write;
use std::path::PathBuf;

use crate::domain::plan::Plan;
use crate::observe::exported_file::ExportedFile;
use crate::observe::rules;
use crate::observe::stack::{StackFiles, files};

use super::export_systemd::variables_of;
use super::exported::{scenario, workloads, write_all};
use super::{CommandError, Exit};

/// Options of the command `export stack`, after parsing.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// Folder to write to; made if there is none.
    pub folder: PathBuf,
    /// Scenario file or name; `None` for the default scenario.
    pub scenario: Option<String>,
    /// URL of the folder of the runbooks.
    pub runbooks: String,
    /// Whether files that exist are replaced.
    pub force: bool,
}

/// Writes the files, and prints their paths.
/// # Errors
/// [`CommandError`] where the scenario cannot be read, or a file cannot be written.
pub fn export(options: &StackOptions, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let (source, plan) = scenario(options.scenario.as_deref())?;
    let files = files(&StackFiles {
        plan: &plan,
        text: &source.text,
        variables: &variables_of(&source.text),
        workloads: &workloads(&plan),
        rules: &rules(&plan, &options.runbooks),
        runbooks: &options.runbooks,
    });
    write_all(&options.folder, &files, options.force, out)
}

/// The rules of Prometheus for this scenario. Prometheus loads files named `*.rules.yml`; the tests of the rules stay out.
fn rules(plan: &Plan, runbooks: &str) -> Vec<ExportedFile> {
    let files = rules::files(plan, None, runbooks).into_iter();
    files
        .filter(|file| file.name.ends_with(".rules.yml"))
        .map(|file| ExportedFile::public(file.name, file.text))
        .collect()
}
