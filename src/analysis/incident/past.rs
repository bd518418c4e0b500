//! What a tracker remembers of its cells, for others to look at.

use crate::domain::cell_name::CellName;
use crate::domain::metric::Metric;

use super::tracker::Tracker;

impl Tracker {
    /// The valid windows of a cell so far, as a series of a metric on its scale: window, seconds and place each.
    pub fn series(&self, cell: &CellName, metric: Metric) -> Vec<(u64, f64, f64)> {
        self.histories.get(cell).map_or_else(Vec::new, |history| history.placed(metric))
    }
}
