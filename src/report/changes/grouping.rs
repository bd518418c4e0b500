//! Which values are one change.
//!
//! All values of an endpoint that went the same way are one change, with the levels that the same metric describes best.
//! Endpoints whose changes are of one size are one, too: they most likely have one cause.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::gate::Quantity;
use crate::domain::cell_name::CellName;
use crate::stats::Estimate;

use super::value::{Family, Label, Value, is_difference, quantity_words};

/// Sizes that differ by less than this factor may have one cause, if their intervals overlap.
const ALIKE: f64 = 1.5;

/// Which levels of some endpoints changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::report) enum Levels {
    /// All of several.
    All,
    /// The same ones of every endpoint, in alphabetical order.
    These(Vec<String>),
    /// Different ones: this number of cells, of all cells of these endpoints.
    Cells(usize, usize),
}

impl Levels {
    fn of(values: &[&Value], cells: &[CellName]) -> Self {
        let changed: BTreeSet<&CellName> = values.iter().map(|value| &value.cell).collect();
        let mut by_endpoint: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for cell in &changed {
            by_endpoint.entry(cell.series()).or_default().insert(cell.level.to_string());
        }
        let all = cells.iter().filter(|cell| by_endpoint.contains_key(&cell.series())).count();
        let mut sets: Vec<&BTreeSet<String>> = by_endpoint.values().collect();
        sets.dedup();
        match sets.as_slice() {
            [levels] if levels.len() > 1 && changed.len() >= all => Self::All,
            [levels] => Self::These(levels.iter().cloned().collect()),
            _ if changed.len() >= all => Self::All,
            _ => Self::Cells(changed.len(), all),
        }
    }
}

/// Values that changed alike.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Change {
    /// Names of the endpoints, or steps, in alphabetical order.
    pub(in crate::report) endpoints: Vec<String>,
    /// The levels of those endpoints that changed.
    pub(in crate::report) levels: Levels,
    /// The quantity that describes the change.
    pub(in crate::report) lead: Quantity,
    /// The values of that quantity, one per cell.
    pub(in crate::report) leads: Vec<Value>,
    /// Mean change of that quantity over its cells, with a 95% interval.
    pub(in crate::report) size: Estimate,
    /// Number of values that changed.
    pub(in crate::report) values: usize,
    /// The verdict on them.
    pub(in crate::report) label: Label,
    family: Family,
}

impl Change {
    fn of(values: &[&Value], cells: &[CellName]) -> Option<Self> {
        let first = values.iter().min_by_key(|value| value.precedence())?;
        let lead = first.quantity;
        let leads: Vec<Value> =
            values.iter().filter(|value| value.quantity == lead).map(|value| (*value).clone()).collect();
        let endpoints: BTreeSet<String> = values.iter().map(|value| value.cell.series()).collect();
        Some(Self {
            levels: Levels::of(values, cells),
            endpoints: endpoints.into_iter().collect(),
            size: pooled(lead, &leads),
            lead,
            leads,
            values: values.len(),
            label: first.label.clone(),
            family: first.family(),
        })
    }

    /// How much worse its worst cell is, in either direction.
    fn weight(&self) -> f64 {
        self.leads.iter().map(|value| value.worsening().abs()).fold(0.0, f64::max)
    }

    /// The smallest and the largest change of a cell.
    pub(in crate::report) fn range(&self) -> (f64, f64) {
        let sizes = self.leads.iter().map(|value| value.size.value);
        sizes.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), size| (low.min(size), high.max(size)))
    }

    /// Whether two changes may have one cause.
    fn is_like(&self, other: &Self) -> bool {
        let magnitude = |change: &Self| on_scale(change.lead, change.size.value).abs();
        let (small, large) = (magnitude(self).min(magnitude(other)), magnitude(self).max(magnitude(other)));
        self.lead == other.lead
            && self.label == other.label
            && self.family == other.family
            && (self.size.value > level(self.lead)) == (other.size.value > level(other.lead))
            && large <= ALIKE * small
            && self.size.low <= other.size.high
            && other.size.low <= self.size.high
    }
}

/// The size that is no change.
fn level(quantity: Quantity) -> f64 {
    if is_difference(quantity) { 0.0 } else { 1.0 }
}

