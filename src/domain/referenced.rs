//! A text that may hold secrets: used as resolved, shown as it was written.

use std::fmt;

/// A text whose `${NAME}` references were resolved from the environment.
///
/// The resolved text is what goes to the target. Everything that is printed, logged or stored gets the text as
/// written, with its references: `Debug` and `Display` show that and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct Referenced {
    resolved: String,
    written: String,
}

impl Referenced {
    /// A text as resolved, together with the text as it was written.
    pub fn new(resolved: String, written: String) -> Self {
        Self { resolved, written }
    }

    /// A text without references: shown as it is sent.
    pub fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { resolved: text.clone(), written: text }
    }

    /// The resolved text, for sending it to the target. Never print this.
    pub fn reveal(&self) -> &str {
        &self.resolved
    }

    /// Whether anything in the text comes from the environment, so that what it resolves to may be a secret.
    pub fn has_references(&self) -> bool {
        // Two dollar signs are one, and begin no reference.
        self.written.replace("$$", "").contains("${")
    }

    /// The text with its references unresolved, safe to show.
    pub fn written(&self) -> &str {
        &self.written
    }
}

impl fmt::Debug for Referenced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.written)
    }
}

impl fmt::Display for Referenced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_written_text_is_shown() {
        let header = Referenced::new("Bearer obviously-fake".into(), "Bearer ${TOKEN}".into());
        assert_eq!(format!("{header} {header:?}"), "Bearer ${TOKEN} \"Bearer ${TOKEN}\"");
        assert_eq!(header.reveal(), "Bearer obviously-fake");
    }
}
