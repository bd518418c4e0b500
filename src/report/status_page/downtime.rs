//! Minutes of downtime per day, as clocks count them: each window stands for the time until the next one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::history::Sample;

const DAY_S: i64 = 86_400;

/// Minutes down by day (UTC), rounded up, so that no downtime vanishes; days without downtime are left out. Levels count
/// alike: down at one of three levels for an hour is twenty minutes.
pub(super) fn daily_minutes(samples: &[Sample]) -> BTreeMap<String, u64> {
    let mut levels: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for sample in samples.iter().filter(|sample| sample.worked.is_some()) {
        let stretches = levels.entry(&sample.level).or_default();
        if sample.worked == Some(false) {
            let from = seconds(sample.at);
            stretches.push((from, from + sample.stands_for.as_secs_f64()));
        }
    }
    let count = levels.len().max(1) as f64;
    let mut days: BTreeMap<i64, f64> = BTreeMap::new();
    for stretches in levels.into_values() {
        for (from, until) in union(stretches) {
            add(&mut days, from, until);
        }
    }
    let minutes = |down: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most the minutes of a day"
        )]
        let minutes = (down / count / 60.0 - 1e-9).ceil().max(1.0) as u64;
        minutes
    };
    days.into_iter().filter_map(|(day, down)| Some((name_of(day)?, minutes(down)))).collect()
}

fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1e3
}

/// Stretches without overlaps: two runs that see the same outage count it once.
fn union(mut stretches: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    stretches.sort_by(|left, right| left.0.total_cmp(&right.0));
    let mut merged: Vec<(f64, f64)> = Vec::new();
    for (from, until) in stretches {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            _ => merged.push((from, until)),
        }
    }
    merged
}

/// Adds a stretch to its days.
fn add(days: &mut BTreeMap<i64, f64>, mut from: f64, until: f64) {
    while from < until {
        #[expect(clippy::cast_possible_truncation, reason = "days of this era")]
        let day = (from / DAY_S as f64).floor() as i64;
        let end = ((day + 1) * DAY_S) as f64;
        *days.entry(day).or_default() += end.min(until) - from;
        from = end;
    }
}

fn name_of(day: i64) -> Option<String> {
    let at = Timestamp::from_second(day.checked_mul(DAY_S)?).ok()?;
    Some(at.to_zoned(TimeZone::UTC).date().to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;

    fn down(level: &str, minute: i64, minutes: u64) -> Sample {
        Sample {
            level: Arc::from(level),
            at: Timestamp::from_second(minute * 60).unwrap(),
            stands_for: Duration::from_mins(minutes),
            worked: Some(false),
            ..Sample::made_up()
        }
    }

    #[test]
    fn an_outage_over_midnight_belongs_to_both_days() {
        let found = daily_minutes(&[down("light", 23 * 60 + 50, 30)]);
        assert_eq!(found, [("1970-01-01".to_owned(), 10), ("1970-01-02".to_owned(), 20)].into());
    }

    #[test]
    fn overlaps_count_once_and_levels_alike() {
        let up = |level: &str| Sample { level: Arc::from(level), ..Sample::made_up() };
        let two_runs = [down("light", 0, 10), down("light", 5, 10)];
        assert_eq!(daily_minutes(&two_runs), [("1970-01-01".to_owned(), 15)].into());
        let [first, second] = two_runs;
        assert_eq!(daily_minutes(&[first, second, up("a"), up("b")]), [("1970-01-01".to_owned(), 5)].into());
        assert_eq!(daily_minutes(&[up("a")]), BTreeMap::new());
        let short = Sample { stands_for: Duration::from_millis(1), ..down("light", 0, 0) };
        assert_eq!(daily_minutes(&[short]), [("1970-01-01".to_owned(), 1)].into());
    }
}
