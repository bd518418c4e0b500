//! Free text of `watch`: without secrets, and without anything that acts on a terminal.

use crate::domain::plain_text::visible;
use crate::domain::scrub::scrub;

/// Free text without secrets, as a terminal may show it.
pub fn plain(text: &str) -> String {
    visible(&scrub(text)).into_owned()
}
