//! The fields of a request's body, from JSON, a URL-encoded form or a multipart form. Nothing else of a body is kept.

use std::borrow::Cow;

use serde_json::Value;

use super::multipart;

/// Longest text that is kept; every field accepts less. Units: bytes.
const LONGEST_TEXT: usize = 4_096;
/// Names of all fields of all routes.
const NAMES: [&str; 6] = ["email", "password", "name", "title", "logline", "csrf"];

/// What a request's body came to.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) enum Payload {
    /// The route reads no body.
    Nothing,
    /// Fields of JSON or of a form.
    Fields(Fields),
    /// The body is not what the route reads.
    Unreadable(Unreadable),
    /// Length and SHA-256 of an upload, in hexadecimal digits.
    Upload { bytes: u64, sha256: String },
}

/// Why the body of a request was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Unreadable {
    /// It is of another type than the route reads.
    ContentType,
    /// It is not what its type says.
    Malformed,
    /// It is larger than the route accepts.
    TooLarge,
    /// The client stopped sending.
    TooSlow,
}

/// One field of a body.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Field {
    Missing,
    Null,
    Text(String),
    /// A value of another type, or too long a text.
    Other,
}

/// The known fields of a body. They may be secrets.
#[derive(PartialEq, Eq)]
pub(in super::super) struct Fields([Field; NAMES.len()]);

impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fields").finish_non_exhaustive()
    }
}

impl Payload {
    /// Reads a JSON body.
    pub(in super::super) fn json(content_type: Option<&str>, body: &[u8]) -> Self {
        let essence = essence(content_type);
        if essence != "application/json"
            && !(essence.starts_with("application/") && essence.ends_with("+json"))
        {
            return Self::Unreadable(Unreadable::ContentType);
        }
        // Deeper than 128 levels is an error too.
        match serde_json::from_slice::<Value>(body) {
            Ok(value) => Self::Fields(Fields::new(|name| match value.get(name) {
                None => Field::Missing,
                Some(Value::Null) => Field::Null,
                Some(Value::String(text)) => Field::text(text.clone()),
                Some(_) => Field::Other,
            })),
            Err(_) => Self::Unreadable(Unreadable::Malformed),
        }
    }

    /// Reads a form, URL-encoded or multipart.
    pub(in super::super) fn form(content_type: Option<&str>, body: &[u8]) -> Self {
        let text = |value: Option<Cow<'_, [u8]>>| {
            value.map_or(Field::Missing, |value| {
                String::from_utf8(value.into_owned()).map_or(Field::Other, Field::text)
            })
        };
        match essence(content_type).as_str() {
            "application/x-www-form-urlencoded" => {
                Self::Fields(Fields::new(|name| text(urlencoded(body, name).map(Cow::Owned))))
            }
            "multipart/form-data" => match multipart::parts(content_type.unwrap_or_default(), body) {
                Some(parts) => Self::Fields(Fields::new(|name| {
                    let part = parts.iter().find(|part| part.name == name.as_bytes());
                    text(part.map(|part| Cow::Borrowed(part.content)))
                })),
                None => Self::Unreadable(Unreadable::Malformed),
            },
            _ => Self::Unreadable(Unreadable::ContentType),
        }
    }
}

impl Field {
    fn text(text: String) -> Self {
        if text.len() <= LONGEST_TEXT { Self::Text(text) } else { Self::Other }
    }
}

impl Fields {
    fn new(field: impl Fn(&str) -> Field) -> Self {
        Self(NAMES.map(field))
    }

    /// The field with this name, which is one of the known ones.
    pub(super) fn get(&self, name: &str) -> &Field {
        let place = NAMES.iter().position(|known| *known == name);
        place.and_then(|place| self.0.get(place)).unwrap_or(&Field::Missing)
    }

    /// A text that is needed, of 1 to `most` characters, not only spaces.
    ///
    /// # Errors
    /// What is wrong with it, for the client.
    pub(super) fn needed(&self, name: &str, most: usize) -> Result<&str, String> {
        self.optional(name, most)?.ok_or_else(|| format!("{name} is missing"))
    }

    /// A text that may be missing or null, of 1 to `most` characters, not only spaces.
    ///
    /// # Errors
    /// What is wrong with it, for the client.
    pub(super) fn optional(&self, name: &str, most: usize) -> Result<Option<&str>, String> {
        match self.get(name) {
            Field::Missing | Field::Null => Ok(None),
            Field::Text(text) if !text.trim().is_empty() && text.chars().nth(most).is_none() => {
                Ok(Some(text))
            }
            Field::Text(_) | Field::Other => Err(format!("{name} must be a text of 1 to {most} characters")),
        }
    }
}

