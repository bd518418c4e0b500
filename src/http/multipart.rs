//! Writes forms of several parts: RFC 7578, names escaped as browsers and curl escape them.

use std::path::Path;

use memchr::memmem;

use crate::domain::multipart::{Content, Multipart, Part};
use crate::domain::template::{Template, Values};

use super::payload::Segment;
use super::request_head::{Unsendable, append_header};

/// Boundaries to try before giving up: each of them has to occur in a value to be rejected.
const TRIES: u64 = 16;

/// A form, ready to be written.
pub(super) struct Form {
    parts: Vec<FormPart>,
    /// What its boundaries are made from.
    seed: u64,
}

struct FormPart {
    name: Template,
    filename: Option<Template>,
    content_type: Option<String>,
    content: FormContent,
}

enum FormContent {
    Text(Template),
    File(Segment),
}

impl Form {
    /// Prepares a form of the request with this name.
    /// # Errors
    /// [`Unsendable`] where a media type cannot be sent.
    pub(super) fn new(form: &Multipart, request: &str) -> Result<Self, Unsendable> {
        // Boundaries are the same in each run: the hash is FNV-1a.
        let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let seed = request.bytes().fold(0xcbf2_9ce4_8422_2325, hash);
        Ok(Self { parts: form.parts.iter().map(FormPart::new).collect::<Result<_, _>>()?, seed })
    }

    /// Whether it has no slots.
    pub(super) fn is_literal(&self) -> bool {
        self.parts.iter().all(FormPart::is_literal)
    }

    /// Appends the form up to its first file, and what follows; returns its boundary, which occurs in no text of it.
    /// # Errors
    /// [`Unsendable`] where every boundary occurs.
    pub(super) fn render(
        &self,
        values: &(impl Values + ?Sized),
        room: &mut Vec<u8>,
        after: &mut Vec<Segment>,
    ) -> Result<String, Unsendable> {
        let from = room.len();
        for attempt in 0..TRIES {
            let boundary = boundary(self.seed.wrapping_add(attempt));
            room.truncate(from);
            // Where each file stands.
            let mut files: Vec<(usize, &Segment)> = Vec::new();
            for part in &self.parts {
                part.render(&boundary, values, room);
                if let FormContent::File(file) = &part.content {
                    files.push((room.len(), file));
                }
                room.extend_from_slice(b"\r\n");
            }
            append(&["--", &boundary, "--\r\n"], room);
            // One before each part, and one at the end.
            let expected = self.parts.len() + 1;
            if memmem::find_iter(&room[from..], boundary.as_bytes()).take(expected + 1).count() == expected {
                split(files, room, after);
                return Ok(boundary);
            }
        }
        Err(Unsendable)
    }
}

/// Leaves what stands before the first file, and puts the files and what is between them behind each other.
fn split(files: Vec<(usize, &Segment)>, room: &mut Vec<u8>, after: &mut Vec<Segment>) {
    let ends: Vec<usize> = files.iter().skip(1).map(|(at, _)| *at).chain([room.len()]).collect();
    let first = files.first().map_or(room.len(), |(at, _)| *at);
    for ((at, file), end) in files.into_iter().zip(ends) {
        after.push(file.clone());
        after.push(Segment::Bytes(room[at..end].to_vec().into()));
    }
    room.truncate(first);
}

