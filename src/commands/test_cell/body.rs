//! The body that options ask for, as curl puts it together.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _};
use std::path::PathBuf;

use super::super::CommandError;

/// One piece of data from the command line.
#[derive(Clone, PartialEq, Eq)]
pub struct Data {
    /// The option that it was given with.
    pub kind: DataKind,
    /// Its value.
    pub text: String,
}

/// The options for data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataKind {
    /// `--data`: the text, or `@FILE` without its line breaks.
    Form,
    /// `--data-raw`: the text, whatever it begins with.
    Raw,
    /// `--data-binary`: the text, or `@FILE` as it is.
    Binary,
    /// `--data-urlencode`: the text or `@FILE`, percent-encoded.
    Urlencoded,
    /// `--json`: as `--data-binary`, with the headers for JSON.
    Json,
}

/// The body of a request.
pub(super) enum Body {
    /// There is none.
    None,
    /// A text.
    Text(String),
    /// The bytes of a file, which are read while they are sent.
    File(PathBuf),
}

/// Whether any piece was given with `--json`.
pub(super) fn has_json(data: &[Data]) -> bool {
    data.iter().any(|piece| piece.kind == DataKind::Json)
}

/// All pieces together, joined with `&` except those of `--json`.
/// # Errors
/// [`CommandError::Usage`] where a file cannot be read, or is not text and not alone.
pub(super) fn body_of(data: &[Data]) -> Result<Body, CommandError> {
    if let [Data { kind: DataKind::Binary | DataKind::Json, text }] = data
        && let Some(path) = text.strip_prefix('@').filter(|path| *path != "-")
    {
        return Ok(Body::File(path.into()));
    }
    let mut body: Option<String> = None;
    for piece in data {
        let text = piece.text()?;
        body = Some(match body {
            Some(before) if piece.kind == DataKind::Json => before + &text,
            Some(before) => format!("{before}&{text}"),
            None => text,
        });
    }
    Ok(body.map_or(Body::None, Body::Text))
}

impl Data {
    fn text(&self) -> Result<String, CommandError> {
        let file = self.text.strip_prefix('@');
        match (self.kind, file) {
            (DataKind::Raw, _) | (DataKind::Form | DataKind::Binary | DataKind::Json, None) => {
                Ok(self.text.clone())
            }
            // As curl does for forms.
            (DataKind::Form, Some(path)) => Ok(text_of_file(path)?.replace(['\r', '\n', '\0'], "")),
            (DataKind::Binary | DataKind::Json, Some(path)) => text_of_file(path),
            (DataKind::Urlencoded, _) => self.encoded(),
        }
    }

    /// `CONTENT`, `=CONTENT`, `NAME=CONTENT`, `@FILE` or `NAME@FILE`; only the content is encoded.
    fn encoded(&self) -> Result<String, CommandError> {
        let (name, content) = match (self.text.split_once('='), self.text.split_once('@')) {
            (Some((name, content)), _) => (name, content.to_owned()),
            (None, Some((name, path))) => (name, text_of_file(path)?),
            (None, None) => ("", self.text.clone()),
        };
        let mut text = if name.is_empty() { String::new() } else { format!("{name}=") };
        for byte in content.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                text.push(char::from(byte));
            } else if byte == b' ' {
                text.push('+');
            } else {
                let _ = write!(text, "%{byte:02X}");
            }
        }
        Ok(text)
    }
}

/// The text of a file, or of standard input for `-`.
/// # Errors
/// [`CommandError::Usage`] where it cannot be read, or is not UTF-8.
pub(super) fn text_of_file(path: &str) -> Result<String, CommandError> {
    let bytes = if path == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    let bytes = bytes.map_err(|error| CommandError::Usage {
        what: format!("cannot read {path}: {error}"),
        hint: "after `@`, give the path of a file, or `-` for standard input".to_owned(),
    })?;
    String::from_utf8(bytes).map_err(|_| CommandError::Usage {
        what: format!("{path} is not UTF-8 text"),
        hint: "to send a file as it is, give only --data-binary @FILE".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pieces: &[(DataKind, &str)], expected: &str) {
        let data: Vec<Data> =
            pieces.iter().map(|(kind, text)| Data { kind: *kind, text: (*text).to_owned() }).collect();
        match body_of(&data).unwrap() {
            Body::Text(text) => assert_eq!(text, expected),
            Body::None | Body::File(_) => panic!("{expected}: no text"),
        }
    }

    #[test]
    fn pieces_are_joined_as_curl_joins_them() {
        use DataKind::{Binary, Form, Json, Raw, Urlencoded};
        check(&[(Form, "a=1"), (Form, "b=2")], "a=1&b=2");
        check(&[(Form, "")], "");
        check(&[(Raw, "@a"), (Binary, "b\n")], "@a&b\n");
        check(&[(Json, "{\"a\":"), (Json, "1}")], "{\"a\":1}");
        check(
            &[(Urlencoded, "q=a b&c"), (Urlencoded, "=ü"), (Urlencoded, "a~b/")],
            "q=a+b%26c&%C3%BC&a~b%2F",
        );
    }

    #[test]
    fn files_are_read_as_curl_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.txt");
        fs::write(&path, "a=1\r\nb=2\n").unwrap();
        let at = format!("@{}", path.display());
        check(&[(DataKind::Form, &at)], "a=1b=2");
        check(&[(DataKind::Binary, &at), (DataKind::Form, "c")], "a=1\r\nb=2\n&c");
        check(&[(DataKind::Urlencoded, &format!("n{at}"))], "n=a%3D1%0D%0Ab%3D2%0A");
        let alone = [Data { kind: DataKind::Binary, text: at }];
        assert!(matches!(body_of(&alone).unwrap(), Body::File(file) if file == path));
        fs::write(&path, [0xff]).unwrap();
        assert!(text_of_file(path.to_str().unwrap()).is_err());
    }
}
