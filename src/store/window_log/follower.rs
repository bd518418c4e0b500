//! Reads `windows.csv` while it is being written.

use std::io::Read as _;
use std::path::Path;

use crate::domain::window::Window;
use crate::store::StoreError;
use crate::store::packed::Reopened;

use super::columns::FILE;
use super::groups::{parse, whole_lines};

/// How much is read at a time, so that a long run is never in memory as a whole. Units: bytes.
const PIECE: u64 = 256 << 10;

/// Reads committed windows from a file that another process or thread is still writing.
///
/// A subscriber that missed events follows the file from its last position, and so loses nothing.
#[derive(Debug)]
pub struct Follower {
    log: Reopened,
    header: Vec<u8>,
    position: u64,
}

impl Follower {
    /// Follows the log of a run folder from its beginning.
    pub fn new(folder: &Path) -> Self {
        Self { log: Reopened::new(folder.join(FILE)), header: Vec::new(), position: 0 }
    }

    /// The windows committed since the last call. A partly written group is returned by a later call.
    /// # Errors
    /// [`StoreError`] where the file cannot be read, or a new line is not a window.
    pub fn read_new(&mut self) -> Result<Vec<Window>, StoreError> {
        let mut all = Vec::new();
        loop {
            let some = self.read_some()?;
            if some.is_empty() {
                return Ok(all);
            }
            all.extend(some);
        }
    }

    /// The next windows, a limited number of whole groups; empty where nothing was committed since the last call.
    /// # Errors
    /// As [`Follower::read_new`].
    pub fn read_some(&mut self) -> Result<Vec<Window>, StoreError> {
        let path = self.log.path().to_owned();
        let io = |error| StoreError::io("read", &path)(error);
        if self.log.at(self.position)?.length().map_err(io)? < self.position {
            let what = "shorter than it was: it was replaced or cut while it was read".to_owned();
            return Err(StoreError::Corrupt { path, what });
        }
        let (mut bytes, mut end) = (Vec::new(), self.position);
        loop {
            let read = self.log.at(end)?.take(PIECE).read_to_end(&mut bytes).map_err(io)?;
            end += read as u64;
            let windows = self.committed_in(&bytes)?;
            // A group of many steps is longer than a piece.
            if !windows.is_empty() || (read as u64) < PIECE {
                return Ok(windows);
            }
        }
    }

    /// The windows of whole groups in what follows the position, which moves behind them.
    fn committed_in(&mut self, bytes: &[u8]) -> Result<Vec<Window>, StoreError> {
        let mut new = whole_lines(bytes);
        let mut begins = self.position;
        let mut header = self.header.as_slice();
        if header.is_empty() {
            let Some(end) = new.iter().position(|byte| *byte == b'\n') else { return Ok(Vec::new()) };
            (header, new) = new.split_at(end + 1);
            begins += header.len() as u64;
        }
        let with_header = [header, new].concat();
        let committed = parse(&with_header, self.log.path())?;
        if !committed.windows.is_empty() {
            self.position = begins + committed.length.saturating_sub(header.len() as u64);
            self.header = header.to_vec();
        }
        Ok(committed.windows)
    }
}