fn on_scale(quantity: Quantity, size: f64) -> f64 {
    if is_difference(quantity) { size } else { size.ln() }
}

/// The mean over cells. Cells share the noise of their runs, so the interval of the mean is as wide as theirs are on average.
fn pooled(quantity: Quantity, values: &[Value]) -> Estimate {
    let count = values.len().max(1) as f64;
    let mean = |of: fn(&Estimate) -> f64| {
        values.iter().map(|value| on_scale(quantity, of(&value.size))).sum::<f64>() / count
    };
    let pooled =
        Estimate { value: mean(|size| size.value), low: mean(|size| size.low), high: mean(|size| size.high) };
    if is_difference(quantity) { pooled } else { pooled.map(f64::exp) }
}

/// The changes, worst first. `cells` are all cells of the comparison, changed or not.
pub(in crate::report) fn changes(values: &[Value], cells: &[CellName]) -> Vec<Change> {
    let mut of_cells: BTreeMap<(u8, &str, Family, bool, &CellName), Vec<&Value>> = BTreeMap::new();
    for value in values {
        let label = &value.label;
        let key = (label.rank, label.text.as_str(), value.family(), value.worsening() > 0.0, &value.cell);
        of_cells.entry(key).or_default().push(value);
    }
    // A level whose p99 alone moved is no level at which the median did.
    let mut grouped: BTreeMap<_, Vec<&Value>> = BTreeMap::new();
    for ((rank, text, family, is_worse, cell), values) in of_cells {
        let Some(lead) = values.iter().min_by_key(|value| value.precedence()) else { continue };
        let key = (rank, text, family, is_worse, cell.series(), quantity_words(lead.quantity));
        grouped.entry(key).or_default().extend(values);
    }
    // Endpoints with changes of one size, the largest first, so that small ones do not chain large ones together.
    let mut left: Vec<(Change, Vec<&Value>)> =
        grouped.into_values().filter_map(|values| Some((Change::of(&values, cells)?, values))).collect();
    left.sort_by(|(one, _), (other, _)| other.weight().total_cmp(&one.weight()));
    let mut merged: Vec<Change> = Vec::new();
    while !left.is_empty() {
        let (first, mut values) = left.remove(0);
        let (alike, others): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|(change, _)| first.is_like(change));
        values.extend(alike.into_iter().flat_map(|(_, values)| values));
        merged.extend(Change::of(&values, cells));
        left = others;
    }
    merged.sort_by(|one, other| {
        one.label.rank.cmp(&other.label.rank).then(other.weight().total_cmp(&one.weight()))
    });
    merged
}

#[cfg(test)]
mod tests {
    use super::super::words::sentence;
    use super::*;
    use crate::domain::metric::{Metric, Reading};
    use crate::domain::percentile::Percentile;
    use crate::domain::time_summary::TimeKind;
    use crate::report::formats::document::Tone;

