//! Text that is shown: nothing secret, nothing personal.

/// A text without secrets and personal data.
pub(super) fn clean(text: impl Into<String>) -> String {
    text.into()
}
