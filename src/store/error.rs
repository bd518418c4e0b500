//! Errors between the program and its files.

use std::io;
use std::path::{Path, PathBuf};

/// Why a file of a run, a baseline or a table cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refused an operation on a file.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// Verb of the operation that failed, such as `read`.
        action: &'static str,
        /// File or folder it was applied to.
        path: PathBuf,
        /// Error that the operating system reported.
        source: io::Error,
    },
    /// Another process is writing to this run.
    #[error("another process is running {}", path.display())]
    Locked {
        /// Folder of the run that is locked.
        path: PathBuf,
    },
    /// The folder exists, but contains no run.
    #[error("{} is not a run: it has no run.json", path.display())]
    NotARun {
        /// Folder that has no manifest.
        path: PathBuf,
    },
    /// The folder of a new run exists already.
    #[error("{} already exists", path.display())]
    Exists {
        /// Existing folder that the new run would have used.
        path: PathBuf,
    },
    /// The file was written by a newer version of the program.
    #[error("{} has schema {found}; this version reads schemas up to {known}", path.display())]
    NewerSchema {
        /// File that has the newer schema.
        path: PathBuf,
        /// Schema number that the file states.
        found: u64,
        /// Newest schema that this version reads.
        known: u64,
    },
    /// The file does not contain what it should.
    #[error("{}: {what}", path.display())]
    Corrupt {
        /// File whose content is wrong.
        path: PathBuf,
        /// Description of the error, with the line where there is one.
        what: String,
    },
    /// The file was changed after the program wrote it, or is not the one that belongs there.
    #[error("{}: {what}", path.display())]
    Damaged {
        /// File whose content does not match its checksum.
        path: PathBuf,
        /// What does not match, with the line where there is one.
        what: String,
        /// What the user can do.
        remedy: &'static str,
    },
    /// A file of a run was replaced or changed by another program while the run was writing it.
    #[error("{} was {how} by another program during the run{}", path.display(), kept.as_ref().map(|kept| format!("; what was measured is in {}", kept.display())).unwrap_or_default())]
    Replaced {
        /// File that the run was writing.
        path: PathBuf,
        /// `replaced`, `deleted` or `changed`.
        how: &'static str,
        /// Copy of what the run had written; `None` where there is nothing to keep.
        kept: Option<PathBuf>,
    },
    /// Resuming would drop windows that were committed.
    #[error("{}: {what}", path.display())]
    Loss {
        /// File that lacks windows.
        path: PathBuf,
        /// What would be lost.
        what: String,
    },
    /// The output folder contains no runs.
    #[error("there are no runs in {}", folder.display())]
    None {
        /// Folder that was searched for runs.
        folder: PathBuf,
    },
    /// No run has this ID or prefix.
    #[error("there is no run `{wanted}` in {}", folder.display())]
    Unknown {
        /// ID or prefix as it was given.
        wanted: String,
        /// Folder that was searched for runs.
        folder: PathBuf,
    },
    /// There is no baseline file at this path.
    #[error("there is no baseline {}", path.display())]
    NoBaseline {
        /// Path where the baseline was expected.
        path: PathBuf,
    },
    /// A name that is not a plain file name.
    #[error("`{name}` is not a valid baseline name")]
    BadName {
        /// Name as the user gave it.
        name: String,
    },
    /// A table lacks a column, or has it more than once.
    #[error("{} does not have exactly one column {column:?}", path.display())]
    NoColumn {
        /// File that the table was read from.
        path: PathBuf,
        /// Name of the missing or duplicate column.
        column: String,
        /// Names of all columns, in order.
        columns: Vec<String>,
    },
    /// A row of a table cannot be used.
    #[error("{}: {what}", path.display())]
    BadRow {
        /// File that the table was read from.
        path: PathBuf,
        /// Description of the error, with the line and what was read there.
        what: String,
        /// What the user can do; `None` where there is no specific advice.
        remedy: Option<String>,
    },
    /// The IDs of several runs begin with this prefix.
    #[error("`{wanted}` is ambiguous: {}", matches.join(", "))]
    Ambiguous {
        /// Prefix as the user gave it.
        wanted: String,
        /// IDs of the runs with that prefix.
        matches: Vec<String>,
    },
}

impl StoreError {
    /// What the user can do next; `None` where there is no specific advice.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                "free some space; completed windows are intact, and `baseline start --resume` continues the run"
                    .to_owned()
            }
            Self::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "choose another folder with --out, or change its permissions".to_owned()
            }
            Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                "check the path; the folder of a run may have been moved or deleted".to_owned()
            }
            Self::Io { source, .. } if source.kind() == io::ErrorKind::FileTooLarge => {
                "raise the limit of the file size (`ulimit -f`); completed windows are intact, and `baseline start --resume` continues the run"
                    .to_owned()
            }
            Self::Io { .. } | Self::Corrupt { .. } => return None,
            Self::BadRow { remedy, .. } => return remedy.clone(),
            Self::Damaged { remedy, .. } => (*remedy).to_owned(),
            Self::Replaced { kept: Some(kept), path, .. } => format!(
                "move {} to {}, then `baseline start --resume` continues the run",
                kept.display(),
                path.display()
            ),
            Self::Replaced { kept: None, .. } => {
                "restore it from a copy; do not edit the files of a run while it is measured".to_owned()
            }
            Self::Loss { .. } => {
                "restore the file from a copy; `--accept-loss` continues without these windows".to_owned()
            }
            Self::Locked { .. } => "`baseline status` shows it, `baseline stop` stops it".to_owned(),
            Self::None { .. } => "`baseline start --demo` starts one; --out selects another folder".to_owned(),
            Self::NotARun { .. } | Self::Unknown { .. } => "`baseline list` lists the runs".to_owned(),
            Self::Exists { .. } => "choose another folder with --out, or remove this one".to_owned(),
            Self::NewerSchema { .. } => {
                "use the version of `baseline` that wrote it, or a newer one".to_owned()
            }
            Self::NoColumn { columns, .. } => {
                format!("its columns are {}", shown(columns))
            }
            Self::NoBaseline { .. } => {
                "`baseline promote RUN --as NAME` creates one; --baselines selects another folder".to_owned()
            }
            Self::BadName { .. } => {
                "use letters, digits, `-`, `_` and `.`, and do not start with a dot".to_owned()
            }
            Self::Ambiguous { .. } => "use a longer prefix of the run ID".to_owned(),
        })
    }

    /// Adds the action and the path to an error of the operating system.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

/// Names of columns for a message: at most twenty, each cut to 40 characters.
pub fn shown(columns: &[String]) -> String {
    let short = |name: &String| format!("{:?}", name.chars().take(40).collect::<String>());
    let names: Vec<String> = columns.iter().take(20).map(short).collect();
    let more = if columns.len() > 20 { format!(" and {} more", columns.len() - 20) } else { String::new() };
    names.join(", ") + &more
}
