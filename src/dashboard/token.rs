//! The token that a client must know where the page can be reached from other machines.

use std::fmt;
use std::io;

use crate::host::random::secret;

/// Bytes of a token that is made here: nobody guesses one of 2^192.
const BYTES: usize = 24;
/// Fewest characters of a token that a user chose.
const LEAST: usize = 16;

/// A secret that is compared in constant time and never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl Token {
    /// A token of random digits.
    /// # Errors
    /// That of the operating system, where it has no random bytes.
    pub fn random() -> io::Result<Self> {
        use fmt::Write as _;
        let mut text = String::with_capacity(2 * BYTES);
        for byte in secret::<BYTES>()? {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Ok(Self(text))
    }

    /// A token that a user chose: at least 16 letters, digits, `-`, `_`, `.` or `~`, so that it can stand in a URL.
    pub fn chosen(text: &str) -> Option<Self> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        (text.len() >= LEAST && text.bytes().all(is_plain)).then(|| Self(text.to_owned()))
    }

    /// The text, for the URL that its owner is given.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether this is the token. How long it takes depends on the length of `other` only.
    pub(super) fn is(&self, other: &[u8]) -> bool {
        let own = self.0.as_bytes();
        let mut difference = usize::from(own.len() != other.len());
        for (place, byte) in other.iter().enumerate() {
            difference |= usize::from(byte ^ own[place % own.len()]);
        }
        difference == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_is_the_token() {
        let token = Token::chosen("0123456789abcdef").unwrap();
        assert!(token.is(b"0123456789abcdef"));
        for wrong in ["", "0", "0123456789abcdeF", "0123456789abcdef0", "0123456789abcdef0123456789abcdef"] {
            assert!(!token.is(wrong.as_bytes()), "{wrong}");
        }
        assert_eq!(format!("{token:?}"), "Token");
        assert_eq!(Token::random().unwrap().reveal().len(), 2 * BYTES);
    }

    #[test]
    fn a_chosen_token_is_long_and_fits_a_url() {
        for bad in ["", "short", "0123456789 bcdef", "0123456789abcde&", "0123456789abcdé"] {
            assert_eq!(Token::chosen(bad), None, "{bad}");
        }
    }
}
