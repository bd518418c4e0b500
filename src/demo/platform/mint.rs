//! Identifiers that look like chance and are none: the same seed gives the same ones in the same order.
//!
//! Each carries its number, hidden and signed, so that one which was never issued is recognised without any memory.

use sha2::{Digest as _, Sha256};

/// Makes and reads the identifiers of one server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mint {
    seed: u64,
}

/// What an identifier names. One kind is never read as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    Pitch,
    /// Value of the session cookie.
    Session,
    /// Bearer token of the same session.
    Token,
    /// Value of the cookie of a form's session.
    FormSession,
    /// One-time value of a form. Its `+`, `/` and `=` must be encoded in a URL-encoded body.
    Csrf,
}

/// Digits of each half.
const DIGITS: usize = 16;

impl Kind {
    /// Text before, between and after the two halves.
    fn frame(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::User => ("usr_", "", ""),
            Self::Pitch => ("pit_", "", ""),
            Self::Token => ("tok_", "", ""),
            Self::Session | Self::FormSession => ("", "", ""),
            Self::Csrf => ("", "+/", "=="),
        }
    }
}

impl Mint {
    /// The identifiers of a server with this seed.
    pub(super) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The identifier with this number.
    pub(super) fn write(self, kind: Kind, number: u64) -> String {
        let signature = self.digest(kind, b's', number);
        let hidden = number ^ self.digest(kind, b'h', signature);
        let (before, between, after) = kind.frame();
        format!("{before}{signature:0DIGITS$x}{between}{hidden:0DIGITS$x}{after}")
    }

    /// The number of an identifier; `None` if this server never issues such a text.
    pub(super) fn read(self, kind: Kind, text: &str) -> Option<u64> {
        let (before, between, after) = kind.frame();
        let halves = text.strip_prefix(before)?.strip_suffix(after)?;
        let (signature, rest) = halves.split_at_checked(DIGITS)?;
        let signature = half(signature)?;
        let number = half(rest.strip_prefix(between)?)? ^ self.digest(kind, b'h', signature);
        (self.digest(kind, b's', number) == signature).then_some(number)
    }

    fn digest(self, kind: Kind, purpose: u8, number: u64) -> u64 {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_le_bytes());
        hash.update([kind as u8, purpose]);
        hash.update(number.to_le_bytes());
        let bytes = hash.finalize();
        bytes.iter().take(8).fold(0, |value, byte| value << 8 | u64::from(*byte))
    }
}

/// Exactly the digits that are written: no sign and no capitals.
fn half(text: &str) -> Option<u64> {
    let plain = text.len() == DIGITS && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    u64::from_str_radix(text, 16).ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const KINDS: [Kind; 6] =
        [Kind::User, Kind::Pitch, Kind::Session, Kind::Token, Kind::FormSession, Kind::Csrf];

    #[test]
    fn what_is_written_reads_back_and_only_as_its_kind() {
        let mint = Mint::new(7);
        for kind in KINDS {
            for number in [0, 1, 2, 1_000_000, u64::MAX] {
                let text = mint.write(kind, number);
                for other in KINDS {
                    assert_eq!(mint.read(other, &text), (other == kind).then_some(number), "{text}");
                }
                assert_eq!(Mint::new(8).read(kind, &text), None);
                assert_eq!(text, Mint::new(7).write(kind, number));
            }
        }
    }

    #[test]
    fn no_two_are_equal() {
        let mint = Mint::new(1);
        let texts: HashSet<String> =
            KINDS.iter().flat_map(|kind| (0..1_000).map(move |number| mint.write(*kind, number))).collect();
        assert_eq!(texts.len(), 6_000);
    }

    #[test]
    fn anything_else_was_never_issued() {
        let mint = Mint::new(1);
        let csrf = mint.write(Kind::Csrf, 5);
        assert!(csrf.contains("+/") && csrf.ends_with("=="), "{csrf}");
        let capitals = mint.write(Kind::Session, 5).to_uppercase();
        for text in
            ["", "pit_", "+/==", "ü", "pit_üüüüüüüüüüüüüüüü", capitals.as_str(), &csrf.replace('+', " ")]
        {
            for kind in KINDS {
                assert_eq!(mint.read(kind, text), None, "{text}");
            }
        }
        let long = format!("{}0", mint.write(Kind::Pitch, 5));
        assert_eq!(mint.read(Kind::Pitch, &long), None);
    }
}
