//! Why the text of a query is none.

use crate::domain::suggestion::nearest;

/// What is wrong with the text of a query or check: a fragment in lowercase, for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    message: String,
    hint: Option<String>,
}

impl QueryError {
    /// An error without a hint.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    /// The same error, with what to do about it.
    pub(super) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// A word that is none of those that may stand here.
    pub(super) fn unknown(what: &str, written: &str, known: &[&str]) -> Self {
        let error = Self::new(format!("unknown {what} \"{}\"", shortened(written)));
        match nearest(written, known.iter().copied()) {
            Some(name) => error.with_hint(format!("did you mean `{name}`?")),
            None => error.with_hint(format!("one of {}", known.join(", "))),
        }
    }

    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}

/// The beginning of a text, for a message.
pub(super) fn shortened(text: &str) -> String {
    const MOST: usize = 40;
    let mut short: String = text.chars().take(MOST).collect();
    if text.chars().count() > MOST {
        short.push('…');
    }
    short
}
