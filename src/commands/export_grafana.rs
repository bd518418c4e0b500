//! `baseline export grafana`: writes dashboards, and the files that provision Grafana with them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::observe::grafana::files;

use super::{CommandError, Exit};

/// Options of the command `export grafana`, after parsing.
#[derive(Debug, Clone)]
pub struct GrafanaOptions {
    /// Folder to write to; made if there is none.
    pub folder: PathBuf,
    /// URL of Prometheus, as Grafana reaches it.
    pub prometheus: String,
    /// Whether files that exist are replaced.
    pub force: bool,
}

/// Writes the files, and prints their paths. Nothing is written where one of them exists and may not be replaced.
/// # Errors
/// [`CommandError`] where the URL is none, or a file cannot be written.
pub fn export(options: &GrafanaOptions, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let is_url = ["http://", "https://"].iter().any(|scheme| {
        options
            .prometheus
            .strip_prefix(scheme)
            .is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
    });
    if !is_url {
        return Err(CommandError::Usage {
            what: format!("--prometheus {:?}: not a URL", options.prometheus),
            hint: "such as http://127.0.0.1:9090".to_owned(),
        });
    }
    let failed = |source| CommandError::System { action: "write the dashboards", source };
    fs::create_dir_all(&options.folder).map_err(failed)?;
    let folder = fs::canonicalize(&options.folder).map_err(failed)?;
    let files = files(&folder, &options.prometheus);
    let taken: Vec<String> = files
        .iter()
        .map(|file| options.folder.join(file.name))
        .filter(|path| path.symlink_metadata().is_ok())
        .map(|path| path.display().to_string())
        .collect();
    if !options.force && !taken.is_empty() {
        return Err(CommandError::Usage {
            what: format!("already exists: {}", taken.join(", ")),
            hint: "choose another folder, or add --force to replace these files".to_owned(),
        });
    }
    for file in files {
        let path = options.folder.join(file.name);
        write(&path, &file.text).map_err(failed)?;
        writeln!(out, "{}", path.display()).map_err(CommandError::Output)?;
    }
    Ok(Exit::Accepted)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    File::create(path)?.write_all(text.as_bytes())
}
