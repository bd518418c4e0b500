//! What separates the columns of a table: a comma, or what its first line says or shows.
//!
//! Spreadsheets and Grafana write `sep=;` in front of the header; tables of countries with a decimal comma have semicolons.

use std::io::{self, Cursor, Read};

/// The first line is looked for within this many bytes.
const LONGEST_LINE: usize = 1 << 16;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The delimiter of a table, and its text without a byte order mark. A line `sep=` becomes empty, so that lines keep their
/// numbers.
/// # Errors
/// What the source says.
pub(super) fn delimiter(mut source: Box<dyn Read>) -> io::Result<(u8, Box<dyn Read>)> {
    let mut head = Vec::new();
    let mut buffer = [0; 4_096];
    while head.len() < LONGEST_LINE && !head.contains(&b'\n') {
        let read = source.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        head.extend_from_slice(&buffer[..read]);
    }
    if head.starts_with(BYTE_ORDER_MARK) {
        head.drain(..BYTE_ORDER_MARK.len());
    }
    let end = head.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(head.len());
    let stated = stated(&head[..end]);
    if stated.is_some() {
        head.drain(..end);
    }
    let delimiter = stated.unwrap_or_else(|| shown(&head[..end]));
    Ok((delimiter, Box::new(Cursor::new(head).chain(source))))
}

/// The delimiter that a line such as `sep=;` states.
fn stated(line: &[u8]) -> Option<u8> {
    let line = line.trim_ascii().strip_prefix(b"\"").unwrap_or(line.trim_ascii());
    let (name, rest) = line.split_at_checked(4)?;
    match rest.strip_suffix(b"\"").unwrap_or(rest) {
        [delimiter] if name.eq_ignore_ascii_case(b"sep=") => Some(*delimiter),
        // A tab at the end is trimmed with the spaces.
        [] if name.eq_ignore_ascii_case(b"sep=") => Some(b'\t'),
        _ => None,
    }
}

/// The delimiter of a header: a comma, unless it has none outside of quotes.
fn shown(header: &[u8]) -> u8 {
    let mut is_quoted = false;
    let mut has = [false; 3];
    for byte in header {
        is_quoted ^= *byte == b'"';
        if !is_quoted && let Some(place) = b",;\t".iter().position(|delimiter| delimiter == byte) {
            has[place] = true;
        }
    }
    match has {
        [false, true, _] => b';',
        [false, false, true] => b'\t',
        _ => b',',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_says_or_shows_it() {
        let check = |text: &'static str, right: u8, rest: &str| {
            let (found, mut source) = delimiter(Box::new(text.as_bytes())).unwrap();
            let mut read = String::new();
            source.read_to_string(&mut read).unwrap();
            assert_eq!((found, read.as_str()), (right, rest), "{text:?}");
        };
        check("a,b\n1,2\n", b',', "a,b\n1,2\n");
        check("\u{feff}a,b\n", b',', "a,b\n");
        check("a;b\n1,5;2\n", b';', "a;b\n1,5;2\n");
        check("a\tb", b'\t', "a\tb");
        check("\"a;b\",c\n", b',', "\"a;b\",c\n");
        check("\"a,b\";c\n", b';', "\"a,b\";c\n");
        check("\u{feff}sep=;\na;b\n", b';', "\na;b\n");
        check("SEP=,\r\na,b\n", b',', "\r\na,b\n");
        check("sep=\t\na\tb\n", b'\t', "\na\tb\n");
        check("value\n1\n", b',', "value\n1\n");
        check("", b',', "");
    }
}
