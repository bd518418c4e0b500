//! Limits that a value must not fall below: the cache hit ratio and the days of a certificate, over all valid windows of a cell.

use crate::domain::objective::{Basis, JudgedLimit, Needs, ObjectiveKind, ObjectiveState};
use crate::domain::window::LEAST_CACHE_RESPONSES;
use crate::stats::proportion::wilson_95;

use super::decide::{count, for_ratio, half_by_spread, needs, state_of};
use super::sample::{Sample, Sums};

/// The ratio of responses from a cache, among those that say whether they are.
pub(super) fn cache(limit: f64, sums: &Sums, windows: &[Sample]) -> JudgedLimit {
    let (known, misses) = sums.cache;
    // Among fewer not even one miss in twice as many as the limit allows could be seen.
    let least = if limit < 1.0 { count((0.5 / (1.0 - limit)).ceil()) } else { 1 };
    let least = least.max(LEAST_CACHE_RESPONSES);
    let base = JudgedLimit {
        kind: ObjectiveKind::CacheHitRatio,
        limit,
        value: sums.hit_ratio(),
        state: ObjectiveState::Undecided,
        basis: Basis::Requests,
        requests: known,
        needs: Some(if known == 0 { Needs::CacheHeaders } else { Needs::CacheResponses(least) }),
    };
    let (Some(ratio), Some((_, high))) = (base.value, wilson_95(known - misses, known)) else { return base };
    if known < least {
        return base;
    }
    // Responses of one window share what is in the cache, so windows differ by more than their counts suggest.
    let ratios: Vec<f64> = windows.iter().filter_map(|window| window.sums.hit_ratio()).collect();
    let half = half_by_spread(&ratios).map_or(0.0, |(_, half)| half);
    let is_certain = high.max(ratio + half) < limit || limit >= 1.0;
    let state = state_of(ratio >= limit, ratio < limit && is_certain);
    let factor = (half / (limit - ratio)).powi(2);
    let more = for_ratio(ratio, limit).max(count(known as f64 * factor)).max(known + 1);
    JudgedLimit { state, needs: needs(state, Needs::CacheResponses(more)), ..base }
}

/// The fewest days until a certificate expires that any window saw. They are read, not sampled: one window decides.
pub(super) fn certificate(limit: f64, windows: &[Sample]) -> JudgedLimit {
    let seen = || windows.iter().filter_map(|window| window.certificate_days.map(|days| (days, window)));
    let lowest = seen().map(|(days, _)| days).min_by(f64::total_cmp);
    let requests = seen().map(|(_, window)| window.sums.judged).sum();
    let state = lowest.map_or(ObjectiveState::Undecided, |days| state_of(days >= limit, days < limit));
    JudgedLimit {
        kind: ObjectiveKind::CertificateDays,
        limit,
        value: lowest,
        state,
        basis: Basis::Requests,
        requests,
        needs: needs(state, Needs::Certificate),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::objective::ObjectiveState::{Met, Undecided, Violated};

    fn sample(known: u64, hits: u64, certificate_days: Option<f64>) -> Sample {
        let at = Timestamp::UNIX_EPOCH;
        let sums = Sums { windows: 1, judged: known, cache: (known, known - hits), ..Sums::default() };
        Sample { number: 1, from: at, until: at, sums, certificate_days, beyond: None }
    }

    #[test]
    fn a_cache_is_judged_from_20_responses_on_that_say_hit_or_miss() {
        let check = |limit, windows: &[(u64, u64)], state, needs: Option<Needs>| {
            let windows: Vec<Sample> =
                windows.iter().map(|(known, hits)| sample(*known, *hits, None)).collect();
            let sums = windows.iter().fold(Sums::default(), |sums, window| sums.and(&window.sums));
            let judged = cache(limit, &sums, &windows);
            assert_eq!((judged.state, judged.needs), (state, needs), "{limit} {windows:?}");
        };
        check(0.7, &[], Undecided, Some(Needs::CacheHeaders));
        check(0.7, &[(0, 0)], Undecided, Some(Needs::CacheHeaders));
        check(0.7, &[(19, 19)], Undecided, Some(Needs::CacheResponses(20)));
        check(0.7, &[(19, 0)], Undecided, Some(Needs::CacheResponses(20)));
        check(0.7, &[(20, 14)], Met, None);
        check(0.7, &[(20, 0)], Violated, None);
        check(0.7, &[(20, 13)], Undecided, Some(Needs::CacheResponses(323)));
        check(0.7, &[(1_000, 650)], Violated, None);
        // Windows that differ by this much leave room for a run above the limit.
        check(0.7, &[(500, 400), (500, 250)], Undecided, Some(Needs::CacheResponses(1_453_028)));
        check(0.999, &[(499, 499)], Undecided, Some(Needs::CacheResponses(500)));
        check(0.999, &[(500, 500)], Met, None);
        check(1.0, &[(1_000, 999)], Violated, None);
        check(0.0, &[(20, 0)], Met, None);
    }

    #[test]
    fn the_lowest_days_of_a_certificate_decide() {
        let check = |days: &[Option<f64>], state, value: Option<f64>| {
            let windows: Vec<Sample> = days.iter().map(|days| sample(10, 0, *days)).collect();
            let judged = certificate(14.0, &windows);
            assert_eq!((judged.state, judged.value), (state, value), "{days:?}");
            assert_eq!(judged.needs, (state == Undecided).then_some(Needs::Certificate));
        };
        check(&[Some(30.0), None, Some(29.9)], Met, Some(29.9));
        check(&[Some(14.0)], Met, Some(14.0));
        // Renewed later: the run has still seen the old one.
        check(&[Some(13.9), Some(90.0)], Violated, Some(13.9));
        check(&[Some(-2.0)], Violated, Some(-2.0));
        check(&[None], Undecided, None);
    }
}
