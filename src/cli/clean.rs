//! Standard output without anything that acts on a terminal, whatever the names in a run folder or a table contain.

use std::io::{self, Write};

use crate::domain::plain_text::visible;

/// A writer that shows hidden characters instead of passing them on.
pub(super) struct Clean<W> {
    inner: W,
    /// The beginning of a character whose rest has not come yet.
    rest: Vec<u8>,
}

impl<W: Write> Clean<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner, rest: Vec::new() }
    }

    fn take(&mut self) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.rest);
        let mut left = bytes.as_slice();
        loop {
            match std::str::from_utf8(left) {
                Ok(text) => return self.inner.write_all(visible(text).as_bytes()),
                Err(error) => {
                    let (whole, rest) = left.split_at(error.valid_up_to());
                    self.inner.write_all(visible(&String::from_utf8_lossy(whole)).as_bytes())?;
                    let Some(wrong) = error.error_len() else {
                        self.rest = rest.to_vec();
                        return Ok(());
                    };
                    self.inner.write_all("\u{fffd}".as_bytes())?;
                    left = &rest[wrong..];
                }
            }
        }
    }
}

impl<W: Write> Write for Clean<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Rows of Windows files end with a carriage return; a terminal ignores it there.
        self.rest.extend(bytes.iter().enumerate().filter_map(|(place, byte)| {
            let is_end = *byte == b'\r' && bytes.get(place + 1) == Some(&b'\n');
            (!is_end).then_some(*byte)
        }));
        self.take()?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(pieces: &[&[u8]]) -> String {
        let mut clean = Clean::new(Vec::new());
        for piece in pieces {
            clean.write_all(piece).unwrap();
        }
        String::from_utf8(clean.inner).unwrap()
    }

    #[test]
    fn escapes_are_shown_and_letters_stay_whole() {
        assert_eq!(written(&[b"a\x1b[2J", "é".as_bytes()]), "a\\u001b[2Jé");
        let letter = "日".as_bytes();
        assert_eq!(written(&[&letter[..1], &letter[1..2], &letter[2..], b"!"]), "日!");
        assert_eq!(written(&[b"a\xffb\r\nc"]), "a\u{fffd}b\nc");
        assert_eq!(written(&["\u{202e}".as_bytes()]), "\\u202e");
    }
}
