//! One line of a log: its fields in order, every text scrubbed, whatever its format.

use std::fmt::{self, Write as _};

use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};

use super::options::{Format, Level};
use crate::domain::plain_text::visible;
use crate::domain::scrub::scrub;

/// The field with the sentence of an event, as `tracing` names it.
const MESSAGE: &str = "message";
/// The field with the name of an event.
const EVENT: &str = "event";

/// The fields of an event, scrubbed.
#[derive(Debug, Default)]
pub(super) struct Fields {
    message: String,
    rest: Map<String, Value>,
}

impl Fields {
    /// An event with these words.
    pub(super) fn of(event: &str, message: &str) -> Self {
        let mut fields = Self::default();
        fields.text(EVENT, event);
        fields.text(MESSAGE, message);
        fields
    }

    fn text(&mut self, name: &str, text: &str) {
        let text = scrub(text).into_owned();
        if name == MESSAGE {
            self.message = text;
        } else {
            self.rest.insert(name.to_owned(), Value::String(text));
        }
    }

    fn value(&mut self, name: &str, value: impl Into<Value>) {
        self.rest.insert(name.to_owned(), value.into());
    }

    /// The line, with its end.
    pub(super) fn line(self, format: Format, at: Timestamp, level: Level) -> String {
        let time = format!("{at:.3}");
        let line = match format {
            Format::Json => self.json(time, level),
            Format::Text => self.logfmt(&time, level),
        };
        // What a terminal would hide or obey. Within JSON these escapes mean the same characters.
        format!("{}\n", visible(&line))
    }

    fn json(self, time: String, level: Level) -> String {
        let mut line = Map::new();
        line.insert("time".to_owned(), Value::String(time));
        line.insert("level".to_owned(), Value::String(level.name().to_owned()));
        line.insert(MESSAGE.to_owned(), Value::String(self.message));
        line.extend(self.rest);
        Value::Object(line).to_string()
    }

    fn logfmt(self, time: &str, level: Level) -> String {
        let mut line = format!("{time} {:<5} {}", level.name(), one_line(&self.message));
        for (name, value) in self.rest {
            let shown = match &value {
                Value::String(text) if is_bare(text) => text.clone(),
                other => other.to_string(),
            };
            let _ = write!(line, " {name}={shown}");
        }
        line
    }
}

/// Whether a text needs no quotes.
fn is_bare(text: &str) -> bool {
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '"' | '=' | '\\');
    !text.is_empty() && text.chars().all(is_plain)
}

/// A sentence with its ends of lines as escapes.
fn one_line(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t")
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.value(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.value(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.value(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.value(field.name(), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field.name(), &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(format: Format, message: &str, field: &str) -> String {
        let mut fields = Fields::of("tried", message);
        fields.text("detail", field);
        fields.value("count", 3_u64);
        fields.value("ratio", 0.1);
        fields.line(format, "2026-07-01T10:00:00.5Z".parse().unwrap(), Level::Warn)
    }

    #[test]
    fn a_line_is_one_line_and_scrubbed() {
        let json = line(Format::Json, "a\nb\u{9b}", "password=hunter2 \u{202e}\"x\"\r\n");
        assert_eq!(
            json,
            "{\"time\":\"2026-07-01T10:00:00.500Z\",\"level\":\"warn\",\"message\":\"a\\nb\\u009b\",\"event\":\"tried\",\
             \"detail\":\"password=*** \\u202e\\\"x\\\"\\r\\n\",\"count\":3,\"ratio\":0.1}\n"
        );
        let read: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["detail"], "password=*** \u{202e}\"x\"\r\n");
        assert_eq!(
            line(Format::Text, "a\nb", "a b"),
            "2026-07-01T10:00:00.500Z warn  a\\nb event=tried detail=\"a b\" count=3 ratio=0.1\n"
        );
        assert!(
            line(Format::Text, "sent Bearer abc-123", "").contains("sent Bearer *** event=tried detail=\"\"")
        );
    }
}
