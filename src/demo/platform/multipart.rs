//! Reads multipart forms that are in memory as a whole. Deliberately small, and strict about what it reads.

/// Most parts of a form; another one makes it unreadable.
const MOST_PARTS: usize = 1_000;
/// Longest boundary of the standard. Units: bytes.
const LONGEST_BOUNDARY: usize = 70;

/// One field of a form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'b> {
    pub(super) name: Vec<u8>,
    pub(super) content: &'b [u8],
}

/// The parts of a form with this content type; `None` if it is not one.
///
/// **Source**: RFC 7578, and RFC 2046 section 5.1.1.
pub(super) fn parts<'b>(content_type: &str, body: &'b [u8]) -> Option<Vec<Part<'b>>> {
    let boundary = boundary(content_type)?;
    let delimiter = [b"\r\n--", boundary.as_bytes()].concat();
    // The first delimiter has no line break of its own where nothing precedes it.
    let mut rest = match body.strip_prefix(&delimiter[2..]) {
        Some(rest) => rest,
        None => split(body, &delimiter)?.1,
    };
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        // Spaces may follow a delimiter.
        let (padding, after) = split(rest, b"\r\n")?;
        if parts.len() >= MOST_PARTS || padding.iter().any(|byte| !matches!(byte, b' ' | b'\t')) {
            return None;
        }
        let (part, next) = split(after, &delimiter)?;
        let (head, content) =
            part.strip_prefix(b"\r\n").map(|content| (&b""[..], content)).or(split(part, b"\r\n\r\n"))?;
        parts.push(Part { name: name(head)?, content });
        rest = next;
    }
    Some(parts)
}

/// The boundary among the parameters of a content type.
fn boundary(content_type: &str) -> Option<&str> {
    let parameters = content_type.split(';').skip(1).filter_map(|parameter| parameter.trim().split_once('='));
    let mut found = parameters.filter(|(key, _)| key.eq_ignore_ascii_case("boundary"));
    let value = found.next()?.1;
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    (1..=LONGEST_BOUNDARY).contains(&value.len()).then_some(value)
}

/// The name of the field in the head of its part.
fn name(head: &[u8]) -> Option<Vec<u8>> {
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let disposition = lines.find_map(|line| {
        let (key, value) = split(line, b":")?;
        key.eq_ignore_ascii_case(b"content-disposition").then_some(value)
    })?;
    // A semicolon comes first, so that the end of `filename=` is not taken for it.
    let mut rest = disposition;
    while let Some((_, parameter)) = split(rest, b";") {
        let trimmed = parameter.trim_ascii_start();
        if let Some(quoted) = trimmed.strip_prefix(b"name=\"") {
            let end = quoted.iter().position(|byte| *byte == b'"')?;
            return Some(quoted[..end].to_vec());
        }
        if let Some(plain) = trimmed.strip_prefix(b"name=") {
            let end = plain.iter().position(|byte| *byte == b';').unwrap_or(plain.len());
            return Some(plain[..end].trim_ascii_end().to_vec());
        }
        rest = parameter;
    }
    None
}

/// What precedes and what follows the first occurrence of a mark.
fn split<'b>(bytes: &'b [u8], mark: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let place = bytes.windows(mark.len()).position(|window| window == mark)?;
    Some((&bytes[..place], &bytes[place + mark.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; charset=utf-8; Boundary=\"x y\"";

    fn check(body: &str, expected: Option<&[(&str, &str)]>) {
        let found = parts(TYPE, body.as_bytes());
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let found: Option<Vec<(String, String)>> =
            found.map(|parts| parts.iter().map(|part| (text(&part.name), text(part.content))).collect());
        let owned = |(name, content): &(&str, &str)| ((*name).to_owned(), (*content).to_owned());
        assert_eq!(found, expected.map(|parts| parts.iter().map(owned).collect()), "{body:?}");
    }

    #[test]
    fn parts_have_names_and_contents() {
        let one = "--x y\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\na\r\nb\r\n--x y--";
        check(one, Some(&[("csrf", "a\r\nb")]));
        check(&format!("preamble\r\n{one}\r\nepilogue"), Some(&[("csrf", "a\r\nb")]));
        let file =
            "--x y \t\r\nx-a: b\r\ncontent-disposition:form-data;filename=\"name=1\";name=file\r\n\r\n\r\n";
        check(&format!("{file}{one}"), Some(&[("file", ""), ("csrf", "a\r\nb")]));
        check("--x y--", Some(&[]));
    }

    #[test]
    fn anything_else_is_no_form() {
        for body in [
            "",
            "--x y",
            "--x y\r\n",
            "--x z\r\n\r\n\r\n--x z--",
            "--x y\r\n\r\nno name\r\n--x y--",
            "--x y\r\ncontent-disposition: form-data\r\n\r\n\r\n--x y--",
            "--x y\r\ncontent-disposition: form-data; name=\"open\r\n\r\n\r\n--x y--",
            "--x y\r\ncontent-disposition: form-data; name=a\r\n\r\nnever ends",
            "--x yz\r\ncontent-disposition: form-data; name=a\r\n\r\n\r\n--x y--",
        ] {
            check(body, None);
        }
        for content_type in
            ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\""]
        {
            assert_eq!(parts(content_type, b"----"), None, "{content_type}");
        }
        let long = format!("multipart/form-data; boundary={}", "a".repeat(71));
        assert_eq!(parts(&long, b""), None);
    }

    #[test]
    fn the_number_of_parts_is_limited() {
        let part = "--x y\r\ncontent-disposition: form-data; name=a\r\n\r\n\r\n";
        assert_eq!(parts(TYPE, format!("{}--x y--", part.repeat(1_000)).as_bytes()).unwrap().len(), 1_000);
        assert_eq!(parts(TYPE, format!("{}--x y--", part.repeat(1_001)).as_bytes()), None);
    }
}
