//! Prices, as a scenario states them.

/// What users ask for, and what serving them costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// The currency, as it is printed.
    pub currency: String,
    /// How many requests a user makes in a month.
    pub requests_per_user_per_month: f64,
    /// How many times the average the busiest time is.
    pub peak_to_average: f64,
    /// In the order of the file.
    pub items: Vec<CostItem>,
}

/// One price.
#[derive(Debug, Clone, PartialEq)]
pub struct CostItem {
    /// Its name.
    pub name: String,
    /// Each month, whatever is used.
    pub fixed_per_month: f64,
    /// For each million requests beyond what is included.
    pub per_million_requests: f64,
    /// Requests a month that cost nothing more.
    pub included_requests: f64,
    /// The item applies from so many users on.
    pub from_users: u64,
}

impl CostItem {
    /// What it costs a month. Units: the currency.
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
