//! Logs of ended runs, compressed: `windows.csv.gz` in place of `windows.csv`, and every reader reads on as before.
//!
//! A packed log is a chain of gzip members that each know their own length, so a reader can begin anywhere without unpacking
//! what lies before. Every program that reads gzip can read it. Where both files are there, the one that is not packed counts.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;

use super::{StoreError, bounded};

/// Ending of the name of a packed log.
pub(super) const ENDING: &str = ".gz";
/// Bytes of a log in one member. Unpacking one takes about a millisecond.
const BLOCK: usize = 256 << 10;
/// What stands before the compressed bytes of a member: the fixed part, and one extra field with its length.
const HEAD: usize = 20;
/// What stands behind them: checksum and length of what was packed.
const TAIL: usize = 8;
/// Name of the extra field.
const FIELD: [u8; 4] = [b'B', b'L', 4, 0];
/// Where the length stands in the head.
const LENGTH_AT: usize = 16;

/// Path of the packed form of a log.
pub(super) fn path_of(log: &Path) -> PathBuf {
    let mut name = log.as_os_str().to_owned();
    name.push(ENDING);
    PathBuf::from(name)
}

/// Whether a log is there, in either form.
pub(super) fn exists(log: &Path) -> bool {
    log.symlink_metadata().is_ok() || path_of(log).symlink_metadata().is_ok()
}

/// Length of a log as it is read; `None` where there is none, or it cannot be read. Units: bytes.
pub(super) fn length(log: &Path) -> Option<u64> {
    open(log).ok()?.length().ok()
}

/// A log that is open for reading.
#[derive(Debug)]
pub(super) enum Log {
    /// As it was written.
    Plain(File),
    /// Packed.
    Packed(Unpacker),
}

/// Opens a log.
/// # Errors
/// As those of a regular file; [`StoreError::Damaged`] where it is packed and not whole.
pub(super) fn open(log: &Path) -> Result<Log, StoreError> {
    let absent = match bounded::open(log) {
        Ok(file) => return Ok(Log::Plain(file)),
        Err(error) if log.symlink_metadata().is_ok() => return Err(error),
        Err(error) => error,
    };
    let packed = path_of(log);
    if packed.symlink_metadata().is_err() {
        // It may have been unpacked for a run that is resumed, between the two looks.
        return bounded::open(log).map(Log::Plain).map_err(|_| absent);
    }
    Log::of_packed(&packed)
}

/// Reads a log of at most `most` bytes.
/// # Errors
/// As [`open`]; [`StoreError::Corrupt`] where it is larger.
pub(super) fn read(log: &Path, most: u64) -> Result<Vec<u8>, StoreError> {
    bounded::read_from(open(log)?, log, most)
}

fn damaged(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |error| match error.kind() {
        ErrorKind::InvalidData => StoreError::Damaged {
            path,
            what: error.to_string(),
            remedy: "restore it from a copy; what is packed cannot be read in part",
        },
        _ => StoreError::io("read", &path)(error),
    }
}

impl Log {
    /// Opens the packed form of a log.
    /// # Errors
    /// As [`open`].
    pub(super) fn of_packed(path: &Path) -> Result<Self, StoreError> {
        Unpacker::new(bounded::open(path)?).map(Self::Packed).map_err(damaged(path))
    }

    /// Length of the log as it is read. Units: bytes.
    pub(super) fn length(&self) -> io::Result<u64> {
        match self {
            Self::Plain(file) => Ok(file.metadata()?.len()),
            Self::Packed(packed) => Ok(packed.length),
        }
    }
}

impl Read for Log {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.read(buffer),
            Self::Packed(packed) => packed.read(buffer),
        }
    }
}

impl Seek for Log {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match (self, to) {
            (Self::Plain(file), to) => file.seek(to),
            (Self::Packed(packed), SeekFrom::Start(position)) => {
                packed.position = position;
                Ok(position)
            }
            (Self::Packed(_), _) => Err(ErrorKind::Unsupported.into()),
        }
    }
}

/// A log that is read again and again from where the reader stopped. A packed one stays open, because it does not change.
#[derive(Debug)]
pub(super) struct Reopened {
    path: PathBuf,
    log: Option<Log>,
}

