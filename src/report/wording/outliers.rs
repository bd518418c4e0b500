//! Counts of outliers with the number that chance brings, as phrases.

use crate::analysis::outliers::{OutlierCount, OutlierCounts};
use crate::analysis::watch::FLAG_SIGMAS;

use super::numbers::{count, whole};

/// The number expected by chance: `844 to 1,040`, or `about 12` where there is no range.
pub fn expected_words(of: &OutlierCount) -> String {
    range_words(of.expected, of.range_95())
}

/// As [`expected_words`], for numbers from a file.
pub fn range_words(expected: f64, range_95: Option<(f64, f64)>) -> String {
    match range_95 {
        Some((low, high)) => format!("{} to {}", whole(low.floor()), whole(high.ceil())),
        None => format!("about {}", whole(expected)),
    }
}

/// Both counts in two sentences, that for the time of day first.
pub fn outliers_words(counts: &OutlierCounts) -> String {
    let OutlierCounts { for_time_of_day, of_baseline } = counts;
    format!(
        "{} of {} values are outliers for the time of day: more than {FLAG_SIGMAS:.0} sigma from what was expected at that hour, \
         where {} are expected by chance. {} are beyond {FLAG_SIGMAS:.0} sigma of the baseline, which is one band for all hours, \
         where {} are expected.",
        count(for_time_of_day.observed),
        count(for_time_of_day.judged),
        expected_words(for_time_of_day),
        count(of_baseline.observed),
        expected_words(of_baseline)
    )
}
