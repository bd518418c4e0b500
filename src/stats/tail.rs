//! The rarity of a value compared with its own past: counted where the past has values, extrapolated where it has none.
//!
//! A histogram of powers of two in quarter octaves keeps the past in constant memory. Beyond its upper 2% the tail is
//! modelled as a power law (Hill 1975), whose index is drawn towards one fourth where few values determine it.

use std::f64::consts::{LN_2, LOG10_E};

const BINS: usize = 128;
const BINS_AN_OCTAVE: f64 = 4.0;
/// Fraction of values that the power law is fitted to, and the least number of them.
const TAIL_SHARE: f64 = 0.02;
const TAIL_LEAST: f64 = 5.0;
/// Prior estimate of the index, and the number of values it is worth.
const PRIOR_INDEX: f64 = 0.25;
const PRIOR_WORTH: f64 = 5.0;
/// Largest rarity that is reported: one in 10^10.
const RAREST: f64 = 10.0;
/// When the past has more values than this, its counts are halved, so that old values fade.
const MEMORY: f64 = 8_192.0;
/// Fewest values from which rarity is estimated.
const LEAST: f64 = 10.0;

/// One side of a distribution: for each bin, the number of values in it or above.
#[derive(Debug, Clone)]
struct Side {
    at_least: [f64; BINS],
    /// The binary logarithm at the lower edge of the middle bin; `None` before the first value.
    offset: Option<f64>,
}

impl Side {
    fn new() -> Self {
        Self { at_least: [0.0; BINS], offset: None }
    }

    fn bin(offset: f64, log2: f64) -> usize {
        // The nudge keeps exact powers of two clear of the edge.
        let place = ((log2 - offset) * BINS_AN_OCTAVE + 1e-6).floor() + (BINS / 2) as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held within the bins")]
        let bin = place.clamp(0.0, (BINS - 1) as f64) as usize;
        bin
    }

    fn add(&mut self, log2: f64) {
        let offset = *self.offset.get_or_insert(log2);
        self.at_least[..=Self::bin(offset, log2)].iter_mut().for_each(|count| *count += 1.0);
    }

    /// -log10 of the probability of a value at least this large; `n` counts the values of both sides.
    fn rarity(&self, log2: f64, n: f64) -> f64 {
        let Some(offset) = self.offset.filter(|_| n >= LEAST) else { return 0.0 };
        let bin = Self::bin(offset, log2);
        let enough = TAIL_LEAST.max(TAIL_SHARE * n);
        let counted = || -((self.at_least[bin] + 1.0) / (n + 1.0)).min(1.0).log10();
        // The edge beyond which the power law holds: the highest with enough values above it.
        let edge = (0..=bin).rev().find(|bin| self.at_least[*bin] >= enough).unwrap_or(0);
        if bin <= edge {
            return counted();
        }
        let above = self.at_least[edge];
        if above <= 0.0 {
            return (n + 1.0).log10();
        }
        let bins: f64 = 0.5 * above + self.at_least[edge + 1..].iter().sum::<f64>();
        let index = bins / above / BINS_AN_OCTAVE * LN_2;
        let index = (index * above + PRIOR_INDEX * PRIOR_WORTH) / (above + PRIOR_WORTH);
        let excess = (log2 - offset - (edge as f64 - (BINS / 2) as f64) / BINS_AN_OCTAVE) * LN_2;
        ((n + 1.0) / (above + 1.0)).log10() + excess / index * LOG10_E
    }

    fn halve(&mut self) {
        self.at_least.iter_mut().for_each(|count| *count *= 0.5);
    }
}

/// Which values count as far out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Large values above or below 0, each side separately.
    Signed,
    /// Values that are never negative: both large and small ones.
    Magnitude,
}

/// The past of one quantity: its distribution so far.
#[derive(Debug, Clone)]
pub struct Past {
    kind: Kind,
    n: f64,
    upper: Side,
    lower: Side,
}

impl Past {
    /// A past without values, in which nothing is rare.
    pub fn new(kind: Kind) -> Self {
        Self { kind, n: 0.0, upper: Side::new(), lower: Side::new() }
    }

