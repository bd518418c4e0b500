//! The body of a journey's step: JSON, a form, a text or a file, with its media type.

use serde_json::Value;

use crate::domain::endpoint::RequestBody;
use crate::domain::multipart::{Content, Multipart, Part};
use crate::domain::template::{Escape, Template};

use super::check::all;
use super::file::{PartSection, StepSection};
use super::key_path::KeyPath;
use super::placeholders::{next_mark, template};
use super::problem::Reported;
use super::validate_request::Request;

/// What a step sends beside its head.
#[derive(Debug, Default)]
pub(super) struct StepBody {
    /// A text, with slots.
    pub(super) text: Option<Template>,
    /// Anything that is no text.
    pub(super) other: Option<RequestBody>,
    /// Its media type, unless the step has a `content-type` itself.
    pub(super) media_type: Option<String>,
}

/// The body of a step; at most one of its kinds.
pub(super) fn body(request: &Request<'_>, section: &StepSection) -> Result<StepBody, Reported> {
    let kinds = [
        ("json", section.json.is_some()),
        ("form", section.form.is_some()),
        ("multipart", section.multipart.is_some()),
        ("text", section.text.is_some()),
        ("file", section.file.is_some()),
    ];
    let given: Vec<&str> = kinds.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name).collect();
    if let [first, second, ..] = given.as_slice() {
        let what = format!("`{first}` and `{second}` exclude each other: a request has one body");
        return Err(request.check.wrong(&request.key.key(second), what, Some("remove one of them")));
    }
    if let Some(value) = &section.json {
        let key = request.key.key("json");
        let mut text = String::new();
        write_json(request, &key, value, &mut text)?;
        return Ok(StepBody {
            text: Some(template(&text, Escape::JsonString)),
            media_type: Some("application/json".to_owned()),
            other: None,
        });
    }
    if let Some(fields) = &section.form {
        let mut text = String::new();
        for (name, value) in fields {
            let value = request.text(&request.key.key("form").key(name), value)?;
            if !text.is_empty() {
                text.push('&');
            }
            text.extend(form_urlencoded::byte_serialize(name.as_bytes()));
            text.push('=');
            form_value(value.reveal(), &mut text);
        }
        return Ok(StepBody {
            text: Some(template(&text, Escape::Form)),
            media_type: Some("application/x-www-form-urlencoded".to_owned()),
            other: None,
        });
    }
    if let Some(parts) = &section.multipart {
        let parts = all(parts.iter().enumerate().map(|(index, part)| part_of(request, index, part)))?;
        return Ok(StepBody {
            other: Some(RequestBody::Multipart(Multipart { parts })),
            ..StepBody::default()
        });
    }
    if let Some(text) = &section.text {
        let text = request.text(&request.key.key("text"), text)?;
        return Ok(StepBody {
            text: Some(template(text.reveal(), Escape::None)),
            media_type: Some("text/plain; charset=utf-8".to_owned()),
            other: None,
        });
    }
    if let Some(file) = &section.file {
        let path = request.check.readable(&request.key.key("file"), file)?;
        let length = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
        return Ok(StepBody { other: Some(RequestBody::File { path, length }), ..StepBody::default() });
    }
    Ok(StepBody::default())
}

/// A part of a form: a value, or a file.
fn part_of(request: &Request<'_>, index: usize, section: &PartSection) -> Result<Part, Reported> {
    let key = request.key.key("multipart").index(index);
    let wrong = |what: &str, hint: &str| Err(request.check.wrong(&key, what, Some(hint)));
    if section.name.is_empty() {
        return wrong("the part has no name", "add name = \"title\"");
    }
    let content = match (&section.value, &section.file) {
        (Some(value), None) => {
            let value = request.text(&key.key("value"), value)?;
            Content::Text(template(value.reveal(), Escape::None))
        }
        (None, Some(file)) => {
            let path = request.check.readable(&key.key("file"), file)?;
            let length = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
            Content::File { path, length }
        }
        (Some(_), Some(_)) => return wrong("`value` and `file` exclude each other", "remove one of them"),
        (None, None) => return wrong("the part is empty", "add `value` or `file`"),
    };
    let named = |name: &str, text: &str| {
        let text = request.text(&key.key(name), text)?;
        Ok(template(text.reveal(), Escape::None))
    };
    Ok(Part {
        name: named("name", &section.name)?,
        content,
        filename: section.filename.as_ref().map(|text| named("filename", text)).transpose()?,
        content_type: section.content_type.clone(),
    })
}

/// A value of a form, encoded around its marks.
fn form_value(marked: &str, out: &mut String) {
    let mut rest = marked;
    while let Some(mark) = next_mark(rest) {
        out.extend(form_urlencoded::byte_serialize(mark.before.as_bytes()));
        let from = rest.len() - mark.after.len();
        out.push_str(&rest[mark.before.len()..from]);
        rest = mark.after;
    }
    out.extend(form_urlencoded::byte_serialize(rest.as_bytes()));
}

/// Whether a value is inserted as JSON somewhere in a text.
fn json_within(marked: &str) -> bool {
    let mut rest = marked;
    while let Some(mark) = next_mark(rest) {
        if mark.is_json {
            return true;
        }
        rest = mark.after;
    }
    false
}

/// Writes JSON with marks. A text that is one value inserted as JSON has no quotes.
pub(super) fn write_json(
    request: &Request<'_>,
    key: &KeyPath,
    value: &Value,
    out: &mut String,
) -> Result<(), Reported> {
    match value {
        Value::String(text) => {
            let text = request.text(key, text)?;
            match next_mark(text.reveal()) {
                Some(mark) if mark.is_json && mark.is_alone() => out.push_str(text.reveal()),
                _ if json_within(text.reveal()) => {
                    let hint = "write {{name}} within a text; {{json name}} stands alone between the quotes";
                    return Err(request.check.wrong(key, "{{json …}} is a part of a text", Some(hint)));
                }
                _ => out.push_str(&Value::from(text.reveal()).to_string()),
            }
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_json(request, &key.index(index), item, out)?;
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (index, (name, value)) in fields.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write_json(request, &key.key(name), value, out)?;
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
    Ok(())
}
