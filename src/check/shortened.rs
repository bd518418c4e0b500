//! Texts of servers, as short as evidence needs them.

/// The longest text of a server in a finding. Units: characters.
const LONGEST: usize = 120;

/// The text in one line, cut after its first 120 characters.
pub(super) fn shortened(text: &str) -> String {
    let line: String = text.chars().map(|c| if c == '\n' || c == '\r' { ' ' } else { c }).collect();
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}\u{2026}", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(shortened("a\r\nb"), "a  b");
        let exact = "\u{fc}".repeat(LONGEST);
        assert_eq!(shortened(&exact), exact);
        assert_eq!(shortened(&format!("{exact}x")), format!("{exact}\u{2026}"));
    }
}
