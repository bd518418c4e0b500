//! `baseline alert ack`: notes that somebody looks into an alert.

use std::io::Write;
use std::path::Path;

use crate::commands::{CommandError, Exit};
use crate::domain::plain_text::visible;
use crate::host;
use crate::report::wording::numbers::span;
use crate::report::wording::times::moment_with_year;
use crate::store::journal::{Entry, Journal, JournalAlert, JournalEvent, alerts_of};

use super::journals::journals;

/// Most identifiers in a message.
const MOST_NAMES: usize = 5;

/// Runs `alert ack`.
/// # Errors
/// [`CommandError::Usage`] where no alert, or several, or one that is over or acknowledged is meant; [`CommandError::Run`] where
/// the journal cannot be written.
pub fn acknowledge(
    out_folder: &Path,
    id: &str,
    by: Option<String>,
    note: Option<String>,
    out: &mut dyn Write,
) -> Result<Exit, CommandError> {
    let list = "`baseline alert list` lists the alerts; --out selects another folder".to_owned();
    let usage = |what: String, hint: &str| CommandError::Usage { what, hint: hint.to_owned() };
    let (found, unreadable) = journals(out_folder);
    let mut meant = Vec::new();
    for journal in &found {
        let of_journal = journal.alerts.iter().filter(|known| known.alert.id.starts_with(id));
        meant.extend(of_journal.map(|known| (journal, known)));
    }
    if let Some(exact) = meant.iter().position(|(_, known)| known.alert.id == id) {
        meant = vec![meant.swap_remove(exact)];
    }
    let folder = match meant.as_slice() {
        [(journal, known)] => {
            require_open(known)?;
            &journal.folder
        }
        [] => {
            if let Some(error) = unreadable.into_iter().next() {
                return Err(crate::run::RunError::from(error).into());
            }
            return Err(usage(format!("there is no alert `{id}` in {}", out_folder.display()), &list));
        }
        several => {
            let names: Vec<&str> =
                several.iter().take(MOST_NAMES).map(|(_, known)| known.alert.id.as_str()).collect();
            let more = if several.len() > MOST_NAMES { ", ..." } else { "" };
            let what = format!("`{id}` is ambiguous: {}{more}", names.join(", "));
            return Err(usage(what, "use a longer prefix of the ID"));
        }
    };
    let id = meant[0].1.alert.id.clone();
    // What the journal has now counts, not what it had a moment ago.
    let (mut journal, entries) = Journal::open(folder).map_err(crate::run::RunError::from)?;
    let alerts = alerts_of(&entries);
    let known = alerts.iter().find(|known| known.alert.id == id).unwrap_or(meant[0].1);
    require_open(known)?;
    let at = host::clock::now();
    let (by, note) = (words(by), words(note));
    let event = JournalEvent::Acknowledged { id: id.clone(), by, note };
    journal.append(&Entry { at, event }).map_err(crate::run::RunError::from)?;
    let after = std::time::Duration::try_from(at.duration_since(known.alert.opened_at)).unwrap_or_default();
    let after = span(std::time::Duration::from_secs(after.as_secs()));
    let summary = visible(&known.alert.summary);
    writeln!(out, "acknowledged {id} ({summary}), {after} after it began").map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}

/// Requires an alert that nobody looks into yet.
fn require_open(known: &JournalAlert) -> Result<(), CommandError> {
    let id = &known.alert.id;
    let hint = "`baseline alert list` shows the state of each alert".to_owned();
    if let Some(at) = known.alert.closed_at {
        let what = format!("alert {id} ended at {}", moment_with_year(at));
        return Err(CommandError::Usage { what, hint });
    }
    if let Some((at, by)) = &known.acknowledged {
        let by = by.as_ref().map(|by| format!(" by {}", visible(by))).unwrap_or_default();
        let what = format!("alert {id} was acknowledged{by} at {}", moment_with_year(*at));
        return Err(CommandError::Usage { what, hint });
    }
    Ok(())
}

/// A text of an option; `None` where it says nothing.
fn words(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}
