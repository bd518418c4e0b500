//! `baseline export alertmanager`: writes Alertmanager's configuration from the receivers of a scenario.

use std::io::Write;
use std::path::PathBuf;

use crate::observe::alertmanager_config::{AlertmanagerFiles, files};

use super::exported::{scenario, workloads, write_all};
use super::{CommandError, Exit};

/// The shortest receiver.
const EXAMPLE: &str = "\
add one to the scenario, for instance:
[[receiver]]
name = \"team\"
kind = \"slack\"
channel = \"#alerts\"
secret_file = \"/etc/alertmanager/slack-url\"";

/// Options of the command `export alertmanager`, after parsing.
#[derive(Debug, Clone)]
pub struct AlertmanagerOptions {
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
/// [`CommandError`] where the scenario cannot be read or has no receiver, or a file cannot be written.
pub fn export(options: &AlertmanagerOptions, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let (_, plan) = scenario(options.scenario.as_deref())?;
    if plan.receivers.is_empty() {
        return Err(CommandError::Usage {
            what: format!("scenario {} has no receivers", plan.name),
            hint: EXAMPLE.to_owned(),
        });
    }
    let files = files(&AlertmanagerFiles {
        scenario: &plan.name,
        workloads: &workloads(&plan),
        receivers: &plan.receivers,
        silences: &plan.silences,
        runbooks: &options.runbooks,
    });
    write_all(&options.folder, &files, options.force, out)
}
