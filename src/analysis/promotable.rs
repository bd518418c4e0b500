//! Whether a run of a plan can become a baseline, and which plan of nearly the same kind could: known before it is measured.

use std::time::Duration;

use crate::domain::plan::Plan;

use super::baseline_model::{LEAST_WINDOWS, learning_windows};

/// How many windows each cell of a plan gets, and what a baseline needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promotable {
    /// Windows of each cell: one per cycle.
    pub windows_per_cell: u64,
    /// Valid windows that a cell needs to enter a baseline.
    pub needed: u64,
    /// Windows of each cell that the run learns its own baseline from, before any is compared with it.
    pub learned_from: u64,
    /// A duration that gives enough windows at this cycle; `None` where the plan has enough.
    pub duration: Option<Duration>,
    /// A cycle that gives enough windows in this duration; `None` where the plan has enough, or its cells do not fit.
    pub cycle: Option<Duration>,
}

impl Promotable {
    /// Whether one run of the plan is enough, provided that its windows are valid.
    pub fn is_enough(&self) -> bool {
        self.windows_per_cell >= self.needed
    }

    /// The number of such runs that together have enough windows.
    pub fn runs(&self) -> u64 {
        self.needed.div_ceil(self.windows_per_cell.max(1))
    }
}

/// What a plan gives for a baseline.
pub fn promotable(plan: &Plan) -> Promotable {
    let needed = LEAST_WINDOWS as u64;
    let windows_per_cell = plan.cycles();
    let is_short = windows_per_cell < needed;
    let longer = plan.cycle.saturating_mul(u32::try_from(needed).unwrap_or(u32::MAX));
    let shorter = rounded_down(plan.duration / u32::try_from(needed).unwrap_or(1));
    let pass = plan.cell_span().saturating_mul(u32::try_from(plan.cells.len()).unwrap_or(u32::MAX));
    // More cycles are more requests, which documented limits may not allow.
    let fits = shorter >= pass && !shorter.is_zero() && plan.rate_limits.is_empty();
    Promotable {
        windows_per_cell,
        needed,
        learned_from: learning_windows(windows_per_cell) as u64,
        duration: is_short.then(|| rounded_up(longer)),
        cycle: (is_short && fits).then_some(shorter),
    }
}

/// A span as somebody would type it, at least as long.
fn rounded_up(span: Duration) -> Duration {
    let millis = span.as_millis().max(1);
    let unit = match millis {
        0..60_000 => 1_000,
        60_000..600_000 => 60_000,
        600_000..3_600_000 => 600_000,
        3_600_000..21_600_000 => 1_800_000,
        _ => 3_600_000,
    };
    Duration::from_millis(u64::try_from(millis.div_ceil(unit) * unit).unwrap_or(u64::MAX))
}

/// A span as somebody would type it, at most as long.
fn rounded_down(span: Duration) -> Duration {
    let millis = span.as_millis();
    let unit = match millis {
        0..1_000 => 1,
        1_000..60_000 => 100,
        60_000..3_600_000 => 1_000,
        _ => 60_000,
    };
    Duration::from_millis(u64::try_from(millis / unit * unit).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_rounded_to_what_is_typed() {
        let check = |rounded: Duration, expected: u64| assert_eq!(rounded, Duration::from_secs(expected));
        check(rounded_up(Duration::from_mins(100)), 7_200);
        check(rounded_up(Duration::from_millis(20_001)), 21);
        check(rounded_up(Duration::from_secs(61)), 120);
        check(rounded_up(Duration::from_secs(22_000)), 25_200);
        check(rounded_down(Duration::from_mins(3)), 180);
        check(rounded_down(Duration::from_millis(61_900)), 61);
        assert_eq!(rounded_down(Duration::from_millis(1_234)), Duration::from_millis(1_200));
    }
}
