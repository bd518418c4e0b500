//! Prices, as a scenario states them.

/// Demand of the product's users, and the prices of serving it.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// Currency as it is printed, such as `EUR`.
    pub currency: String,
    /// Requests that one user of the product makes in a month.
    pub requests_per_user_per_month: f64,
    /// Rate at the busiest time over the average rate; at least 1.
    pub peak_to_average: f64,
    /// Prices, in the order of the scenario file.
    pub items: Vec<CostItem>,
}

/// One item of the bill, such as a plan or an add-on.
#[derive(Debug, Clone, PartialEq)]
pub struct CostItem {
    /// Name of the item, as reports print it.
    pub name: String,
    /// Fixed price of a month, in the currency.
    pub fixed_per_month: f64,
    /// Price of a million requests beyond the included ones, in the currency.
    pub per_million_requests: f64,
    /// Requests per month that the fixed price covers.
    pub included_requests: f64,
    /// Number of users of the product from which the item applies; below it, the item costs nothing.
    pub from_users: u64,
}

impl CostItem {
    /// Price of a month at this demand. Units: the currency.
    pub fn price_of(&self, requests_a_month: f64, users: u64) -> f64 {
        if users < self.from_users {
            return 0.0;
        }
        let paid = (requests_a_month - self.included_requests).max(0.0);
        self.fixed_per_month + paid / 1e6 * self.per_million_requests
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_included_is_free() {
        let item = CostItem {
            name: "requests".to_owned(),
            fixed_per_month: 5.0,
            per_million_requests: 0.5,
            included_requests: 10e6,
            from_users: 100,
        };
        assert!((item.price_of(12e6, 100) - 6.0).abs() < 1e-12);
        assert!((item.price_of(1e6, 100) - 5.0).abs() < 1e-12);
        assert!(item.price_of(12e6, 99).abs() < 1e-12);
    }
}
