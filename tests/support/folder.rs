//! A folder of a test's own, and what lies in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Removed when dropped.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with the files of another one, to change without touching that.
    pub(crate) fn copy_of(other: &Self) -> Self {
        let copy = Self::new();
        for (name, bytes) in contents(other.path()) {
            let path = copy.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        copy
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file; returns its name.
    pub(crate) fn write<'n>(&self, name: &'n str, text: &str) -> &'n str {
        std::fs::write(self.path().join(name), text).unwrap();
        name
    }

    /// The one run below `reports/` whose ID begins like this.
    pub(crate) fn run_like(&self, beginning: &str) -> PathBuf {
        let is_like = |path: &PathBuf| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(beginning))
        };
        let runs: Vec<PathBuf> = entries(&self.path().join("reports")).into_iter().filter(is_like).collect();
        assert_eq!(runs.len(), 1, "{beginning}: {runs:?}");
        runs[0].clone()
    }

    /// The one run below `reports/`.
    pub(crate) fn only_run(&self) -> PathBuf {
        let runs: Vec<PathBuf> = entries(&self.path().join("reports"));
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs[0].clone()
    }
}

/// What lies in a folder, sorted; nothing where there is none.
pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = std::fs::read_dir(folder).into_iter().flatten();
    let mut entries: Vec<PathBuf> = read.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

/// Every file below a folder with its bytes, by its path from there.
pub(crate) fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut contents = BTreeMap::new();
    let mut left = vec![folder.to_owned()];
    while let Some(next) = left.pop() {
        for entry in entries(&next) {
            if entry.is_dir() {
                left.push(entry);
            } else {
                let name = entry.strip_prefix(folder).unwrap().to_owned();
                contents.insert(name, std::fs::read(&entry).unwrap());
            }
        }
    }
    contents
}

/// Copies the files of a folder that has no folders in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in entries(from) {
        std::fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
}
