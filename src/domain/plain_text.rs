//! Text from files and servers, made safe to show: no terminal escapes, no reversed order, nothing that XML forbids.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character acts on what is shown instead of being shown: control characters except newline and tab, marks
/// that turn the direction of text, line separators, and those that are none.
pub fn is_hidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{061c}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{feff}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fdd0}'..='\u{fdef}' => true,
        c => c.is_control() || u32::from(c) & 0xFFFE == 0xFFFE,
    }
}

/// A text with every hidden character as `\u001b`, which is what JSON writes for it too.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// A text as a field of a CSV file that a spreadsheet may open: what would be taken for a formula gets an apostrophe.
pub fn as_field(text: &str) -> Cow<'_, str> {
    match visible(text) {
        text if text.starts_with(['=', '+', '-', '@', '\t']) => Cow::Owned(format!("'{text}")),
        text => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_shown_instead() {
        for (text, shown) in [
            ("plain, 日本語\n\t'", "plain, 日本語\n\t'"),
            ("\u{1b}[2Jx\u{7}", "\\u001b[2Jx\\u0007"),
            ("\u{9b}31m", "\\u009b31m"),
            ("a\u{202e}b\u{2066}", "a\\u202eb\\u2066"),
            ("\u{fffe}\u{1ffff}", "\\ufffe\\ud83f\\udfff"),
            ("\r\0", "\\u000d\\u0000"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }

    #[test]
    fn a_formula_is_text() {
        assert_eq!(as_field("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(as_field("+1"), "'+1");
        assert_eq!(as_field("browse"), "browse");
    }
}
