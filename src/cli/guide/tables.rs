//! All tables together: the entry of a verb by its words.

use super::alerts;
use super::analyse;
use super::checks;
use super::entry::Guide;
use super::export;
use super::measure;
use super::monitor;
use super::notes;
use super::recorded;
use super::shell;
use super::stack;

/// The guides of all verbs, by the words that call them; that of the program itself has no words.
pub(super) fn guides() -> impl Iterator<Item = &'static Guide> {
    [
        &shell::GUIDES[..],
        &measure::GUIDES,
        &checks::GUIDES,
        &recorded::GUIDES,
        &notes::GUIDES,
        &analyse::GUIDES,
        &export::GUIDES,
        &stack::GUIDES,
        &alerts::GUIDES,
        &monitor::GUIDES,
    ]
    .into_iter()
    .flatten()
}

/// The guide of a verb, such as `scenario check`.
pub(in crate::cli) fn guide(verb: &str) -> Option<&'static Guide> {
    guides().find(|guide| guide.verb == verb)
}
