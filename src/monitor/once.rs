//! One round of probes and a health check, without a run: what `monitor --once` judges.

use crate::domain::window::Window;
use crate::store::StoreError;
use crate::store::check_log::CheckRecord;

use super::judge::Change;
use super::ledger::Ledger;

/// Judges what one round measured, and keeps it.
/// # Errors
/// [`StoreError`] where the folder of the monitor cannot be written.
pub fn judged_once(
    ledger: &mut Ledger,
    windows: &[Window],
    check: Option<&CheckRecord>,
) -> Result<Vec<Change>, StoreError> {
    let mut changes: Vec<Change> = windows.iter().flat_map(|window| ledger.judge.window(window)).collect();
    changes.extend(check.into_iter().flat_map(|check| ledger.judge.check(check)));
    let mut new = Vec::new();
    for change in changes {
        if ledger.keep(&change)? {
            new.push(change);
        }
    }
    if let Some(last) = windows.last() {
        ledger.write(last.started_at, true)?;
    }
    Ok(new)
}
