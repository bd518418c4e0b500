//! Reads `histograms.hlog` while it is being written, window by window.

use std::fmt;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use crate::domain::histogram::Histogram;
use crate::domain::time_summary::TimeKind;
use crate::domain::window::Window;
use crate::store::StoreError;
use crate::store::packed::{self, Reopened};

use super::decoder::Decoder;
use super::lines::{LONGEST_LINE, key_of, tag_of};
use super::write::FILE;

/// The distributions of one window, by [`TimeKind`]; `None` for the response time of a closed loop, and for those that the log
/// does not have.
pub type Times = [Option<Histogram>; TimeKind::ALL.len()];

/// Reads the histograms of committed windows, in the order in which they were committed.
pub struct Follower {
    log: Reopened,
    position: u64,
    decoder: Decoder,
}

// The decoder has nothing to show.
impl fmt::Debug for Follower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follower")
            .field("log", &self.log)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl Follower {
    /// Follows the log of a run folder from its beginning.
    pub fn new(folder: &Path) -> Self {
        Self { log: Reopened::new(folder.join(FILE)), position: 0, decoder: Decoder::new() }
    }

    /// The distributions of the rows of one committed group, in the order of the rows. Groups are taken in the order of their
    /// commits; one that is left out is skipped by the next call.
    /// # Errors
    /// [`StoreError`] where the file cannot be read, or a histogram of the group cannot be decoded.
    pub fn of_group(&mut self, rows: &[Window]) -> Result<Vec<Times>, StoreError> {
        let mut times: Vec<Times> = rows.iter().map(|_| Times::default()).collect();
        let path = self.log.path().to_owned();
        let io = |error| StoreError::io("read", &path)(error);
        let log = match self.log.at(self.position) {
            Ok(log) => log,
            Err(_) if !packed::exists(&path) => return Ok(times),
            Err(error) => return Err(error),
        };
        let mut reader = BufReader::new(log);
        let (mut line, mut at, mut behind) = (Vec::new(), self.position, self.position);
        let first = rows.first().map_or(i64::MAX, |window| window.started_at.as_millisecond());
        let mut is_found = false;
        loop {
            line.clear();
            let read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(io)?;
            if read == 0 || !line.ends_with(b"\n") {
                break;
            }
            at += read as u64;
            let Some(((tag, started_ms), encoded)) = key_of(&line) else { continue };
            let place = rows.iter().enumerate().find_map(|(row, window)| {
                let kinds = TimeKind::ALL.into_iter();
                let kind = kinds.filter(|_| window.started_at.as_millisecond() == started_ms);
                kind.into_iter().find(|kind| tag_of(window, *kind) == tag).map(|kind| (row, kind))
            });
            match place {
                Some((row, kind)) => {
                    let corrupt =
                        |what| StoreError::Corrupt { path: path.clone(), what: format!("{tag}: {what}") };
                    times[row][kind as usize] = Some(self.decoder.decode(&encoded).map_err(corrupt)?);
                    (behind, is_found) = (at, true);
                }
                // The lines of a group stand together; what follows belongs to the next one.
                None if is_found || started_ms > first => break,
                None => (),
            }
        }
        // Only now: a group with a damaged line is read again as a whole.
        self.position = behind;
        Ok(times)
    }
}
