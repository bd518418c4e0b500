//! A stretch: an entry with its edges, as far as everything measured since tells them.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::cell_name::CellName;
use crate::domain::metric::Metric;
use crate::stats::stretch_fit::{Height, StretchFit};

use super::entry::Entry;
use super::types::IncidentCause;

/// An entry is left out where it is certainly smaller than an alert: this many standard errors.
pub(super) const CERTAIN: f64 = 2.0;

/// An entry with its edges in seconds since 1970, and what a fit says of it.
#[derive(Debug, Clone)]
pub(super) struct Stretch<'a> {
    pub(super) entry: &'a Entry,
    /// IDs of the entries that it was joined from.
    pub(super) ids: BTreeSet<usize>,
    /// The metric that describes it, the same for all slowdowns of a cell.
    pub(super) metric: Metric,
    pub(super) from: f64,
    /// Infinite while it is open.
    pub(super) until: f64,
    /// `None` for errors, and where the cell has too few values.
    pub(super) height: Option<Height>,
}

/// What a fit is of: a cell, and what is wrong with it.
pub(super) type Fitted = (CellName, IncidentCause);
/// Fits of the cells with stretches whose size comes from values, not from counts.
pub(super) type Fits = BTreeMap<Fitted, StretchFit>;

impl Stretch<'_> {
    /// What the fit of this stretch is of; `None` for errors.
    pub(super) fn fitted(&self) -> Option<Fitted> {
        (self.entry.cause != IncidentCause::Errors).then(|| (self.entry.cell.clone(), self.entry.cause))
    }
}

/// The stretches of a cell that are wrong in the same way.
pub(super) fn same<'a, 'b>(
    stretches: &'b [Stretch<'a>],
    cell: &'b CellName,
    cause: IncidentCause,
) -> impl Iterator<Item = &'b Stretch<'a>> {
    stretches.iter().filter(move |stretch| stretch.entry.cause == cause && stretch.entry.cell == *cell)
}