/// A media type without its parameters, in small letters.
fn essence(content_type: Option<&str>) -> String {
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// The first value with this name in a URL-encoded form.
fn urlencoded(body: &[u8], name: &str) -> Option<Vec<u8>> {
    body.split(|byte| *byte == b'&').find_map(|pair| {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let key = halves.next().map(decoded)?;
        (key == name.as_bytes()).then(|| halves.next().map(decoded).unwrap_or_default())
    })
}

/// Undoes URL encoding; a `%` without two digits stands for itself, as in browsers.
fn decoded(text: &[u8]) -> Vec<u8> {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, digit(tail.first()), digit(tail.get(1))) {
            // Two digits are at most 255.
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
                rest = &tail[2..];
            }
            (b'+', ..) => bytes.push(b' '),
            _ => bytes.push(*first),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(payload: Payload, name: &str) -> Result<Field, Unreadable> {
        match payload {
            Payload::Fields(fields) => Ok(fields.get(name).clone()),
            Payload::Unreadable(why) => Err(why),
            Payload::Nothing | Payload::Upload { .. } => panic!("not a body with fields"),
        }
    }

    fn text(value: &str) -> Field {
        Field::Text(value.to_owned())
    }

    impl std::fmt::Debug for Field {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(match self {
                Self::Missing => "missing",
                Self::Null => "null",
                Self::Text(_) => "text",
                Self::Other => "other",
            })
        }
    }

    #[test]
    fn json_gives_its_fields_or_a_reason() {
        let check = |content_type: &str, body: &str, expected: Result<Field, Unreadable>| {
            let payload = Payload::json(Some(content_type), body.as_bytes());
            assert!(field(payload, "title") == expected, "{content_type}: {body}");
        };
        let json = "application/json";
        check(json, r#"{"title":"\u00fc"}"#, Ok(text("ü")));
        check("Application/JSON; charset=utf-8", r#"{"title":""}"#, Ok(text("")));
        check("application/problem+json", r#"{"title":null}"#, Ok(Field::Null));
        for other in ["1", "[]", "{}", "true", r#"["a"]"#, r#"{"a":{}}"#, r#"{"title":1e400}"#] {
            let too_large = other.contains("1e400");
            check(
                json,
                &format!(r#"{{"title":[{other}]}}"#),
                if too_large { Err(Unreadable::Malformed) } else { Ok(Field::Other) },
            );
        }
        for without in ["{}", "[]", "0", "null", r#""title""#, r#"{"Title":"a"}"#] {
            check(json, without, Ok(Field::Missing));
        }
        check(json, &format!(r#"{{"title":"{}"}}"#, "a".repeat(LONGEST_TEXT + 1)), Ok(Field::Other));
        for malformed in ["", "{", "{title:1}", r#"{"title":"a"}x"#, &"[".repeat(10_000), "\u{feff}{}", "nul"]
        {
            check(json, malformed, Err(Unreadable::Malformed));
        }
        check(json, &format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)), Err(Unreadable::Malformed));
        for other in ["", "text/plain", "application/x-www-form-urlencoded", "text/json", "json"] {
            check(other, "{}", Err(Unreadable::ContentType));
        }
        assert_eq!(Payload::json(None, b"{}"), Payload::Unreadable(Unreadable::ContentType));
        assert_eq!(Payload::json(Some(json), b"\xff"), Payload::Unreadable(Unreadable::Malformed));
    }

    #[test]
    fn forms_are_decoded() {
        let check = |body: &[u8], expected: Result<Field, Unreadable>| {
            let payload = Payload::form(Some("application/x-www-form-urlencoded"), body);
            assert!(field(payload, "csrf") == expected, "{}", body.escape_ascii());
        };
        check(b"csrf=a%2B%2f%3D", Ok(text("a+/=")));
        check(b"x=1&csrf=a+b&csrf=c", Ok(text("a b")));
        check(b"c%73rf=a=b", Ok(text("a=b")));
        check(b"csrf=%&x", Ok(text("%")));
        check(b"csrf=%4", Ok(text("%4")));
        check(b"csrf=%zz%+1", Ok(text("%zz% 1")));
        check(b"csrf", Ok(text("")));
        check(b"csrf=%ff", Ok(Field::Other));
        check(b"", Ok(Field::Missing));
        check(b"&&=&%&csr=1", Ok(Field::Missing));
        let multipart = Payload::form(
            Some("multipart/form-data; boundary=b"),
            b"--b\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\na+/=\r\n--b--\r\n",
        );
        assert!(field(multipart, "csrf") == Ok(text("a+/=")));
        assert!(
            field(Payload::form(Some("multipart/form-data"), b"--b--"), "csrf") == Err(Unreadable::Malformed)
        );
        assert!(
            field(Payload::form(Some("application/json"), b"{}"), "csrf") == Err(Unreadable::ContentType)
        );
    }

    #[test]
    fn texts_have_a_length() {
        let check = |json: &str, expected: Result<Option<&str>, &str>| {
            let Payload::Fields(fields) = Payload::json(Some("application/json"), json.as_bytes()) else {
                panic!("{json}")
            };
            assert_eq!(fields.optional("title", 3), expected.map_err(str::to_owned), "{json}");
            let needed = expected.and_then(|text| text.ok_or("title is missing"));
            assert_eq!(fields.needed("title", 3), needed.map_err(str::to_owned), "{json}");
        };
        let wrong = "title must be a text of 1 to 3 characters";
        check(r#"{"title":"üüü"}"#, Ok(Some("üüü")));
        check(r#"{"title":"üüüü"}"#, Err(wrong));
        check(r#"{"title":" "}"#, Err(wrong));
        check(r#"{"title":""}"#, Err(wrong));
        check(r#"{"title":7}"#, Err(wrong));
        check(r#"{"title":null}"#, Ok(None));
        check("{}", Ok(None));
    }
}
