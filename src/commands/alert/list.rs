//! `baseline alert list`: open and recent alerts.

use std::io::Write;
use std::path::Path;

use crate::commands::{CommandError, Exit, Format};
use crate::host;
use crate::report::console::alerts::{AlertListing, ListedAlert};
use crate::store::runs;

use super::journals::{Found, journals};

/// Alerts that have ended and are listed.
const MOST_OVER: usize = 50;

/// Runs `alert list`.
/// # Errors
/// [`CommandError`] where a run that was named does not exist, or the result cannot be written.
pub fn list(
    out_folder: &Path,
    of: Option<&str>,
    format: Format,
    out: &mut dyn Write,
) -> Result<Exit, CommandError> {
    let (mut found, unreadable) = journals(out_folder);
    if let Some(wanted) = of {
        found = only(found, out_folder, wanted)?;
    }
    let all = found.into_iter().flat_map(|Found { source, alerts, .. }| {
        alerts.into_iter().map(move |alert| ListedAlert { source: source.clone(), alert })
    });
    let (mut open, mut over): (Vec<ListedAlert>, Vec<ListedAlert>) =
        all.partition(|listed| listed.alert.alert.is_open());
    for list in [&mut open, &mut over] {
        list.sort_by_key(|listed| std::cmp::Reverse(listed.alert.alert.opened_at));
    }
    let left_out = over.len().saturating_sub(MOST_OVER);
    over.truncate(MOST_OVER);
    let warnings = unreadable.iter().map(ToString::to_string).collect();
    let listing = AlertListing { alerts: [open, over].concat(), left_out, warnings };
    let text = match format {
        Format::Json => listing.json(),
        _ => listing.text(out_folder, host::clock::now()),
    };
    out.write_all(text.as_bytes()).map_err(CommandError::Output)?;
    Ok(Exit::Accepted)
}

/// The journals of a run, or the alerts of a scenario.
fn only(found: Vec<Found>, out: &Path, wanted: &str) -> Result<Vec<Found>, CommandError> {
    let is_of = |found: &Found| found.alerts.iter().any(|known| &*known.alert.scenario == wanted);
    if found.iter().any(is_of) {
        let kept = found.into_iter().map(|mut found| {
            found.alerts.retain(|known| &*known.alert.scenario == wanted);
            found
        });
        return Ok(kept.filter(|found| !found.alerts.is_empty()).collect());
    }
    let folder = runs::find(out, wanted).map_err(crate::run::RunError::from)?;
    let same = |found: &Found| found.folder.file_name() == folder.file_name();
    Ok(found.into_iter().filter(same).collect())
}
