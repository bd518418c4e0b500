//! How a distribution of times moves over a run: requests counted by stretch of time and by size.

use std::collections::BTreeMap;

use crate::domain::histogram::Histogram;

/// Number of rows per factor of ten.
pub(in crate::report) const ROWS_A_DECADE: usize = 20;
/// Ten decades reach from a microsecond to beyond an hour.
const ROWS: usize = 10 * ROWS_A_DECADE;
/// More columns are finer than a page shows.
pub(in crate::report) const MOST_COLUMNS: usize = 72;

/// Requests by column of time and row of size.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeatMap {
    counts: BTreeMap<(usize, usize), u64>,
}

impl HeatMap {
    /// Adds a window's times to a column.
    pub(in crate::report) fn add(&mut self, column: usize, histogram: &Histogram) {
        let mut rows = [0_u64; ROWS];
        histogram.for_each(|time_ns, count| rows[row_of(time_ns as f64 / 1e3)] += count);
        for (row, count) in rows.into_iter().enumerate().filter(|(_, count)| *count > 0) {
            *self.counts.entry((column, row)).or_insert(0) += count;
        }
    }

    /// The column, the row and the share of the column's requests, column by column, smallest times first.
    pub fn shares(&self) -> Vec<(usize, usize, f64)> {
        let mut totals: BTreeMap<usize, u64> = BTreeMap::new();
        for ((column, _), count) in &self.counts {
            *totals.entry(*column).or_insert(0) += count;
        }
        let share = |column: &usize, count: u64| count as f64 / totals[column] as f64;
        self.counts.iter().map(|((column, row), count)| (*column, *row, share(column, *count))).collect()
    }
}

/// The row that a time belongs to. Units: microseconds.
fn row_of(time_us: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a logarithm of at least 0")]
    let row = (time_us.max(1.0).log10() * ROWS_A_DECADE as f64) as usize;
    row.min(ROWS - 1)
}

/// The times at which a row begins and ends. Units: microseconds.
pub(in crate::report) fn bounds_us(row: usize) -> (f64, f64) {
    let at = |row: usize| 10_f64.powf(row as f64 / ROWS_A_DECADE as f64);
    (at(row), at(row + 1))
}

/// Two windows a column, because a shuffled cycle moves a window by up to one cycle.
pub(in crate::report) fn heat_columns(windows_of_a_cell: u64) -> usize {
    usize::try_from(windows_of_a_cell / 2).unwrap_or(MOST_COLUMNS).clamp(1, MOST_COLUMNS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_a_column_add_up_to_one() {
        let mut histogram = Histogram::new().unwrap();
        for time_ns in [1_000, 1_000_000, 1_010_000, 50_000_000] {
            histogram.record(time_ns);
        }
        let mut heat = HeatMap::default();
        heat.add(0, &histogram);
        heat.add(3, &histogram);
        let shares = heat.shares();
        let first: Vec<(usize, f64)> =
            shares.iter().filter(|(column, ..)| *column == 0).map(|(_, row, share)| (*row, *share)).collect();
        assert_eq!(first, [(0, 0.25), (60, 0.5), (93, 0.25)]);
        assert_eq!(shares.len(), 6);
        let (low, high) = bounds_us(60);
        assert!((low - 1_000.0).abs() < 1e-6 && high > 1_010.0);
    }
}
