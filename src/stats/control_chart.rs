//! A two-sided cumulative sum: it notices a lasting change that no single value shows.

/// Part of each value that does not count as change, in standard deviations.
pub const ALLOWANCE: f64 = 0.5;
/// Sum above which a change is signalled, in standard deviations.
pub const THRESHOLD: f64 = 12.0;

/// Sums of standardised values, upwards and downwards.
///
/// Units: standard deviations. With an allowance of 0.5 and a threshold of 12, independent normal values cross it about
/// once in 270,000; a change of two deviations crosses it after eight.
/// Source: Page (1954); the run length after Siegmund (1985), section 2.6.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cusum {
    up: f64,
    down: f64,
}

impl Cusum {
    /// Takes the next standardised value. The sums are limited to twice the threshold, so that they return as fast as
    /// they rose.
    pub fn take(&mut self, value: f64) {
        self.up = (self.up + value - ALLOWANCE).clamp(0.0, 2.0 * THRESHOLD);
        self.down = (self.down - value - ALLOWANCE).clamp(0.0, 2.0 * THRESHOLD);
    }

    /// Whether the sum in the direction of `sign` is past the threshold.
    pub fn is_past(&self, sign: f64) -> bool {
        (if sign > 0.0 { self.up } else { self.down }) > THRESHOLD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_deviations_cross_after_nine_steps() {
        let mut chart = Cusum::default();
        let crossed = (1..100).find(|_| {
            chart.take(2.0);
            chart.is_past(1.0)
        });
        assert_eq!(crossed, Some(9)); // 9 x 1.5 is the first sum beyond 12.
        assert!(!chart.is_past(-1.0));
    }

    #[test]
    fn half_a_deviation_never_does() {
        let mut chart = Cusum::default();
        (0..100_000).for_each(|_| chart.take(-0.5));
        assert!(!chart.is_past(-1.0));
    }
}