    const P50: Quantity =
        Quantity::Metric(Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P50)));
    const P99: Quantity =
        Quantity::Metric(Metric::Time(TimeKind::Service, Reading::Percentile(Percentile::P99)));
    const THROUGHPUT: Quantity = Quantity::Metric(Metric::Throughput);
    const ERRORS: Quantity = Quantity::Metric(Metric::ErrorRatio);
    const LEVELS: [&str; 3] = ["heavy", "light", "normal"];

    fn label(text: &str) -> Label {
        Label { text: text.to_owned(), tone: Tone::Bad, rank: 0 }
    }

    fn value(endpoint: &str, level: &str, quantity: Quantity, (low, value, high): (f64, f64, f64)) -> Value {
        let size = Estimate { value, low, high };
        let after = if is_difference(quantity) { value } else { 1_000.0 * value };
        let before = if is_difference(quantity) { 0.0 } else { 1_000.0 };
        Value {
            cell: CellName::new(endpoint, level),
            quantity,
            before,
            after,
            size,
            label: label("regressed"),
        }
    }

    fn cells() -> Vec<CellName> {
        let of = |endpoint: &'static str| LEVELS.map(|level| CellName::new(endpoint, level));
        ["auth", "browse", "landing"].into_iter().flat_map(of).collect()
    }

    fn said(values: &[Value]) -> Vec<String> {
        changes(values, &cells()).iter().map(sentence).collect()
    }

    #[test]
    fn two_endpoints_that_slowed_down_alike_are_one_change() {
        let mut values = Vec::new();
        for (endpoint, by) in [("browse", 1.176), ("landing", 1.189)] {
            for level in LEVELS {
                values.push(value(endpoint, level, P50, (by - 0.04, by, by + 0.04)));
                values.push(value(endpoint, level, P99, (1.05, 1.2, 1.4)));
                values.push(value(endpoint, level, THROUGHPUT, (0.82, 0.85, 0.88)));
            }
        }
        assert_eq!(values.len(), 18);
        assert_eq!(
            said(&values),
            [
                "browse and landing at all levels: service time up about 18 % (p50 +18.2 %, interval +14.2 to +22.2 %)"
            ]
        );
    }

    #[test]
    fn other_sizes_levels_and_kinds_are_other_changes() {
        let values = [
            value("browse", "heavy", P50, (1.5, 1.6, 1.7)),
            value("landing", "light", P50, (1.1, 1.18, 1.32)),
            value("landing", "normal", P50, (1.1, 1.18, 1.32)),
            value("auth", "light", ERRORS, (0.015, 0.02, 0.025)),
            value("auth", "light", P99, (1.2, 1.4, 1.6)),
        ];
        assert_eq!(
            said(&values),
            [
                "browse at heavy: service time up about 60 % (p50 +60 %, interval +50 to +70 %)",
                "auth at light: p99 service time up about 40 % (+40 %, interval +20 to +60 %)",
                "landing at light and normal: service time up about 18 % (p50 +18 %, interval +10 to +32 %)",
                "auth at light: error ratio rose from 0 % to 2.00 % (+2.0 points, interval +1.5 to +2.5 points)",
            ]
        );
    }

    #[test]
    fn a_level_is_named_only_where_the_named_metric_moved() {
        let values = [
            value("browse", "heavy", P50, (1.5, 1.6, 1.7)),
            value("browse", "heavy", P99, (1.5, 1.7, 1.9)),
            value("browse", "light", P99, (1.2, 1.4, 1.6)),
            value("browse", "light", THROUGHPUT, (0.7, 0.77, 0.85)),
        ];
        assert_eq!(
            said(&values),
            [
                "browse at heavy: service time up about 60 % (p50 +60 %, interval +50 to +70 %)",
                "browse at light: p99 service time up about 40 % (+40 %, interval +20 to +60 %)",
            ]
        );
        let counts: Vec<usize> = changes(&values, &cells()).iter().map(|change| change.values).collect();
        assert_eq!(counts, [2, 2]);
    }

    #[test]
    fn opposite_directions_and_other_verdicts_stay_apart() {
        let mut improved = value("browse", "light", P50, (0.7, 0.75, 0.8));
        improved.label = Label { text: "improved".to_owned(), tone: Tone::Good, rank: 1 };
        let values = [improved, value("browse", "heavy", THROUGHPUT, (0.7, 0.77, 0.85))];
        assert_eq!(
            said(&values),
            [
                "browse at heavy: throughput down about 23 % (-23.0 %, interval -30.0 to -15.0 %)",
                "browse at light: service time down about 25 % (p50 -25.0 %, interval -30.0 to -20.0 %)",
            ]
        );
    }

    #[test]
    fn endpoints_with_other_levels_are_counted_in_cells() {
        let size = (1.14, 1.18, 1.22);
        let mut values: Vec<Value> = LEVELS.map(|level| value("browse", level, P50, size)).into();
        values.push(value("landing", "heavy", P50, size));
        assert_eq!(
            said(&values),
            [
                "browse and landing in 4 of 6 cells: service time up about 18 % (p50 +18.0 %, interval +14.0 to +22.0 %)"
            ]
        );
    }

    #[test]
    fn levels_of_different_sizes_give_a_range() {
        let values =
            [value("browse", "light", P50, (1.1, 1.18, 1.3)), value("browse", "heavy", P50, (1.5, 1.6, 1.7))];
        assert_eq!(
            said(&values),
            [
                "browse at heavy and light: service time up 18 to 60 % (p50 +37 %, interval +28 to +49 % on average)"
            ]
        );
    }
}
