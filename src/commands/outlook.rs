//! What `start` says of a plan before the first request: notes, what the plan is too small for.

use crate::report::console::readiness::promotion_warning;
use crate::run::RunError;
use crate::run::feed::Feed;
use crate::run::options::RunOptions;
use crate::run::prepared::{Prepared, check_sendable, faults};

/// Publishes it, a line each.
/// # Errors
/// [`RunError`] where the run cannot start, which is the only thing to say then.
pub(super) fn announce(run: &RunOptions, prepared: &Prepared, feed: &Feed) -> Result<(), RunError> {
    faults(&run.faults, run.demo, prepared.plan.duration)?;
    if !run.is_on_model() {
        check_sendable(&prepared.plan)?;
    }
    for note in prepared.notes() {
        feed.notice(format!("note: {note}"));
    }
    // A run that is compared with a baseline is not meant to become one.
    if run.baseline.is_none()
        && let Some(warning) = promotion_warning(&prepared.plan)
    {
        feed.notice(format!("warning: {warning}"));
    }
    Ok(())
}
