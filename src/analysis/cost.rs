//! What a number of users would cost, from measured demand and the scenario's own prices.

use crate::domain::cost::Cost;

use super::capacity::Support;

/// The sizes that a capacity plan is asked for.
pub const USERS: [u64; 3] = [10_000, 100_000, 1_000_000];

const SECONDS_A_MONTH: f64 = 30.0 * 86_400.0;

/// One row of the cost table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CostRow {
    /// Users a month.
    pub users: u64,
    /// Requests they make in a month.
    pub requests_a_month: f64,
    /// Requests a second in the busiest time.
    pub peak_per_s: f64,
    /// All prices together. Units: the scenario's currency, a month.
    pub total: f64,
    /// The same for each user.
    pub each: f64,
    /// How many times what was measured to hold; `None` where nothing was.
    pub of_measured: Option<f64>,
    /// Asks for more than was measured: a guess.
    pub is_extrapolated: bool,
    /// Cheaper than fewer users, or dearer for each: the prices contradict themselves there.
    pub is_not_monotone: bool,
}

/// The table for [`USERS`]. `support` is what the whole platform was measured to hold.
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
