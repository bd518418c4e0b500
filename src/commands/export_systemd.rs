//! `baseline export systemd`: writes the files with which systemd runs a scenario.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::observe::service::unit::{Service, UnitFile};
use crate::scenario::{self, Source, shipped};

use super::{CommandError, Exit};

/// Where the scenario of a service lies on its machine.
const CONFIGURATION: &str = "/etc/baseline";
/// The scenario's file name where none is given.
const ANY_SCENARIO: &str = "scenario.toml";
/// Readable by everyone, or by the owner only.
const PUBLIC: u32 = 0o644;
const PRIVATE: u32 = 0o600;

/// Options of the command `export systemd`, after parsing.
#[derive(Debug, Clone)]
pub struct SystemdOptions {
    /// Folder to write to; made if there is none.
    pub folder: PathBuf,
    /// Scenario file or name; `None` for one that is installed later.
    pub scenario: Option<String>,
    /// Path of the program on the machine of the service.
    pub program: PathBuf,
    /// When the timer starts a run.
    pub calendar: String,
    /// Whether the service is a monitor instead of a run.
    pub is_monitor: bool,
    /// Further options of `start` or `monitor`.
    pub options: Vec<String>,
    /// Whether files that exist are replaced.
    pub force: bool,
}

/// Writes the files, and prints their paths. Nothing is written where one of them exists and may not be replaced.
/// # Errors
/// [`CommandError`] where the scenario cannot be read, an option makes no sense, or a file cannot be written.
pub fn export(options: &SystemdOptions, out: &mut dyn Write) -> Result<Exit, CommandError> {
    let service = service(options)?;
    let files = if options.is_monitor { service.monitor_files() } else { service.files() };
    let failed = |action| move |source| CommandError::System { action, source };
    fs::create_dir_all(&options.folder).map_err(failed("make the folder of the units"))?;
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
    for file in files {
        let path = options.folder.join(&file.name);
        write(&path, &file, options.force).map_err(failed("write the unit files"))?;
        writeln!(out, "{}", path.display()).map_err(CommandError::Output)?;
    }
    Ok(Exit::Accepted)
}

fn write(path: &Path, file: &UnitFile, may_replace: bool) -> io::Result<()> {
    if may_replace {
        // A new file has the mode of a new file, and a link is not followed.
        fs::remove_file(path).or_else(|error| match error.kind() {
            ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })?;
    }
    let mode = if file.is_private { PRIVATE } else { PUBLIC };
    File::options().write(true).create_new(true).mode(mode).open(path)?.write_all(file.text.as_bytes())
}

/// What the units run.
fn service(options: &SystemdOptions) -> Result<Service, CommandError> {
    let usage = |what: String, hint: &str| CommandError::Usage { what, hint: hint.to_owned() };
    let program = options.program.to_str().filter(|path| path.starts_with('/')).ok_or_else(|| {
        let shown = options.program.display();
        usage(
            format!("--program {shown}: not an absolute path"),
            "systemd needs one, such as /usr/local/bin/baseline",
        )
    })?;
    if options.calendar.trim().is_empty() || options.calendar.chars().any(char::is_control) {
        let hint = "such as daily, Mon 02:00 or *-*-01 03:00: see `man systemd.time`";
        return Err(usage(format!("--calendar {:?}: not a calendar expression", options.calendar), hint));
    }
    let source = options.scenario.as_deref().map(shipped::find).transpose()?;
    let title = source.as_ref().map(title_of).transpose()?;
    let is_built_in = |wanted: &str| {
        let name = shipped::BUILT_IN.iter().any(|(name, _)| *name == wanted);
        name && source.as_ref().is_some_and(|source| source.label.ends_with(" (built in)"))
    };
    let (scenario, file) = match (&options.scenario, &source) {
        (Some(wanted), _) if is_built_in(wanted) => (wanted.clone(), None),
        (_, Some(source)) => {
            let name = Path::new(&source.label).file_name().and_then(|name| name.to_str());
            (format!("{CONFIGURATION}/{}", name.unwrap_or(ANY_SCENARIO)), Some(source.label.clone()))
        }
        _ => (format!("{CONFIGURATION}/{ANY_SCENARIO}"), None),
    };
    Ok(Service {
        title: title.unwrap_or_else(|| "scenario".to_owned()),
        scenario,
        file,
        program: program.to_owned(),
        options: options.options.clone(),
        calendar: options.calendar.trim().to_owned(),
        variables: source.map(|source| variables_of(&source.text)).unwrap_or_default(),
    })
}

/// The scenario's name, as far as the file is one.
fn title_of(source: &Source) -> Result<String, CommandError> {
    Ok(scenario::parse(source)?.0.name)
}

/// Names that the scenario refers to, without those in comments and those that have a default; sorted.
pub(super) fn variables_of(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let mut names: Vec<String> = lines
        .flat_map(|line| line.split("${").skip(1))
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name.to_owned())
        .filter(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_without_a_default_are_listed_once() {
        let text =
            "# ${NOT}\na = \"Bearer ${TOKEN}\"\nb = \"${TOKEN}${OTHER}\"\nc = \"${HAS:-one}\"\nd = \"${\"";
        assert_eq!(variables_of(text), ["OTHER", "TOKEN"]);
    }
}
