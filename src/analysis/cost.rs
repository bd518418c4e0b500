//! What serving a number of users would cost, from measured demand and the scenario's own prices.

use crate::domain::cost::Cost;

use super::capacity::Support;

/// Numbers of users of the product for which a capacity plan is made.
pub const USERS: [u64; 3] = [10_000, 100_000, 1_000_000];

const SECONDS_A_MONTH: f64 = 30.0 * 86_400.0;

/// One row of the cost table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CostRow {
    /// Users of the product per month.
    pub users: u64,
    /// Requests that they make in a month.
    pub requests_a_month: f64,
    /// Requests per second at the busiest time.
    pub peak_per_s: f64,
    /// Sum of all prices per month. Units: the scenario's currency.
    pub total: f64,
    /// Price per user and month. Units: the scenario's currency.
    pub each: f64,
    /// Peak rate over the sustained throughput that was measured; `None` where none was.
    pub of_measured: Option<f64>,
    /// Whether the peak exceeds what was measured, so that the row is a guess.
    pub is_extrapolated: bool,
    /// Whether it costs less in total, or more per user, than fewer users: the prices are inconsistent there.
    pub is_not_monotone: bool,
}

/// The table for [`USERS`]. `support` is the sustained throughput of the whole platform.
pub fn table(cost: &Cost, support: Option<&Support>) -> Vec<CostRow> {
    let mut rows: Vec<CostRow> = Vec::new();
    for users in USERS {
        let requests = users as f64 * cost.requests_per_user_per_month;
        let peak_per_s = requests / SECONDS_A_MONTH * cost.peak_to_average;
        let total: f64 = cost.items.iter().map(|item| item.price_of(requests, users)).sum();
        let each = total / users as f64;
        let of_measured = support.map(|support| peak_per_s / support.throughput_per_s);
        let is_not_monotone =
            rows.last().is_some_and(|before| total < before.total || each > before.each * (1.0 + 1e-9));
        let is_extrapolated = of_measured.is_none_or(|share| share > 1.0);
        rows.push(CostRow {
            users,
            requests_a_month: requests,
            peak_per_s,
            total,
            each,
            of_measured,
            is_extrapolated,
            is_not_monotone,
        });
    }
    rows
}
