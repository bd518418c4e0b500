//! How many rows of each queue a run has handed out, noted before they are used.
//!
//! One small file per queue, overwritten in place: a process that is killed leaves a count that is never too low.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::StoreError;

/// Folder of the files within a run folder.
pub const FOLDER: &str = "queues";
/// Digits of a count: as many as the largest has.
const DIGITS: usize = 20;

/// The files of a run's queues, open for writing.
#[derive(Debug)]
pub struct QueueLedger {
    folder: PathBuf,
    counts: BTreeMap<String, u64>,
    files: Mutex<BTreeMap<String, File>>,
}

impl QueueLedger {
    /// Opens the ledger of a run; queues without a file have handed out nothing.
    /// # Errors
    /// [`StoreError`] where a file cannot be read, or holds no count.
    pub fn open(run: &Path) -> Result<Self, StoreError> {
        let folder = run.join(FOLDER);
        Ok(Self { counts: read(run)?, folder, files: Mutex::default() })
    }

    /// Number of rows that a queue had handed out when the ledger was opened.
    pub fn handed_out(&self, queue: &str) -> u64 {
        self.counts.get(queue).copied().unwrap_or(0)
    }

    /// Records how many rows of a queue were handed out.
    /// # Errors
    /// The error of the operating system.
    pub fn note(&self, queue: &str, count: u64) -> io::Result<()> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if !files.contains_key(queue) {
            fs::create_dir_all(&self.folder)?;
            let file =
                File::options().create(true).truncate(false).write(true).open(self.folder.join(queue))?;
            files.insert(queue.to_owned(), file);
        }
        let Some(file) = files.get_mut(queue) else { return Ok(()) };
        // One write of a fixed length, so that a count is never half another one.
        file.seek(SeekFrom::Start(0))?;
        file.write_all(format!("{count:0DIGITS$}\n").as_bytes())
    }
}

/// Number of rows that each queue of a run has handed out.
/// # Errors
/// [`StoreError`] where a file cannot be read, or holds no count.
pub fn read(run: &Path) -> Result<BTreeMap<String, u64>, StoreError> {
    let folder = run.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(StoreError::io("read", &folder)(error)),
    };
    let mut counts = BTreeMap::new();
    for entry in entries {
        let path = entry.map_err(StoreError::io("read", &folder))?.path();
        let text = fs::read_to_string(&path).map_err(StoreError::io("read", &path))?;
        // Killed after the file was made, and before its first row was noted: none was handed out.
        if text.is_empty() {
            continue;
        }
        let count = text.trim_end().parse().map_err(|_| StoreError::Damaged {
            path: path.clone(),
            what: "it holds no number".to_owned(),
            remedy: "write the number of rows that were handed out, or start a new run",
        })?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        counts.insert(name, count);
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_back_and_never_half() {
        let run = tempfile::tempdir().unwrap();
        let ledger = QueueLedger::open(run.path()).unwrap();
        assert_eq!(ledger.handed_out("account"), 0);
        for count in [1, 99_999, 100_000] {
            ledger.note("account", count).unwrap();
            assert_eq!(read(run.path()).unwrap()["account"], count);
        }
        ledger.note("other", 3).unwrap();
        let again = QueueLedger::open(run.path()).unwrap();
        assert_eq!((again.handed_out("account"), again.handed_out("other")), (100_000, 3));
    }

    #[test]
    fn an_empty_file_has_handed_out_nothing() {
        let run = tempfile::tempdir().unwrap();
        fs::create_dir(run.path().join(FOLDER)).unwrap();
        fs::write(run.path().join(FOLDER).join("account"), "").unwrap();
        assert_eq!(QueueLedger::open(run.path()).unwrap().handed_out("account"), 0);
    }

    #[test]
    fn a_damaged_count_is_an_error() {
        let run = tempfile::tempdir().unwrap();
        fs::create_dir(run.path().join(FOLDER)).unwrap();
        fs::write(run.path().join(FOLDER).join("account"), "x").unwrap();
        assert!(QueueLedger::open(run.path()).unwrap_err().to_string().contains("account"));
    }
}
