//! A change in a sentence: where, what, and by how much, as precisely as the interval allows.

use crate::analysis::gate::Quantity;
use crate::domain::metric::{Metric, Reading};
use crate::domain::percentile::Percentile;
use crate::report::wording::numbers::{count, counted, joined, percent, percent_from};
use crate::report::wording::precision::{about_percent, change, points};

use super::grouping::{Change, Levels};
use super::value::{Value, is_difference, quantity_words, value_words};

/// More names are counted.
const MOST_NAMES: usize = 4;
/// Sizes of cells that differ by more than this factor are a range.
const SPREAD: f64 = 1.5;

/// A change in one sentence, without its full stop.
pub(in crate::report) fn sentence(change: &Change) -> String {
    format!("{}: {}", place(change), what(change))
}

/// The first of these changes, and how many more there are.
pub(in crate::report) fn sentences(changes: &[&Change], most: usize) -> String {
    let shown: Vec<String> = changes.iter().take(most).map(|change| sentence(change)).collect();
    let text = shown.join("; ");
    match changes.len().saturating_sub(most) {
        0 => text,
        more => format!("{text}; and {}", counted(more as u64, "more change")),
    }
}

/// Where: the endpoints and their levels.
pub(in crate::report) fn place(change: &Change) -> String {
    let endpoints = match change.endpoints.len() {
        many if many > MOST_NAMES => format!("{} endpoints", count(many as u64)),
        _ => joined(&change.endpoints),
    };
    format!("{endpoints} {}", levels(change))
}

/// The levels, with the word before them.
fn levels(change: &Change) -> String {
    match &change.levels {
        Levels::All => "at all levels".to_owned(),
        Levels::These(levels) if levels.len() > MOST_NAMES => {
            format!("at {}", counted(levels.len() as u64, "level"))
        }
        Levels::These(levels) => format!("at {}", joined(levels)),
        Levels::Cells(changed, all) => {
            format!("in {} of {}", count(*changed as u64), counted(*all as u64, "cell"))
        }
    }
}

fn what(found: &Change) -> String {
    if is_difference(found.lead) {
        return of_ratio(found);
    }
    let (value, interval) = change(found.size);
    let is_up = found.size.value >= 1.0;
    let (subject, short) = match found.lead {
        Quantity::Metric(Metric::Time(
            kind,
            reading @ (Reading::Mean | Reading::Percentile(Percentile::P50)),
        )) => {
            let whole = quantity_words(Quantity::Metric(Metric::Time(kind, reading)));
            let subject = whole.split_once(' ').map_or(whole.as_str(), |(_, kind)| kind).to_owned();
            (subject, format!("{} ", reading.name()))
        }
        lead => (quantity_words(lead), String::new()),
    };
    let way = if is_up { "up" } else { "down" };
    let (low, high) = found.range();
    let (small, large) = if is_up { (low, high) } else { (high, low) };
    let is_spread = (large.ln() / small.ln()).abs() > SPREAD;
    let by = if is_spread {
        let small = about_percent(small - 1.0);
        format!("{} to {}", small.trim_end_matches(" %"), about_percent(large - 1.0))
    } else {
        format!("about {}", about_percent(found.size.value - 1.0))
    };
    let average = if is_spread { " on average" } else { "" };
    format!("{subject} {way} {by} ({short}{value}, interval {interval}{average})")
}

fn of_ratio(found: &Change) -> String {
    let (value, interval) = points(found.size);
    let verb = if found.size.value >= 0.0 { "rose" } else { "fell" };
    let range = |of: fn(&Value) -> f64| {
        let (low, high) = ends(found, of);
        let words = (percent(Some(low)), percent(Some(high)));
        if words.0 == words.1 {
            return words.1;
        }
        format!("between {} and {}", percent_from(low).trim_end_matches(" %"), words.1)
    };
    let (before, after) = (range(|value| value.before), range(|value| value.after));
    format!("{} {verb} from {before} to {after} ({value}, interval {interval})", quantity_words(found.lead))
}

/// The smallest and the largest of the values of a change, before or after.
fn ends(found: &Change, of: fn(&Value) -> f64) -> (f64, f64) {
    let start = (f64::INFINITY, f64::NEG_INFINITY);
    found.leads.iter().map(of).fold(start, |(low, high), one| (low.min(one), high.max(one)))
}

/// The values of a change before or after: one, or from the smallest to the largest.
pub(super) fn values(found: &Change, of: fn(&Value) -> f64) -> String {
    let (low, high) = ends(found, of);
    let words = (value_words(found.lead, low), value_words(found.lead, high));
    if words.0 == words.1 {
        return words.1;
    }
    let from = if is_difference(found.lead) { percent_from(low) } else { words.0 };
    format!("{from} to {}", words.1)
}
