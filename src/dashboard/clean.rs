//! Text that is shown: nothing secret, nothing personal.

use crate::domain::scrub::scrub;

/// A text without secrets and personal data.
pub(super) fn clean(text: impl AsRef<str>) -> String {
    scrub(text.as_ref()).into_owned()
}
