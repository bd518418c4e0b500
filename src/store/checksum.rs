//! CRC-32 (IEEE 802.3): finds accidental damage in a file, such as a flipped bit. It is no protection against intent.

/// Remainders of each byte, for one step per byte.
const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    let mut byte = 0;
    while index < table.len() {
        let mut rest: u32 = byte;
        let mut bit = 0;
        while bit < 8 {
            rest = if rest & 1 == 1 { 0xEDB8_8320 ^ (rest >> 1) } else { rest >> 1 };
            bit += 1;
        }
        table[index] = rest;
        index += 1;
        byte += 1;
    }
    table
}

/// A checksum of bytes that come in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Crc(u32);

impl Default for Crc {
    fn default() -> Self {
        Self(u32::MAX)
    }
}

impl Crc {
    /// Takes the next bytes.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let [low, ..] = (self.0 ^ u32::from(*byte)).to_le_bytes();
            self.0 = TABLE[usize::from(low)] ^ (self.0 >> 8);
        }
    }

    /// The checksum of everything taken.
    pub(super) fn value(self) -> u32 {
        !self.0
    }
}

/// The checksum of some bytes.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc::default();
    crc.add(bytes);
    crc.value()
}

/// A checksum as files have it: eight lowercase hexadecimal digits.
pub(super) fn hex(checksum: u32) -> String {
    format!("{checksum:08x}")
}

/// The checksum that [`hex`] wrote; `None` for any other text.
pub(super) fn from_hex(text: &str) -> Option<u32> {
    let is_hex = text.len() == 8 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_hex.then(|| u32::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
        let mut pieces = Crc::default();
        for piece in [b"1234".as_slice(), b"", b"56789"] {
            pieces.add(piece);
        }
        assert_eq!(pieces.value(), 0xCBF4_3926);
    }

    #[test]
    fn only_what_was_written_is_read() {
        assert_eq!(from_hex(&hex(0x00C0_FFEE)), Some(0x00C0_FFEE));
        for wrong in ["", "c0ffee", "00C0FFEE", "+0c0ffee", "00c0ffee0"] {
            assert_eq!(from_hex(wrong), None, "{wrong}");
        }
    }
}
