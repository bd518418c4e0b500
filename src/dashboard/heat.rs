//! A heat map that takes the same memory however long a run is: neighbouring columns are merged once there are too many.

use crate::domain::histogram::Histogram;
use crate::domain::window::Window;

use super::json::{Heat, HeatColumn};

/// The most columns.
const MOST_COLUMNS: usize = 240;
/// The most rows that are sent.
const MOST_ROWS: usize = 24;
/// Rows per factor of ten that are counted.
const ROWS_A_DECADE: usize = 20;
/// Ten decades reach from a microsecond to beyond an hour.
const ROWS: usize = 10 * ROWS_A_DECADE;

/// The heat map of a series.
#[derive(Debug)]
pub(super) struct HeatColumns {
    columns: Vec<Column>,
    /// Windows per column; the last one may have fewer.
    windows: usize,
    in_last: usize,
}

#[derive(Debug)]
struct Column {
    from_ms: i64,
    to_ms: i64,
    /// Rows with their counts, by row.
    counts: Vec<(u8, u64)>,
}

impl Default for HeatColumns {
    fn default() -> Self {
        Self { columns: Vec::new(), windows: 1, in_last: 1 }
    }
}

impl HeatColumns {
    /// Adds the service times of the next window.
    pub(super) fn add(&mut self, window: &Window, times: &Histogram) {
        let mut rows = [0_u64; ROWS];
        times.for_each(|time_ns, count| rows[row_of(time_ns as f64 / 1e3)] += count);
        let counts = (0..=u8::MAX).zip(rows).filter(|(_, count)| *count > 0).collect();
        let from_ms = window.started_at.as_millisecond();
        let column = Column { from_ms, to_ms: window.ended_at().as_millisecond(), counts };
        match self.columns.last_mut() {
            Some(last) if self.in_last < self.windows => {
                last.merge(column);
                self.in_last += 1;
            }
            _ => {
                self.columns.push(column);
                self.in_last = 1;
            }
        }
        if self.columns.len() > MOST_COLUMNS {
            self.halve();
        }
    }

    fn halve(&mut self) {
        let mut merged: Vec<Column> = Vec::with_capacity(MOST_COLUMNS);
        for (place, column) in std::mem::take(&mut self.columns).into_iter().enumerate() {
            match merged.last_mut() {
                Some(last) if place % 2 == 1 => last.merge(column),
                _ => merged.push(column),
            }
        }
        // There is one more than an even number, so that the last one stays as it is, and has room.
        self.windows *= 2;
        self.columns = merged;
    }

    /// As it is sent, with neighbouring rows merged so that there are few.
    pub(super) fn entry(&self, id: &str) -> Heat {
        let rows =
            || self.columns.iter().flat_map(|column| column.counts.iter().map(|(row, _)| usize::from(*row)));
        let (low, high) = (rows().min().unwrap_or(0), rows().max().unwrap_or(0));
        let step = (high - low + 1).div_ceil(MOST_ROWS);
        let number = (high - low + 1).div_ceil(step);
        let counts = |column: &Column| {
            let mut counts = vec![0; number];
            for (row, count) in &column.counts {
                counts[(usize::from(*row) - low) / step] += count;
            }
            counts
        };
        let edge = |row: usize| 10_f64.powf(row as f64 / ROWS_A_DECADE as f64);
        Heat {
            id: id.to_owned(),
            columns: self
                .columns
                .iter()
                .map(|column| HeatColumn { from_ms: column.from_ms, to_ms: column.to_ms })
                .collect(),
            edges_us: (0..=number).map(|place| edge(low + place * step)).collect(),
            counts: self.columns.iter().map(counts).collect(),
        }
    }
}

impl Column {
    fn merge(&mut self, next: Self) {
        self.to_ms = self.to_ms.max(next.to_ms);
        for (row, count) in next.counts {
            match self.counts.binary_search_by_key(&row, |(own, _)| *own) {
                Ok(place) => self.counts[place].1 += count,
                Err(place) => self.counts.insert(place, (row, count)),
            }
        }
    }
}

/// The row that a time belongs to. Units: microseconds.
fn row_of(time_us: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a logarithm of at least 0")]
    let row = (time_us.max(1.0).log10() * ROWS_A_DECADE as f64) as usize;
    row.min(ROWS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_request_is_lost_when_columns_are_merged() {
        let mut heat = HeatColumns::default();
        let mut times = Histogram::new().unwrap();
        times.record(3_000_000);
        times.record(250_000_000);
        let window = Window::sample();
        for windows in 1..=2_000_u64 {
            heat.add(&window, &times);
            let entry = heat.entry("a");
            assert!(entry.columns.len() <= MOST_COLUMNS && entry.edges_us.len() <= MOST_ROWS + 1);
            let all: u64 = entry.counts.iter().flatten().sum();
            assert_eq!(all, 2 * windows);
        }
        assert!(heat.columns.len() > MOST_COLUMNS / 4);
    }

    #[test]
    fn a_time_lies_between_the_edges_of_its_row() {
        let mut heat = HeatColumns::default();
        let mut times = Histogram::new().unwrap();
        times.record(3_000_000);
        heat.add(&Window::sample(), &times);
        let entry = heat.entry("a");
        assert_eq!(entry.counts, [[1]]);
        assert!(entry.edges_us[0] <= 3_000.0 && entry.edges_us[1] > 3_000.0);
        assert!(HeatColumns::default().entry("b").counts.is_empty());
    }
}