    /// Rarity of a value: -log10 of the probability of one as far out, at most 10.
    ///
    /// Units: powers of ten. Shape: `value` finite; within `tiny` of 0 it counts as 0.
    pub fn rarity(&self, value: f64, tiny: f64) -> f64 {
        let log2 = log2_beyond(value, tiny);
        let first_of_all = || if self.n >= LEAST { (self.n + 1.0).log10() } else { 0.0 };
        let rarity = match (self.kind, log2) {
            (Kind::Signed, None) => 0.0,
            (Kind::Signed, Some(log2)) => {
                let side = if value >= 0.0 { &self.upper } else { &self.lower };
                if side.offset.is_some() { side.rarity(log2, self.n) } else { first_of_all() }
            }
            (Kind::Magnitude, log2) => match (self.upper.offset, log2) {
                (None, None) => 0.0,
                (None, Some(_)) => first_of_all(),
                (Some(offset), log2) => {
                    // Zero lies below all earlier values.
                    let log2 = log2.unwrap_or(offset - (BINS / 2) as f64 / BINS_AN_OCTAVE);
                    let rarest = self.upper.rarity(log2, self.n).max(self.lower.rarity(-log2, self.n));
                    // Two tails were examined.
                    (rarest - std::f64::consts::LOG10_2).max(0.0)
                }
            },
        };
        rarity.min(RAREST)
    }

    /// Adds a value to the past.
    pub fn add(&mut self, value: f64, tiny: f64) {
        self.n += 1.0;
        match (self.kind, log2_beyond(value, tiny)) {
            // Zeros only count in n: they lie at no distance.
            (Kind::Signed, None) => (),
            (Kind::Signed, Some(log2)) => {
                let side = if value >= 0.0 { &mut self.upper } else { &mut self.lower };
                side.add(log2);
            }
            (Kind::Magnitude, log2) => self.add_magnitude(log2),
        }
        if self.n > MEMORY {
            self.n *= 0.5;
            self.upper.halve();
            self.lower.halve();
        }
    }

    fn add_magnitude(&mut self, log2: Option<f64>) {
        if self.upper.offset.is_none() {
            let Some(first) = log2 else { return };
            (self.upper.offset, self.lower.offset) = (Some(first), Some(-first));
            // The zeros so far lie below everything.
            let zeros = self.n - 1.0;
            self.upper.at_least[0] += zeros;
            self.lower.at_least.iter_mut().for_each(|count| *count += zeros);
        }
        if let Some(offset) = self.upper.offset {
            let log2 = log2.unwrap_or(offset - (BINS / 2) as f64 / BINS_AN_OCTAVE);
            self.upper.add(log2);
            self.lower.add(-log2);
        }
    }
}

fn log2_beyond(value: f64, tiny: f64) -> Option<f64> {
    (value.abs() > tiny).then(|| value.abs().log2())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_often_is_not_rare() {
        let mut past = Past::new(Kind::Signed);
        for n in 1..=1_000_u32 {
            past.add(f64::from(n % 100), 1e-9);
        }
        assert!(past.rarity(50.0, 1e-9) < 0.5);
        assert!(past.rarity(99.0, 1e-9) < past.rarity(400.0, 1e-9));
        assert!(past.rarity(1e9, 1e-9) > 5.0);
        // It was never below 0.
        assert!((past.rarity(-1.0, 1e-9) - 1_001.0_f64.log10()).abs() < 1e-9);
    }

    #[test]
    fn standing_still_is_rare_for_what_always_moved() {
        let mut past = Past::new(Kind::Magnitude);
        for n in 0..500_u32 {
            past.add(10.0 + f64::from(n * 7 % 13), 1e-9);
        }
        assert!(past.rarity(0.0, 1e-9) > 3.0);
        assert!(past.rarity(12.0, 1e-9) < 1.0);
    }

    #[test]
    fn a_short_past_says_nothing() {
        let mut past = Past::new(Kind::Signed);
        past.add(1.0, 0.0);
        assert_eq!(past.rarity(1e12, 0.0).to_bits(), 0.0_f64.to_bits());
    }
}
