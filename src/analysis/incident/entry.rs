//! An entry: one cell that is worse for one cause, and the test that tells when it no longer is.
//!
//! Opening asks whether anything changed, which needs strong evidence. Closing compares two known levels, with and without the
//! entry, so a few windows decide it. Source of the test: Page (1954), on log likelihood ratios.

use crate::domain::cell_name::CellName;
use crate::domain::metric::Metric;

use super::types::IncidentCause;

/// Evidence that closes an entry: odds of a thousand to one.
const CLOSE: f64 = 6.9;
/// The most that one window may add to the evidence, so that it takes more than two.
const CLIP: f64 = 3.4;
/// The most open entries of a cell that are tested separately; more would be a trend.
pub(super) const MOST_OPEN: usize = 3;
/// From how many values the height of an entry is measured anew.
const LEAST_SEEN: usize = 6;

/// A cell that is worse than expected for one cause.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Unique in its run.
    pub(super) id: usize,
    pub(super) cell: CellName,
    pub(super) cause: IncidentCause,
    pub(super) metric: Metric,
    /// Place of its first window among the points of the cell.
    pub(super) from: usize,
    /// Place of the first window after it; `None` while it is open.
    pub(super) until: Option<usize>,
    /// How much worse, on the metric's scale; for errors the ratio that the baseline is compatible with at most.
    pub(super) height: f64,
    /// How far the windows since its opening lay above normal.
    pub(super) seen: Vec<f64>,
    /// Whether the windows since show that there is nothing; it is then neither open nor counted.
    pub(super) is_withdrawn: bool,
}

impl Entry {
    pub(super) fn is_open(&self, cell: &CellName, cause: IncidentCause) -> bool {
        self.until.is_none() && !self.is_withdrawn && self.cause == cause && self.cell == *cell
    }

    /// Measures the height from the windows since it opened; `others` is the height of entries below it.
    pub(super) fn measure(&mut self, others: f64) {
        if self.seen.len() >= LEAST_SEEN
            && let Some(median) = crate::stats::robust::median(&self.seen)
            && median - others > 0.0
        {
            self.height = median - others;
        }
    }
}

/// Collects evidence that some of the open entries of a cell are over.
#[derive(Debug, Clone, Default)]
pub(super) struct BackTest {
    /// For each set of open entries, as bits: the evidence that exactly these are over.
    sums: Vec<Evidence>,
}

/// Evidence since it last was nothing.
#[derive(Debug, Clone, Copy, Default)]
struct Evidence {
    /// Each window limited to its share, so that one does not decide.
    held: f64,
    /// The same without that limit, which tells sets apart.
    whole: f64,
    /// The place it began at.
    since: usize,
}

impl BackTest {
    /// Starts again with this number of open entries.
    pub(super) fn reset(&mut self, open: usize) {
        self.sums = vec![Evidence::default(); 1 << open.min(MOST_OPEN)];
    }

    /// Takes a window at this place with the log likelihood ratio of each set being over; returns the set that is, and since
    /// which place.
    pub(super) fn take(&mut self, place: usize, ratio: impl Fn(usize) -> f64) -> Option<(usize, usize)> {
        for (set, sum) in self.sums.iter_mut().enumerate().skip(1) {
            if sum.held <= 0.0 {
                *sum = Evidence { since: place, ..Evidence::default() };
            }
            let ratio = ratio(set);
            sum.whole += ratio;
            sum.held = (sum.held + ratio.clamp(-CLIP, CLIP)).max(0.0);
        }
        // A set that passes first may only have begun a window earlier: the best explained by all its windows decides.
        let begun = self.sums.iter().enumerate().skip(1).filter(|(_, sum)| sum.held > 0.0);
        let best =
            begun.max_by(|a, b| a.1.whole.total_cmp(&b.1.whole)).filter(|(_, sum)| sum.held > CLOSE)?;
        Some((best.0, best.1.since))
    }
}

/// The log likelihood ratio of a ratio of failures `calm` against `bad`, for a window's failed and judged requests.
pub(super) fn calm_against_bad(failed: u64, judged: u64, calm: f64, bad: f64) -> f64 {
    let (calm, bad) = (calm.clamp(1e-6, 1.0 - 1e-6), bad.clamp(1e-6, 1.0 - 1e-6));
    failed as f64 * (calm / bad).ln()
        + judged.saturating_sub(failed) as f64 * ((1.0 - calm) / (1.0 - bad)).ln()
}

/// The places of the bits of a set.
pub(super) fn members(set: usize, size: usize) -> impl Iterator<Item = usize> {
    (0..size).filter(move |nth| set & (1 << nth) != 0)
}
