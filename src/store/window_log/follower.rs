//! Reads `windows.csv` while it is being written.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use crate::domain::window::Window;
use crate::store::StoreError;

use super::columns::FILE;
use super::groups::{parse, whole_lines};

/// Reads committed windows from a file that another process or thread is still writing.
///
/// A subscriber that missed events follows the file from its last position, and so loses nothing.
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    header: Vec<u8>,
    position: u64,
}

impl Follower {
    /// Follows the log of a run folder from its beginning.
    pub fn new(folder: &Path) -> Self {
        Self { path: folder.join(FILE), header: Vec::new(), position: 0 }
    }

    /// The windows committed since the last call. A partly written group is returned by a later call.
    /// # Errors
    /// [`StoreError`] where the file cannot be read, or a new line is not a window.
    pub fn read_new(&mut self) -> Result<Vec<Window>, StoreError> {
        let io = |error| StoreError::io("read", &self.path)(error);
        let mut file = File::open(&self.path).map_err(io)?;
        file.seek(SeekFrom::Start(self.position)).map_err(io)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io)?;
        let mut new = whole_lines(&bytes);
        if self.header.is_empty() {
            let Some(end) = new.iter().position(|byte| *byte == b'\n') else { return Ok(Vec::new()) };
            let (header, rest) = new.split_at(end + 1);
            self.header = header.to_vec();
            self.position += header.len() as u64;
            new = rest;
        }
        let with_header = [self.header.as_slice(), new].concat();
        let committed = parse(&with_header, &self.path)?;
        self.position += committed.length.saturating_sub(self.header.len() as u64);
        Ok(committed.windows)
    }
}
