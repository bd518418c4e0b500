//! The words of a pasted shell command, with the quotes that browsers write.
//!
//! `shlex` splits words, except for two things that it does not know: `$'…'`, which is translated first, and lines that end
//! with a backslash between words.

use std::iter::Peekable;
use std::str::Chars;

/// The words of a command; `None` where a quote is not closed.
pub(super) fn split(command: &str) -> Option<Vec<String>> {
    shlex::split(&translated(command)?)
}

/// The command with every `$'…'` as a plain quote, and without the ends of continued lines.
fn translated(command: &str) -> Option<String> {
    let mut text = String::with_capacity(command.len());
    let mut letters = command.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('\n') => (),
                Some('\r') if letters.peek() == Some(&'\n') => drop(letters.next()),
                next => {
                    text.push('\\');
                    text.extend(next);
                }
            },
            '\'' => {
                text.push('\'');
                copy_until_quote(&mut letters, &mut text, '\'')?;
            }
            '"' => {
                text.push('"');
                copy_until_quote(&mut letters, &mut text, '"')?;
            }
            '$' if letters.peek() == Some(&'\'') => {
                letters.next();
                text.push('\'');
                // A quote cannot stand between single quotes.
                text.push_str(&ansi_c(&mut letters)?.replace('\'', "'\\''"));
                text.push('\'');
            }
            // A translated text, which is not translated.
            '$' if letters.peek() == Some(&'"') => (),
            letter => text.push(letter),
        }
    }
    Some(text)
}

/// Copies to the end of a quote; only in double quotes is a backslash special.
fn copy_until_quote(letters: &mut Peekable<Chars<'_>>, text: &mut String, quote: char) -> Option<()> {
    loop {
        let letter = letters.next()?;
        text.push(letter);
        if letter == quote {
            return Some(());
        }
        if letter == '\\' && quote == '"' {
            text.push(letters.next()?);
        }
    }
}

/// The text of `$'…'`, read after its opening quote, as bash reads it.
fn ansi_c(letters: &mut Peekable<Chars<'_>>) -> Option<String> {
    // Bytes, because several escapes may be one letter.
    let mut bytes = Vec::new();
    let push = |bytes: &mut Vec<u8>, letter: char| {
        bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    };
    loop {
        match letters.next()? {
            '\'' => return Some(String::from_utf8_lossy(&bytes).into_owned()),
            '\\' => match letters.next()? {
                'n' => bytes.push(b'\n'),
                'r' => bytes.push(b'\r'),
                't' => bytes.push(b'\t'),
                'a' => bytes.push(7),
                'b' => bytes.push(8),
                'e' | 'E' => bytes.push(27),
                'f' => bytes.push(12),
                'v' => bytes.push(11),
                'c' => bytes.push(u8::try_from(letters.next()?).ok()? & 0x1f),
                'x' => match digits(letters, 2, 16) {
                    Some(value) => bytes.push(u8::try_from(value).ok()?),
                    None => bytes.extend_from_slice(b"\\x"),
                },
                'u' => push(&mut bytes, letter_of(letters, 4)?),
                'U' => push(&mut bytes, letter_of(letters, 8)?),
                first @ '0'..='7' => {
                    let more = octal_rest(letters);
                    let value = more.into_iter().fold(first.to_digit(8)?, |value, digit| value * 8 + digit);
                    bytes.push(u8::try_from(value & 0xff).ok()?);
                }
                letter @ ('\\' | '\'' | '"' | '?') => push(&mut bytes, letter),
                letter => {
                    bytes.push(b'\\');
                    push(&mut bytes, letter);
                }
            },
            letter => push(&mut bytes, letter),
        }
    }
}

/// The letter of `\u` or `\U`. A browser writes one beyond the first plane as two halves (UTF-16).
fn letter_of(letters: &mut Peekable<Chars<'_>>, most: usize) -> Option<char> {
    let value = digits(letters, most, 16)?;
    if (0xd800..0xdc00).contains(&value) {
        let second = letters.next_if_eq(&'\\').and_then(|_| letters.next_if_eq(&'u'));
        let low = second.and_then(|_| digits(letters, 4, 16))?;
        let low = low.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
        return char::from_u32(0x1_0000 + ((value - 0xd800) << 10) + low);
    }
    char::from_u32(value)
}

fn octal_rest(letters: &mut Peekable<Chars<'_>>) -> Vec<u32> {
    let mut digits = Vec::new();
    while digits.len() < 2
        && let Some(digit) = letters.peek().and_then(|letter| letter.to_digit(8))
    {
        letters.next();
        digits.push(digit);
    }
    digits
}

/// A number with a limited number of digits; `None` without any.
fn digits(letters: &mut Peekable<Chars<'_>>, most: usize, radix: u32) -> Option<u32> {
    let mut value = None;
    for _ in 0..most {
        let Some(digit) = letters.peek().and_then(|letter| letter.to_digit(radix)) else { break };
        letters.next();
        value = Some(value.unwrap_or(0_u32).wrapping_mul(radix).wrapping_add(digit));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(command: &str, expected: &[&str]) {
        assert_eq!(
            split(command).as_deref(),
            Some(&expected.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()[..]),
            "{command}"
        );
    }

    #[test]
    fn words_are_those_of_a_shell() {
        check("curl  a\tb", &["curl", "a", "b"]);
        check(
            "curl 'a b' \\\n  -H \"x: \\\"y\\\" $z\" \\\r\n  c",
            &["curl", "a b", "-H", "x: \"y\" $z", "c"],
        );
        check("curl 'it'\\''s'", &["curl", "it's"]);
        check("curl a\\ b ''", &["curl", "a b", ""]);
        check("curl \"$'x'\"", &["curl", "$'x'"]);
        check("curl '$'", &["curl", "$"]);
        check("curl $\"a\" x$y", &["curl", "a", "x$y"]);
    }

    #[test]
    fn escapes_are_those_of_bash() {
        check(r"x $'a\'b'", &["x", "a'b"]);
        check(r#"x $'{\"a\":"\u0021\u00fc"}'"#, &["x", "{\"a\":\"!ü\"}"]);
        check(r"x $'\xc3\xbc\n\t\\\0\101'", &["x", "ü\n\t\\\0A"]);
        check(r"x $'\U0001f600 \ud83d\ude00'", &["x", "\u{1f600} \u{1f600}"]);
        check(r"x $'\q\x'", &["x", "\\q\\x"]);
    }

    #[test]
    fn a_quote_that_is_not_closed_is_no_command() {
        for command in ["curl 'a", "curl \"a", "curl $'a", "curl $'\\ud800'", "curl \"a\\\""] {
            assert_eq!(split(command), None, "{command}");
        }
    }
}
