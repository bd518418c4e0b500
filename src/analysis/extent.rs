//! What the values of a series could be, as far as they were seen: range, smallest value above 0, typical size.

use std::collections::VecDeque;

use crate::stats::robust::median;

use super::series::Scale;

/// The typical size comes from this many late values other than 0.
const SIZES: usize = 20;

/// The values of a series so far. Units: the metric's.
#[derive(Debug, Clone)]
pub(super) struct Extent {
    scale: Scale,
    /// The lowest and the highest value; `None` with a named baseline, which does not have them.
    range: Option<(f64, f64)>,
    /// The smallest value that has a position on the scale.
    least: f64,
    sizes: VecDeque<f64>,
    typical: f64,
}

impl Extent {
    /// Of a series whose past is known by its baseline only.
    pub(super) fn unknown(scale: Scale) -> Self {
        let least = if scale == Scale::Log { f64::INFINITY } else { f64::NEG_INFINITY };
        Self { scale, range: None, least, sizes: VecDeque::with_capacity(SIZES + 1), typical: 0.0 }
    }

    /// Of a series that begins with these values.
    pub(super) fn of(scale: Scale, values: impl Iterator<Item = f64>) -> Self {
        let mut extent = Self::unknown(scale);
        for value in values {
            extent.range = Some(extent.range.map_or((value, value), |range| wider(range, value)));
            extent.take(value);
        }
        extent
    }

    /// Takes the next value. It does not widen the range yet: it may belong to a change.
    pub(super) fn take(&mut self, value: f64) {
        match self.scale {
            Scale::Log if value > 0.0 => self.least = self.least.min(value),
            Scale::Linear if value != 0.0 => {
                if self.sizes.len() == SIZES {
                    self.sizes.pop_front();
                }
                self.sizes.push_back(value.abs());
                self.typical = median(self.sizes.make_contiguous()).unwrap_or(0.0);
            }
            _ => (),
        }
    }

    /// Widens the range by a value that is too old to belong to a change.
    pub(super) fn widen(&mut self, value: f64) {
        self.range = self.range.map(|range| wider(range, value));
    }

    /// The range together with these values.
    pub(super) fn range_with(&self, values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
        self.range.map(|range| values.fold(range, wider))
    }

    /// The smallest value that has a position on the scale.
    pub(super) fn least(&self) -> f64 {
        self.least
    }

    /// The typical size of late values other than 0, on the linear scale.
    pub(super) fn typical(&self) -> f64 {
        self.typical
    }
}

fn wider(range: (f64, f64), value: f64) -> (f64, f64) {
    (range.0.min(value), range.1.max(value))
}