impl Reopened {
    /// A log that need not exist yet.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, log: None }
    }

    /// Path of the log that is not packed.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The log, to be read from a position on.
    /// # Errors
    /// As [`open`].
    pub(super) fn at(&mut self, position: u64) -> Result<&mut Log, StoreError> {
        let is_packed = matches!(self.log, Some(Log::Packed(_)));
        let log = match self.log.take() {
            // A run that is resumed has its logs unpacked, and goes on in them.
            Some(log) if is_packed && self.path.symlink_metadata().is_err() => log,
            _ => open(&self.path)?,
        };
        let log = self.log.insert(log);
        log.seek(SeekFrom::Start(position)).map_err(StoreError::io("read", &self.path))?;
        Ok(log)
    }
}

/// A member of the chain.
#[derive(Debug, Clone, Copy)]
struct Block {
    /// Where it begins in the packed file.
    at: u64,
    /// Bytes that it has there.
    packed: usize,
    /// Where its content begins in the log.
    begins: u64,
    /// Bytes of its content.
    length: usize,
}

/// Reads a packed log.
#[derive(Debug)]
pub(super) struct Unpacker {
    file: File,
    blocks: Vec<Block>,
    /// Length of the log. Units: bytes.
    length: u64,
    position: u64,
    /// The member that was unpacked last, and its content.
    current: Option<(usize, Vec<u8>)>,
}

fn invalid(what: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what.into())
}

impl Unpacker {
    fn new(mut file: File) -> io::Result<Self> {
        let end = file.metadata()?.len();
        let (mut at, mut length, mut blocks) = (0, 0, Vec::new());
        while at < end {
            let mut head = [0; HEAD];
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(&mut head).map_err(|_| invalid("it was cut"))?;
            let packed = packed_length(&head)
                .ok_or_else(|| invalid("it was not packed by `baseline gc`; unpack it with gunzip"))?;
            let next = at + packed as u64;
            let mut size = [0; 4];
            file.seek(SeekFrom::Start(next.saturating_sub(4)))?;
            file.read_exact(&mut size).map_err(|_| invalid("it was cut"))?;
            let size = u32::from_le_bytes(size) as usize;
            if size > BLOCK {
                return Err(invalid("a part of it is too large"));
            }
            blocks.push(Block { at, packed, begins: length, length: size });
            (at, length) = (next, length + size as u64);
        }
        if blocks.is_empty() {
            return Err(invalid("it is empty"));
        }
        Ok(Self { file, blocks, length, position: 0, current: None })
    }

    fn unpack(&mut self, place: usize, block: Block) -> io::Result<()> {
        if self.current.as_ref().is_some_and(|(current, _)| *current == place) {
            return Ok(());
        }
        let mut packed = vec![0; block.packed];
        self.file.seek(SeekFrom::Start(block.at))?;
        self.file.read_exact(&mut packed)?;
        let mut bytes = Vec::with_capacity(block.length);
        GzDecoder::new(packed.as_slice())
            .take(BLOCK as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| invalid(format!("the packed file is damaged: {error}")))?;
        if bytes.len() != block.length {
            return Err(invalid("the packed file is damaged: a part has another length than it states"));
        }
        self.current = Some((place, bytes));
        Ok(())
    }
}

