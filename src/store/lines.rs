//! Line numbers in a stream, for readers that report positions as bytes.
//!
//! Lines are counted as editors count them: `\n`, `\r\n` and a lone `\r` each end one, also within a quoted field.

use std::collections::VecDeque;

/// Counts the lines of a stream that is read in chunks, in no more memory than its line breaks between the position last
/// asked for and the end of the last chunk.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Bytes scanned so far.
    scanned: u64,
    /// Line breaks that no position has passed yet: the first byte of each and the first one after it.
    breaks: VecDeque<(u64, u64)>,
    /// Line breaks that a position has passed.
    passed: u64,
    /// Whether the last byte was `\r`, so that a `\n` belongs to the same break.
    after_return: bool,
}

/// Where a record begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Start {
    /// The line of its first byte, from 1.
    pub line: u64,
    /// Empty lines between the record before and this one.
    pub empty: u64,
}

impl Lines {
    /// Takes the next chunk of the stream.
    pub(super) fn scan(&mut self, chunk: &[u8]) {
        let mut at = self.scanned;
        for byte in chunk {
            let end = at + 1;
            match (byte, self.breaks.back_mut()) {
                // The second half of `\r\n`, maybe in another chunk than the first.
                (b'\n', Some(last)) if self.after_return => last.1 = end,
                (b'\n' | b'\r', _) => self.breaks.push_back((at, end)),
                _ => (),
            }
            self.after_return = *byte == b'\r';
            at = end;
        }
        self.scanned = at;
    }

    /// The start of the record that a reader found at this byte or, after line breaks, behind it.
    ///
    /// Shape: positions must not decrease, and the record must have been scanned.
    pub(super) fn start(&mut self, byte: u64) -> Start {
        let (mut byte, mut empty) = (byte, 0);
        while let Some((first, end)) = self.breaks.front().copied() {
            if first > byte {
                break;
            }
            // A break that begins at the position ends an empty line; one that began before it, a line with text.
            if first == byte {
                empty += 1;
            }
            byte = byte.max(end);
            self.passed += 1;
            self.breaks.pop_front();
        }
        Start { line: self.passed + 1, empty }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The starts of the records at these bytes, with the text scanned in chunks of every size.
    fn starts(text: &[u8], bytes: &[u64]) -> Vec<(u64, u64)> {
        let of = |size: usize| -> Vec<(u64, u64)> {
            let mut lines = Lines::default();
            text.chunks(size).for_each(|chunk| lines.scan(chunk));
            bytes.iter().map(|byte| lines.start(*byte)).map(|start| (start.line, start.empty)).collect()
        };
        let whole = of(text.len());
        for size in 1..text.len() {
            assert_eq!(of(size), whole, "chunks of {size}");
        }
        whole
    }

    #[test]
    fn every_kind_of_line_break_counts_once() {
        assert_eq!(starts(b"a\nb\nc", &[0, 2, 4]), [(1, 0), (2, 0), (3, 0)]);
        // A reader of CSV ends a record at `\r` and skips `\n` before the next one.
        assert_eq!(starts(b"a\r\nb\r\nc", &[0, 2, 5]), [(1, 0), (2, 0), (3, 0)]);
        assert_eq!(starts(b"a\r\nb\r\nc", &[0, 3, 6]), [(1, 0), (2, 0), (3, 0)]);
        assert_eq!(starts(b"a\rb\rc", &[0, 2, 4]), [(1, 0), (2, 0), (3, 0)]);
    }

    #[test]
    fn empty_lines_and_breaks_within_a_record_are_counted() {
        assert_eq!(starts(b"a\n\n\nb\nc", &[0, 2, 6]), [(1, 0), (4, 2), (5, 0)]);
        assert_eq!(starts(b"a\r\n\r\nb", &[0, 2]), [(1, 0), (3, 1)]);
        assert_eq!(starts(b"\"a\r\n\r\nb\"\r\nc", &[0, 10]), [(1, 0), (4, 0)]);
    }
}
