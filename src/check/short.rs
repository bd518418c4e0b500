//! Texts of servers, shortened for findings.

/// The beginning of a text: at most this many characters, on one line, with a mark where something is missing.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let mut short = String::new();
    let mut left = most;
    for word in text.split_whitespace() {
        let blank = usize::from(!short.is_empty());
        let length = word.chars().take(left + 1).count();
        if length + blank > left {
            if blank < left {
                short.push_str(if blank == 1 { " " } else { "" });
                short.extend(word.chars().take(left - blank - 1));
            }
            short.push('…');
            return short;
        }
        short.push_str(if blank == 1 { " " } else { "" });
        short.push_str(word);
        left -= length + blank;
    }
    short
}

/// The longest text of a server in a finding. Units: characters.
const LONGEST: usize = 120;

/// A text of a server as it stands in a finding.
pub(super) fn in_line(text: &str) -> String {
    shortened(text, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_line_and_no_longer_than_its_limit() {
        let check = |text: &str, most: usize, expected: &str| {
            assert_eq!(shortened(text, most), expected, "{text:?} {most}");
            assert!(shortened(text, most).chars().count() <= most.max(1));
        };
        check("", 5, "");
        check("  a \n\t b ", 9, "a b");
        check("ab cd", 5, "ab cd");
        check("ab cde", 5, "ab c…");
        check("ab cde", 3, "ab…");
        check("äöüß", 3, "äö…");
        check("äöü", 3, "äöü");
        check("ab", 0, "…");
    }
}
