//! How many columns of a terminal a text takes, and text cut to a number of columns.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The columns that a text takes. Wide letters, such as Chinese ones, take two.
pub fn columns(text: &str) -> usize {
    text.width()
}

/// The text, or as much of its beginning as fits with an ellipsis; empty where not even that fits.
pub fn cut(text: &str, most: usize) -> String {
    if columns(text) <= most {
        return text.to_owned();
    }
    let Some(room) = most.checked_sub(1) else { return String::new() };
    let mut taken = 0;
    let mut kept = String::new();
    for letter in text.chars() {
        taken += letter.width().unwrap_or(0);
        if taken > room {
            break;
        }
        kept.push(letter);
    }
    format!("{}…", kept.trim_end())
}

/// The text cut in its middle, so that its beginning and end stay.
pub fn cut_middle(text: &str, most: usize) -> String {
    if columns(text) <= most {
        return text.to_owned();
    }
    let Some(room) = most.checked_sub(1) else { return String::new() };
    let tail_room = room / 2;
    let mut taken = 0;
    let mut tail: Vec<char> = Vec::new();
    for letter in text.chars().rev() {
        taken += letter.width().unwrap_or(0);
        if taken > tail_room {
            break;
        }
        tail.push(letter);
    }
    let tail: String = tail.into_iter().rev().collect();
    format!("{}{tail}", cut(text, most - columns(&tail)))
}

/// The text with spaces behind it, so that it takes this many columns.
pub fn padded(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(columns(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_take_two_columns() {
        assert_eq!((columns("browse"), columns("検索"), columns("e\u{301}"), columns("")), (6, 4, 1, 0));
        assert_eq!(padded("検索", 6), "検索  ");
    }

    #[test]
    fn what_is_cut_fits() {
        let check = |text: &str, most: usize, expected: &str| {
            assert_eq!(cut(text, most), expected, "{text} in {most}");
        };
        check("browse", 6, "browse");
        check("browse", 5, "brow…");
        check("browse", 1, "…");
        check("browse", 0, "");
        check("検索一覧", 8, "検索一覧");
        check("検索一覧", 6, "検索…");
        check("a b c", 3, "a…");
        for most in 0..30 {
            for text in ["pitchey-rehearsal-seed7-20260101T000000Z", "検索一覧の検索一覧", "é", ""]
            {
                assert!(columns(&cut(text, most)) <= most && columns(&cut_middle(text, most)) <= most);
            }
        }
        assert_eq!(cut_middle("pitchey-20260101T000000Z", 15), "pitchey…000000Z");
    }
}
