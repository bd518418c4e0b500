//! From an encoded histogram of a line to its counters, without laying out the 24,576 of them.
//!
//! The format is `HdrHistogram`'s V2: a head of 40 bytes, then zigzag numbers in LEB128; one above 0 is the count of the next
//! counter, one below is how many counters are 0.

use base64::Engine as _;
use flate2::{Decompress, FlushDecompress, Status};

use crate::domain::histogram::Histogram;

/// Largest histogram once it is unpacked. Units: bytes.
const LARGEST: usize = 4 << 20;
/// What is unpacked at a time. Units: bytes.
const CHUNK: usize = 16 << 10;
/// Bytes of an encoded histogram before its counts: cookie, length, offset, digits, bounds, ratio.
const HEAD: usize = 40;
/// The first bytes of the head: the format that this program writes, as every other writer of version 2.
const COOKIE: [u8; 4] = 0x1c84_9313_u32.to_be_bytes();

/// Decodes histograms; the memory is used again.
pub(super) struct Decoder {
    inflate: Decompress,
    packed: Vec<u8>,
    bytes: Vec<u8>,
    slots: Vec<(usize, u64)>,
}

impl Decoder {
    pub(super) fn new() -> Self {
        Self { inflate: Decompress::new(true), packed: Vec::new(), bytes: Vec::new(), slots: Vec::new() }
    }

    /// The histogram of an encoded text. The error says what is wrong with it.
    pub(super) fn decode(&mut self, encoded: &str) -> Result<Histogram, String> {
        self.packed.clear();
        base64::engine::general_purpose::STANDARD
            .decode_vec(encoded, &mut self.packed)
            .map_err(|error| error.to_string())?;
        self.unpack()?;
        self.check_head()?;
        self.read_counts()?;
        Histogram::of_slots(&self.slots)
            .ok_or_else(|| "a histogram has more counters than there are".to_owned())
    }

    /// Unpacks the stream to its end, which checks its checksum.
    fn unpack(&mut self) -> Result<(), String> {
        // Cookie and length; the rest is the zlib stream.
        let stream = self.packed.get(8..).ok_or("a histogram is cut off")?;
        self.inflate.reset(true);
        self.bytes.clear();
        loop {
            let (taken, given) = (self.inflate.total_in(), self.inflate.total_out());
            self.bytes.reserve(CHUNK);
            let left = usize::try_from(taken).ok().and_then(|taken| stream.get(taken..)).unwrap_or_default();
            let status = self
                .inflate
                .decompress_vec(left, &mut self.bytes, FlushDecompress::None)
                .map_err(|error| error.to_string())?;
            if status == Status::StreamEnd {
                return Ok(());
            }
            if (taken, given) == (self.inflate.total_in(), self.inflate.total_out()) {
                return Err("a histogram is cut off".to_owned());
            }
            if self.bytes.len() > LARGEST {
                return Err(format!("a histogram is larger than {} MiB", LARGEST >> 20));
            }
        }
    }

    fn check_head(&self) -> Result<(), String> {
        let word = |from: usize| -> Option<[u8; 4]> { self.bytes.get(from..from + 4)?.try_into().ok() };
        let stated = word(4).map(u32::from_be_bytes);
        if stated.is_none_or(|stated| stated as usize != self.bytes.len().saturating_sub(HEAD)) {
            return Err("a histogram does not have the length that it states".to_owned());
        }
        Histogram::check_head(&self.bytes).map_err(|error| error.to_string())?;
        let ratio = self.bytes.get(32..HEAD) == Some(1.0_f64.to_be_bytes().as_slice());
        if word(0) == Some(COOKIE) && word(8) == Some([0; 4]) && ratio {
            return Ok(());
        }
        Err("a histogram of another format".to_owned())
    }

    fn read_counts(&mut self) -> Result<(), String> {
        self.slots.clear();
        let mut rest = self.bytes.get(HEAD..).unwrap_or_default();
        let mut slot = 0_usize;
        while !rest.is_empty() {
            let (number, length) = number(rest).ok_or("a histogram is cut off within a count")?;
            rest = &rest[length..];
            let zeros = if number < 0 { number.unsigned_abs() } else { 1 };
            if number > 0 {
                self.slots.push((slot, number.unsigned_abs()));
            }
            slot = usize::try_from(zeros).unwrap_or(usize::MAX).saturating_add(slot);
        }
        Ok(())
    }
}

/// The number at the beginning of some bytes, and how many of them it has: seven bits a byte, and eight of a ninth.
fn number(bytes: &[u8]) -> Option<(i64, usize)> {
    let mut value = 0_u64;
    for (place, byte) in bytes.iter().take(9).enumerate() {
        if place == 8 {
            return Some((unsigned(value | u64::from(*byte) << 56), 9));
        }
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((unsigned(value), place + 1));
        }
    }
    None
}

/// Undoes zigzag: 0, -1, 1, -2, 2 and so on.
fn unsigned(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use hdrhistogram::serialization::{Deserializer, Serializer as _, V2DeflateSerializer};

    use super::*;

    fn encoded(histogram: &Histogram) -> (String, Vec<u8>) {
        let mut bytes = Vec::new();
        V2DeflateSerializer::new().serialize(&*histogram.as_raw().unwrap(), &mut bytes).unwrap();
        (base64::engine::general_purpose::STANDARD.encode(&bytes), bytes)
    }

    #[test]
    fn histograms_are_read_as_the_library_reads_them() {
        let mut state = 1_u64;
        // A linear congruential generator (Knuth, MMIX); its upper bits choose the doubling and the time within it.
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 20) >> (1 + (state >> 59))
        };
        let mut decoder = Decoder::new();
        for case in 0..200_u32 {
            let mut histogram = Histogram::new().unwrap();
            for _ in 0..case * 7 {
                histogram.record(random());
            }
            // Counts of every length.
            if case > 0 {
                let slots = [(usize::try_from(case).unwrap(), 1_u64 << (case % 62)), (24_575, 3)];
                histogram.merge(&Histogram::of_slots(&slots).unwrap()).unwrap();
            }
            let (text, bytes) = encoded(&histogram);
            let read = decoder.decode(&text).unwrap();
            let known = Histogram::from_raw(Deserializer::new().deserialize(&mut bytes.as_slice()).unwrap());
            assert_eq!(read, known.unwrap(), "case {case}");
            assert_eq!(read, histogram, "case {case}");
        }
    }

    #[test]
    fn damage_is_found_or_changes_nothing() {
        let mut histogram = Histogram::new().unwrap();
        (1..2_000_u64).for_each(|n| histogram.record(n * n * 1_000));
        let (_, bytes) = encoded(&histogram);
        let mut decoder = Decoder::new();
        for place in 8..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x10;
            let text = base64::engine::general_purpose::STANDARD.encode(&damaged);
            // Between the last block and the checksum are bits that mean nothing.
            assert!(decoder.decode(&text).map_or(true, |read| read == histogram), "byte {place}");
            let cut = base64::engine::general_purpose::STANDARD.encode(&bytes[..place]);
            assert!(decoder.decode(&cut).is_err(), "cut at {place}");
        }
    }
}
