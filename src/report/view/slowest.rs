//! The slowest requests of a run, with the traces under which the target knows them.

use std::collections::BTreeMap;

use crate::domain::trace::SlowRequest;

/// Requests that are kept of each endpoint or step.
const MOST_OF_SERIES: usize = 10;

/// The slowest requests of the valid windows of a run. Empty where its requests named no traces.
#[derive(Debug, Clone, Default)]
pub struct Slowest {
    /// By series, the slowest first.
    series: BTreeMap<String, Vec<SlowRequest>>,
    /// The slowest of each row, in the order of the rows.
    of_rows: Vec<SlowRequest>,
}

impl Slowest {
    /// Takes the next request, in the order of the file: of each row the slowest first.
    pub fn take(&mut self, slow: SlowRequest) {
        let of_series = self.series.entry(slow.cell.series()).or_default();
        let place = of_series.partition_point(|known| known.service_time >= slow.service_time);
        if place < MOST_OF_SERIES {
            of_series.insert(place, slow.clone());
            of_series.truncate(MOST_OF_SERIES);
        }
        let is_same_row = |last: &SlowRequest| last.window == slow.window && last.cell == slow.cell;
        if !self.of_rows.last().is_some_and(is_same_row) {
            self.of_rows.push(slow);
        }
    }

    /// All that are kept, series by series, of each the slowest first.
    pub fn all(&self) -> impl Iterator<Item = &SlowRequest> {
        self.series.values().flatten()
    }

    /// A few of each series, not more than `most` together, the slowest first.
    pub fn few(&self, most: usize) -> Vec<&SlowRequest> {
        let each = (most / self.series.len().max(1)).clamp(1, 3);
        let mut few: Vec<&SlowRequest> =
            self.series.values().flat_map(|of_series| of_series.iter().take(each)).collect();
        few.sort_by_key(|slow| std::cmp::Reverse(slow.service_time));
        few.truncate(most);
        few
    }

    /// The slowest of each row that is wanted, the slowest first, not more than `most`.
    pub fn of_rows(&self, most: usize, is_wanted: impl Fn(&SlowRequest) -> bool) -> Vec<&SlowRequest> {
        let mut wanted: Vec<&SlowRequest> = self.of_rows.iter().filter(|slow| is_wanted(slow)).collect();
        wanted.sort_by_key(|slow| std::cmp::Reverse(slow.service_time));
        wanted.truncate(most);
        wanted
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::domain::cell_name::CellName;
    use crate::domain::trace::{SpanId, TraceId};

    fn slow(endpoint: &str, window: u64, millis: u64) -> SlowRequest {
        SlowRequest {
            window,
            cell: CellName::new(endpoint, "light"),
            sent_at: Timestamp::UNIX_EPOCH,
            service_time: Duration::from_millis(millis),
            trace_id: TraceId([1; 16]),
            span_id: SpanId([1; 8]),
            status: Some(200),
            failure: None,
        }
    }

    #[test]
    fn few_are_shown_of_each_endpoint() {
        let mut slowest = Slowest::default();
        for window in 1..=20 {
            for millis in [window * 10, window * 10 - 1] {
                slowest.take(slow("a", window, millis));
            }
            slowest.take(slow("b", window, window));
        }
        assert_eq!(slowest.all().count(), 20);
        let millis = |few: Vec<&SlowRequest>| -> Vec<u128> {
            few.iter().map(|slow| slow.service_time.as_millis()).collect()
        };
        assert_eq!(millis(slowest.few(10)), [200, 199, 190, 20, 19, 18]);
        assert_eq!(millis(slowest.few(3)), [200, 20]);
        assert_eq!(millis(slowest.of_rows(2, |slow| slow.window < 5)), [40, 30]);
        assert!(Slowest::default().few(10).is_empty());
    }
}
