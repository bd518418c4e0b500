//! What can go wrong between the program and its files.

use std::io;
use std::path::{Path, PathBuf};

/// A file of a run that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// Another process runs this run.
    #[error("another process is running {}", path.display())]
    Locked {
        /// The run directory.
        path: PathBuf,
    },
    /// There is a folder, but no run in it.
    #[error("{} is not a run: it has no run.json", path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
    },
    /// The folder of a new run is there already.
    #[error("{} exists already", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The file was written by a newer version.
    #[error("{} has schema {found}, and this version reads up to {known}", path.display())]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u64,
        /// The newest that is known.
        known: u64,
    },
    /// The file does not hold what it should.
    #[error("{}: {what}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line where there is one.
        what: String,
    },
    /// There is no run at all.
    #[error("there are no runs in {}", folder.display())]
    None {
        /// Where they were looked for.
        folder: PathBuf,
    },
    /// No run has that name.
    #[error("there is no run `{wanted}` in {}", folder.display())]
    Unknown {
        /// What was asked for.
        wanted: String,
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// There is no such baseline.
    #[error("there is no baseline {}", path.display())]
    NoBaseline {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A name that is no plain file name.
    #[error("`{name}` cannot name a baseline")]
    BadName {
        /// As it was given.
        name: String,
    },
    /// A table lacks a column, or has it twice.
    #[error("{} has no column {column:?}, or has it twice", path.display())]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        column: String,
        /// What there is.
        columns: Vec<String>,
    },
    /// More than one run begins like that.
    #[error("`{wanted}` is the beginning of {}", matches.join(", "))]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// The runs that begin like that.
        matches: Vec<String>,
    },
}

impl StoreError {
    /// The next step, where there is one.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                "free some space; what was committed is intact, and `baseline start --resume` goes on"
                    .to_owned()
            }
            Self::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "choose another folder with --out, or change its permissions".to_owned()
            }
            Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                "is the path right? a folder of a run may also have been moved or deleted".to_owned()
            }
            Self::Io { .. } | Self::Corrupt { .. } => return None,
            Self::Locked { .. } => "`baseline status` shows it, `baseline stop` ends it".to_owned(),
            Self::None { .. } => "`baseline start --demo` makes one; --out names another folder".to_owned(),
            Self::NotARun { .. } | Self::Unknown { .. } => "`baseline list` shows the runs".to_owned(),
            Self::Exists { .. } => "choose another folder with --out, or remove that one".to_owned(),
            Self::NewerSchema { .. } => {
                "use the version of `baseline` that wrote it, or a newer one".to_owned()
            }
            Self::NoColumn { columns, .. } => {
                format!("it has {}; name another one", shown(columns))
            }
            Self::NoBaseline { .. } => {
                "`baseline promote RUN --as NAME` makes one; --baselines names another folder".to_owned()
            }
            Self::BadName { .. } => {
                "use letters, digits, `-`, `_` and `.`, not beginning with a dot".to_owned()
            }
            Self::Ambiguous { .. } => "give more of its name".to_owned(),
        })
    }

    /// Names the action and the file that an operating-system error is about.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

/// Names of columns for a message: the first of them, each cut short.
pub fn shown(columns: &[String]) -> String {
    let short = |name: &String| format!("{:?}", name.chars().take(40).collect::<String>());
    let names: Vec<String> = columns.iter().take(20).map(short).collect();
    let more = if columns.len() > 20 { format!(" and {} more", columns.len() - 20) } else { String::new() };
    names.join(", ") + &more
}