/// A boundary that looks like curl's and browsers': dashes and digits.
fn boundary(seed: u64) -> String {
    // The finaliser of splitmix64, so that neighbours have nothing in common.
    let mixed = |seed: u64| {
        let once = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let twice = (once ^ (once >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        twice ^ (twice >> 31)
    };
    let first = mixed(seed.wrapping_add(0x9e37_79b9_7f4a_7c15));
    format!("------------------------{first:016x}{:016x}", mixed(first))
}

impl FormPart {
    fn new(part: &Part) -> Result<Self, Unsendable> {
        let (content, own_name, own_type) = match &part.content {
            Content::Text(text) => (FormContent::Text(text.clone()), None, None),
            Content::File { path, length } => {
                (FormContent::File(Segment::file(path, *length)), file_name(path), Some(media_type(path)))
            }
        };
        let content_type = part.content_type.clone().or(own_type);
        if let Some(content_type) = &content_type {
            append_header("content-type", content_type, &mut Vec::new())?;
        }
        let filename = part.filename.clone().or(own_name.map(Template::literal));
        Ok(Self { name: part.name.clone(), filename, content_type, content })
    }

    fn is_literal(&self) -> bool {
        let text = match &self.content {
            FormContent::Text(text) => Some(text),
            FormContent::File(_) => None,
        };
        [Some(&self.name), self.filename.as_ref(), text].into_iter().flatten().all(Template::is_literal)
    }

    /// Appends the boundary, the head of the part, and its text.
    fn render(&self, boundary: &str, values: &(impl Values + ?Sized), out: &mut Vec<u8>) {
        append(&["--", boundary, "\r\nContent-Disposition: form-data; name=\""], out);
        append_name(&self.name.rendered(values), out);
        if let Some(filename) = &self.filename {
            append(&["\"; filename=\""], out);
            append_name(&filename.rendered(values), out);
        }
        append(&["\"\r\n"], out);
        if let Some(content_type) = &self.content_type {
            append(&["Content-Type: ", content_type, "\r\n"], out);
        }
        append(&["\r\n"], out);
        if let FormContent::Text(text) = &self.content {
            text.render_bytes(values, out);
        }
    }
}

fn append(texts: &[&str], out: &mut Vec<u8>) {
    for text in texts {
        out.extend_from_slice(text.as_bytes());
    }
}

/// Appends a name between quotes: what would end it is percent-encoded, and nothing else.
fn append_name(name: &str, out: &mut Vec<u8>) {
    for byte in name.bytes() {
        match byte {
            b'"' => append(&["%22"], out),
            b'\r' => append(&["%0D"], out),
            b'\n' => append(&["%0A"], out),
            other => out.push(other),
        }
    }
}

fn file_name(path: &Path) -> Option<String> {
    path.file_name().map(|name| name.to_string_lossy().into_owned())
}

fn media_type(path: &Path) -> String {
    mime_guess::from_path(path).first_or_octet_stream().essence_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::template::{Escape, Piece};

    fn text(name: &str, content: Template) -> Part {
        Part {
            name: Template::literal(name),
            content: Content::Text(content),
            filename: None,
            content_type: None,
        }
    }

    fn file(path: &str, filename: Option<&str>, content_type: Option<&str>) -> Part {
        Part {
            name: Template::literal("file"),
            content: Content::File { path: path.into(), length: 7 },
            filename: filename.map(Template::literal),
            content_type: content_type.map(str::to_owned),
        }
    }

    fn slot() -> Template {
        Template::of(vec![Piece::Slot(0, Escape::None)])
    }

    /// The whole body, each file as seven letters, and its boundary.
    fn written(parts: Vec<Part>, value: &str) -> (Vec<u8>, String) {
        let form = Form::new(&Multipart { parts }, "pitch").unwrap();
        let (mut body, mut after) = (Vec::new(), Vec::new());
        let boundary = form.render(&[value], &mut body, &mut after).unwrap();
        for segment in after {
            match segment {
                Segment::Bytes(bytes) => body.extend_from_slice(&bytes),
                Segment::File(..) => body.extend_from_slice(b"content"),
            }
        }
        (body, boundary)
    }

    #[tokio::test]
    async fn a_form_is_read_again_as_it_was_meant() {
        let parts = vec![
            text("title", slot()),
            file("a/cover.png", None, None),
            file("a/no-end", Some("b \"quoted\"\r\n.txt"), None),
            text("", Template::literal("")),
            file("a/x.png", None, Some("text/x-other")),
        ];
        let value = "caf\u{e9}\r\n--\r\n";
        let (body, boundary) = written(parts, value);
        let stream = futures_stream(body);
        let mut form = multer::Multipart::new(stream, boundary);
        let mut found = Vec::new();
        while let Some(field) = form.next_field().await.unwrap() {
            let names = (field.name().map(str::to_owned), field.file_name().map(str::to_owned));
            let media_type = field.content_type().map(ToString::to_string);
            found.push((names, media_type, field.text().await.unwrap()));
        }
        let expected = [
            ("title", None, None, value),
            ("file", Some("cover.png"), Some("image/png"), "content"),
            ("file", Some("b %22quoted%22%0D%0A.txt"), Some("application/octet-stream"), "content"),
            ("", None, None, ""),
            ("file", Some("x.png"), Some("text/x-other"), "content"),
        ];
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(name, file, kind, text)| ((owned(Some(name)), owned(file)), owned(kind), text.to_owned()))
            .collect();
        assert_eq!(found, expected);
    }

    /// All bytes at once, for the reader.
    fn futures_stream(body: Vec<u8>) -> http_body_util::BodyDataStream<http_body_util::Full<bytes::Bytes>> {
        http_body_util::BodyDataStream::new(http_body_util::Full::new(body.into()))
    }

    #[test]
    fn a_boundary_occurs_in_no_value() {
        let (_, first) = written(vec![text("a", slot())], "x");
        assert_eq!(written(vec![text("a", slot())], "y").1, first);
        let (body, second) = written(vec![text("a", slot())], &format!("x{first}y"));
        assert_ne!(first, second);
        assert!(memmem::find(&body, first.as_bytes()).is_some());
        let form = Form::new(&Multipart { parts: vec![text("a", slot())] }, "pitch").unwrap();
        let all: String = (0..TRIES).map(|attempt| boundary(form.seed.wrapping_add(attempt))).collect();
        assert!(form.render(&[all.as_str()], &mut Vec::new(), &mut Vec::new()).is_err());
    }

    #[test]
    fn a_media_type_is_one_line() {
        let form = |kind| Form::new(&Multipart { parts: vec![file("a", None, Some(kind))] }, "pitch");
        assert!(form("text/plain; charset=utf-8").is_ok());
        assert!(form("text/plain\r\nx: y").is_err());
    }
}
