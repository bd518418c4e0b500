//! One response, as queries see it. Its JSON is parsed once, where a query needs it whole.

use std::cell::OnceCell;

use serde_json::Value;

use crate::domain::fields::Fields;

use super::found::Missing;

/// A response that queries are asked of.
pub struct Seen<'a> {
    pub(super) status: u16,
    pub(super) fields: &'a Fields,
    pub(super) body: &'a [u8],
    json: OnceCell<Option<Value>>,
}

impl<'a> Seen<'a> {
    /// A response: its status, its header fields, and its body without content encoding.
    pub fn new(status: u16, fields: &'a Fields, body: &'a [u8]) -> Self {
        Self { status, fields, body, json: OnceCell::new() }
    }

    /// The body as text that may be JSON, without a byte order mark.
    pub(super) fn json_text(&self) -> Result<&'a str, Missing> {
        let text = std::str::from_utf8(self.body).map_err(|_| Missing::NotJson)?;
        Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    /// The whole body as JSON, parsed at the first call.
    pub(super) fn json(&self) -> Result<&Value, Missing> {
        let parsed = || self.json_text().ok().and_then(|text| serde_json::from_str(text).ok());
        self.json.get_or_init(parsed).as_ref().ok_or(Missing::NotJson)
    }
}
