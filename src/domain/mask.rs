//! Masks secrets in texts: as they are, within JSON, percent-encoded.

use super::template::{Escape, Piece, Template};

/// What stands in the place of a secret.
pub const MASK: &str = "***";
/// A secret of this length is masked within words too. Units: bytes.
pub const SHORTEST_ANYWHERE: usize = 6;

/// Secrets, to be masked wherever they stand.
#[derive(Clone, Default)]
pub struct Mask {
    /// Every form of every secret, the longest first, so that no part of one is left over.
    forms: Vec<String>,
}

impl Mask {
    /// These secrets; empty ones are none.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let secrets = secrets.into_iter().filter(|secret| !secret.is_empty());
        let mut forms: Vec<String> = secrets.flat_map(forms_of).collect();
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        forms.dedup();
        Self { forms }
    }

    /// Whether there is nothing to mask.
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// A text with every secret masked.
    pub fn applied(&self, text: &str) -> String {
        self.forms.iter().fold(text.to_owned(), |text, secret| without(&text, secret))
    }

    /// Takes the beginning of a secret from where a text was cut.
    pub fn cut_begun(&self, text: &mut String) {
        let begun = self.forms.iter().filter_map(|secret| {
            let ends = secret.char_indices().map(|(at, _)| at).rev();
            ends.take_while(|end| *end > 0).find(|end| text.ends_with(&secret[..*end]))
        });
        let begun = begun.max().unwrap_or(0);
        text.truncate(text.len() - begun);
    }
}

// It holds secrets.
impl std::fmt::Debug for Mask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mask of {} forms", self.forms.len())
    }
}

/// A secret as it may stand in a message: as it is, within JSON, percent-encoded.
fn forms_of(secret: &str) -> Vec<String> {
    let escapes = [Escape::None, Escape::JsonString, Escape::Path, Escape::Form];
    let written = escapes.map(|escape| Template::of(vec![Piece::Slot(0, escape)]).rendered(&[secret]));
    let mut forms = written.to_vec();
    forms.dedup();
    forms
}

/// A text with a mask in the place of a secret. One that is short is masked where it stands alone: the number 12 is not
/// looked for in other numbers.
fn without(text: &str, secret: &str) -> String {
    if secret.len() >= SHORTEST_ANYWHERE {
        return text.replace(secret, MASK);
    }
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for (at, _) in text.match_indices(secret) {
        let end = at + secret.len();
        let stands_alone = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        if stands_alone(text[..at].chars().next_back()) && stands_alone(text[end..].chars().next()) {
            out.push_str(&text[from..at]);
            out.push_str(MASK);
            from = end;
        }
    }
    out.push_str(&text[from..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_in_every_form_and_the_longest_first() {
        let mask = Mask::new(["obviously/fake", "", "obviously/fake!"]);
        assert_eq!(
            mask.applied("a=obviously%2Ffake, obviously/fake! \"obviously/fake\""),
            "a=***, *** \"***\""
        );
        assert!(Mask::new([""]).is_empty() && !mask.is_empty());
        assert!(!format!("{mask:?}").contains("fake"));
    }

    #[test]
    fn a_short_secret_is_masked_where_it_stands_alone() {
        let check = |text: &str, secret: &str, expected: &str| assert_eq!(without(text, secret), expected);
        check("http://127.0.0.1/items/12?a=12", "12", "http://127.0.0.1/items/***?a=***");
        check("{\"id\":12,\"n\":312}", "12", "{\"id\":***,\"n\":312}");
        check("12", "12", "***");
        check("12é 12 ", "12", "12é *** ");
        check("xobviouslyx", "obviously", "x***x");
    }

    #[test]
    fn the_beginning_of_a_secret_is_not_left_where_a_text_was_cut() {
        let mask = Mask::new(["obviously-fake", "é-fake"]);
        let check = |text: &str, expected: &str| {
            let mut text = text.to_owned();
            mask.cut_begun(&mut text);
            assert_eq!(text, expected);
        };
        check("a token: obviously-f", "a token: ");
        check("a token: é-fak", "a token: ");
        check("a token", "a token");
    }
}
