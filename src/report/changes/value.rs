//! One value that changed, of a comparison or of a gate.

use crate::analysis::comparison;
use crate::analysis::gate::Quantity;
use crate::domain::cell_name::CellName;
use crate::domain::metric::{Direction, Metric, Reading};
use crate::domain::percentile::Percentile;
use crate::domain::time_summary::TimeKind;
use crate::report::formats::document::Tone;
use crate::report::wording::numbers::percent;
use crate::report::wording::phrases::{metric_value, metric_words};
use crate::stats::Estimate;

/// The verdict on a value, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::report) struct Label {
    /// The word, with its qualification.
    pub(in crate::report) text: String,
    pub(in crate::report) tone: Tone,
    /// The worst have the lowest.
    pub(in crate::report) rank: u8,
}

/// A value before and after.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Value {
    pub(in crate::report) cell: CellName,
    pub(in crate::report) quantity: Quantity,
    pub(in crate::report) before: f64,
    pub(in crate::report) after: f64,
    /// After over before; of ratios of requests, after less before. With its 95% interval.
    pub(in crate::report) size: Estimate,
    pub(in crate::report) label: Label,
}

/// What moves together: the times and the throughput of a workload, or one kind of its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    Errors,
    RateLimited,
    Speed,
    Cache,
    Other,
}

impl Value {
    pub(super) fn family(&self) -> Family {
        match self.quantity {
            Quantity::Metric(Metric::ErrorRatio) => Family::Errors,
            Quantity::ThrottledRatio => Family::RateLimited,
            Quantity::Metric(Metric::CacheHitRatio) => Family::Cache,
            Quantity::Metric(Metric::Throughput | Metric::Time(..)) => Family::Speed,
            Quantity::Metric(_) => Family::Other,
        }
    }

    /// How much worse it is: the logarithm of a ratio, or a difference. Units: either.
    pub(super) fn worsening(&self) -> f64 {
        let up = if is_difference(self.quantity) { self.size.value } else { self.size.value.ln() };
        match self.quantity.direction() {
            Direction::LowerIsBetter => up,
            Direction::HigherIsBetter => -up,
        }
    }

    /// Which of several values of a cell describes the change best: the median, because it varies least.
    pub(super) fn precedence(&self) -> u8 {
        let Quantity::Metric(metric) = self.quantity else { return 0 };
        match metric {
            Metric::Time(kind, reading) => {
                let of_kind = match kind {
                    TimeKind::Service => 0,
                    TimeKind::Response => 10,
                    TimeKind::FirstByte => 20,
                };
                of_kind
                    + match reading {
                        Reading::Percentile(Percentile::P50) => 0,
                        Reading::Mean => 1,
                        Reading::Percentile(Percentile::P95) => 2,
                        Reading::Percentile(Percentile::P99) => 3,
                        _ => 4,
                    }
            }
            Metric::Throughput => 50,
            _ => 60,
        }
    }
}

/// Whether changes of a quantity are differences of ratios, and not ratios.
pub(super) fn is_difference(quantity: Quantity) -> bool {
    match quantity {
        Quantity::ThrottledRatio => true,
        Quantity::Metric(metric) => comparison::is_ratio(metric),
    }
}

/// Name of a metric or ratio, for people.
pub(in crate::report) fn quantity_words(quantity: Quantity) -> String {
    match quantity {
        Quantity::Metric(metric) => metric_words(metric),
        Quantity::ThrottledRatio => "rate-limited (429) ratio".to_owned(),
    }
}

/// A value with its unit.
pub(in crate::report) fn value_words(quantity: Quantity, value: f64) -> String {
    match quantity {
        Quantity::Metric(metric) => metric_value(metric, Some(value)),
        Quantity::ThrottledRatio => percent(Some(value)),
    }
}
