//! The percentiles the product reports, and how many requests each needs before it may be reported.

/// A percentile of a distribution of times that the product reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Percentile {
    /// The median, or 50th percentile.
    P50,
    /// The 90th percentile.
    P90,
    /// The 95th percentile.
    P95,
    /// The 99th percentile.
    P99,
    /// The 99.9th percentile.
    P999,
}

impl Percentile {
    /// Every percentile the product reports, ascending.
    pub const ALL: [Self; 5] = [Self::P50, Self::P90, Self::P95, Self::P99, Self::P999];

    /// The fraction of requests at or below it, 0 to 1.
    pub fn quantile(self) -> f64 {
        match self {
            Self::P50 => 0.5,
            Self::P90 => 0.9,
            Self::P95 => 0.95,
            Self::P99 => 0.99,
            Self::P999 => 0.999,
        }
    }

    /// The fewest requests that support it.
    ///
    /// With n requests, all of them lie below the true quantile q with probability q^n. Where that exceeds 2.5 %,
    /// no order statistic bounds the percentile from above at 95 %, so any figure would be a guess: n must reach
    /// ln 0.025 / ln q, which is 6, 36, 72, 368 and 3,688.
    /// Source: Hahn and Meeker, Statistical Intervals, section 5.2.
    pub fn needs(self) -> u64 {
        match self {
            Self::P50 => 6,
            Self::P90 => 36,
            Self::P95 => 72,
            Self::P99 => 368,
            Self::P999 => 3_688,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_formula() {
        for percentile in Percentile::ALL {
            let formula = (0.025_f64.ln() / percentile.quantile().ln()).ceil();
            assert!((formula - percentile.needs() as f64).abs() < 0.5, "{percentile:?}: {formula}");
        }
    }
}