impl Read for Unpacker {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.length {
            return Ok(0);
        }
        let place = self.blocks.partition_point(|block| block.begins + block.length as u64 <= self.position);
        let Some(block) = self.blocks.get(place).copied() else { return Ok(0) };
        self.unpack(place, block)?;
        let Some((_, bytes)) = &self.current else { return Ok(0) };
        let skip = usize::try_from(self.position - block.begins).unwrap_or(usize::MAX);
        let rest = bytes.get(skip..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

/// The length of a member from its head; `None` where it is not one of ours. Units: bytes.
fn packed_length(head: &[u8; HEAD]) -> Option<usize> {
    // gzip, deflate, nothing but an extra field, and that of eight bytes.
    let is_ours = head.starts_with(&[0x1f, 0x8b, 8, 4]) && head[10..12] == [8, 0] && head[12..16] == FIELD;
    let length = u32::from_le_bytes(head[LENGTH_AT..].try_into().ok()?) as usize;
    (is_ours && length >= HEAD + TAIL).then_some(length)
}

/// Packs everything of a reader.
/// # Errors
/// Those of the reader and the writer.
pub(super) fn pack(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut is_first = true;
    loop {
        let mut block = Vec::with_capacity(BLOCK);
        from.by_ref().take(BLOCK as u64).read_to_end(&mut block)?;
        // A file without a member would be no gzip file.
        if block.is_empty() && !is_first {
            return Ok(());
        }
        is_first = false;
        let extra = [&FIELD[..], &[0; 4]].concat();
        let mut encoder =
            flate2::GzBuilder::new().extra(extra).write(Vec::with_capacity(BLOCK / 4), Compression::new(6));
        encoder.write_all(&block)?;
        let mut member = encoder.finish()?;
        let length = u32::try_from(member.len()).map_err(|_| invalid("a part is too large to be packed"))?;
        let place = member.get_mut(LENGTH_AT..HEAD).ok_or_else(|| invalid("the packed part has no head"))?;
        place.copy_from_slice(&length.to_le_bytes());
        to.write_all(&member)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text that does not repeat at once, some blocks long.
    fn text(bytes: usize) -> Vec<u8> {
        let mut state = 1_u64;
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            b"0123456789,\n"[(state >> 33) as usize % 12]
        };
        (0..bytes).map(next).collect()
    }

    fn packed(folder: &Path, bytes: &[u8]) -> PathBuf {
        let log = folder.join("windows.csv");
        let mut file = File::create(path_of(&log)).unwrap();
        pack(&mut &bytes[..], &mut file).unwrap();
        log
    }

    #[test]
    fn what_was_packed_is_read_from_any_position() {
        for bytes in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7] {
            let folder = tempfile::tempdir().unwrap();
            let text = text(bytes);
            let log = packed(folder.path(), &text);
            assert_eq!(read(&log, u64::MAX - 1).unwrap(), text, "{bytes}");
            assert_eq!(length(&log), Some(bytes as u64));
            let mut reopened = Reopened::new(log);
            for from in [0, bytes / 2, bytes.saturating_sub(1), bytes, bytes + 9, BLOCK.min(bytes)] {
                let mut rest = Vec::new();
                reopened.at(from as u64).unwrap().read_to_end(&mut rest).unwrap();
                assert_eq!(rest, text.get(from..).unwrap_or_default(), "{bytes} from {from}");
            }
        }
    }

    #[test]
    fn every_program_that_knows_gzip_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let text = text(2 * BLOCK + 5);
        let log = packed(folder.path(), &text);
        let mut all = Vec::new();
        let file = File::open(path_of(&log)).unwrap();
        flate2::read::MultiGzDecoder::new(file).read_to_end(&mut all).unwrap();
        assert_eq!(all, text);
    }

    #[test]
    fn the_file_that_is_not_packed_counts() {
        let folder = tempfile::tempdir().unwrap();
        let log = packed(folder.path(), b"packed");
        let mut reopened = Reopened::new(log.clone());
        let mut all = String::new();
        reopened.at(0).unwrap().read_to_string(&mut all).unwrap();
        std::fs::write(&log, "plain").unwrap();
        reopened.at(0).unwrap().read_to_string(&mut all).unwrap();
        assert_eq!(all, "packedplain");
        assert_eq!(read(&log, 100).unwrap(), b"plain");
    }

    #[test]
    fn damage_is_an_error_and_never_other_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let text = text(BLOCK + 100);
        let log = packed(folder.path(), &text);
        let whole = std::fs::read(path_of(&log)).unwrap();
        for cut in (0..whole.len()).step_by(1 + whole.len() / 50) {
            std::fs::write(path_of(&log), &whole[..cut]).unwrap();
            assert!(read(&log, 1 << 30).map_or(true, |bytes| text.starts_with(&bytes)), "{cut}");
            assert!(read(&log, 1 << 30).is_err() || cut == 0, "{cut}");
            let mut other = whole.clone();
            other[cut] ^= 0x40;
            std::fs::write(path_of(&log), &other).unwrap();
            // Some bytes of a head mean nothing.
            assert!(read(&log, 1 << 30).map_or(true, |bytes| bytes == text), "{cut}");
        }
        std::fs::write(path_of(&log), "not gzip at all, but long enough").unwrap();
        let error = read(&log, 1 << 30).unwrap_err().to_string();
        assert!(error.contains("not packed by `baseline gc`"), "{error}");
        let error = read(&folder.path().join("other.csv"), 100).unwrap_err().to_string();
        assert!(error.ends_with("other.csv"), "{error}");
    }
}
